// <andon-capability>: how well what a process makes fits between its limits; the indices with their intervals, on demand.

import { api, query } from '../../core/api.js';
import { setHtml } from '../../core/dom.js';
import { number } from '../../core/format.js';
import { esc, t } from '../../core/texts.js';
import { nothing, failed, waiting } from './notes.js';

const INDICES = ['cp', 'cpk', 'pp', 'ppk', 'cpm'];
const FIELDS = ['lower', 'target', 'upper'];

class Capability extends HTMLElement {
  /** Show what `asked` says: machine, characteristic, start, stop, every, size (of the subgroups whose spread it is by),
   * spec ({lower, target, upper}); null shows nothing. */
  show(asked) {
    this.hidden = !asked;
    const before = this.asked;
    this.asked = asked;
    if (!asked) return;
    if (!this.firstChild) this.#build();
    const of = (a) => JSON.stringify([a?.machine, a?.characteristic, FIELDS.map((f) => a?.spec?.[f] ?? null)]);
    if (of(before) !== of(asked)) for (const f of FIELDS) this.querySelector(`[name=${f}]`).value = asked.spec?.[f] ?? '';
    this.#load();
  }

  #build() {
    this.innerHTML = `<details><summary>${t('capability')}</summary><form>${FIELDS.map((f) => `<label>${t(`capability.${f}`)} <input type="number" step="any" inputmode="decimal" name="${f}"></label>`).join('')}</form><div class="body" aria-live="polite"></div></details>`;
    this.querySelector('form').onsubmit = (e) => e.preventDefault();
    this.querySelector('form').onchange = () => this.#load();
    this.querySelector('details').ontoggle = () => this.#load();
  }

  async #load() {
    if (!this.querySelector('details').open) return;
    const body = this.querySelector('.body');
    const { spec, ...asked } = this.asked;
    const given = Object.fromEntries(FIELDS.map((f) => [f, this.querySelector(`[name=${f}]`).value || undefined]));
    const now = JSON.stringify([asked, given]);
    this.wanted = now;
    if (!given.lower && !given.upper) { setHtml(body, nothing(t('capability.none'), t('capability.none.what'))); return; }
    if (!body.querySelector('table')) setHtml(body, waiting());
    try {
      const found = await api(`/spc/capability${query({ ...asked, ...given })}`);
      if (this.wanted === now) setHtml(body, table(found, asked.size));
    } catch (error) {
      if (this.wanted === now) setHtml(body, error.status === 400 || error.status === 404 ? nothing(t('spc.few'), error.message) : failed(error));
    }
  }
}

function table(found, size) {
  const what = (name) => (size && (name === 'cp' || name === 'cpk') ? t(`capability.${name}.within`, { size: number(size) }) : t(`capability.${name}.what`));
  const row = (name) => {
    const { value, low, high } = found[name];
    const between = low === null ? t('capability.onesided') : `${number(low, 2)} – ${number(high, 2)}`;
    return `<tr><th scope="row">${t(`capability.${name}`)}</th><td class="num">${number(value, 2)}</td><td class="num">${esc(between)}</td><td class="q">${esc(what(name))}</td></tr>`;
  };
  const out = t('capability.out', { seen: number(100 * (found.below + found.above), 2), expected: number(100 * (found.expected_below + found.expected_above), 2), count: number(found.count) });
  return `<table><thead><tr><th>${t('capability.index')}</th><th class="num">${t('capability.value')}</th><th class="num">${t('capability.between')}</th><th></th></tr></thead><tbody>${INDICES.map(row).join('')}</tbody></table><p class="q s">${esc(out)}</p>`;
}

customElements.define('andon-capability', Capability);
