// <andon-spc>: a control chart of a characteristic that one chooses, with every broken rule in words; limits can be kept.

import { api, may, query } from '../../core/api.js';
import { setHtml, setText } from '../../core/dom.js';
import { duration, hourMinute, hourSecond, number, quantity } from '../../core/format.js';
import { esc, has, sentence, t } from '../../core/texts.js';
import { whileSeen } from '../../core/watch.js';
import { signalTitle } from '../../chart/panel.js';
import '../../lineage/origin.js';
import './capability.js';
import { failed, nothing, waiting } from './notes.js';
import { digitsOf, outside, spcDraw } from './spc-draw.js';
import { keptOptions, keptOf } from './spc-kept.js';
import { tunable, tuned, TUNINGS } from './spc-tuned.js';

const EVERY_MS = 30_000;
/** Values in a subgroup of an X-bar chart, unless somebody asks for others: as the API has it. */
const SUBGROUP = 5;
const SCOPE = 'spc:limits';
const OF_VALUES = ['individuals', 'xbar-r', 'xbar-s', 'ewma', 'cusum'];
const RULES = ['nelson', 'western-electric'];
/** Range -> how long a mean is, so that a chart has about 60 values. */
const RANGES = { '15m': '15s', '1h': '1m', '8h': '8m', '24h': '20m' };
const SECONDS = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600, d: 86400 };

/** `20m` as people write it. */
function written(text) {
  const found = /^(\d+)(us|ms|s|m|h|d)$/.exec(text ?? '');
  return found ? duration(Number(found[1]) * SECONDS[found[2]]) : '';
}

class Spc extends HTMLElement {
  /** What somebody chose, and what is measured and counted besides the signals: a machine born again has it still. */
  get kept() { return this.choice && { choice: this.choice, touched: this.touched, besides: this.there.filter((c) => c.kind !== 'signal') }; }

  /** Show `machine` (its view); times in `zone`; `kept` is what the card had that stood here before. */
  open(machine, zone, kept) {
    this.machine = machine;
    this.zone = zone;
    this.there = machine.signals.filter((s) => s.name !== 'buffer_out' && s.name !== 'buffer_in').map((s) => ({ name: s.name, kind: 'signal', charts: OF_VALUES, lower: s.low_limit, upper: s.high_limit }));
    this.there.push(...(kept?.besides ?? []));
    this.asked = false;
    this.touched = kept?.touched;
    this.choice = kept ? { ...kept.choice } : { characteristic: this.there[0]?.name, chart: 'individuals', range: '1h', rules: 'nelson', shift: 'usual', limits: '' };
    if (!this.#what()) this.#other(this.there[0]);
    const select = (name, options) => `<label><span>${t(`spc.choose.${name}`)}</span><select name="${name}">${options}</select></label>`;
    this.innerHTML = `<header><h2>${t('spc')}</h2><form>${select('characteristic', this.#characteristics())}${select('chart', this.#charts())}${select('range', this.#options(Object.keys(RANGES), 'range'))}${select('rules', this.#options(RULES, 'rules'))}${select('shift', this.#options(TUNINGS, 'shift'))}${select('limits', '')}<button type="button" class="btn keep"></button><andon-origin machine="${esc(machine.id)}"></andon-origin></form></header>
      <p class="late" role="status" hidden></p><div class="svg">${waiting()}</div><div class="rules" aria-live="polite"></div><p class="q s foot"></p><p class="answer" role="status"></p><andon-capability></andon-capability>`;
    this.answer = null;
    this.looking?.stop();
    if (!this.there.length && !machine.operations?.length) { setHtml(this.querySelector('.svg'), nothing(t('spc.nosignal'), t('spc.nosignal.what'))); return; }
    for (const field of this.querySelectorAll('select')) field.onchange = () => this.#chose(field);
    this.querySelector('form').onsubmit = (e) => e.preventDefault();
    this.querySelector('.keep').onclick = () => this.#keep();
    this.#origin();
    this.#offered();
    this.#kept();
    this.looking = whileSeen(this, EVERY_MS, () => this.#load());
    this.sized ??= new ResizeObserver(() => this.#draw());
    this.sized.observe(this);
  }

  disconnectedCallback() {
    this.looking?.stop();
    this.sized?.disconnect();
  }

  /** The chosen characteristic. */
  #what() { return this.there.find((c) => c.name === this.choice.characteristic); }

  /** Choose another characteristic, and a chart that it has. */
  #other(of) {
    const charts = of?.charts ?? OF_VALUES;
    Object.assign(this.choice, { characteristic: of?.name, chart: charts.includes(this.choice.chart) ? this.choice.chart : charts[0], limits: '' });
  }

  #options(names, group) { return names.map((n) => `<option value="${esc(n)}" ${this.choice[group] === n ? 'selected' : ''}>${esc(t(`spc.${group}.${n}`))}</option>`).join(''); }

  #charts() { return (this.#what()?.charts ?? OF_VALUES).map((k) => `<option value="${k}" ${this.choice.chart === k ? 'selected' : ''}>${t(`spc.kind.${k}`)}</option>`).join(''); }

  #characteristics() { return this.there.map((c) => `<option value="${esc(c.name)}" ${this.choice.characteristic === c.name ? 'selected' : ''}>${esc(this.#title(c))}</option>`).join(''); }

  #chose(field) {
    this.touched = true;
    this.choice[field.name] = field.value;
    if (field.name === 'characteristic') {
      this.#other(this.#what());
      setHtml(this.querySelector('[name=chart]'), this.#charts());
    }
    if (field.name === 'characteristic' || field.name === 'chart') { this.choice.limits = ''; this.#kept(); }
    this.#anew();
  }

  #anew() {
    this.answer = null;
    setText(this.querySelector('.answer'), '');
    this.#origin();
    this.#button();
    this.#offered();
    setHtml(this.querySelector('.svg'), waiting());
    setHtml(this.querySelector('.rules'), '');
    setText(this.querySelector('.foot'), '');
    this.looking.again();
  }

  /** Run rules ask for independent points, which those of EWMA and CUSUM are not: these are tuned instead, and kept
   * limits have been. */
  #offered() {
    const { chart, limits } = this.choice;
    const label = (name) => this.querySelector(`[name=${name}]`).closest('label');
    label('rules').hidden = tunable(chart);
    label('shift').hidden = !tunable(chart) || Boolean(limits);
  }

  /** How quick the chart is asked to be. */
  #tuned() { return this.choice.limits ? {} : tuned(this.choice.chart, this.choice.shift); }

  /** What the view of where this comes from, and the capability, are to show. */
  #origin() {
    const { chart, characteristic, range } = this.choice;
    for (const [name, value] of Object.entries({ figure: chart, signal: characteristic ?? '', start: `-${range}` })) this.querySelector('andon-origin').setAttribute(name, value);
    const of = this.#what();
    this.querySelector('andon-capability').show(['signal', 'measured'].includes(of?.kind) ? { machine: this.machine.id, ...this.#range(), characteristic, size: chart.startsWith('xbar') ? SUBGROUP : undefined, spec: of } : null);
  }

  /** The range asked for; only what a signal sends is averaged. */
  #range() {
    const { range, limits } = this.choice;
    const every = ['signal', 'together'].includes(this.#what()?.kind) && !limits ? RANGES[range] : undefined;
    return { start: `-${range}`, stop: 'now', every };
  }

  async #load() {
    let asked = JSON.stringify(this.choice);
    const late = this.querySelector('.late');
    try {
      if (!this.asked) {
        this.there = (await api(`/spc/characteristics${query({ machine: this.machine.id, start: '-24h' })}`)).characteristics;
        this.asked = true;
        // what is measured on pieces is meant to hold still; many a signal goes up and down with every cycle
        const measured = this.there.find((c) => c.kind === 'measured');
        if ((measured && !this.touched) || !this.#what()) {
          this.#other(measured ?? this.there[0]);
          asked = JSON.stringify(this.choice);
          setHtml(this.querySelector('[name=chart]'), this.#charts());
          this.#kept();
        }
        setHtml(this.querySelector('[name=characteristic]'), this.#characteristics());
        this.#origin();
      }
      const { characteristic, chart, rules, limits } = this.choice;
      const answer = await api(`/spc/chart${query({ machine: this.machine.id, characteristic, chart, rules, limits: limits || undefined, ...this.#tuned(), ...this.#range() })}`);
      if (asked !== JSON.stringify(this.choice)) { this.looking.again(); return; }
      this.answer = answer;
      late.hidden = true;
      this.#draw(true);
    } catch (error) {
      if (asked !== JSON.stringify(this.choice)) { this.looking.again(); return; }
      const few = error.status === 400 || (error.status === 404 && this.asked);
      if (!this.answer) { setHtml(this.querySelector('.svg'), few ? nothing(t('spc.few'), error.message) : failed(error)); return; }
      late.hidden = false;
      setText(late, t('analytics.late', { time: hourMinute(this.answer.panels[0]?.times.at(-1), this.zone), error: error.message }));
    }
  }

  /** Limits that were kept for what is chosen, in their list. */
  async #kept() {
    const { characteristic, chart } = this.choice;
    this.rows = [];
    const fill = () => setHtml(this.querySelector('[name=limits]'), keptOptions(this.rows, this.choice.limits, this.zone));
    fill();
    this.#button();
    try {
      const rows = await keptOf(this.machine.id, characteristic, chart);
      if (characteristic !== this.choice.characteristic || chart !== this.choice.chart) return;
      this.rows = rows;
      fill();
    } catch { /* the chart says what is wrong */ }
  }

  #button() {
    const button = this.querySelector('.keep');
    setText(button, t(this.choice.limits ? 'spc.forget' : 'spc.keep'));
    button.disabled = !may(SCOPE);
    button.title = may(SCOPE) ? t(this.choice.limits ? 'spc.forget.help' : 'spc.keep.help') : t('spc.keep.forbidden', { role: t(`role.${window.ANDON?.role ?? 'viewer'}`) });
  }

  /** Phase I: keep the limits of what is shown, and judge by them from now on; or forget those that were chosen. */
  async #keep() {
    const { characteristic, chart, limits } = this.choice;
    const answer = this.querySelector('.answer');
    const button = this.querySelector('.keep');
    button.disabled = true;
    try {
      let said = t('spc.forget.done');
      if (limits) { await api(`/spc/limits/${encodeURIComponent(limits)}`, { method: 'DELETE' }); this.choice.limits = ''; } else {
        const { start, stop, every } = this.#range();
        this.choice.limits = (await api('/spc/limits', { method: 'POST', body: { machine: this.machine.id, characteristic, chart, start, stop, every: every ?? null, ...this.#tuned() } })).id;
        said = t('spc.keep.done');
      }
      await this.#kept();
      this.#anew();
      answer.className = 'answer good';
      setText(answer, said);
    } catch (error) {
      answer.className = 'answer bad';
      setText(answer, error.message);
    } finally {
      this.#button();
    }
  }

  #draw(fresh = false) {
    const box = this.querySelector('.svg');
    const width = Math.floor(box?.clientWidth ?? 0);
    if (!this.answer || !width || (!fresh && width === this.width)) return;
    this.width = width;
    const empty = !this.answer.panels.some((p) => p.values.length);
    setHtml(box, empty ? nothing(t('spc.few'), t('spc.few.what')) : spcDraw(this.answer, width, this.zone));
    setHtml(this.querySelector('.rules'), empty ? '' : this.#rules());
    const { panels, phase, limits, chart } = this.answer;
    const of = this.#what();
    const each = t(`spc.each.${['signal', 'measured'].includes(of.kind) ? of.kind : chart}`, { time: written(limits[0]?.basis?.every) || written(RANGES[this.choice.range]), n: limits[0]?.n ?? 0 });
    setText(this.querySelector('.foot'), empty ? '' : t(`spc.phase.${phase}`, { count: panels[0].values.length, each }));
  }

  /** Every broken rule once, with how often and when last. */
  #rules() {
    const found = new Map();
    for (const panel of this.answer.panels) {
      for (const v of panel.violations) {
        const key = `${panel.name} ${v.rule}`;
        found.set(key, { panel, v, n: (found.get(key)?.n ?? 0) + 1 });
      }
    }
    setText(this.querySelector('h2'), t(found.size ? 'spc.title.out' : 'spc.title.in', { name: this.#title(this.#what()) }));
    if (!found.size) return `<p class="q">${t('spc.calm')}</p>`;
    const rows = [...found.values()].map(({ panel, v, n }) => {
      const value = quantity(panel.values[v.index], this.answer.unit || '1', digitsOf(panel));
      return `<li><svg width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true"><path class="out" d="M0,-7L7,0L0,7L-7,0z"/></svg><span>${esc(sentence(v.text))}</span><span class="q">${esc(t('spc.rule.times', { n: number(n), time: hourSecond(panel.times[v.index], this.zone), value }))}</span></li>`;
    });
    // the sign is explained where it stands: points that belong to a pattern and do not complete one
    const among = this.answer.panels.map(outside).some(({ ends, among: of }) => [...of].some((i) => !ends.has(i)));
    const key = `<p class="q s key"><svg width="16" height="12" viewBox="-8 -6 16 12" aria-hidden="true"><circle class="among" r="4"/></svg> ${t('spc.among')}</p>`;
    return `<ul>${rows.join('')}</ul>${among ? key : ''}`;
  }

  #title(of) {
    if (has(`spc.of.${of.name}`) && of.kind !== 'signal') return t(`spc.of.${of.name}`);
    const spec = this.machine.signals.find((s) => s.name === of.name);
    return spec ? signalTitle(spec) : of.title || sentence(of.name.replaceAll('_', ' '));
  }
}

customElements.define('andon-spc', Spc);
