// <andon-answers>: the last commands to a machine, who gave them, and what it answered.

import { api, query } from '../core/api.js';
import { setHtml } from '../core/dom.js';
import { hourMinute, number } from '../core/format.js';
import { whoDid } from '../core/people.js';
import { store } from '../core/store.js';
import { esc, has, sentence, t } from '../core/texts.js';
import { whileSeen } from '../core/watch.js';

const EVERY_MS = 15_000;
const SHOWN = 5;
const LAMP = { done: '✓', refused: '✕', failed: '✕', timeout: '✕', pending: '…' };

class Answers extends HTMLElement {
  /** Show those of `machine` (its path); times in `zone`. */
  open(machine, zone) {
    Object.assign(this, { machine, zone });
    this.innerHTML = `<h2>${t('answers')}</h2><div class="body"></div>`;
    this.looking?.stop();
    // while there is nothing to show it is hidden, and what is hidden is not seen
    this.#load();
    this.looking = whileSeen(this, EVERY_MS, () => this.#load());
  }

  disconnectedCallback() { this.looking?.stop(); }

  /** A command was just given. */
  again() { this.#load(); }

  async #load() {
    try {
      const { commands } = await api(`/commands${query({ owner: this.machine, limit: SHOWN })}`);
      this.hidden = !commands.length;
      setHtml(this.querySelector('.body'), `<ol>${commands.map((c) => this.#row(c)).join('')}</ol>`);
    } catch { /* what was shown stays; the form says what goes wrong with a command */ }
  }

  #row(c) {
    const name = has(`act.${c.command}`) ? t(`act.${c.command}`) : sentence(c.command.replace(/-/g, ' '));
    const given = Object.values(c.arguments).filter(Boolean).map((v) => v.replace(/[-_]/g, ' ')).join(', ');
    const at = hourMinute(store.clockOf(this.machine).plant(c.t), this.zone);
    const took = c.reply_ms === null ? '' : ` · ${number(c.reply_ms)}\u2009ms`;
    return `<li class="${esc(c.status)}"><time>${at}</time><div><b>${esc(name)}</b>${given ? ` <span class="q">${esc(given)}</span>` : ''}<small><i aria-hidden="true">${LAMP[c.status]}</i> ${esc(c.text || t(`command.${c.status}`))}${took}</small><small class="q">${esc(whoDid(c.issued_by))}</small></div></li>`;
  }
}

customElements.define('andon-answers', Answers);
