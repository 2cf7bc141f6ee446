// What of the alarms is listed: by state, machine and words. Kept in the page's address.

import { ORDER, saying } from '../core/alarms.js';
import { setHtml } from '../core/dom.js';
import { esc, sentence, t } from '../core/texts.js';
import { nameOf } from '../core/words.js';
import { machineOptions } from '../data/bits.js';

export class Filter {
  /** `form` is filled; `asked` are the address's parameters; `changed` is called after each choice. */
  constructor(form, asked, changed) {
    this.form = form;
    this.states = new Set(asked.getAll('state').filter((s) => ORDER.includes(s)));
    this.machine = asked.get('machine') ?? '';
    form.innerHTML = `<input type="search" name="words" value="${esc(asked.get('words') ?? '')}" placeholder="${t('alarms.search')}" aria-label="${t('alarms.search')}">
      <select name="machine" aria-label="${t('data.machine')}"></select><div class="chips" role="group" aria-label="${t('machines.state')}"></div>`;
    form.onsubmit = (e) => e.preventDefault();
    form.words.oninput = changed;
    form.machine.onchange = () => { this.machine = form.machine.value; changed(); };
    form.querySelector('.chips').onclick = (e) => {
      const chip = e.target.closest('[data-state]');
      if (!chip) return;
      const { state } = chip.dataset;
      if (!state) this.states.clear(); else if (!this.states.delete(state)) this.states.add(state);
      changed();
    };
  }

  get words() { return this.form.words.value.trim(); }

  /** For the page's address. */
  get chosen() { return { state: [...this.states], machine: this.machine, words: this.words }; }

  /** Offer states with their counts, and the machines that have alarms. */
  offer(all) {
    const count = (state) => all.filter((a) => a.state === state).length;
    const chips = [['', all.length], ...ORDER.map((s) => [s, count(s)])].filter(([s, n]) => !s || n || this.states.has(s));
    const box = this.form.querySelector('.chips');
    const focused = document.activeElement?.closest?.('.chips') ? document.activeElement.dataset.state : null;
    setHtml(box, chips.map(([state, n]) => {
      const on = state ? this.states.has(state) : !this.states.size;
      return `<button type="button" class="btn chip" data-state="${state}" aria-pressed="${on}">${sentence(t(state ? `alarm.state.${state}` : 'alarms.all'))} <b>${n}</b></button>`;
    }).join(''));
    if (focused !== null) box.querySelector(`[data-state="${focused}"]`)?.focus();
    const paths = new Set(all.map((a) => a.machine));
    if (this.machine) paths.add(this.machine);
    setHtml(this.form.machine, `<option value="">${t('alarms.machine.any')}</option>${machineOptions(paths, this.machine)}`);
  }

  takes(alarm) {
    if (this.states.size && !this.states.has(alarm.state)) return false;
    if (this.machine && alarm.machine !== this.machine) return false;
    const text = `${saying(alarm)} ${alarm.code} ${nameOf(alarm.machine)} ${t(`severity.${alarm.severity}`)}`.toLowerCase();
    return this.words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
  }
}
