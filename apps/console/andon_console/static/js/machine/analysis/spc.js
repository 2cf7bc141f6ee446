// <andon-spc>: a control chart of a characteristic that one chooses, with every broken rule in words.

import { api, query } from '../../core/api.js';
import { setHtml, setText } from '../../core/dom.js';
import { hourMinute, hourSecond, number, quantity } from '../../core/format.js';
import { esc, sentence, t } from '../../core/texts.js';
import { whileSeen } from '../../core/watch.js';
import { signalTitle } from '../../chart/draw.js';
import '../../lineage/origin.js';
import { failed, nothing, waiting } from './notes.js';
import { digitsOf, spcDraw } from './spc-draw.js';

const EVERY_MS = 30_000;
const KINDS = ['individuals', 'xbar-r', 'ewma', 'cusum'];
/** Range -> how long a mean is, so that a chart has about 60 values. */
const RANGES = { '15m': '15s', '1h': '1m', '8h': '8m' };

class Spc extends HTMLElement {
  /** Show `machine` (its view); times in `zone`. */
  open(machine, zone) {
    this.machine = machine;
    this.zone = zone;
    const kept = this.choice;
    const names = machine.signals.filter((s) => s.name !== 'buffer_out');
    this.choice = { characteristic: names.some((s) => s.name === kept?.characteristic) ? kept.characteristic : names[0]?.name, chart: kept?.chart ?? 'individuals', range: kept?.range ?? '1h' };
    const select = (name, options) => `<label><span>${t(`spc.choose.${name}`)}</span><select name="${name}">${options.map(([value, text]) => `<option value="${esc(value)}" ${this.choice[name] === value ? 'selected' : ''}>${esc(text)}</option>`).join('')}</select></label>`;
    this.innerHTML = `<header><h2>${t('spc')}</h2><form>${select('characteristic', names.map((s) => [s.name, signalTitle(s)]))}${select('chart', KINDS.map((k) => [k, t(`spc.kind.${k}`)]))}${select('range', Object.keys(RANGES).map((r) => [r, t(`spc.range.${r}`)]))}<andon-origin machine="${esc(machine.id)}"></andon-origin></form></header>
      <p class="late" role="status" hidden></p><div class="svg">${waiting()}</div><div class="rules" aria-live="polite"></div><p class="q s foot"></p>`;
    this.answer = null;
    this.#origin();
    this.looking?.stop();
    if (!names.length) { setHtml(this.querySelector('.svg'), nothing(t('spc.nosignal'), t('spc.nosignal.what'))); return; }
    for (const field of this.querySelectorAll('select')) {
      field.onchange = () => { this.choice[field.name] = field.value; this.answer = null; this.#origin(); setHtml(this.querySelector('.svg'), waiting()); setHtml(this.querySelector('.rules'), ''); this.looking.again(); };
    }
    this.looking = whileSeen(this, EVERY_MS, () => this.#load());
    this.sized ??= new ResizeObserver(() => this.#draw());
    this.sized.observe(this);
  }

  disconnectedCallback() {
    this.looking?.stop();
    this.sized?.disconnect();
  }

  /** What the view of where this comes from is to show. */
  #origin() {
    const { chart, characteristic, range } = this.choice;
    for (const [name, value] of Object.entries({ figure: chart, signal: characteristic ?? '', start: `-${range}` })) this.querySelector('andon-origin').setAttribute(name, value);
  }

  async #load() {
    const asked = { ...this.choice };
    const late = this.querySelector('.late');
    try {
      const { characteristic, chart, range } = asked;
      const answer = await api(`/spc/chart${query({ machine: this.machine.id, characteristic, chart, start: `-${range}`, stop: 'now', every: RANGES[range] })}`);
      if (JSON.stringify(asked) !== JSON.stringify(this.choice)) { this.looking.again(); return; }
      this.answer = answer;
      late.hidden = true;
      this.#draw(true);
    } catch (error) {
      if (JSON.stringify(asked) !== JSON.stringify(this.choice)) { this.looking.again(); return; }
      const few = error.status === 400;
      if (!this.answer) { setHtml(this.querySelector('.svg'), few ? nothing(t('spc.few'), error.message) : failed(error)); return; }
      late.hidden = false;
      setText(late, t('analytics.late', { time: hourMinute(this.answer.panels[0]?.times.at(-1), this.zone), error: error.message }));
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
    const { panels, phase } = this.answer;
    setText(this.querySelector('.foot'), empty ? '' : t(`spc.phase.${phase}`, { count: panels[0].values.length, time: t(`spc.mean.${this.choice.range}`) }));
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
    setText(this.querySelector('h2'), t(found.size ? 'spc.title.out' : 'spc.title.in', { name: this.#title() }));
    if (!found.size) return `<p class="q">${t('spc.calm')}</p>`;
    const rows = [...found.values()].map(({ panel, v, n }) => {
      const value = quantity(panel.values[v.index], this.answer.unit || '1', digitsOf(panel));
      return `<li><svg width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true"><path class="out" d="M0,-7L7,0L0,7L-7,0z"/></svg><span>${esc(sentence(v.text))}</span><span class="q">${esc(t('spc.rule.times', { n: number(n), time: hourSecond(panel.times[v.index], this.zone), value }))}</span></li>`;
    });
    return `<ul>${rows.join('')}</ul><p class="q s key"><svg width="16" height="12" viewBox="-8 -6 16 12" aria-hidden="true"><circle class="among" r="4"/></svg> ${t('spc.among')}</p>`;
  }

  #title() {
    const spec = this.machine.signals.find((s) => s.name === this.choice.characteristic);
    return spec ? signalTitle(spec) : this.choice.characteristic;
  }
}

customElements.define('andon-spc', Spc);
