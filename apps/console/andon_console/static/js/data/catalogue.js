// <andon-catalogue>: every signal there is and all that is measured on pieces, machine by machine, to be searched by word
// and by place.

import { api } from '../core/api.js';
import { setHtml, setText } from '../core/dom.js';
import { unit } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { counting, nameOf } from '../core/words.js';
import { Asking, nothingMarkup } from './asking.js';
import { download, fromTo, grouped, remember, zone } from './bits.js';
import { groupMarkup } from './catalogue-rows.js';

class Catalogue extends HTMLElement {
  connectedCallback() {
    const wanted = new URLSearchParams(location.search);
    this.wanted = wanted.get('place') ?? '';
    this.sort = wanted.get('sort') === 'complete' ? 'complete' : '';
    this.innerHTML = `<header class="head"><div class="title"><h1>${t('data.catalogue.title')}</h1><span class="q count" role="status"></span></div>
        <form role="search"><input type="search" name="q" placeholder="${t('data.catalogue.search')}" aria-label="${t('data.catalogue.search')}" value="${esc(wanted.get('q') ?? '')}">
        <select name="place" aria-label="${t('data.catalogue.place')}"></select><select name="sort" aria-label="${t('data.catalogue.sort')}">${['', 'complete'].map((s) => `<option value="${s}"${s === this.sort ? ' selected' : ''}>${t(`data.catalogue.sort.${s || 'machine'}`)}</option>`).join('')}</select><button type="button" class="btn csv">${t('data.csv')}</button></form></header>
      <p class="answer bad" role="alert" hidden></p><p class="q s about"></p>
      <section class="card table-card"><div class="state-page"></div><table hidden><caption class="said">${t('data.catalogue.title')}</caption><thead><tr>${['signal', 'unit', 'range', 'limits', 'rate'].map((c) => `<th scope="col" class="${c}">${t(`data.column.${c}`)}</th>`).join('')}<th scope="col" class="complete"><button type="button">${t('data.column.completeness')}<i aria-hidden="true"></i></button></th>${['class', 'kept'].map((c) => `<th scope="col" class="${c}">${t(`data.column.${c}`)}</th>`).join('')}<th scope="col" class="go"><span class="said">${t('data.column.go')}</span></th></tr></thead></table></section>`;
    this.form = this.querySelector('form');
    this.form.onsubmit = (e) => e.preventDefault();
    this.form.oninput = () => { this.sort = this.form.elements.sort.value; this.#rows(); };
    this.querySelector('th.complete button').onclick = () => { this.sort = this.sort ? '' : 'complete'; this.form.elements.sort.value = this.sort; this.#rows(); };
    this.querySelector('.csv').onclick = () => this.#csv();
    this.asking = new Asking(this.querySelector('.state-page'), t('data.catalogue.loading'));
    this.asking.run((signal) => api('/catalogue', { signal }), (found) => this.#take(found));
    // a machine that is new brings signals
    this.heard = (e) => {
      if (!e.detail.structure || !this.signals || store.status !== 'ready') return;
      this.#about(); // the plant's time zone may have become known only now
      this.#again();
    };
    store.addEventListener('change', this.heard);
  }

  disconnectedCallback() {
    store.removeEventListener('change', this.heard);
    this.asking.end();
  }

  async #again() {
    const known = new Set(this.signals.map((s) => s.machine));
    if ([...store.machines.values()].every((m) => known.has(m.id) || m.presence === 'removed')) return;
    try { this.#take(await api('/catalogue')); } catch { return; }
  }

  #take(found) {
    this.signals = found.signals;
    this.pieces = found.characteristics ?? [];
    this.span = [found.start, found.stop];
    this.#about();
    this.#places();
    this.#rows();
  }

  /** Of which time completeness is said, in the plant's time. */
  #about() {
    const { signals, span } = this;
    setText(this.querySelector('.about'), signals.length ? t('data.catalogue.complete', { time: fromTo(...span, zone(signals[0].machine)) }) : '');
  }

  #places() {
    const paths = [...new Set(this.signals.map((s) => s.machine))].sort(counting);
    const levels = (n) => [...new Set(paths.map((p) => p.split('/').slice(0, n).join('/')))];
    const options = (list, name) => list.map((p) => `<option value="${esc(p)}">${esc(name(p))}</option>`).join('');
    const chosen = this.form.elements.place.value || this.wanted;
    setHtml(this.form.elements.place, `<option value="">${t('data.catalogue.everywhere')}</option>
      <optgroup label="${t('data.catalogue.plants')}">${options(levels(1), (p) => store.plants.get(p)?.title || p)}</optgroup>
      <optgroup label="${t('data.catalogue.lines')}">${options(levels(4), (p) => p.split('/').slice(1).join(' / '))}</optgroup>
      <optgroup label="${t('data.catalogue.machines')}">${options(paths, nameOf)}</optgroup>`);
    this.form.elements.place.value = chosen;
    if (this.form.elements.place.selectedIndex < 0) this.form.elements.place.value = '';
  }

  /** Of signals, or of what is measured on pieces: what has all words, and lies where it is looked for. */
  #found(rows) {
    const words = this.form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const place = this.form.elements.place.value;
    return rows.filter((s) => (!place || s.machine === place || s.machine.startsWith(`${place}/`))
      && words.every((w) => [s.machine, s.signal ?? s.characteristic, s.title, s.description, s.unit, unit(s.unit), s.class ?? t('data.pieces'), s.origin, s.source, s.owner].join(' ').toLowerCase().includes(w)));
  }

  #rows() {
    if (!this.signals) return;
    const { q, place } = this.form.elements;
    remember({ q: q.value, place: place.value, sort: this.sort });
    this.querySelector('th.complete').setAttribute('aria-sort', this.sort ? 'ascending' : 'none');
    const found = this.sort ? leastFirst(this.#found(this.signals)) : this.#found(this.signals);
    const pieces = grouped(this.#found(this.pieces), (c) => c.machine);
    const all = this.signals.length;
    const table = this.querySelector('table');
    const groups = grouped(found, (s) => s.machine);
    for (const path of pieces.keys()) if (!groups.has(path)) groups.set(path, []);
    table.hidden = !groups.size;
    const instead = !all ? nothingMarkup(t('empty.title'), t('data.catalogue.empty'), `<ul><li>${t('empty.demo')}</li><li>${t('empty.file')}</li></ul>`)
      : groups.size ? '' : `<p class="none">${t('data.catalogue.none')}</p>`;
    setHtml(this.querySelector('.state-page'), instead);
    setText(this.querySelector('.count'), !all ? '' : found.length === all ? t('data.signals', { n: all }) : `${found.length} / ${t('data.signals', { n: all })}`);
    for (const body of table.querySelectorAll('tbody')) body.remove();
    const shown = this.sort ? [...groups] : [...groups].sort(([a], [b]) => counting(a, b));
    table.insertAdjacentHTML('beforeend', shown.map(([path, rows]) => groupMarkup(path, rows, pieces.get(path) ?? [])).join(''));
  }

  async #csv() {
    const { q, place } = this.form.elements;
    const asked = new URLSearchParams(Object.entries({ place: place.value, text: q.value.slice(0, 64) }).filter(([, v]) => v));
    const problem = this.querySelector('.answer');
    problem.hidden = true;
    try { await download(`/api/v1/catalogue?${asked}`, 'text/csv', 'catalogue.csv'); } catch (error) { problem.hidden = false; setText(problem, error.message); }
  }
}

const known = (s) => s.completeness ?? Infinity;

/** The least complete first: machines by their least complete signal; what cannot be told stands last. */
function leastFirst(signals) {
  const worst = new Map();
  for (const s of signals) worst.set(s.machine, Math.min(worst.get(s.machine) ?? Infinity, known(s)));
  const apart = (a, b) => (a === b ? 0 : a < b ? -1 : 1);
  return [...signals].sort((a, b) => apart(worst.get(a.machine), worst.get(b.machine)) || counting(a.machine, b.machine) || apart(known(a), known(b)));
}

customElements.define('andon-catalogue', Catalogue);
