// The right column: the one that needs someone most at 56 px, who else waits, and what happened.

import { ofMachine, saying } from '../core/alarms.js';
import { api, query } from '../core/api.js';
import { everySecond, setHtml, setText } from '../core/dom.js';
import { duration, hourMinute } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { nameOf, news, why } from '../core/words.js';
import { alarmLamp } from '../drawings/alarm-lamp.js';
import { lamp, STATES } from '../drawings/lamps.js';
import { needs } from './tile.js';
import { lastStations, zoneOf } from './today.js';
import { showWorst } from './worst.js';

const SHOWN = 40;
const OTHERS = 5;
const NEWEST = 8; // as in floor.css
const GAP_US = 10e6;

class Side extends HTMLElement {
  connectedCallback() {
    this.innerHTML = `<section class="card worst" aria-live="polite"></section>
      <section class="card list others" hidden><h2>${t('side.others')}</h2><ol></ol></section>
      <section class="card list feed"><h2>${t('side.news')}</h2><ol></ol><button type="button" class="btn more" hidden></button></section>`;
    // on a phone the list is as long as the page: what is old is there for who asks
    this.querySelector('.feed .more').onclick = () => { this.querySelector('.feed').classList.add('all'); };
    this.events = [];
    this.heard = (e) => this.#changed(e.detail);
    store.addEventListener('change', this.heard);
    this.stop = everySecond(() => this.#urgent());
    this.sized = new ResizeObserver(() => this.#whole());
    for (const above of this.querySelectorAll('.worst,.others')) this.sized.observe(above);
    this.sized.observe(document.documentElement);
    this.resized = () => this.#whole();
    addEventListener('resize', this.resized);
  }

  disconnectedCallback() {
    store.removeEventListener('change', this.heard);
    this.stop();
    this.sized.disconnect();
    removeEventListener('resize', this.resized);
  }

  #changed(change) {
    if (change.reloaded || (change.structure && this.enterprise !== store.enterprise)) this.#load();
    if (change.structure || change.machines.size || change.alarms.size || change.booked) this.#urgent();
    if (change.events.length) {
      this.events = [...change.events.toReversed(), ...this.events].slice(0, 600);
      this.#feed();
    }
  }

  async #load() {
    this.enterprise = store.enterprise;
    try {
      // what is rare is asked for by itself: at a high pace the finished pieces of two minutes are more than one answer
      const limit = store.plants.size > 1 ? 1000 : 400;
      const ask = (kind) => api(`/events${query({ kind, start: '-6h', stop: 'now', limit })}`);
      const [often, rare] = await Promise.all([ask(['state', 'operation-finished']), ask(['alarm', 'gap', 'void'])]);
      const events = [...often.events, ...rare.events].sort((x, y) => x.t - y.t);
      for (const e of events) if (e.kind === 'operation-finished') store.cycles.set(e.machine, store.cycles.get(e.machine) ?? e);
      this.events = events.toReversed();
      this.#feed();
      this.#urgent();
    } catch { /* the list fills from the stream; the bar says what is wrong */ }
  }

  /** Machines that need someone, worst first. */
  #waiting() {
    const now = store.now();
    return store.mine.filter((m) => needs(m, now) || this.#loud(m))
      .sort((a, b) => this.#rank(a) - this.#rank(b) || a.state_since - b.state_since);
  }

  /** What of a machine's alarms is there and not silenced, the most urgent first. */
  #alarms(machine) { return ofMachine(machine.id); }

  #loud(machine) { return this.#alarms(machine).find((a) => a.state === 'unacknowledged') ?? null; }

  /** Unseen alarms and failures first; a failure that somebody has acknowledged stands behind them. */
  #rank(machine) {
    const loud = this.#loud(machine);
    if (loud?.severity === 'critical') return 0;
    if (machine.state === 'down' && !this.#alarms(machine).length) return 1;
    if (loud?.severity === 'warning') return 2;
    if (machine.state === 'down') return 3;
    return 4 + STATES.indexOf(machine.state);
  }

  #urgent() {
    if (store.status !== 'ready') return;
    const [worst = null, ...others] = this.#waiting();
    const rank = worst ? this.#rank(worst) : null;
    const loudness = rank === null ? 'calm' : rank <= 1 ? 'down' : rank === 3 ? 'seen' : 'mild';
    showWorst(this.querySelector('.worst'), worst, worst ? this.#alarms(worst) : [], loudness);
    this.querySelector('.others').hidden = !others.length;
    setHtml(this.querySelector('.others ol'), others.slice(0, OTHERS).map((m) => this.#other(m)).join('')
      + (others.length > OTHERS ? `<li class="more"><a href="/machines">${t('side.more', { n: others.length - OTHERS })}</a></li>` : ''));
  }

  #other(machine) {
    const [alarm] = this.#alarms(machine);
    // of a machine that works the alarm is the news, of another one its state
    const warns = alarm && !needs(machine, store.now());
    const clock = store.clockOf(machine.id);
    const began = warns ? alarm.raised : machine.state_since;
    const seconds = began ? Math.max(0, clock.seconds(began, store.now())) : null;
    const title = warns ? t('side.warns', { name: machine.name }) : t(`side.${machine.state}`, { name: machine.name });
    const note = [alarm ? saying(alarm) : why(machine), seconds === null ? '' : duration(seconds)].filter(Boolean).join(', ');
    return `<li><a href="/machine/${machine.id}">${warns ? alarmLamp(alarm, 22) : lamp(machine.state, 22)}<span>${esc(title)}<small>${esc(note)}</small></span><time>${hourMinute(clock.plant(began), zoneOf(store.plant))}</time></a></li>`;
  }

  #feed() {
    const last = lastStations(store.plant?.layout);
    const zone = zoneOf(store.plant);
    const rows = [];
    const silent = gaps(this.events);
    for (const event of this.events) {
      if (rows.length >= SHOWN) break;
      if (!event.machine.startsWith(`${store.enterprise}/`)) continue;
      const together = event.kind === 'gap' ? silent.get(gapKey(event)) : null;
      if (together && together[0] !== event.machine) continue;
      const said = news(event, last);
      if (!said) continue;
      // a computer that slept or stopped leaves the same gap in all its machines: one line says it
      if (together?.length > 1) said.title = t('news.gaps', { count: together.length, time: duration((event.t - event.start) / 1e6) });
      const at = hourMinute(store.clockOf(event.machine).plant(event.t), zone);
      rows.push(`<li><time>${at}</time><a href="/machine/${event.machine}" title="${esc(nameOf(event.machine))}">${said.unit ? `<span class="mono">${esc(said.unit)}</span> ` : ''}${esc(said.title)}${said.note ? `<small>${esc(said.note)}</small>` : ''}</a></li>`);
    }
    setHtml(this.querySelector('.feed ol'), rows.join('') || `<li class="none">${t('side.news.none')}</li>`);
    const more = this.querySelector('.feed .more');
    more.hidden = rows.length <= NEWEST;
    setText(more, t('side.news.all', { n: rows.length - NEWEST }));
    this.#whole();
  }

  /** The list ends below a whole row; the rest is reached by scrolling. */
  #whole() {
    const list = this.querySelector('.feed ol');
    const at = list.scrollTop;
    list.style.maxHeight = '';
    if (list.scrollHeight > list.clientHeight) {
      const top = list.firstElementChild.offsetTop;
      const ends = [...list.children].map((row) => row.offsetTop + row.offsetHeight - top).filter((end) => end <= list.clientHeight);
      if (ends.length) list.style.maxHeight = `${ends.at(-1)}px`;
    }
    list.scrollTop = at;
  }
}

const gapKey = (event) => Math.round(event.start / GAP_US);

/** Gaps that began together, and in which machines. */
function gaps(events) {
  const found = new Map();
  for (const event of events) if (event.kind === 'gap') found.set(gapKey(event), [...new Set([...(found.get(gapKey(event)) ?? []), event.machine])]);
  return found;
}

customElements.define('andon-side', Side);
