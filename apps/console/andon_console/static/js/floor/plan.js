// Today's output against the plan: what the calendar's working time so far asks for, at the lines' takt.

import { api, query } from '../core/api.js';
import { setHtml, setText } from '../core/dom.js';
import { number } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { whileSeen } from '../core/watch.js';

const EVERY_MS = 10_000;

/** Keeps the output's card compared with the plan; the count itself comes from elsewhere, live. */
export class Plan {
  due = null; // {due, due_day} of the plant; null: not known, or no takt

  constructor(card) {
    this.card = card;
    this.looking = whileSeen(card, EVERY_MS, () => this.#load());
  }

  stop() { this.looking.stop(); }

  /** Another plant was chosen, or its plan changed. */
  changed() {
    // while the page still loads nothing can be asked, and the next turn is far away
    if (this.enterprise === store.enterprise || store.status !== 'ready') return;
    this.enterprise = store.enterprise;
    this.due = null;
    this.looking.again();
  }

  async #load() {
    const { enterprise } = store;
    if (!enterprise || store.status !== 'ready') return;
    try {
      const { together } = await api(`/output${query({ enterprise })}`);
      this.due = together.due === null ? null : together;
    } catch { this.due = null; }
    this.show(this.good);
  }

  /** Show what was made; null: not known. */
  show(good) {
    this.good = good;
    const { card, due } = this;
    const small = card.querySelector('small');
    const below = card.querySelector('.below');
    const product = store.plant?.product || t('figure.piece');
    small.classList.toggle('unit', !due); // a phone has no room for it
    if (!due || good === null || good === undefined) {
      setText(small, good === null || good === undefined ? '' : t('figure.output.unit', { n: good, product }));
      setHtml(below, esc(t('figure.output.below')));
      return;
    }
    setText(small, t('figure.output.due', { due: number(due.due) }));
    const whole = Math.max(due.due_day, good, 1);
    const part = (value) => `${((100 * value) / whole).toFixed(1)}%`;
    const behind = due.due - good;
    const key = behind > 0 ? 'behind' : behind < 0 ? 'ahead' : 'even';
    setHtml(below, `<span class="goal" aria-hidden="true"><i style="width:${part(good)}"></i><u style="left:${part(due.due)}"></u></span>${esc(t(`figure.output.${key}`, { n: Math.abs(behind) }))}<span class="day">${esc(t('figure.output.day', { day: number(due.due_day) }))}</span>`);
    card.title = t('figure.output.help', { product });
  }
}
