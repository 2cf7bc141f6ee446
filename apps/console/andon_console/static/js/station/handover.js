// The shift's handover: signed by the one who leaves, accepted by the one who comes.

import { api, query } from '../core/api.js';
import { nameIn } from '../core/calls.js';
import { setHtml } from '../core/dom.js';
import { esc, t } from '../core/texts.js';
import { whileSeen } from '../core/watch.js';
import { act, mayWork } from './deed.js';
import { factsMarkup, shiftName } from './facts.js';
import { myName, withName } from './person.js';
import { keepDraft, openSheet } from './sheet.js';

const EVERY_MS = 20000;

/** Open the sheet to hand over `line`; `after` is called when it was signed. */
export function openHandover(line, title, after = () => {}) {
  withName(() => {
    const { body, close } = openSheet(t('station.hand.title', { line: title }), `<div class="two">${['current', 'previous'].map((w) => `<button type="button" data-shift="${w}" aria-pressed="${w === 'current'}"><span>${t(`station.hand.which.${w}`)}</span></button>`).join('')}</div>
      <div class="said"></div><form class="big"><label><span>${t('station.hand.notes')}</span><textarea name="notes" rows="4" maxlength="4000"></textarea></label><button class="go">${t('station.hand.sign')}</button></form>`);
    let shift = 'current';
    const read = async () => {
      for (const b of body.querySelectorAll('[data-shift]')) b.setAttribute('aria-pressed', String(b.dataset.shift === shift));
      const box = body.querySelector('.said');
      try {
        const facts = await api(`/station/handover${query({ line, shift })}`);
        if (facts && body.isConnected) setHtml(box, `<h3>${esc(shiftName(facts))}</h3>${factsMarkup(facts)}`);
      } catch (error) { setHtml(box, `<p class="answer bad">${esc(error.message)}</p>`); }
    };
    for (const b of body.querySelectorAll('[data-shift]')) b.onclick = () => { shift = b.dataset.shift; read(); };
    const forget = keepDraft(body.querySelector('form'), `hand ${line}`);
    body.querySelector('form').onsubmit = async (e) => {
      e.preventDefault();
      close();
      const answer = await act('/station/handovers', { line, shift, notes: e.target.elements.notes.value }, t('station.said.sign', { line: title }), () => t('station.hand.signed'));
      if (answer !== false) forget();
      after();
    };
    read();
  });
}

/** A handover that waits for the one who comes. */
export class Waiting {
  constructor(box, line) {
    this.box = box;
    this.line = line;
    this.seen = whileSeen(box.parentElement, EVERY_MS, () => this.#load());
  }

  stop() { this.seen.stop(); }

  again() { this.seen.again(); }

  async #load() {
    let found;
    try { found = (await api(`/station/handovers${query({ place: this.line, limit: 1 })}`)).handovers[0]; } catch { return; }
    const waits = found?.state === 'signed' ? found : null;
    this.box.hidden = !waits;
    if (!waits) return;
    setHtml(this.box, `<p><b>${esc(t('station.hand.waits', { who: nameIn(waits.left_by), shift: shiftName(waits.facts) }))}</b></p><button type="button" class="go" ${mayWork() ? '' : 'disabled'}>${t('station.hand.read')}</button>`);
    this.box.querySelector('button').onclick = () => this.#open(waits);
  }

  #open(h) {
    const own = nameIn(h.left_by) === myName();
    const { body, close } = openSheet(t('station.hand.waits', { who: nameIn(h.left_by), shift: shiftName(h.facts) }), `${h.notes ? `<blockquote>${esc(h.notes)}</blockquote>` : ''}${factsMarkup(h.facts)}
      ${own ? `<p class="q">${t('station.hand.own')}</p>` : ''}<button type="button" class="go">${t('station.hand.accept')}</button>`);
    body.querySelector('.go').onclick = () => {
      close();
      withName(async () => {
        await act('/station/handovers/accept', { id: h.id }, t('station.said.accept', { line: h.facts.title }), () => t('station.hand.accepted'));
        this.again();
      });
    };
  }
}
