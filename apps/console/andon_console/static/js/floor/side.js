// The right column: the one that needs someone most at 56 px, who else waits, and what happened.

import { api, query } from '../core/api.js';
import { everySecond, setHtml } from '../core/dom.js';
import { duration, hourMinute } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { nameOf, news, since, why } from '../core/words.js';
import { lamp, STATES, stateWord } from '../drawings/lamps.js';
import { needs } from './tile.js';
import { lastStations, zoneOf } from './today.js';

const SHOWN = 40;
const OTHERS = 5;
const GAP_US = 10e6;
const SEVERITIES = { critical: 0, warning: 1, information: 2 };

class Side extends HTMLElement {
  connectedCallback() {
    this.innerHTML = `<section class="card worst" aria-live="polite"></section>
      <section class="card list others" hidden><h2>${t('side.others')}</h2><ol></ol></section>
      <section class="card list feed"><h2>${t('side.news')}</h2><ol></ol></section>`;
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
    if (change.structure || change.machines.size) this.#urgent();
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
      for (const e of events) if (e.kind === 'alarm') store.alarm(e);
      this.events = events.toReversed();
      this.#feed();
      this.#urgent();
    } catch { /* the list fills from the stream; the bar says what is wrong */ }
  }

  /** Machines that need someone, worst first. */
  #waiting() {
    const now = store.now();
    return store.mine.filter((m) => needs(m, now) || this.#alarm(m))
      .sort((a, b) => this.#rank(a) - this.#rank(b) || a.state_since - b.state_since);
  }

  #alarm(machine) {
    const active = [...(store.alarms.get(machine.id)?.values() ?? [])];
    return active.sort((a, b) => SEVERITIES[a.severity] - SEVERITIES[b.severity])[0];
  }

  #rank(machine) {
    const alarm = this.#alarm(machine);
    if (machine.state === 'down') return 0;
    if (alarm?.severity === 'critical') return 1;
    if (alarm?.severity === 'warning') return 2;
    return 3 + STATES.indexOf(machine.state);
  }

  #urgent() {
    if (store.status !== 'ready') return;
    const [worst, ...others] = this.#waiting();
    const box = this.querySelector('.worst');
    const critical = worst && this.#rank(worst) <= 1;
    box.className = `card worst ${critical ? 'down' : worst ? 'mild' : 'calm'}`;
    setHtml(box, worst ? this.#worst(worst, critical) : this.#calm());
    this.querySelector('.others').hidden = !others.length;
    setHtml(this.querySelector('.others ol'), others.slice(0, OTHERS).map((m) => this.#other(m)).join('')
      + (others.length > OTHERS ? `<li class="more"><a href="/machines">${t('side.more', { n: others.length - OTHERS })}</a></li>` : ''));
  }

  #worst(machine, critical) {
    const seconds = since(machine);
    const alarm = this.#alarm(machine);
    const state = critical ? 'down' : machine.state;
    const said = why(machine);
    const warned = alarm ? alarm.text || alarm.code : '';
    // an alarm that says the same with figures says it better
    const reason = machine.state !== 'down' && warned ? warned : warned.startsWith(said) ? warned : said;
    const zone = zoneOf(store.plant);
    const at = store.clockOf(machine.id).plant(machine.state_since);
    return `<div class="lock">${lamp(state === 'producing' ? 'starved' : state, 80)}<div><h1 style="--n:${machine.name.length}">${esc(machine.name)}</h1>
      <p class="since">${esc(stateWord(machine.state))}${seconds === null ? '' : `, ${duration(seconds)}`}</p></div></div>
      <p class="b">${esc(reason)}</p>${machine.state === 'down' && warned && warned !== reason ? `<p class="q">${esc(warned)}</p>` : ''}
      <div class="act"><a class="btn main" href="/machine/${machine.id}">${t('side.open', { name: esc(machine.name) })}</a><time>${hourMinute(at, zone)}</time></div>`;
  }

  #calm() {
    const working = store.mine.filter((m) => m.state === 'producing').length;
    return `<h2>${t('side.calm')}</h2><p class="q">${t('side.calm.more', { n: working })}</p>`;
  }

  #other(machine) {
    const zone = zoneOf(store.plant);
    const at = store.clockOf(machine.id).plant(machine.state_since);
    const seconds = since(machine);
    const alarm = this.#alarm(machine);
    const title = machine.state === 'producing' && alarm ? t('side.warns', { name: machine.name }) : t(`side.${machine.state}`, { name: machine.name });
    const note = [alarm ? alarm.text || alarm.code : why(machine), seconds === null ? '' : duration(seconds)].filter(Boolean).join(', ');
    return `<li><a href="/machine/${machine.id}">${lamp(machine.state === 'producing' ? 'starved' : machine.state, 22)}<span>${esc(title)}<small>${esc(note)}</small></span><time>${hourMinute(at, zone)}</time></a></li>`;
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
