// <andon-machine data-machine="path">: one machine's page: title, values, chart, commands, what it is.

import { showCalls } from '../core/calls.js';
import { countTo, everySecond, setAttribute, setHtml, setText } from '../core/dom.js';
import { duration, number, pace, quantity, signalDigits, unit } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { machineTitle, nameOf } from '../core/words.js';
import { signalTitle } from '../chart/panel.js';
import '../chart/chart.js';
import { lamp } from '../drawings/lamps.js';
import { picture } from '../drawings/machines.js';
import { Today, zoneOf } from '../floor/today.js';
import { awayMarkup, loadingMarkup } from '../shell/empty.js';
import { unknownMarkup } from '../shell/unknown.js';
import { aboutMarkup } from './about.js';
import './act.js';
import { showAlarms, tickAlarms } from './alarms.js';
import './answers.js';
import './analysis/oee.js';
import './analysis/opinion.js';
import './analysis/spc.js';

const RANGES = [['5m', 300e6], ['1h', 3600e6], ['8h', 8 * 3600e6], ['24h', 86400e6], ['7d', 7 * 86400e6]];
const SHIFT = 8 * 3600e6;
const MOST = 4;
const REMEMBERED = 'andon.range';

/** The range last chosen, or else the shortest that shows all there is, but no more than a shift. */
function firstRange(machine) {
  let name = null;
  try { name = localStorage.getItem(REMEMBERED); } catch { /* a browser without storage forgets it */ }
  const chosen = RANGES.find(([r]) => r === name);
  const age = store.now() - (machine.first_seen || 0);
  return (chosen ?? RANGES.find(([, span]) => span >= Math.min(age, SHIFT)))[1];
}

function rememberRange(name) {
  try { localStorage.setItem(REMEMBERED, name); } catch { /* it is forgotten */ }
}

class MachinePage extends HTMLElement {
  connectedCallback() {
    this.path = this.dataset.machine;
    this.chosen = null;
    this.today = new Today(this.path);
    setHtml(this, loadingMarkup());
    this.heard = (e) => this.#changed(e.detail);
    store.addEventListener('change', this.heard);
    store.start({ machine: this.path });
    this.stop = everySecond(() => { this.#head(); if (this.today.over) this.#count(); });
  }

  disconnectedCallback() {
    store.removeEventListener('change', this.heard);
    this.stop();
  }

  get machine() { return store.machines.get(this.path); }

  #changed(change) {
    if (change.structure) this.#build();
    const counted = change.events.filter((e) => this.today.add(e)).length;
    if (!this.built) return;
    if (change.booked || change.alarms.size) showAlarms(this.querySelector('.alarms'), this.path);
    if (change.reloaded || change.recount) this.#count(); else if (counted) this.#made();
    if (change.machines.has(this.path)) { this.#head(); this.querySelector('andon-act').show(this.machine); }
    if (change.values.has(this.path) || change.reloaded) this.#values();
  }

  #build() {
    const { machine } = this;
    if (!machine) {
      if (store.status === 'away') setHtml(this, awayMarkup(store.error));
      else if (store.status === 'ready') setHtml(this, unknownMarkup(this.path, 'machine'));
      return;
    }
    const shape = JSON.stringify([machine.signals, machine.operations, machine.commands, machine.session]);
    if (this.built === shape) return;
    this.built = shape;
    this.__html = null;
    const { kept } = this.querySelector('andon-spc') ?? {};
    this.innerHTML = `<header class="head"><div class="crumbs"><a href="/machines">${t('rail.machines')}</a> / ${esc([machine.site, machine.area, machine.line].join(' / '))}</div>
        <div class="title"><span class="lampbox"></span><h1></h1>${machine.operations?.length ? `<dl class="made" aria-label="${t('machine.today')}"><div><dt>${t('machine.good')}</dt><dd data-made="good">–</dd></div><div><dt>${t('machine.scrap')}</dt><dd data-made="scrap">–</dd></div></dl>` : ''}${picture(machine.drawing)}</div><p class="calls" hidden></p></header>
      <div class="left"><section class="card alarms" aria-label="${t('machine.alarms')}" hidden></section><section class="card values"><h2>${t('machine.values')}</h2><p class="q s">${t('machine.values.help')}</p><ul></ul></section><andon-answers class="card" hidden></andon-answers></div>
      <section class="card chart-card"><div class="tools"><h2>${t('machine.chart')} <span class="badge" hidden></span></h2><span class="ranges" role="group">${RANGES.map(([r]) => `<button type="button" class="btn" data-range="${r}">${t(`range.${r}`)}</button>`).join('')}
        <button type="button" class="btn" data-zoom="0.5" aria-label="${t('range.in')}" title="${t('range.in')}">+</button><button type="button" class="btn" data-zoom="2" aria-label="${t('range.out')}" title="${t('range.out')}">−</button>
        <button type="button" class="btn golive" data-live>${t('range.live')}</button></span></div><andon-chart></andon-chart></section>
      <section class="card act-card"><h2>${t('machine.act')}</h2><andon-act></andon-act></section>
      <div class="analysis" role="group" aria-label="${t('analytics')}"><andon-oee class="card"></andon-oee><andon-opinion class="card"></andon-opinion><andon-spc class="card"></andon-spc></div>
      <section class="card about"><h2>${t('machine.about')}</h2><dl>${aboutMarkup(machine, zoneOf(store.plants.get(machine.enterprise)))}</dl></section>`;
    this.#analyse(machine, kept);
    this.#chart(machine);
    showAlarms(this.querySelector('.alarms'), this.path);
    const answers = this.querySelector('andon-answers');
    answers.open(this.path, zoneOf(store.plants.get(machine.enterprise)));
    this.querySelector('andon-act').addEventListener('given', () => answers.again());
    this.querySelector('andon-act').show(machine);
    this.#list(machine);
    this.#values();
    this.#head();
    this.#made();
  }

  /** What the data says: OEE, the detector's opinion, process control with what was `kept` of it. */
  #analyse(machine, kept) {
    const zone = zoneOf(store.plants.get(machine.enterprise));
    this.querySelector('andon-oee').open(this.path, zone, this.querySelector('andon-chart'));
    this.querySelector('andon-opinion').open(machine, zone);
    this.querySelector('andon-spc').open(machine, zone, kept);
  }

  async #count() {
    try { await this.today.load(); } catch { this.today.rows = null; }
    this.#made();
  }

  /** What was made today. */
  #made() {
    const good = this.querySelector('[data-made=good]');
    if (!good) return;
    countTo(good, this.today.good, (v) => number(v));
    setText(this.querySelector('[data-made=scrap]'), this.today.good === null ? '–' : number(this.today.scrap));
  }

  #chart(machine) {
    const chart = this.querySelector('andon-chart');
    chart.open(machine, firstRange(machine));
    const remembered = machine.signals.filter((s) => this.chosen?.has(s.name)).map((s) => s.name);
    const first = machine.signals.filter((s) => s.name !== 'buffer_out').slice(0, 2).map((s) => s.name);
    this.chosen = new Set(remembered.length ? remembered : first);
    const lit = () => {
      for (const b of this.querySelectorAll('[data-range]')) b.setAttribute('aria-pressed', String(chart.view.live && RANGES.find(([r]) => r === b.dataset.range)[1] === chart.view.span));
      const live = this.querySelector('[data-live]');
      live.setAttribute('aria-pressed', String(chart.view.live));
    };
    chart.addEventListener('moved', lit);
    for (const b of this.querySelectorAll('[data-range]')) b.onclick = () => { rememberRange(b.dataset.range); chart.last(RANGES.find(([r]) => r === b.dataset.range)[1]); };
    for (const b of this.querySelectorAll('[data-zoom]')) b.onclick = () => chart.zoom(Number(b.dataset.zoom));
    this.querySelector('[data-live]').onclick = () => chart.last(chart.view.span);
    chart.choose([...this.chosen]);
  }

  #list(machine) {
    const list = this.querySelector('.values ul');
    list.innerHTML = machine.signals.map((s) => `<li><button type="button" data-signal="${s.name}" title="${esc(s.description || s.name)}"><i></i><span>${esc(signalTitle(s))}</span><b></b><em>${esc(unit(s.unit))}</em></button></li>`).join('');
    for (const b of list.querySelectorAll('button')) b.onclick = () => this.#choose(b.dataset.signal);
    this.#lit();
  }

  #choose(name) {
    if (this.chosen.has(name)) this.chosen.delete(name);
    else {
      if (this.chosen.size >= MOST) this.chosen.delete([...this.chosen][0]);
      this.chosen.add(name);
    }
    this.#lit();
    this.querySelector('andon-chart').choose([...this.chosen]);
  }

  #lit() {
    const order = [...this.chosen];
    for (const b of this.querySelectorAll('[data-signal]')) {
      b.setAttribute('aria-pressed', String(this.chosen.has(b.dataset.signal)));
      b.dataset.hue = String(order.indexOf(b.dataset.signal));
    }
  }

  #values() {
    for (const spec of this.machine?.signals ?? []) {
      const row = this.querySelector(`[data-signal="${spec.name}"]`);
      if (!row) continue;
      const value = store.value(this.path, spec.name);
      const digits = spec.name === 'buffer_out' ? 0 : signalDigits(spec); // places are counted
      setText(row.querySelector('b'), number(value, digits));
      const low = value !== null && (spec.low_limit ?? -Infinity) > value;
      row.classList.toggle('out', low || (value !== null && (spec.high_limit ?? Infinity) < value));
      row.classList.toggle('low', low);
      row.setAttribute('aria-label', `${signalTitle(spec)} ${quantity(value, spec.unit, digits)}`);
    }
  }

  #head() {
    const { machine } = this;
    if (!machine || !this.built) return;
    setHtml(this.querySelector('.head .lampbox'), lamp(machine.state, 32));
    setText(this.querySelector('.head h1'), machineTitle(machine) || nameOf(this.path));
    showCalls(this.querySelector('.head .calls'), this.path);
    this.className = machine.state;
    tickAlarms(this.querySelector('.alarms'), this.path);
    const { pace: now } = store.clockOf(this.path);
    const badge = this.querySelector('.tools .badge');
    badge.hidden = now === 1;
    setText(badge, t('machine.pace', { second: duration(now) }));
    setAttribute(badge, 'title', t('machine.pace.help', { pace: pace(now) }));
  }
}

customElements.define('andon-machine', MachinePage);
