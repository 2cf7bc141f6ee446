// <andon-chart>: signals over time, live and past. Wheel, drag, pinch and keys move it; the resolution follows.

import { cycle, duration, hourSecond, number, quantity } from '../core/format.js';
import { setText } from '../core/dom.js';
import { store } from '../core/store.js';
import { esc, sentence, t } from '../core/texts.js';
import { stateWord } from '../drawings/lamps.js';
import { zoneOf } from '../floor/today.js';
import { exactTime } from './axis.js';
import { ChartData, nearest } from './data.js';
import { draw, footOf, plantTimeDiffers, stateAt } from './draw.js';
import { detected, eventRows } from './events.js';
import { gestures } from './gestures.js';
import { signalTitle } from './panel.js';
import { View } from './view.js';

const SETTLE_MS = 140;
const LIVE_DRAW_MS = 250;
const MOST_POINTS = 1200;
const LOWEST = 150; // a panel
const HIGHEST = 860;

class Chart extends HTMLElement {
  /** `machine`: its view; `span`: microseconds shown first; the first signals are chosen with choose(). */
  open(machine, span) {
    this.machine = machine;
    this.data = new ChartData(machine.id);
    this.view = new View(span, () => store.now());
    this.signals = [];
    this.tabIndex = 0;
    this.setAttribute('role', 'group');
    this.innerHTML = '<svg aria-hidden="true"></svg><div class="cursor" hidden></div><p class="res"></p><p class="said" role="status"></p>';
    this.svg = this.querySelector('svg');
    gestures(this, this.view, (fast) => this.#moved(fast), (x) => this.#point(x), (part) => this.#read(part));
    this.heard = (e) => this.#heard(e.detail);
    store.addEventListener('change', this.heard);
    this.seen = new ResizeObserver(() => this.#moved());
    this.seen.observe(this);
    this.timer = setInterval(() => { if (!document.hidden && this.view.live) this.#later(); }, LIVE_DRAW_MS);
  }

  disconnectedCallback() {
    store.removeEventListener('change', this.heard);
    this.seen?.disconnect();
    clearInterval(this.timer);
    clearTimeout(this.fetching);
  }

  /** Show these signals (names). */
  choose(names) {
    this.signals = names;
    this.setAttribute('aria-label', t('machine.chart.label', { signals: names.join(', ') }));
    this.#fit();
    this.#moved();
  }

  /** As high as the window has room for, and no panel too low to read. */
  #fit() {
    const room = innerHeight - this.getBoundingClientRect().top - scrollY - 80;
    this.style.height = `${Math.max(260, footOf(true) + Math.max(1, this.signals.length) * LOWEST, Math.min(room, HIGHEST))}px`;
  }

  /** Show the last `span` microseconds. */
  last(span) {
    this.view.last(span);
    this.#moved();
  }

  zoom(factor) {
    this.view.zoom(factor, this.view.live ? 1 : 0.5);
    this.#moved();
  }

  #heard(change) {
    for (const frame of change.frames) if (frame.machine === this.machine.id) this.data.append(frame.t, frame.values);
    if (change.machines.has(this.machine.id)) {
      this.machine = store.machines.get(this.machine.id) ?? this.machine;
      this.data.state(this.machine);
    }
    for (const e of change.events) {
      if (e.machine === this.machine.id && (e.kind === 'alarm' || e.kind === 'gap' || (e.kind === 'operation-finished' && e.good === false))) this.data.events.push(e);
    }
    if (change.reloaded) this.#moved();
  }

  #moved() {
    this.#later();
    this.dispatchEvent(new CustomEvent('moved'));
    clearTimeout(this.fetching);
    this.fetching = setTimeout(() => this.#fetch(), SETTLE_MS);
  }

  async #fetch() {
    if (!this.isConnected || !this.clientWidth) return;
    const { start, stop, live } = this.view;
    const points = Math.min(MOST_POINTS, Math.max(100, Math.round(this.clientWidth / 1.5)));
    if (await this.data.load(this.signals, start, stop, points, live)) {
      this.loadedSpan = stop - start;
      this.#later();
    }
  }

  #later() {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => { this.drawing = false; this.#draw(); });
  }

  #draw() {
    const width = this.clientWidth;
    const height = parseInt(this.style.height, 10);
    if (!width || !height || !this.isConnected) return;
    const specs = this.signals.map((n) => this.machine.signals.find((s) => s.name === n)).filter(Boolean);
    this.events = [...this.data.events, ...detected(this.machine.id)];
    this.drawn = draw({ width, height, view: this.view, data: this.data, events: this.events, specs, machine: this.machine, zone: this.zone, now: store.now(), clock: this.clock });
    this.svg.setAttribute('width', width);
    this.svg.setAttribute('height', height);
    this.svg.innerHTML = this.drawn.markup;
    setText(this.querySelector('.res'), this.#resolution(specs));
    this.classList.toggle('failed', Boolean(this.data.error));
    if (this.cursorX !== undefined) this.#point(this.cursorX);
  }

  get clock() { return store.clockOf(this.machine.id); }

  /** Of the plant, so that axis and top bar show the same. */
  get zone() { return zoneOf(store.plants.get(this.machine.enterprise)); }

  /** How fine the chart is; at another pace than 1 in plant time too. */
  #resolution(specs) {
    const { every, lows } = this.data.series.get(this.signals[0]) ?? {};
    const word = (seconds) => (seconds < 60 ? cycle(seconds).replace('.0', '') : duration(seconds));
    if (this.data.error) return t('chart.failed', { error: this.data.error.message });
    if (!specs.length) return t('chart.choose');
    if (!this.data.loaded) return t('chart.loading');
    if (!every) return t('chart.res.raw');
    const { pace } = this.clock;
    const one = t(pace === 1 ? 'chart.res' : 'chart.res.plant', { time: word(every / 1e6), plant: word((every / 1e6) * pace) });
    return lows ? `${one}; ${t('chart.res.band')}` : one;
  }

  /** Move the cursor by a part of the plot, from its right end at first, and say what stands there. */
  #read(part) {
    if (!this.drawn) return;
    const { left, right, width } = this.drawn.plot;
    this.#point(Math.max(left, Math.min(right, (this.cursorX ?? right) + part * width)));
    setText(this.querySelector('.said'), [...this.querySelectorAll('.cursor time, .cursor p')].map((row) => row.textContent).join(', '));
  }

  /** How long a state lasted in plant time; only where the window holds all of it. */
  #lasted(state) {
    const open = state === this.data.states[this.data.states.length - 1] && this.drawn.stop >= state.stop;
    const stop = open ? store.now() : state.stop;
    return state.start > this.drawn.start && stop <= this.drawn.stop + 1e6 ? duration(this.clock.seconds(state.start, stop)) : '';
  }

  /** Exact values under the cursor; undefined hides them. */
  #point(x) {
    this.cursorX = x;
    const box = this.querySelector('.cursor');
    const { drawn } = this;
    const inside = drawn && x !== undefined && x >= drawn.plot.left && x <= drawn.plot.right;
    box.hidden = !inside;
    if (!inside) return;
    const time = drawn.start + ((x - drawn.plot.left) / drawn.plot.width) * (drawn.stop - drawn.start);
    const rows = [];
    const dots = [];
    let at = time;
    for (const panel of drawn.panels) {
      const { times, values, lows, highs } = panel.points;
      const i = nearest(times, time);
      if (i < 0 || Math.abs(times[i] - time) > Math.max(panel.longest, (drawn.stop - drawn.start) / drawn.plot.width * 8)) continue;
      at = times[i];
      rows.push(`<p><i style="background:${panel.hue}"></i>${esc(signalTitle(panel.spec))}<b>${quantity(values[i], panel.spec.unit, panel.digits)}</b>${lows ? ` <span class="between">${t('chart.between', { low: number(lows[i], panel.digits), high: number(highs[i], panel.digits) })}</span>` : ''}</p>`);
      dots.push(`<u style="left:${drawn.x(times[i]) - x}px;top:${panel.y(values[i])}px;border-color:${panel.hue}"></u>`);
    }
    const state = stateAt(this.data.states, time);
    if (state) rows.push(`<p><i class="${state.state}" style="background:var(--c)"></i>${sentence(stateWord(state.state))}${state.text || state.reason ? `: ${esc(state.text || state.reason)}` : ''}<b>${this.#lasted(state)}</b></p>`);
    rows.push(...eventRows(this.events, drawn.x, x));
    const plant = plantTimeDiffers(this.clock, drawn.start, drawn.stop) ? ` · ${t('chart.plant.at', { time: hourSecond(this.clock.plant(at), this.zone) })}` : '';
    box.style.left = `${x}px`;
    box.innerHTML = `${dots.join('')}<div><time>${exactTime(at, drawn.stop - drawn.start, this.zone)}${plant}</time>${rows.join('')}</div>`;
    // beside the cursor where there is room, never beyond the chart
    const words = box.lastElementChild;
    const beside = x + 10 + words.offsetWidth <= this.clientWidth ? 10 : -10 - words.offsetWidth;
    words.style.left = `${Math.max(-x, beside)}px`;
  }
}

customElements.define('andon-chart', Chart);
