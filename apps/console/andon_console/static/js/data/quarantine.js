// <andon-quarantine>: messages that could not be trusted: why, what they were, and a second look at one after a fix.

import { api, may, query } from '../core/api.js';
import { setHtml, setText } from '../core/dom.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { nameOf } from '../core/words.js';
import { Asking, nothingMarkup } from './asking.js';
import { dayTime, grouped, machineOptions, remember, zone } from './bits.js';
import { machineOfMessage, messageMarkup, reasonWord } from './message.js';
import { lamp } from '../drawings/lamps.js';
import { ReplayMany } from './replays.js';

const PAGE = 100;
const RANGES = ['1h', '8h', '24h', '7d'];

class Quarantine extends HTMLElement {
  connectedCallback() {
    const wanted = new URLSearchParams(location.search);
    this.chosen = wanted.get('id');
    this.reason = wanted.get('reason') ?? '';
    this.machine = wanted.get('machine') ?? '';
    this.range = RANGES.includes(wanted.get('range')) ? wanted.get('range') : '';
    this.messages = [];
    this.innerHTML = `<header class="head"><div class="title"><h1>${t('data.quarantine.title')}</h1><span class="q count" role="status"></span></div>
        <form><select name="machine" aria-label="${t('data.machine')}"></select><select name="range" aria-label="${t('data.quarantine.received')}">${['', ...RANGES].map((r) => `<option value="${r}"${r === this.range ? ' selected' : ''}>${r ? t('data.quarantine.last', { range: t(`range.${r}`) }) : t('data.quarantine.anytime')}</option>`).join('')}</select><select name="reason" aria-label="${t('data.quarantine.reason')}"></select><button type="button" class="btn look">${t('data.quarantine.again')}</button></form></header>
      <div class="many-place"></div><div class="state-page"></div><div class="held" hidden><section class="card list"><ol></ol><button type="button" class="btn older" hidden>${t('data.quarantine.older')}</button></section><section class="card message" tabindex="-1" aria-label="${t('data.quarantine.chosen')}"></section></div>`;
    this.form = this.querySelector('form');
    this.form.onsubmit = (e) => e.preventDefault();
    for (const name of ['reason', 'machine', 'range']) this.form.elements[name].onchange = (e) => { this[name] = e.target.value; this.chosen = null; this.#remember(); this.many.offer(); this.#load(); };
    this.many = new ReplayMany(this.querySelector('.many-place'), () => this.#filter(), () => this.#load());
    this.#machines();
    this.querySelector('.look').onclick = () => this.#load();
    this.querySelector('.older').onclick = () => this.#older();
    this.asking = new Asking(this.querySelector('.state-page'), t('data.quarantine.loading'));
    // plants bring their time zones
    this.heard = (e) => {
      if (e.detail.structure) this.#machines();
      if (!e.detail.structure || !this.messages.length || this.plants === store.plants.size) return;
      this.plants = store.plants.size;
      this.#list();
      this.#message();
    };
    store.addEventListener('change', this.heard);
    this.#load();
    this.many.look();
  }

  disconnectedCallback() {
    store.removeEventListener('change', this.heard);
    this.asking.end();
    this.many.end();
  }

  /** What the page asks about; what is left out does not matter. */
  #filter() { return { reason: this.reason || undefined, machine: this.machine || undefined, start: this.range ? `-${this.range}` : undefined }; }

  #remember() { remember({ reason: this.reason, machine: this.machine, range: this.range, id: this.chosen }); }

  #machines() {
    const paths = [...store.machines.keys()];
    if (this.machine && !paths.includes(this.machine)) paths.push(this.machine);
    setHtml(this.form.elements.machine, `<option value="">${t('data.quarantine.anymachine')}</option>${machineOptions(paths, this.machine)}`);
  }

  #page(before, signal) {
    return api(`/quarantine${query({ limit: PAGE, before, ...this.#filter() })}`, { signal });
  }

  #load() {
    if (!may('quarantine:read')) {
      this.form.hidden = true;
      setHtml(this.querySelector('.state-page'), nothingMarkup(t('data.forbidden'), t('data.quarantine.forbidden', { role: t(`role.${window.ANDON.role}`) })));
      return;
    }
    this.asking.run(async (signal) => {
      const { messages, next } = await this.#page(undefined, signal);
      // an address may name one that is further back
      const named = this.chosen && !messages.some((m) => m.id === this.chosen) ? await api(`/quarantine/${encodeURIComponent(this.chosen)}`, { signal }).catch(() => null) : null;
      return { messages, named, next };
    }, ({ messages, named, next }) => {
      this.messages = messages;
      this.more = next;
      this.named = named;
      if (!named && !messages.some((m) => m.id === this.chosen)) this.chosen = messages[0]?.id ?? null;
      this.#reasons();
      this.#list();
      this.#message();
    }, () => { this.querySelector('.held').hidden = true; });
  }

  async #older() {
    try {
      const { messages, next } = await this.#page(this.more);
      this.messages.push(...messages.filter((m) => !this.messages.some((known) => known.id === m.id)));
      this.more = next;
      this.#list();
    } catch (error) { setText(this.querySelector('.older'), error.message); }
  }

  #reasons() {
    if (!this.reason) this.known = [...grouped(this.messages, (m) => m.reason)].map(([r, all]) => [r, all.length]).sort((a, b) => b[1] - a[1]);
    const known = this.known ?? [[this.reason, this.messages.length]];
    const plus = this.more && !this.reason ? '+' : '';
    setHtml(this.form.elements.reason, `<option value="">${t('data.quarantine.any')}</option>${known.map(([r, n]) => `<option value="${esc(r)}"${r === this.reason ? ' selected' : ''}>${esc(reasonWord(r))} (${n}${plus})</option>`).join('')}`);
  }

  #list() {
    const { messages } = this;
    const any = messages.length > 0 || Boolean(this.named);
    this.querySelector('.held').hidden = !any;
    setText(this.querySelector('.count'), any ? t('data.quarantine.count', { n: messages.length }) + (this.more ? t('data.quarantine.andolder') : '') : '');
    this.querySelector('.many-place').classList.toggle('none', !any);
    if (!any) setHtml(this.querySelector('.state-page'), this.reason || this.machine || this.range ? nothingMarkup(t('data.quarantine.none.filter'), '') : `<div class="instead nothing">${lamp('producing', 40, false)}<h2>${t('data.quarantine.none')}</h2><p class="q">${t('data.quarantine.none.what')}</p></div>`);
    setHtml(this.querySelector('.list ol'), messages.map((m) => `<li><button type="button" data-id="${esc(m.id)}"${m.id === this.chosen ? ' aria-current="true"' : ''}><b>${esc(reasonWord(m.reason))}</b><time>${dayTime(m.received, zone(machineOfMessage(m)), true)}</time><span class="q">${esc(machineOfMessage(m) ? nameOf(machineOfMessage(m)) : m.topic)}</span>${m.replayed ? `<em>${t('data.quarantine.replayed')}</em>` : ''}</button></li>`).join(''));
    for (const b of this.querySelectorAll('.list li button')) b.onclick = () => this.#choose(b.dataset.id);
    this.querySelector('.older').hidden = !this.more;
  }

  #choose(id) {
    this.chosen = id;
    for (const b of this.querySelectorAll('.list li button')) if (b.dataset.id === id) b.setAttribute('aria-current', 'true'); else b.removeAttribute('aria-current');
    this.#remember();
    this.#message();
    // on a phone it stands below the list
    const box = this.querySelector('.message');
    if (box.getBoundingClientRect().top > innerHeight - 120) { box.scrollIntoView({ block: 'start' }); box.focus({ preventScroll: true }); }
  }

  #message() {
    const m = this.messages.find((x) => x.id === this.chosen) ?? this.named;
    const box = this.querySelector('.message');
    if (!m) { setHtml(box, ''); return; }
    setHtml(box, messageMarkup(m, zone(machineOfMessage(m)), may('quarantine:replay')));
    const button = box.querySelector('[data-replay]');
    if (button) button.onclick = () => this.#replay(m, box, button);
  }

  async #replay(m, box, button) {
    const answer = box.querySelector('.answer');
    const say = (text, kind) => { if (this.chosen !== m.id && this.named !== m) return; answer.className = `answer ${kind}`; setHtml(answer, text); };
    button.disabled = true;
    say(esc(t('data.replay.sending')), '');
    try {
      const done = await api(`/quarantine/${encodeURIComponent(m.id)}/replay`, { method: 'POST' });
      if (done.stored) {
        m.replayed = store.now();
        say(`${lamp('producing', 20, false)}<span>${esc(t('data.replay.stored'))}</span>`, 'good');
        this.#list();
        return; // it is done: what was the button's work is over
      }
      say(`${lamp('down', 20, false)}<span>${esc(t('data.replay.refused', { reason: reasonWord(done.reason), detail: done.detail }))}</span>`, 'bad');
    } catch (error) { say(esc(error.message), 'bad'); }
    button.disabled = false;
  }
}

customElements.define('andon-quarantine', Quarantine);
