// <andon-product>: one data product: what it is, its schema, how it is read, the newest rows, and who else may read it.
// `show` draws it and asks for its rows; `retell` says names and times anew and leaves all else, as what is being typed.

import { api, may, query } from '../core/api.js';
import { setHtml, setText } from '../core/dom.js';
import { day, digitsFor, duration, number, unit } from '../core/format.js';
import { esc, t } from '../core/texts.js';
import { nameOf } from '../core/words.js';
import { Asking } from './asking.js';
import { copy, dayTime, download, zone } from './bits.js';
import { Grants } from './grants.js';

const FILES = { csv: 'text/csv', parquet: 'application/vnd.apache.parquet', arrow: 'application/vnd.apache.arrow.stream' };
const ROWS = 12;

/** The product's address as this page reaches it, whatever name the platform gives itself. */
const local = (product) => `/products/${product.id}/data`;

/** The line that reads the product in a terminal; the token stands in a variable, and not in the history. */
export const curl = (product, kind) => `curl -H "Authorization: Bearer $TOKEN"${FILES[kind] ? ` -H "Accept: ${FILES[kind]}"` : ''} ${location.origin}/api/v1${local(product)}${{ csv: '', json: '' }[kind] ?? ` -o ${product.name}.${kind}`}`;

class Product extends HTMLElement {
  show(product) {
    this.product = product;
    this.table = null;
    const mine = !product.granted;
    this.innerHTML = `<section class="card about"><h2>${esc(product.title)}</h2><p class="words">${esc(product.description)}</p>
        <dl></dl></section>
      <section class="card schema"><h2>${t('data.product.schema')}</h2><p class="q s">${t('data.product.schema.help', { version: product.version })}</p><div class="wide"><table><thead><tr>${['column', 'type', 'unit', 'meaning'].map((c) => `<th scope="col">${t(`data.column.${c}`)}</th>`).join('')}</tr></thead><tbody>${product.columns.map((c) => `<tr><th scope="row" class="mono">${esc(c.name)}</th><td class="mono q">${esc(c.type)}</td><td>${esc(unit(c.unit))}</td><td>${esc(c.title)}</td></tr>`).join('')}</tbody></table></div></section>
      <section class="card read"><div class="tools"><h2>${t('data.product.newest')}</h2><span class="ranges">${product.formats.filter((f) => FILES[f]).map((f) => `<button type="button" class="btn" data-file="${f}">${t(`data.file.${f}`)}</button>`).join('')}</span></div>
        <div class="state-page"></div><div class="rows wide"></div>
        <div class="line"><code class="mono" tabindex="0" role="textbox" aria-readonly="true" aria-label="${t('data.product.curl')}">${esc(curl(product, product.formats.includes('csv') ? 'csv' : product.formats[0]))}</code><button type="button" class="btn" data-copy aria-label="${t('data.product.curl.copy')}">${t('data.copy')}</button></div><p class="q s">${t('data.product.curl.help')}</p><p class="answer" role="status"></p></section>
      ${mine && may('product:share') ? `<section class="card grants"></section>` : mine ? `<p class="why">${t('data.grants.forbidden', { role: t(`role.${window.ANDON.role}`) })}</p>` : ''}
      ${mine && may('product:make') ? `<p class="end"><button type="button" class="btn" data-remove>${t('data.product.remove')}</button><span class="answer" role="alert"></span></p>` : ''}`;
    this.querySelector('[data-copy]').onclick = async () => this.#say(t(await copy(this.querySelector('.read code').textContent) ? 'data.copied' : 'data.notcopied'));
    for (const b of this.querySelectorAll('[data-file]')) b.onclick = () => this.#file(b.dataset.file);
    const remove = this.querySelector('[data-remove]');
    if (remove) remove.onclick = () => this.#remove(remove);
    this.asking?.end();
    this.asking = new Asking(this.querySelector('.state-page'), t('data.product.loading'));
    const grants = this.querySelector('.grants');
    this.grants = grants && new Grants(grants, product);
    this.retell();
    this.#preview();
  }

  /** Say names, days and times as they are known by now: plants bring their time zones, and may come later. */
  retell() {
    if (!this.product) return;
    setHtml(this.querySelector('dl'), this.#facts().map(([k, v]) => `<dt>${t(`data.product.${k}`)}</dt><dd>${v}</dd>`).join(''));
    if (this.table) setHtml(this.querySelector('.rows'), rowsMarkup(this.table, zone(this.product.machines[0])));
    this.grants?.retell();
  }

  disconnectedCallback() { this.asking?.end(); }

  #facts() {
    const p = this.product;
    const machines = p.machines.map((m) => `<a href="/machine/${esc(m)}">${esc(nameOf(m))}</a>`).join(', ') || t('data.product.nomachine');
    const asked = p.question;
    const by = asked.place || asked.type ? ` <span class="q">${esc(t('data.product.later', { what: [asked.type, asked.place].filter(Boolean).join(', ') }))}</span>` : '';
    const values = asked.kind !== 'series' ? t(`data.product.kind.${asked.kind}`) : asked.every ? t('data.product.buckets', { agg: t(`data.agg.${asked.agg}`), time: duration(asked.every / 1e6) }) : t('data.result.raw');
    const rows = [
      ['licence', `<a href="${esc(p.licence.url)}" rel="noreferrer">${esc(p.licence.id || p.licence.name)}</a>${p.licence.id ? ` <span class="q">${esc(p.licence.name)}</span>` : ''}`],
      ['machines', machines + by], ['values', esc(values)], ['back', duration(asked.back / 1e6)],
      ['version', `${p.version} <span class="q">${esc(t('data.product.since', { day: day(p.changed, zone()) }))}</span>`],
    ];
    if (p.granted) rows.push(['owner', esc(p.owner)], ['granted', esc(p.granted.expires ? t('data.product.until', { day: dayTime(p.granted.expires, zone()) }) : t('data.product.open'))]);
    else rows.push(['read', p.reads ? esc(t('data.product.reads', { n: p.reads, day: dayTime(p.last_read, zone()) })) : t('data.product.unread')]);
    return rows;
  }

  #preview() {
    const { product } = this;
    if (!product.formats.includes('json')) { setHtml(this.querySelector('.rows'), `<p class="q">${t('data.product.nopreview', { formats: product.formats.map((f) => t(`data.format.${f}`)).join(', ') })}</p>`); return; }
    this.asking.run((signal) => api(`${local(product)}${query({ rows: ROWS })}`, { signal }), (table) => {
      if (product !== this.product) return;
      this.table = table;
      this.retell();
    });
  }

  async #file(kind) {
    const name = `${this.product.name}.${kind === 'arrow' ? 'arrows' : kind}`;
    this.#say(t('data.file.coming'));
    try {
      await download(`/api/v1${local(this.product)}`, FILES[kind], name);
      this.#say(t('data.file.done', { name }));
    } catch (error) { this.#say(error.message, true); }
  }

  /** Asked twice, in place: what is removed takes its grants along. */
  async #remove(button) {
    const said = this.querySelector('.end .answer');
    if (!button.dataset.sure) {
      button.dataset.sure = 'yes';
      button.textContent = t('data.product.remove.sure');
      setText(said, t('data.product.remove.what'));
      return;
    }
    try {
      await api(`/products/${this.product.id}`, { method: 'DELETE' });
      this.product = null;
      this.dispatchEvent(new CustomEvent('changed', { detail: { gone: true } }));
    } catch (error) { said.classList.add('bad'); setText(said, error.message); }
  }

  #say(text, bad = false) {
    const box = this.querySelector('.read .answer');
    setText(box, text);
    box.classList.toggle('bad', bad);
  }
}

/** Rows as they are read, the newest last; times in the plant's zone. */
function rowsMarkup(table, tz) {
  if (!table.rows.length) return `<p class="q">${t('data.product.empty')}</p>`;
  const shown = table.columns.map((c, i) => [c, i]).filter(([c]) => c.name !== 't');
  // numbers of a column have the same digits, so that they stand below each other
  const digits = table.columns.map((c, i) => {
    const found = c.type.startsWith('float') ? table.rows.map((row) => row[i]).filter((v) => v !== null) : [];
    return found.length ? Math.min(3, digitsFor(Math.max(...found) - Math.min(...found))) : 0;
  });
  const value = (c, v, i) => {
    if (v === null) return '–';
    if (c.type.startsWith('timestamp')) return dayTime(Date.parse(v) * 1000, tz, true);
    if (c.name === 'machine') return esc(nameOf(v));
    return typeof v === 'number' ? number(v, digits[i]) : `<span class="mono">${esc(v.length > 90 ? `${v.slice(0, 90)}…` : v)}</span>`;
  };
  const right = (c) => (c.type.startsWith('float') || c.type.startsWith('int') ? ' class="r"' : '');
  return `<table><thead><tr>${shown.map(([c]) => `<th scope="col"${right(c)}>${esc(c.name)}${unit(c.unit) ? ` <span class="q">${esc(unit(c.unit))}</span>` : ''}</th>`).join('')}</tr></thead><tbody>${table.rows.map((row) => `<tr>${shown.map(([c, i]) => `<td${right(c)}>${value(c, row[i], i)}</td>`).join('')}</tr>`).join('')}</tbody></table><p class="q s">${t('data.product.shown', { n: number(table.rows.length) })}</p>`;
}

customElements.define('andon-product', Product);
