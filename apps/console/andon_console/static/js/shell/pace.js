// <andon-pace>: the plant's pace, to be chosen by those who may, else a badge when it is not 1.

import { api, may } from '../core/api.js';
import { setHtml } from '../core/dom.js';
import { pace } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';

const PACES = [1, 2, 5, 10, 30, 60, 300, 600];

class Pace extends HTMLElement {
  connectedCallback() {
    this.heard = (e) => { if (e.detail.clock || e.detail.structure) this.#show(); };
    store.addEventListener('change', this.heard);
    this.#show();
  }

  disconnectedCallback() { store.removeEventListener('change', this.heard); }

  #show() {
    const { plant } = store;
    this.hidden = !plant;
    if (!plant || this.busy) return;
    const now = plant.clock.pace;
    const allowed = may('plant:pace');
    const choices = [...new Set([...PACES, now])].sort((a, b) => a - b);
    setHtml(this, `<label class="${now === 1 ? '' : 'fast'}"><span>${t('pace')}</span><select ${allowed ? '' : 'disabled'} title="${esc(t(allowed ? 'pace.help' : 'pace.forbidden'))}">
      ${choices.map((p) => `<option value="${p}" ${p === now ? 'selected' : ''}>${pace(p)}</option>`).join('')}</select></label><span class="answer" role="status"></span>`);
    const select = this.querySelector('select');
    select.onchange = () => this.#set(Number(select.value), select);
  }

  async #set(value, select) {
    const answer = this.querySelector('.answer');
    this.busy = true;
    select.disabled = true;
    answer.textContent = t('pace.setting');
    answer.className = 'answer';
    try {
      const result = await api(`/plants/${store.enterprise}/pace`, { method: 'POST', body: { pace: value } });
      if (result.status !== 'done') throw new Error(result.text || t(`command.${result.status}`));
      answer.textContent = '';
    } catch (error) {
      answer.textContent = error.message;
      answer.className = 'answer bad';
      select.value = String(store.plant?.clock.pace ?? 1);
    } finally {
      this.busy = false;
      select.disabled = false;
      if (!answer.textContent) this.#show();
    }
  }
}

customElements.define('andon-pace', Pace);
