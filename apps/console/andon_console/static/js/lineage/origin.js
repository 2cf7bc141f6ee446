// <andon-origin figure="oee" machine="…" signal="…" start="…" stop="…">: a button, and behind it where the figure comes from.
// With machines="… …" instead of machine the figure is of them all together, and is followed back one machine at a time.

import { api, query } from '../core/api.js';
import { setHtml } from '../core/dom.js';
import { esc, sentence, t } from '../core/texts.js';
import { nameOf } from '../core/words.js';
import { chainMarkup } from './chain.js';

let figures = null; // the same for all

class Origin extends HTMLElement {
  static observedAttributes = ['figure', 'machine', 'signal', 'start', 'stop'];

  connectedCallback() {
    if (this.firstChild) return;
    this.innerHTML = `<button type="button" class="whence">${esc(this.getAttribute('label') ?? t('origin.open'))}</button>`;
    // a short word beside many figures alike says more to whoever hears it
    if (this.hasAttribute('said')) this.firstChild.setAttribute('aria-label', this.getAttribute('said'));
    this.firstChild.onclick = () => this.#open();
  }

  disconnectedCallback() { this.dialog?.remove(); }

  #open() {
    this.chosen = this.getAttribute('figure');
    const machines = (this.getAttribute('machines') ?? '').split(' ').filter(Boolean);
    this.machine = machines[0] ?? this.getAttribute('machine');
    const which = machines.length ? `<label><span class="said">${t('origin.machine')}</span><select name="machine">${machines.map((m) => `<option value="${esc(m)}">${esc(nameOf(m))}</option>`).join('')}</select></label>` : '';
    const together = machines.length > 1 ? `<p class="q s together">${esc(t('origin.together', { count: machines.length }))}</p>` : '';
    this.dialog?.remove();
    // beside the page, not inside what is drawn anew every few seconds
    this.dialog = document.createElement('dialog');
    this.dialog.className = 'origin';
    this.dialog.setAttribute('aria-label', t('origin.open'));
    this.dialog.innerHTML = `<header><h2>${t('origin.title')}</h2><label><span class="said">${t('origin.figure')}</span><select name="figure"></select></label>${which}<button type="button" class="btn close">${t('origin.close')}</button></header>${together}<div class="body" aria-live="polite"><p class="q">${t('origin.loading')}</p></div>`;
    this.dialog.querySelector('.close').onclick = () => this.dialog.close();
    this.dialog.onclick = (e) => { if (e.target === this.dialog) this.dialog.close(); }; // beside it
    this.dialog.onclose = () => { this.dialog.remove(); this.firstChild?.focus(); };
    this.dialog.querySelector('[name=figure]').onchange = (e) => { this.chosen = e.target.value; this.#load(); };
    if (which) this.dialog.querySelector('[name=machine]').onchange = (e) => { this.machine = e.target.value; this.#load(); };
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.#load();
  }

  async #load() {
    const { dialog, chosen, machine } = this;
    const asked = (name) => this.getAttribute(name) || undefined;
    try {
      figures ??= (await api('/lineage/figures')).figures;
      const family = figures.find((f) => f.name === chosen)?.family;
      setHtml(dialog.querySelector('[name=figure]'), figures.filter((f) => f.family === family).map((f) => `<option value="${esc(f.name)}"${f.name === chosen ? ' selected' : ''}>${esc(sentence(f.title))}</option>`).join(''));
      const found = await api(`/lineage${query({ figure: chosen, machine, signal: asked('signal'), start: asked('start'), stop: asked('stop') })}`);
      if (chosen === this.chosen && machine === this.machine) setHtml(dialog.querySelector('.body'), chainMarkup(found));
    } catch (error) {
      if (error.status === undefined) throw error; // a mistake of ours, not an answer
      setHtml(dialog.querySelector('.body'), `<p class="answer bad" role="alert">${esc(error.message)}</p>`);
    }
  }
}

customElements.define('andon-origin', Origin);
