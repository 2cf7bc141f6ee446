// <andon-measures>: how much the alarms ask of people, after ISA-18.2: alarms an hour, floods, what chatters, what is stale.

import { api, query } from '../core/api.js';
import { setHtml } from '../core/dom.js';
import { duration, hourMinute, number } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, sentence, t } from '../core/texts.js';
import { whileSeen } from '../core/watch.js';
import { nameOf } from '../core/words.js';
import { zoneOf } from '../floor/today.js';

const EVERY_MS = 20_000;
const RANGE_US = 8 * 3600e6; // of plant time
const HEIGHT = 76;
const FLOOD = 10;
const TOP = 3;

class Measures extends HTMLElement {
  connectedCallback() {
    this.innerHTML = `<h2>${t('measures')}</h2><div class="body"><p class="q">${t('analytics.loading')}</p></div>`;
    this.looking = whileSeen(this, EVERY_MS, () => this.#load());
    this.heard = ({ detail }) => { if (detail.alarms.size || detail.booked || detail.structure) this.looking.again(); };
    store.addEventListener('change', this.heard);
    this.sized = new ResizeObserver(() => this.#show());
    this.sized.observe(this);
  }

  disconnectedCallback() {
    store.removeEventListener('change', this.heard);
    this.looking.stop();
    this.sized.disconnect();
  }

  async #load() {
    const { plant } = store;
    if (!plant) return;
    const now = store.now();
    const start = Math.max(0, Math.floor(plant.clock.wall(plant.clock.plant(now) - RANGE_US)));
    try {
      this.found = await api(`/alarms/measures${query({ enterprise: plant.enterprise, start, stop: 'now' })}`);
      this.error = null;
    } catch (error) { this.error = error; }
    this.#show();
  }

  #show() {
    const { found, error } = this;
    const body = this.querySelector('.body');
    if (!found && !error) return;
    if (!found) { setHtml(body, `<p class="bad" role="alert">${esc(error.message)}</p><p class="q s">${t('analytics.failed')}</p>`); return; }
    const { bounds } = found;
    const row = (key, value, unit, bound, over) => `<div class="${over ? 'over' : ''}"><dt>${t(`measures.${key}`)}</dt><dd><b>${value}</b>${unit ? `<small>\u2009${unit}</small>` : ''}</dd><dd class="q s">${over ? '<i aria-hidden="true">▲</i> ' : ''}${esc(bound)}</dd></div>`;
    const percent = (x, digits) => number(100 * x, digits);
    setHtml(body, `<dl>${row('rate', number(found.per_hour, 1), t('measures.rate.unit'), t('measures.bound.most', { n: number(bounds.per_hour) }), found.per_hour > bounds.per_hour)}
      ${row('flood', percent(found.flood_share, 1), '%', t('measures.bound.below', { n: `${percent(bounds.flood_share)}\u2009%` }), found.flood_share > bounds.flood_share)}
      ${row('stale', number(found.stale.length), '', t('measures.bound.below', { n: number(bounds.stale) }), found.stale.length >= bounds.stale)}
      ${row('chattering', number(found.chattering.length), '', t('measures.bound.none'), found.chattering.length > bounds.chattering)}</dl>
      ${this.#bars(found)}${this.#top(found)}${this.#priorities(found)}${this.#list('stale', found.stale, (s) => duration(s.s))}${this.#list('chattering', found.chattering, (c) => t('measures.within', { n: c.most }))}
      <details><summary>${t('measures.how')}</summary><p class="q s">${t('measures.how.what')}</p></details>`);
  }

  /** Alarms of each ten minutes, with the line above which it is a flood. */
  #bars({ periods }) {
    const width = Math.floor(this.clientWidth - 34);
    if (width < 80 || !periods.length) return '';
    const zone = zoneOf(store.plant);
    const clock = store.plant.clock;
    const most = Math.max(FLOOD * 1.25, ...periods.map((p) => p.alarms));
    const foot = 18;
    const y = (n) => (HEIGHT - foot) * (1 - n / most);
    const step = width / periods.length;
    const bars = periods.map((p, i) => (p.alarms ? `<rect class="${p.alarms > FLOOD ? 'over' : ''}" x="${(i * step + 0.5).toFixed(1)}" y="${y(p.alarms).toFixed(1)}" width="${Math.max(1, step - 1.5).toFixed(1)}" height="${(y(0) - y(p.alarms)).toFixed(1)}"><title>${t('measures.bar', { n: p.alarms, time: hourMinute(clock.plant(p.start), zone) })}</title></rect>` : '')).join('');
    const at = (i) => hourMinute(clock.plant(periods[i].start), zone);
    return `<svg width="${width}" height="${HEIGHT}" role="img" aria-label="${esc(t('measures.bars', { most: Math.max(...periods.map((p) => p.alarms)) }))}">
      <path class="rule" d="M0,${y(0)}H${width}"/><path class="limit" d="M0,${y(FLOOD)}H${width}"/><text class="t2" x="${width}" y="${y(FLOOD) - 4}" text-anchor="end">${t('measures.flood.line')}</text>${bars}
      <text class="t2" x="0" y="${HEIGHT - 3}">${at(0)}</text><text class="t2" x="${width}" y="${HEIGHT - 3}" text-anchor="end">${t('measures.now')}</text></svg>`;
  }

  #top({ top, alarms }) {
    if (!top.length) return `<p class="q s">${t('measures.none')}</p>`;
    return this.#list('top', top.slice(0, TOP), (row) => `${number(100 * row.share)}\u2009%`, t('measures.of', { n: alarms }));
  }

  /** How the alarms that rang divide by priority, beside about how they should. */
  #priorities({ by_severity: n, bounds, alarms }) {
    if (!alarms) return '';
    const rows = Object.keys(n).map((s) => `<li><span>${esc(sentence(t(`severity.${s}`)))}</span><span class="num">${number((100 * n[s]) / alarms)}\u2009%<small class="q"> ${esc(t('measures.about', { share: number(100 * bounds[`${s}_share`]) }))}</small></span></li>`);
    return `<h3>${t('measures.priorities')}</h3><ol class="named">${rows.join('')}</ol>`;
  }

  #list(key, rows, says, of = '') {
    if (!rows.length) return '';
    return `<h3>${t(`measures.list.${key}`)} <small class="q">${esc(of)}</small></h3><ol class="named">${rows.slice(0, 5).map((r) => `<li><a href="/alarms?id=${encodeURIComponent(r.id)}">${esc(named(r.id))}</a><span class="num">${says(r)}</span></li>`).join('')}</ol>`;
  }
}

/** "press-1: feeder" from an alarm's id. */
function named(id) {
  const at = id.lastIndexOf(':');
  return `${nameOf(id.slice(0, at))}: ${sentence(id.slice(at + 1).replace(/[-_]/g, ' '))}`;
}

customElements.define('andon-measures', Measures);
