// <andon-quality>: how complete, timely, plausible and alive the data of one machine is, and where it has gaps.

import { api, query } from '../core/api.js';
import { setHtml } from '../core/dom.js';
import { number } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { counting, nameOf } from '../core/words.js';
import '../lineage/origin.js';
import { Asking, nothingMarkup } from './asking.js';
import { fromTo, machineOptions, remember, zone } from './bits.js';
import { delay, gapsMarkup, lateMarkup, percent, rowMarkup, troubleOf } from './verdict.js';

const RANGES = ['1h', '8h', '24h', '7d'];
const HOURS = { '1h': 1, '8h': 8, '24h': 24, '7d': 168 };
const MINUTE = 60e6;
const SETTLE_MS = 3000; // the last values of a minute are on their way still when it ends

class Quality extends HTMLElement {
  connectedCallback() {
    const wanted = new URLSearchParams(location.search);
    this.machine = wanted.get('machine') ?? '';
    this.range = RANGES.includes(wanted.get('range')) ? wanted.get('range') : '1h';
    this.innerHTML = `<header class="head"><div class="title"><h1>${t('data.quality.title')}</h1></div><form><label class="pick"><span class="said">${t('data.machine')}</span><select name="machine"></select></label>
        <span class="ranges" role="group" aria-label="${t('data.when')}">${RANGES.map((r) => `<button type="button" class="btn" data-range="${r}">${t(`range.${r}`)}</button>`).join('')}</span></form></header>
      <div class="state-page"></div><div class="report"></div>`;
    this.form = this.querySelector('form');
    this.form.onsubmit = (e) => e.preventDefault();
    this.form.elements.machine.onchange = (e) => { this.machine = e.target.value; this.#ask(); };
    for (const b of this.querySelectorAll('[data-range]')) b.onclick = () => { this.range = b.dataset.range; this.#ask(); };
    this.asking = new Asking(this.querySelector('.state-page'), t('data.quality.loading'));
    this.heard = (e) => { if (e.detail.structure) this.#machines(); };
    store.addEventListener('change', this.heard);
    this.#machines();
  }

  disconnectedCallback() {
    store.removeEventListener('change', this.heard);
    this.asking.end();
    clearTimeout(this.later);
  }

  /** The choice; the first machine of the plant if the address names none. */
  #machines() {
    const paths = [...store.machines.values()].filter((m) => m.presence !== 'removed').map((m) => m.id).sort(counting);
    if (!paths.length) {
      if (store.status === 'ready') setHtml(this.querySelector('.state-page'), nothingMarkup(t('empty.title'), t('data.quality.empty'), `<ul><li>${t('empty.demo')}</li></ul>`));
      else if (store.status === 'away') this.#ask();
      return;
    }
    if (!this.machine) this.machine = store.mine.map((m) => m.id).sort(counting)[0] ?? paths[0];
    const offered = paths.includes(this.machine) ? paths : [...paths, this.machine];
    setHtml(this.form.elements.machine, machineOptions(offered, this.machine));
    if (this.asked !== this.#question()) this.#ask();
  }

  #question() { return `${this.machine} ${this.range}`; }

  #ask() {
    for (const b of this.querySelectorAll('[data-range]')) b.setAttribute('aria-pressed', String(b.dataset.range === this.range));
    const { machine, range } = this;
    if (machine) remember({ machine, range: range === '1h' ? '' : range });
    this.asked = this.#question();
    // nothing was due before the machine was known, nor is a part of a minute judged
    const known = Math.ceil((store.machines.get(machine)?.first_seen ?? 0) / MINUTE) * MINUTE;
    clearTimeout(this.later);
    const early = known + MINUTE - store.now();
    if (early > 0) {
      this.asking.end();
      this.later = setTimeout(() => this.#ask(), early / 1e3 + SETTLE_MS);
      setHtml(this.querySelector('.report'), '');
      setHtml(this.querySelector('.state-page'), nothingMarkup(t('data.quality.early'), t('data.quality.early.what')));
      return;
    }
    const start = known > store.now() - HOURS[range] * 60 * MINUTE ? known : `-${range}`;
    this.querySelector('.report').classList.add('old');
    this.asking.run((signal) => api(`/quality${query({ machine, start, stop: 'now' })}`, { signal }), (found) => this.#show(found), () => setHtml(this.querySelector('.report'), ''));
  }

  #show(found) {
    const box = this.querySelector('.report');
    box.classList.remove('old');
    const name = nameOf(found.machine);
    const bad = found.signals.filter((s) => troubleOf(s).length);
    const silent = found.signals.length && found.signals.every((s) => !s.values);
    const title = !found.signals.length ? t('data.quality.nosignals', { name }) : silent ? t('data.quality.silent', { name })
      : bad.length ? t('data.quality.trouble', { name, n: bad.length, all: number(found.signals.length) }) : t('data.quality.good', { name });
    setHtml(box, `<section class="card"><h2>${esc(title)}</h2><p class="q s">${fromTo(found.start, found.stop, zone(found.machine))} <andon-origin figure="completeness" machine="${esc(found.machine)}" start="${found.start}" stop="${found.stop}"></andon-origin></p><dl class="figures">${figure('completeness', found.completeness)}${figure('timeliness', found.timeliness.share, timed(found.timeliness))}${figure('validity', found.validity)}</dl>
        <div class="wide"><table class="judged"><thead><tr>${['verdict', 'signal', 'completeness', 'timeliness', 'validity', 'values', 'excess', 'strip'].map((c) => `<th scope="col" class="${c}">${t(`data.column.${c}`)}</th>`).join('')}</tr></thead><tbody>${found.signals.map((s) => rowMarkup(s, found)).join('')}</tbody></table></div></section>
      <section class="card gaps">${gapsMarkup(found)}${lateMarkup(found)}</section>`);
  }
}

const figure = (key, value, help = t(`data.quality.${key}.help`)) => `<div><dt>${t(`data.quality.${key}`)}</dt><dd data-figure="${key}">${percent(value)}</dd><dd class="q s">${help}</dd></div>`;

/** What timely means, and how long values took. */
function timed({ within_s: within, timed: n, p50_s: half, p99_s: most, longest_s: longest }) {
  if (!n) return t('data.quality.timeliness.unknown');
  return `${t('data.quality.timeliness.help', { time: delay(within) })}<br>${t('data.quality.timeliness.delays', { half: delay(half), most: delay(most), longest: delay(longest) })}`;
}

customElements.define('andon-quality', Quality);
