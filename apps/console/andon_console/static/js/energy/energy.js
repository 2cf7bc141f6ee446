// <andon-energy>: what the plant's machines took, in which state, per piece and as carbon; and air that leaks.

import { Asking, nothingMarkup, waitMarkup } from '../data/asking.js';
import { fromTo, remember, zone } from '../data/bits.js';
import { api, query } from '../core/api.js';
import { setHtml, setText } from '../core/dom.js';
import { number } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { whileSeen } from '../core/watch.js';
import '../lineage/origin.js';
import { awayMarkup, emptyMarkup } from '../shell/empty.js';
import { airMarkup } from './air.js';
import { energyTable, kwh } from './table.js';

const RANGES = ['shift', '1h', '8h', '24h', '7d'];
const EVERY_MS = 30_000;
/** What the cards' figures are called where they are followed back. */
const FIGURES = { piece: 'kwh_per_piece', all: 'kwh', idle: 'idle_kwh', carbon: 'carbon_kg_per_piece' };

/** kW of all together over the time that was measured: a plant that is younger than the shift took nothing before. */
function onAverage({ machines, together }) {
  const hours = Math.max(0, ...machines.map((m) => Object.values(m.hours).reduce((sum, h) => sum + h, 0)));
  return hours ? together.kwh / hours : null;
}

class Energy extends HTMLElement {
  connectedCallback() {
    const wanted = new URLSearchParams(location.search).get('range');
    this.range = RANGES.includes(wanted) ? wanted : 'shift';
    this.innerHTML = `<header class="head"><div class="title"><h1>${t('energy.title')}</h1><p class="q s when"></p></div><span class="ranges" role="group" aria-label="${t('data.when')}">${RANGES.map((r) => `<button type="button" class="btn" data-range="${r}">${t(`energy.range.${r}`)}</button>`).join('')}</span></header>
      <div class="state-page"></div><div class="report"></div>`;
    for (const b of this.querySelectorAll('[data-range]')) b.onclick = () => this.#choose(b.dataset.range);
    this.asking = new Asking(this.querySelector('.state-page'), t('energy.loading'));
    // machines become known one after another, and an answer takes a second: it is asked when it would be another one
    this.heard = (e) => { if (e.detail.structure && this.asked !== this.#asker()) this.#ask(); };
    store.addEventListener('change', this.heard);
    store.start({ kinds: 'machine,clock,layout' });
    this.looking = whileSeen(this, EVERY_MS, async () => this.#ask());
  }

  disconnectedCallback() {
    store.removeEventListener('change', this.heard);
    this.looking.stop();
    this.asking.end();
  }

  #choose(range) {
    this.range = range;
    remember({ range: range === 'shift' ? '' : range });
    this.querySelector('.report').classList.add('old');
    this.#ask();
  }

  #asker() {
    return [store.status, store.enterprise, store.plant?.product].join('|');
  }

  #ask() {
    this.asked = this.#asker();
    for (const b of this.querySelectorAll('[data-range]')) b.setAttribute('aria-pressed', String(b.dataset.range === this.range));
    const place = store.enterprise;
    if (!place || store.status === 'loading') {
      const instead = { loading: () => waitMarkup(t('energy.loading')), away: () => awayMarkup(store.error) }[store.status] ?? emptyMarkup;
      setHtml(this.querySelector('.state-page'), instead());
      return;
    }
    const { range } = this;
    const span = range === 'shift' ? { shift: 'current' } : { start: `-${range}`, stop: 'now' };
    this.asking.run(
      (signal) => Promise.all([this.#energy(place, span, signal), this.#air(place, range, signal)]),
      ([found, air]) => this.#show(found, air),
      () => setHtml(this.querySelector('.report'), ''),
    );
  }

  /** Of the running shift; while none runs, of the last eight hours. */
  async #energy(place, span, signal) {
    try {
      return await api(`/energy${query({ place, ...span })}`, { signal });
    } catch (error) {
      if (error.status !== 404 || !span.shift) throw error;
      return api(`/energy${query({ place, start: '-8h', stop: 'now' })}`, { signal });
    }
  }

  /** Without an answer there is no card: the machines' energy does not depend on it. */
  async #air(place, range, signal) {
    try {
      return await api(`/energy/air${query({ place, start: range === 'shift' ? '-1h' : `-${range}`, stop: 'now' })}`, { signal });
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      return null;
    }
  }

  #show(found, air) {
    const box = this.querySelector('.report');
    box.classList.remove('old');
    // somebody follows a figure of the last answer back: its button must not go away under the dialog
    if (document.querySelector('dialog.origin[open]')) return;
    const { together } = found;
    const where = found.machines[0]?.machine ?? found.unmetered[0] ?? store.enterprise;
    setText(this.querySelector('.when'), `${fromTo(found.start, found.stop, zone(where))}${found.shift ? `, ${t('energy.shift', { name: found.shift.name })}` : ''}`);
    setText(this.querySelector('h1'), this.#sentence(together));
    if (!found.machines.length) {
      setHtml(box, nothingMarkup(t('energy.none'), t('energy.none.what')));
      return;
    }
    const figure = (name, value, unit, below) => `<div class="card kpi" data-figure="${name}"><h2>${t(`energy.figure.${name}`)}</h2><p class="v"><b>${value}</b><small>${unit}</small></p><p class="below">${esc(below)}</p><andon-origin figure="${FIGURES[name]}" place="${esc(store.enterprise)}" start="${found.start}" stop="${found.stop}" label="${t('energy.origin')}" said="${esc(t('origin.of.signal', { name: t(`energy.figure.${name}`) }))}"></andon-origin></div>`;
    const product = store.plant?.product || t('figure.piece');
    setHtml(box, `<section class="kpis">${[
      figure('piece', number(together.kwh_per_piece, 1), together.kwh_per_piece === null ? '' : 'kWh', t('energy.figure.piece.below', { n: together.good, product })),
      figure('all', kwh(together.kwh), 'kWh', t('energy.figure.all.below', { kw: number(onAverage(found), 0) })),
      figure('idle', number(together.idle_share === null ? null : 100 * together.idle_share, 0), together.idle_share === null ? '' : '%', t('energy.figure.idle.below', { kwh: kwh(together.idle_kwh) })),
      figure('carbon', number(together.carbon_kg_per_piece, 1), together.carbon_kg_per_piece === null ? '' : 'kg CO₂', t('energy.figure.carbon.below', { kg: number(together.carbon_kg, together.carbon_kg < 100 ? 1 : 0), factor: number(found.carbon_g_per_kwh) })),
    ].join('')}</section>
      <section class="card machines"><h2>${t('energy.machines')}</h2>${energyTable(found.machines, found)}${found.unmetered.length ? `<p class="q s">${t('energy.unmetered', { n: found.unmetered.length })}</p>` : ''}</section>
      ${air ? `<section class="card air">${airMarkup(air)}</section>` : ''}`);
  }

  #sentence(together) {
    const product = store.plant?.product || t('figure.piece');
    if (together.kwh_per_piece === null) return t(together.kwh ? 'energy.title.nothing' : 'energy.title');
    return t('energy.title.piece', { product, kwh: number(together.kwh_per_piece, 1), idle: number(100 * (together.idle_share ?? 0), 0) });
  }
}

customElements.define('andon-energy', Energy);
