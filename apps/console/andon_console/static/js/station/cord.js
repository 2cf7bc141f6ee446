// The andon cord: four large buttons, and what was called with its running time.

import { callsOf, kindIcon, KINDS, nameIn, timeOf } from '../core/calls.js';
import { setHtml, setText } from '../core/dom.js';
import { store } from '../core/store.js';
import { t } from '../core/texts.js';
import { nameOf } from '../core/words.js';
import { act, mayWork } from './deed.js';
import { openChoices, ownWords } from './sheet.js';

export class Cord {
  constructor(box, path) {
    this.path = path;
    box.innerHTML = `<div class="open"></div><h2>${t('station.call')}</h2><div class="cords">${KINDS.map((k) => `<button type="button" data-kind="${k}" ${mayWork() ? '' : 'disabled'}>${kindIcon(k, 30)}<span>${t(`call.${k}`)}<small></small></span></button>`).join('')}</div>`;
    this.box = box;
    for (const button of box.querySelectorAll('[data-kind]')) button.onclick = () => { if (button.getAttribute('aria-disabled') !== 'true') this.#pull(button.dataset.kind); };
  }

  /** Bring it up to date; called with every change and every second. */
  show() {
    const calls = callsOf(this.path);
    const open = this.box.querySelector('.open');
    setHtml(open, calls.map((c) => `<div class="cordcall ${c.state} ${c.kind}" data-call="${c.id}"><div class="what">${kindIcon(c.kind, 34)}<span><b>${t(`call.${c.kind}`)}</b><small></small></span><time class="run"></time></div>
      ${mayWork() ? `<div class="do">${c.state === 'open' ? `<button type="button" data-do="answer">${t('station.here')}</button>` : ''}<button type="button" data-do="resolve">${t('station.solved')}</button></div>` : ''}</div>`).join(''));
    for (const call of calls) {
      const row = open.querySelector(`[data-call="${call.id}"]`);
      setText(row.querySelector('.run'), timeOf(call));
      setText(row.querySelector('small'), call.state === 'open' ? t('station.waits') : t('station.there', { who: nameIn(call.answered_by), time: timeOf(call) }));
      for (const button of row.querySelectorAll('[data-do]')) button.onclick = () => this.#answer(button.dataset.do, call);
    }
    for (const button of this.box.querySelectorAll('.cords [data-kind]')) {
      const call = calls.find((c) => c.kind === button.dataset.kind);
      button.classList.toggle('pulled', Boolean(call));
      button.setAttribute('aria-disabled', String(Boolean(call)));
      setText(button.querySelector('small'), call ? t(call.state === 'open' ? 'station.called' : 'station.came') : '');
    }
  }

  async #pull(kind) {
    const said = t('station.said.call', { kind: t(`call.${kind}`), name: nameOf(this.path) });
    const call = await act('/station/calls', { machine: this.path, kind }, said, null);
    if (call) store.call(call);
  }

  #answer(what, call) {
    if (what === 'answer') return this.#send('answer', call, '');
    const { body, close } = openChoices(t('station.solved.how'), [{ label: t('station.solved.plain'), run: () => this.#send('resolve', call, '') }], ownWords(t('station.write'), 1000));
    body.querySelector('.own').onsubmit = (e) => { e.preventDefault(); close(); this.#send('resolve', call, e.target.elements.words.value); };
    return undefined;
  }

  async #send(what, { id }, text) {
    const after = await act(`/station/calls/${what}`, { id, text }, t(`station.said.${what}`, { name: nameOf(this.path) }), null);
    if (after) store.call(after);
  }
}

