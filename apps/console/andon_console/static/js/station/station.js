// <andon-station [data-machine="path"]>: the Station: for who stands at the machine, with gloves and one thumb. Without
// a machine it asks where one stands. On a wide screen the desk beside it shows what people called and reported.

import { everySecond, setAttribute, setHtml, setText } from '../core/dom.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { lineTitle, nameOf, stateFor, why } from '../core/words.js';
import { lamp } from '../drawings/lamps.js';
import { awayMarkup, emptyMarkup, loadingMarkup } from '../shell/empty.js';
import { unknownMarkup } from '../shell/unknown.js';
import { chooserMarkup, rememberPlace } from './choose.js';
import { openClock, whereAmI, whereWords } from './clocking.js';
import { Cord } from './cord.js';
import { mayManage, mayWork } from './deed.js';
import { openHandover, Waiting } from './handover.js';
import { openNearMiss } from './near-miss.js';
import { outbox } from './outbox.js';
import { askName, myName } from './person.js';
import { openScrap } from './scrap.js';
import { Stops } from './stops.js';
import { Work } from './work.js';
import './desk.js';

const ICONS = {
  scrap: 'M5,7h14M9,7V4h6v3M7,7l1,13h8l1,-13M10,11v6M14,11v6',
  miss: 'M12,3a9,9 0 1 0 9,9M12,7v6M12,16.5v.2M17,3l4,4M21,3l-4,4',
  hand: 'M3,12h13M11,6l6,6-6,6M20,4v16',
  clock: 'M12,3a9,9 0 1 0 .01,0M12,7v5l3.5,2.5',
};
const icon = (name) => `<svg class="kind" width="28" height="28" viewBox="0 0 24 24" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;

class Station extends HTMLElement {
  connectedCallback() {
    this.path = this.dataset.machine ?? null;
    setHtml(this, loadingMarkup());
    this.heard = (e) => this.#changed(e.detail);
    store.addEventListener('change', this.heard);
    this.told = () => this.#outbox();
    outbox.addEventListener('change', this.told);
    store.start(this.path ? { machine: this.path, kinds: 'machine,event,clock,layout,call,scrap' } : { kinds: 'machine,clock,layout,call' });
    this.stop = everySecond(() => this.#tick());
  }

  disconnectedCallback() {
    store.removeEventListener('change', this.heard);
    outbox.removeEventListener('change', this.told);
    this.stop();
    for (const part of [this.stops, this.work, this.waiting]) part?.stop();
  }

  get machine() { return store.machines.get(this.path); }

  get line() { return this.path.slice(0, this.path.lastIndexOf('/')); }

  get lineTitle() {
    return lineTitle(this.line);
  }

  #changed(change) {
    if (!this.path) { if (change.structure || change.machines.size) this.#chooser(); return; }
    if (change.structure) this.#build();
    if (!this.built) return;
    if (change.machines.has(this.path)) {
      const { state, reason } = this.machine;
      if (`${state} ${reason}` !== this.stood) { this.stood = `${state} ${reason}`; this.stops.again(); }
    }
    this.#tick();
    this.work.follow();
    this.#outbox();
  }

  #chooser() {
    const instead = store.status === 'loading' ? loadingMarkup() : store.status === 'away' && !store.machines.size ? awayMarkup(store.error) : store.mine.length ? '' : emptyMarkup();
    this.classList.toggle('blank', Boolean(instead));
    if (instead) { this.built = false; setHtml(this, instead); return; }
    if (!this.built) {
      this.built = true;
      this.__html = null;
      this.innerHTML = `<div class="choose card"></div>${mayManage() ? '<andon-desk></andon-desk>' : ''}`;
    }
    const focused = this.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
    setHtml(this.querySelector('.choose'), chooserMarkup());
    if (focused) this.querySelector(`[href="${focused}"]`)?.focus({ preventScroll: true });
  }

  #build() {
    if (this.built) { setText(this.querySelector('.line'), this.lineTitle); return; }
    if (!this.machine) {
      if (store.status === 'away') setHtml(this, awayMarkup(store.error));
      else if (store.status === 'ready') setHtml(this, unknownMarkup(this.path, 'station'));
      return;
    }
    this.built = true;
    rememberPlace(this.path);
    this.__html = null;
    const off = mayWork() ? '' : 'disabled';
    this.innerHTML = `<div class="outbox" role="alert" hidden></div>
      <header class="card here"><span class="lampbox"></span><div><h1>${esc(nameOf(this.path))}</h1><p class="state"></p><p class="q line">${esc(this.lineTitle)}</p></div><a class="other" href="/station">${t('station.choose.again')}</a></header>
      ${mayWork() ? '' : `<p class="card why">${t('station.looking')}</p>`}
      <section class="card wait" hidden></section>
      <div class="left"><section class="card cord" aria-label="${t('station.call')}"></section>
      <section class="card stops" aria-label="${t('station.stops')}"></section>
      <nav class="acts" aria-label="${t('rail.station')}">${['scrap', 'miss', 'hand', 'clock'].map((a) => `<button type="button" class="card" data-act="${a}" ${off}>${icon(a)}<span>${t(`station.${a}`)}<small></small></span></button>`).join('')}</nav>
      <button type="button" class="card me" ${off}></button></div>
      <section class="card work" aria-label="${t('station.work')}"></section>${mayManage() ? '<andon-desk></andon-desk>' : ''}`;
    this.cord = new Cord(this.querySelector('.cord'), this.path);
    this.stops = new Stops(this.querySelector('.stops'), this.path);
    this.work = new Work(this.querySelector('.work'), this.path);
    this.waiting = new Waiting(this.querySelector('.wait'), this.line);
    this.querySelector('.me').onclick = () => askName(() => this.#me());
    const acts = {
      scrap: () => openScrap(this.path),
      miss: () => openNearMiss(this.path),
      hand: () => openHandover(this.line, this.lineTitle, () => this.waiting.again()),
      clock: () => openClock(this.path, this.lineTitle, Boolean(this.span), () => this.#me()),
    };
    for (const button of this.querySelectorAll('[data-act]')) button.onclick = acts[button.dataset.act];
    this.#me();
    this.#tick();
    this.#outbox();
  }

  /** Who stands here, and whether they are clocked on. */
  async #me() {
    setText(this.querySelector('.me'), myName() ? t('station.name.is', { name: myName() }) : t('station.name.none'));
    if (mayWork()) this.span = await whereAmI(this.path);
    this.#tick();
  }

  #tick() {
    const { machine } = this;
    if (!machine || !this.built || !this.path) return;
    setHtml(this.querySelector('.here .lampbox'), lamp(machine.state, 44));
    const reason = machine.state === 'producing' ? '' : why(machine);
    setText(this.querySelector('.here .state'), [stateFor(machine), reason].filter(Boolean).join(': '));
    setAttribute(this.querySelector('.here'), 'class', `card here ${machine.state}`);
    this.cord.show();
    const clock = this.querySelector('[data-act=clock]');
    setText(clock.querySelector('span').firstChild, t(this.span ? 'station.clock.off' : 'station.clock'));
    setText(clock.querySelector('small'), this.span ? whereWords(this.span) : '');
  }

  /** What waits to be sent, and what was refused, is never silent. */
  #outbox() {
    if (!this.path || !this.built) return;
    const box = this.querySelector('.outbox');
    const offline = outbox.away || (store.live?.status === 'broken');
    const n = outbox.waiting.length;
    const rows = outbox.refused.map((r, i) => `<p><span><b>${esc(t('station.refused', { what: r.said }))}</b><small>${esc(r.why)}</small></span><button type="button" data-seen="${i}">${t('station.close')}</button></p>`);
    if (offline) rows.unshift(`<p><span><b>${t('station.offline')}</b><small>${esc(outbox.trouble?.status === 401 ? outbox.trouble.message : n ? t('station.kept', { n }) : t('station.kept.none'))}</small>${outbox.waiting.map((e) => `<em>${esc(e.said)}</em>`).join('')}</span></p>`);
    box.hidden = !rows.length;
    setHtml(box, rows.join(''));
    for (const button of box.querySelectorAll('[data-seen]')) button.onclick = () => outbox.seen(Number(button.dataset.seen));
  }
}

customElements.define('andon-station', Station);
