// The unit in front of you, and how it is made: large steps, ticked off with a thumb. Ticks are for oneself alone.

import { api } from '../core/api.js';
import { setHtml } from '../core/dom.js';
import { store } from '../core/store.js';
import { esc, sentence, t } from '../core/texts.js';

const RETRY_MS = 5000;

export class Work {
  constructor(box, path) {
    this.box = box;
    this.path = path;
    box.innerHTML = `<h2></h2><p class="unit"></p><ol class="steps"></ol>`;
    this.ticked = new Set();
  }

  stop() { clearTimeout(this.timer); }

  /** Follow the machine: ask again when another unit or product is in it. */
  follow() {
    const machine = store.machines.get(this.path);
    if (!machine) return;
    const here = `${machine.product} ${machine.session}`;
    if (here !== this.asked) { this.asked = here; this.#load(); }
    if (machine.unit !== this.unit) { this.unit = machine.unit; this.ticked.clear(); this.#show(); }
  }

  async #load() {
    clearTimeout(this.timer);
    try {
      this.work = await api(`/station/work/${this.path}`);
      this.error = null;
    } catch (error) {
      this.error = error;
      this.timer = setTimeout(() => this.#load(), RETRY_MS);
    }
    this.#show();
  }

  #show() {
    const machine = store.machines.get(this.path);
    const { work } = this;
    const unit = machine?.unit ?? '';
    setHtml(this.box.querySelector('h2'), esc(work?.title || t('station.work')));
    const product = machine?.product ? `<span class="product">${esc(sentence(machine.product))}</span>` : '';
    setHtml(this.box.querySelector('.unit'), unit ? `<b class="mono">${esc(unit)}</b>${product}` : `<span class="q">${t('station.work.none')}${work?.steps.length ? `. ${t('station.work.next')}` : ''}</span>${product}`);
    const list = this.box.querySelector('.steps');
    if (!work) {
      setHtml(list, this.error ? `<li class="none">${esc(t('station.work.away', { detail: this.error.message }))}</li>` : '');
      return;
    }
    setHtml(list, work.steps.map((s, i) => `<li><button type="button" data-step="${i}" aria-pressed="${this.ticked.has(i)}"><i>${this.ticked.has(i) ? '<svg width="22" height="22" viewBox="0 0 24 24" aria-hidden="true"><path d="M4,13l5,5L20,6"/></svg>' : i + 1}</i><span>${esc(s.text)}${s.note ? `<small>${esc(s.note)}</small>` : ''}</span></button></li>`).join('')
      || `<li class="none">${esc(t('station.work.nothing'))}</li>`);
    for (const button of list.querySelectorAll('[data-step]')) {
      button.onclick = () => {
        const i = Number(button.dataset.step);
        if (this.ticked.has(i)) this.ticked.delete(i); else this.ticked.add(i);
        this.#show();
        list.querySelector(`[data-step="${i}"]`)?.focus({ preventScroll: true });
      };
    }
  }
}
