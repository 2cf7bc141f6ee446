// <andon-desk>: for an engineer at a wide screen: open calls and how long people wait, near misses to work off,
// handovers to read, who is at work and what labour a good piece takes.

import { api, query } from '../core/api.js';
import { callsOf, kindIcon, nameIn, running, timeOf } from '../core/calls.js';
import { everySecond, setHtml, setText } from '../core/dom.js';
import { day, duration, hourMinute, number } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { whileSeen } from '../core/watch.js';
import { lineTitle, nameOf } from '../core/words.js';
import { zoneOf } from '../floor/today.js';
import { act } from './deed.js';
import { factsMarkup, shiftName } from './facts.js';
import { openChoices, openSheet, ownWords } from './sheet.js';

const EVERY_MS = 10000;
const PARTS = ['calls', 'misses', 'hand', 'labour'];

class Desk extends HTMLElement {
  connectedCallback() {
    this.innerHTML = `<h2 class="said">${t('desk')}</h2>${PARTS.map((p) => `<section class="card" data-part="${p}"><h2>${t(`desk.${p}`)}</h2><div class="entries"></div><p class="q foot"></p></section>`).join('')}`;
    this.heard = ({ detail }) => { if (detail.called || detail.reloaded) { this.#calls(); this.seen.again(); } };
    store.addEventListener('change', this.heard);
    this.stop = everySecond(() => this.#calls());
    this.seen = whileSeen(this, EVERY_MS, () => this.#load());
  }

  disconnectedCallback() {
    store.removeEventListener('change', this.heard);
    this.stop();
    this.seen.stop();
  }

  #part(name, what) { return this.querySelector(`[data-part=${name}] ${what}`); }

  async #load() {
    const place = store.enterprise;
    if (!place) return;
    const [figures, misses, hand, now, labour] = await Promise.allSettled([
      api(`/station/calls/figures${query({ place, start: '-1d' })}`), api(`/station/near-misses${query({ place, limit: 30 })}`),
      api(`/station/handovers${query({ place, limit: 8 })}`), api(`/labour/now${query({ place })}`), api(`/labour${query({ place, start: '-8h' })}`),
    ]);
    const show = (name, answer, draw) => {
      if (answer.status === 'fulfilled') draw(answer.value);
      else if (!this.#part(name, '.entries').childElementCount) setHtml(this.#part(name, '.entries'), `<p class="q">${esc(t('desk.away', { detail: answer.reason.message }))}</p>`);
    };
    show('calls', figures, (v) => this.#figures(v.together));
    show('misses', misses, (v) => this.#misses(v.near_misses));
    show('hand', hand, (v) => this.#handovers(v.handovers));
    show('labour', now, (v) => this.#people(v.people));
    show('labour', labour, (v) => this.#labour(v.together));
  }

  #at(us) {
    const zone = zoneOf(store.plant);
    const plant = store.plant?.clock.plant(us) ?? us;
    return `${day(plant, zone)} ${hourMinute(plant, zone)}`;
  }

  #calls() {
    const machines = [...new Set([...store.calls.values()].map((c) => c.machine))].filter((m) => m.startsWith(`${store.enterprise}/`));
    const calls = machines.flatMap(callsOf).sort((a, b) => (a.state === b.state ? a.called - b.called : a.state === 'open' ? -1 : 1));
    setHtml(this.#part('calls', '.entries'), calls.map((c) => `<a class="entry" href="/station/${c.machine}"><span class="called ${c.state} ${c.kind}">${kindIcon(c.kind, 18)}<i data-id="${c.id}"></i></span><span>${esc(`${t(`call.${c.kind}`)}, ${nameOf(c.machine)}`)}<small>${esc(nameIn(c.state === 'open' ? c.called_by : c.answered_by))}</small></span></a>`).join('') || `<p class="q">${t('desk.calls.none')}</p>`);
    for (const c of calls) setText(this.#part('calls', `[data-id="${c.id}"]`), timeOf(c));
  }

  #figures(f) {
    const { answer } = f;
    setText(this.#part('calls', '.foot'), answer.count ? t('desk.figures', { n: number(f.calls), median: running(answer.median_s), p95: running(answer.p95_s) }) : f.calls ? '' : t('desk.figures.none'));
  }

  #misses(all) {
    const rows = [...all.filter((m) => m.state !== 'closed'), ...all.filter((m) => m.state === 'closed').slice(0, 3)];
    const list = this.#part('misses', '.entries');
    setHtml(list, rows.map((m) => `<div class="entry ${m.state}"><span>${esc(m.what)}<small>${esc([t(`station.miss.worst.${m.worst}`), m.spot || nameOf(m.place), nameIn(m.by), this.#at(m.t), m.state === 'closed' ? m.note : t(`desk.miss.${m.state}`)].join(' · '))}</small></span>
      ${m.state === 'open' ? `<button type="button" class="btn" data-take="${m.id}">${t('desk.miss.take')}</button>` : m.state === 'in-work' ? `<button type="button" class="btn" data-close="${m.id}">${t('desk.miss.close')}</button>` : ''}</div>`).join('') || `<p class="q">${t('desk.misses.none')}</p>`);
    for (const b of list.querySelectorAll('[data-take]')) b.onclick = () => this.#move(Number(b.dataset.take), 'in-work', '');
    for (const b of list.querySelectorAll('[data-close]')) {
      b.onclick = () => {
        const { body, close } = openChoices(t('desk.miss.note'), [], ownWords(t('station.write'), 1000));
        body.querySelector('.own').onsubmit = (e) => { e.preventDefault(); close(); this.#move(Number(b.dataset.close), 'closed', e.target.elements.words.value); };
      };
    }
  }

  async #move(id, state, note) {
    await act('/station/near-misses/state', { id, state, note }, t(`desk.miss.${state}`));
    this.seen.again();
  }

  #handovers(all) {
    const list = this.#part('hand', '.entries');
    setHtml(list, all.map((h) => `<button type="button" class="entry" data-hand="${h.id}"><span>${esc(`${h.facts.title.split(',')[0]}, ${shiftName(h.facts)}`)}<small>${esc(h.came ? t('desk.hand.accepted', { who: nameIn(h.left_by), to: nameIn(h.came_by) }) : t('desk.hand.signed', { who: nameIn(h.left_by) }))}</small></span><time>${this.#at(h.left)}</time></button>`).join('') || `<p class="q">${t('desk.hand.none')}</p>`);
    for (const b of list.querySelectorAll('[data-hand]')) {
      const h = all.find((x) => String(x.id) === b.dataset.hand);
      b.onclick = () => openSheet(`${h.facts.title.split(',')[0]}, ${shiftName(h.facts)}`, `${h.notes ? `<blockquote>${esc(h.notes)}</blockquote>` : ''}${factsMarkup(h.facts)}`);
    }
  }

  #people(all) {
    const by = new Map();
    for (const p of all) by.set(p.place, [...(by.get(p.place) ?? []), nameIn(p.person)]);
    setHtml(this.#part('labour', '.entries'), [...by].map(([place, names]) => `<div class="entry"><span>${esc(names.join(', '))}<small>${esc(lineTitle(place))}</small></span></div>`).join('') || `<p class="q">${t('desk.labour.none')}</p>`);
  }

  #labour(f) {
    const hours = number(f.labour_h, 1);
    setText(this.#part('labour', '.foot'), f.labour_h <= 0 ? '' : f.per_good_h === null ? t('desk.labour.hours', { hours }) : t('desk.labour.per', { hours, per: duration(3600 * f.per_good_h) }));
  }
}

customElements.define('andon-desk', Desk);
