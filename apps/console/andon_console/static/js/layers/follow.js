// <andon-follow>: one message of a machine, followed from hop to hop, and the chart that it ends in.

import { api, query } from '../core/api.js';
import { setHtml, setText } from '../core/dom.js';
import { hourSecond, number } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { counting, nameOf } from '../core/words.js';
import { machineOptions, remember } from '../data/bits.js';
import { zoneOf } from '../floor/today.js';
import { axisMarkup, scale } from './axis.js';
import { signalOf, Strip } from './chart.js';
import { ServerClock, wall } from './clock.js';
import { ms } from './figures.js';
import { absent, hopsOfMessage, story } from './hops.js';
import { Listening } from './listening.js';
import { payloadMarkup } from './payload.js';

const POLL_MS = 150;
const PATIENCE_MS = 20_000;

/** On a phone, which has no room for the axis: where the hop lies on it; an arrow for what lies beyond its end. */
function trackMarkup(since, end) {
  if (since === null) return '';
  const beyond = since > end;
  return `<span class="track${beyond ? ' beyond' : ''}" aria-hidden="true"><i style="left:${beyond ? 100 : ((Math.max(0, since) / end) * 100).toFixed(1)}%"></i></span>`;
}

class Follow extends HTMLElement {
  connectedCallback() {
    this.clock = new ServerClock();
    this.strip = new Strip();
    this.chosen = 'measured';
    this.innerHTML = `<header class="ttl"><h2>${t('layers.follow')}</h2><p class="q about" role="status"></p>
        <label><span class="said">${t('layers.follow.machine')}</span><select name="machine"></select></label><button type="button" class="btn main go">${t('layers.follow.next')}</button></header>
      <div class="scale"></div><div class="tabs" role="tablist" aria-label="${t('layers.hops')}"></div>
      <div class="under" role="tabpanel" tabindex="0" aria-label="${t('layers.hop.panel')}"><div class="pay"></div><div class="strip-box"></div></div>`;
    this.select = this.querySelector('select');
    this.select.onchange = () => { remember({ machine: this.select.value }); this.#turn(this.select.value); };
    this.querySelector('.go').onclick = () => this.#follow();
    this.querySelector('.tabs').onkeydown = (e) => this.#key(e);
    this.heard = (e) => { if (e.detail.structure) this.#machines(); };
    store.addEventListener('change', this.heard);
    this.sizes = new ResizeObserver(() => this.#show());
    this.sizes.observe(this);
    this.#machines();
  }

  disconnectedCallback() {
    store.removeEventListener('change', this.heard);
    this.sizes.disconnect();
    clearTimeout(this.poll);
    this.listening?.stop();
  }

  /** Typical time from measurement to this screen, ms, or null; and what became of the stream. */
  get typical() { return this.listening?.typical() ?? null; }

  get stream() { return this.listening?.status ?? 'connecting'; }

  /** The machines that can be followed; the one in the address, else the first that is online. */
  #machines() {
    const mine = store.mine;
    if (!mine.length) return;
    const wanted = this.machine ?? new URLSearchParams(location.search).get('machine');
    const paths = mine.map((m) => m.id).sort(counting);
    const first = mine.filter((m) => m.online && m.state === 'producing').map((m) => m.id).sort(counting)[0] ?? mine.find((m) => m.online)?.id ?? paths[0];
    const machine = paths.includes(wanted) ? wanted : first;
    setHtml(this.select, machineOptions(paths, machine));
    this.select.value = machine;
    if (machine !== this.machine) this.#turn(machine);
  }

  /** To another machine: its live stream, its chart, its next message. */
  #turn(machine) {
    this.machine = machine;
    this.listening?.stop();
    this.strip.clear();
    this.listening = new Listening(machine, this.clock, (f) => this.#draw(f), () => { this.#show(); this.dispatchEvent(new Event('heard')); });
    this.#past(machine);
    this.#follow();
  }

  /** The half minute before, so that the chart does not begin empty; without an answer it does. */
  async #past(machine) {
    const spec = signalOf(store.machines.get(machine));
    if (!spec) return;
    try {
      const { series } = await api(`/series${query({ machine, signal: spec.name, start: '-30s', stop: 'now', agg: 'raw' })}`);
      if (machine === this.machine && series[0]) this.strip.before(series[0]);
    } catch { /* the live stream fills it */ }
    this.#chart();
  }

  async #follow() {
    clearTimeout(this.poll);
    const mine = (this.asking = {});
    this.found = null;
    this.error = null;
    this.began = performance.now();
    this.#show();
    await this.#ask(mine, '/follow', { method: 'POST', body: { machine: this.machine } });
  }

  async #ask(mine, path, how) {
    const t0 = wall();
    try {
      const found = await api(path, how);
      if (mine !== this.asking) return;
      this.clock.note(t0, wall(), found.now);
      this.found = found;
    } catch (error) {
      if (mine !== this.asking) return;
      this.error = error;
      this.#show();
      if (error.status === 0 || error.status >= 500) this.poll = setTimeout(() => this.#follow(), 3000);
      return;
    }
    this.#show();
    const drawn = this.listening.of(this.found.epoch, this.found.seq)?.painted;
    const whole = this.found.state === 'settled' && (drawn || this.found.outcome === 'quarantined' || document.hidden);
    if (!whole && performance.now() - this.began < PATIENCE_MS) this.poll = setTimeout(() => this.#ask(mine, `/follow/${this.found.id}`, {}), POLL_MS);
  }

  #key(event) {
    const tabs = [...this.querySelectorAll('.tabs [role=tab]')];
    const at = tabs.findIndex((b) => b.dataset.hop === this.chosen);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#choose(tabs[(to + tabs.length) % tabs.length].dataset.hop);
    this.querySelector(`.tabs [data-hop=${this.chosen}]`).focus();
  }

  #choose(hop) {
    this.chosen = hop;
    this.#show();
    this.dispatchEvent(new CustomEvent('chosen', { detail: hop }));
  }

  #draw(frames) {
    const spec = signalOf(store.machines.get(this.machine));
    for (const f of frames) if (spec && spec.name in f.values) this.strip.add(f.t, f.values[spec.name]);
    this.#chart();
  }

  #chart() {
    const box = this.querySelector('.strip-box');
    const { width, height } = box.getBoundingClientRect();
    if (width > 80) setHtml(box, this.strip.markup(signalOf(store.machines.get(this.machine)), Math.floor(width), Math.max(110, Math.floor(height)), this.found?.times.measured) || `<p class="q">${t('layers.chart.none')}</p>`);
  }

  #about() {
    if (!this.machine) return '';
    const name = nameOf(this.machine);
    const late = performance.now() - this.began > 5000;
    if (this.error) return this.error.message;
    if (!this.found || this.found.state === 'waiting') return t(late ? 'layers.follow.late' : 'layers.follow.waiting', { name });
    const zone = zoneOf(store.plants.get(this.machine.split('/')[0]));
    const at = this.found.times.measured ?? this.found.times.received;
    return t('layers.follow.about', { name, seq: number(this.found.seq), values: number(this.found.values), time: `${hourSecond(at, zone)}.${String(Math.floor((at / 1000) % 1000)).padStart(3, '0')}` });
  }

  #show() {
    const about = this.querySelector('.about');
    setText(about, this.#about());
    about.classList.toggle('bad', Boolean(this.error));
    const found = this.found?.times.received ? this.found : null;
    const hops = found ? hopsOfMessage(found, this.listening.of(found.epoch, found.seq)) : [];
    const width = Math.floor(this.querySelector('.scale').clientWidth);
    this.end = scale(hops, 1000).end;
    this.classList.toggle('empty', !found);
    setHtml(this.querySelector('.scale'), !found ? '' : width > 500 ? axisMarkup(hops, width, this.chosen) : `<p class="q">${t('layers.axis.short', { end: ms(this.end) })}</p>`);
    const inside = this.querySelector('.tabs').contains(document.activeElement);
    setHtml(this.querySelector('.tabs'), hops.map((h) => this.#tab(h, found)).join(''));
    if (inside) this.querySelector(`.tabs [data-hop=${this.chosen}]`)?.focus();
    for (const b of this.querySelectorAll('.tabs [role=tab]')) b.onclick = () => this.#choose(b.dataset.hop);
    for (const g of this.querySelectorAll('.axis [data-hop]')) g.onclick = () => this.#choose(g.dataset.hop);
    setHtml(this.querySelector('.pay'), found ? payloadMarkup(found, this.chosen, story(this.chosen, found, this.clock.doubt / 1000)) : `<p class="q">${t('layers.follow.what')}</p>`);
    this.#chart();
  }

  #tab({ hop, no, lane, at, ms: since }, found) {
    const zone = zoneOf(store.plants.get(found.machine.split('/')[0]));
    const us = at === null ? '' : `${hourSecond(at, zone)}.${String(Math.floor(at % 1e6)).padStart(6, '0').replace(/(...)(...)/, '$1\u2009$2')}`;
    const shown = at === null ? t(absent(hop, found) ? 'layers.hop.none' : 'layers.hop.pending') : hop === 'measured' ? '0' : `+${ms(Math.max(0, since))}`;
    const on = hop === this.chosen;
    return `<button type="button" role="tab" data-hop="${hop}" class="${lane}" aria-selected="${on}" tabindex="${on ? 0 : -1}"><i aria-hidden="true">${no}</i><b>${t(`layers.hop.${hop}`)}</b><span class="at">${esc(shown)}</span><span class="mono ck">${us}</span>${trackMarkup(since, this.end)}</button>`;
  }
}

customElements.define('andon-follow', Follow);
