// <andon-oee>: OEE of a machine in the running shift, another time one chooses, or what the chart shows: factors, waterfall, losses, and how all that is computed.

import { setHtml, setText } from '../../core/dom.js';
import { hourMinute, number, sinceMidnight } from '../../core/format.js';
import { store } from '../../core/store.js';
import { esc, sentence, t } from '../../core/texts.js';
import { whileSeen } from '../../core/watch.js';
import { askOee, mainStop, worstFactor } from '../../core/ask-oee.js';
import { fromTo } from '../../data/bits.js';
import '../../lineage/origin.js';
import { formulas } from './formulas.js';
import { failed, nothing, waiting } from './notes.js';
import { pareto } from './pareto.js';
import { waterfall } from './waterfall.js';

const EVERY_MS = 10_000;
const SELDOM_MS = 60_000;
const SETTLE_MS = 400; // after the chart's last move
const DAY_US = 86400e6;
/** What one may choose, and how often it is asked again: what is over, or long, hardly changes. */
const SPANS = { shift: EVERY_MS, previous: SELDOM_MS, day: EVERY_MS, week: SELDOM_MS, chart: EVERY_MS };
const FACTORS = ['availability', 'effectiveness', 'quality_ratio'];

const percent = (value) => `${number(value === null ? null : 100 * value, 1)}${value === null ? '' : '<small>\u2009%</small>'}`;

class Oee extends HTMLElement {
  /** Show `machine` (its path); times in `zone`; `chart` is the one whose window may be chosen. */
  open(machine, zone, chart) {
    this.machine = machine;
    this.zone = zone;
    this.chart = chart;
    chart.addEventListener('moved', () => this.#follow());
    const wanted = new URLSearchParams(location.search).get('oee');
    this.span = wanted in SPANS ? wanted : 'shift';
    this.innerHTML = `<header><h2>${t('oee')}</h2><p class="q s range"></p><select name="span" aria-label="${t('oee.span')}">${Object.keys(SPANS).map((s) => `<option value="${s}"${s === this.span ? ' selected' : ''}>${t(`oee.span.${s}`)}</option>`).join('')}</select><andon-origin figure="oee" machine="${esc(machine)}"></andon-origin></header><p class="late" role="status" hidden></p><div class="body">${waiting()}</div>`;
    this.looking?.stop();
    if (!store.machines.get(machine)?.operations?.length) {
      for (const control of this.querySelectorAll('andon-origin,select')) control.remove();
      setHtml(this.querySelector('.body'), nothing(t('oee.nopieces'), t('oee.nopieces.what')));
      return;
    }
    this.querySelector('select').onchange = (e) => this.#choose(e.target.value);
    this.looking = whileSeen(this, EVERY_MS, async () => { if (performance.now() - (this.read ?? -Infinity) >= SPANS[this.span] - EVERY_MS / 2) await this.#load(); });
    this.sized ??= new ResizeObserver(() => this.#fall());
  }

  disconnectedCallback() {
    this.looking?.stop();
    this.sized?.disconnect();
    clearTimeout(this.settling);
  }

  /** Another time: the figures of the one before would be taken for its own. */
  #choose(span) {
    this.span = span;
    const kept = new URLSearchParams(location.search);
    if (span === 'shift') kept.delete('oee'); else kept.set('oee', span);
    history.replaceState(history.state, '', `${location.pathname}${kept.size ? `?${kept}` : ''}${location.hash}`);
    this.report = null;
    this.shape = null;
    this.shown = undefined;
    this.classList.remove('behind');
    setText(this.querySelector('.range'), '');
    setText(this.querySelector('h2'), t('oee'));
    setHtml(this.querySelector('.body'), waiting());
    this.#load();
  }

  /** The chart moved: its figures are asked for when it stands still, and till then those of before are marked as such. */
  #follow() {
    if (this.span !== 'chart' || !this.looking) return;
    const { start, span, live } = this.chart.view;
    const shown = live ? `last ${span}` : `${start} ${span}`;
    if (shown === this.shown) return;
    this.shown = shown;
    this.classList.add('behind');
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      this.report = null;
      this.read = undefined;
      this.looking.again();
    }, SETTLE_MS);
  }

  /** Parameters of /oee for the chosen time; days are the plant's. Nothing: the running shift. */
  #asked() {
    if (this.span === 'shift') return undefined;
    if (this.span === 'previous') return { shift: 'previous' };
    if (this.span === 'chart') {
      const { start, stop, live } = this.chart.view;
      return { start: Math.max(0, Math.floor(start)), stop: live ? 'now' : Math.floor(stop) };
    }
    const clock = store.clockOf(this.machine);
    const now = clock.plant(store.now());
    const begin = now - (this.span === 'day' ? sinceMidnight(now, this.zone) : 7 * DAY_US);
    return { start: Math.max(0, Math.floor(clock.wall(begin))), stop: 'now' };
  }

  async #load() {
    const late = this.querySelector('.late');
    const { span, shown } = this;
    const other = () => span !== this.span || shown !== this.shown; // another time was chosen meanwhile
    try {
      const report = await askOee({ machine: this.machine }, this.#asked());
      if (other()) return;
      this.classList.remove('behind');
      this.report = report;
      this.read = performance.now();
      late.hidden = true;
      this.#show();
    } catch (error) {
      if (other()) return;
      this.classList.remove('behind');
      if (span === 'previous' && error.status === 404) { setHtml(this.querySelector('.body'), nothing(t('oee.previous.none'), t('oee.previous.none.what'))); this.report = null; this.shape = null; return; }
      // figures that were right a while ago are better than none, if one says so
      if (!this.report) { setHtml(this.querySelector('.body'), failed(error)); this.shape = null; return; }
      late.hidden = false;
      setText(late, t('analytics.late', { time: hourMinute(this.report.stop, this.zone), error: error.message }));
    }
  }

  #show() {
    const { report } = this;
    const figures = report.together;
    const { kpis } = figures;
    const clock = store.clockOf(this.machine);
    const [first, last] = [clock.plant(report.start), clock.plant(report.stop)];
    const since = hourMinute(first, this.zone);
    const range = {
      shift: () => (report.shift ? t('oee.range.shift', { name: sentence(report.shift.name), start: since }) : t('oee.range.last', { start: since })),
      previous: () => t('oee.range.previous', { name: sentence(report.shift.name), time: fromTo(first, last, this.zone) }),
    }[this.span] ?? (() => t(`oee.range.${this.span}`, { time: fromTo(first, last, this.zone) }));
    setText(this.querySelector('.range'), range());
    const origin = this.querySelector('andon-origin');
    for (const end of ['start', 'stop']) origin.setAttribute(end, report[end]);
    const worst = worstFactor(kpis);
    const stop = worst === 'availability' ? mainStop(figures.losses) : null;
    setText(this.querySelector('h2'), t(worst ? `oee.title.${stop ?? worst}` : 'oee'));
    const body = this.querySelector('.body');
    const planned = figures.times_s.PBT > 0;
    if (!planned) { setHtml(body, nothing(t('oee.unplanned'), t(this.span === 'shift' || this.span === 'day' ? 'oee.unplanned.what' : 'oee.unplanned.past'))); this.shape = null; return; }
    if (this.shape !== 'figures') { setHtml(body, this.#frame()); this.shape = 'figures'; this.sized.observe(this.querySelector('.fallbox')); }
    setHtml(this.querySelector('[data-kpi=oee] b'), percent(kpis.oee));
    for (const f of FACTORS) setHtml(this.querySelector(`[data-kpi=${f}] b`), percent(kpis[f]));
    setText(this.querySelector('.nobody'), kpis.oee === null ? t('oee.unknown') : '');
    setHtml(this.querySelector('.losses .list-of'), figures.losses.length ? pareto(figures.losses) : `<p class="q">${t('oee.losses.none')}</p>`);
    setHtml(this.querySelector('.formulas'), formulas(report.formulas, figures));
    this.drawn = null;
    this.#fall();
  }

  #frame() {
    const one = (name, sign) => `<div data-kpi="${name}"><dt>${esc(t(`oee.kpi.${name}`))}</dt><dd><i aria-hidden="true">${sign}</i><b></b></dd><p class="q s">${esc(t(`oee.kpi.${name}.what`))}</p></div>`;
    return `<div class="figures"><dl>${one('oee', '')}${one('availability', '=')}${one('effectiveness', '×')}${one('quality_ratio', '×')}</dl><p class="q nobody"></p></div>
      <div class="fallbox"><h3>${t('oee.fall')}</h3><div class="svg"></div></div><div class="losses"><h3>${t('oee.losses')}</h3><div class="list-of"></div></div>
      <details><summary>${t('oee.formula')}</summary><div class="formulas"></div></details>`;
  }

  #fall() {
    const box = this.querySelector('.fallbox .svg');
    const width = Math.floor(box?.clientWidth ?? 0);
    if (!width || this.drawn === width || !this.report) return;
    this.drawn = width;
    setHtml(box, waterfall(this.report.together.waterfall, width));
  }
}

customElements.define('andon-oee', Oee);
