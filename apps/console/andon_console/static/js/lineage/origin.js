// <andon-origin figure="oee" machine="…" signal="…" start="…" stop="…">: a button, and behind it where the figure comes from.
// With place="…" instead of machine the figure is of all machines there together: first what it sums, and from there on
// to each machine.

import { api, query } from '../core/api.js';
import { setHtml } from '../core/dom.js';
import { esc, sentence, t } from '../core/texts.js';
import { nameOf } from '../core/words.js';
import { chainMarkup } from './chain.js';
import { sumMarkup } from './sum.js';

let figures = null; // the same for all
const known = (name) => figures?.find((f) => f.name === name);

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
    this.place = this.getAttribute('place');
    this.machine = this.place ? '' : this.getAttribute('machine');
    // which machines there are comes with the sum
    const which = this.place ? `<label hidden><span class="said">${t('origin.machine')}</span><select name="machine"></select></label>` : '';
    this.dialog?.remove();
    // beside the page, not inside what is drawn anew every few seconds
    this.dialog = document.createElement('dialog');
    this.dialog.className = 'origin';
    this.dialog.setAttribute('aria-label', t('origin.open'));
    this.dialog.innerHTML = `<header><h2>${t('origin.title')}</h2><label><span class="said">${t('origin.figure')}</span><select name="figure"></select></label>${which}<button type="button" class="btn close">${t('origin.close')}</button></header><div class="body" aria-live="polite"><p class="q">${t('origin.loading')}</p></div>`;
    this.dialog.querySelector('.close').onclick = () => this.dialog.close();
    this.dialog.onclick = (e) => { if (e.target === this.dialog) this.dialog.close(); }; // beside it
    this.dialog.onclose = () => { this.dialog.remove(); this.firstChild?.focus(); };
    this.dialog.querySelector('[name=figure]').onchange = (e) => { this.chosen = e.target.value; this.#load(); };
    if (which) this.dialog.querySelector('[name=machine]').onchange = (e) => this.#to(e.target.value);
    this.dialog.querySelector('.body').onclick = (e) => { const on = e.target.closest('[data-machine]'); if (on) this.#to(on.dataset.machine); };
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.#load();
  }

  /** On to one machine of a sum, or back to the sum with ''. */
  #to(machine) {
    if (!machine && !known(this.chosen)?.summed) this.chosen = this.getAttribute('figure');
    this.machine = machine;
    const select = this.dialog.querySelector('[name=machine]');
    select.value = machine;
    select.focus();
    this.dialog.scrollTop = 0;
    this.#load();
  }

  async #load() {
    const { dialog, chosen, machine, place } = this;
    const asked = (name) => this.getAttribute(name) || undefined;
    const span = { start: asked('start'), stop: asked('stop') };
    const sum = place && !machine;
    try {
      figures ??= (await api('/lineage/figures')).figures;
      const offered = figures.filter((f) => f.family === known(chosen)?.family && (!sum || f.summed));
      setHtml(dialog.querySelector('[name=figure]'), offered.map((f) => `<option value="${esc(f.name)}"${f.name === chosen ? ' selected' : ''}>${esc(sentence(f.title))}</option>`).join(''));
      const found = await (sum ? api(`/lineage/sum${query({ figure: chosen, place, ...span })}`)
        : api(`/lineage${query({ figure: chosen, machine, signal: asked('signal'), ...span })}`));
      if (chosen !== this.chosen || machine !== this.machine) return;
      if (sum) this.#offer(found.parts.map((p) => p.machine));
      setHtml(dialog.querySelector('.body'), sum ? sumMarkup(found) : chainMarkup(found));
    } catch (error) {
      if (error.status === undefined) throw error; // a mistake of ours, not an answer
      setHtml(dialog.querySelector('.body'), `<p class="answer bad" role="alert">${esc(error.message)}</p>`);
    }
  }

  /** The machines that a sum is of, to choose one. */
  #offer(machines) {
    const select = this.dialog.querySelector('[name=machine]');
    setHtml(select, `<option value="">${t('origin.sum.together')}</option>${machines.map((m) => `<option value="${esc(m)}">${esc(nameOf(m))}</option>`).join('')}`);
    select.closest('label').hidden = false;
  }
}

customElements.define('andon-origin', Origin);
