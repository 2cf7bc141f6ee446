// <andon-act>: what one may do to a machine: a form made from the commands that it announced, and its answer.

import { api, may } from '../core/api.js';
import { number } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, has, sentence, t } from '../core/texts.js';

const SCOPE = { stop: 'machine:operate', start: 'machine:operate', 'inject-fault': 'fault:inject', 'clear-fault': 'fault:inject' };
const scopeOf = (command) => SCOPE[command] ?? 'machine:operate';

class Act extends HTMLElement {
  /** Show the commands of `machine`; built anew only when they, or whether one may, changed. */
  show(machine) {
    this.machine = machine;
    const shape = JSON.stringify([machine.commands, machine.online]);
    if (shape === this.shape) return;
    this.shape = shape;
    const commands = machine.commands ?? [];
    if (!commands.length) { this.innerHTML = `<p class="q">${t('machine.act.none')}</p>`; return; }
    const plain = commands.filter((c) => !Object.keys(c.arguments ?? {}).length || c.name === 'stop');
    const forms = commands.filter((c) => !plain.includes(c));
    this.innerHTML = `${this.#reason(commands)}${plain.length ? `<div class="plain">${plain.map((c) => this.#form(c)).join('')}</div>` : ''}${forms.map((c) => this.#form(c)).join('')}<p class="answer" role="status" aria-live="polite"></p>`;
    for (const form of this.querySelectorAll('form')) form.onsubmit = (e) => { e.preventDefault(); this.#send(form); };
  }

  #reason(commands) {
    const role = t(`role.${window.ANDON?.role ?? 'viewer'}`);
    if (!this.machine.online) return `<p class="why">${t('machine.act.offline')}</p>`;
    const forbidden = commands.filter((c) => !may(scopeOf(c.name)));
    if (!forbidden.length) return '';
    return `<p class="why">${esc(t(forbidden.length === commands.length ? 'machine.act.forbidden' : 'machine.act.forbidden.fault', { role }))}</p>`;
  }

  #form(command) {
    const off = !this.machine.online || !may(scopeOf(command.name)) ? 'disabled' : '';
    const label = has(`act.${command.name}`) ? t(`act.${command.name}`) : sentence(command.title || command.name);
    const fields = Object.entries(command.arguments ?? {}).map(([name, choices]) => this.#field(command.name, name, choices, off)).join('');
    return `<form data-command="${esc(command.name)}" class="${esc(command.name)}">${fields}<button class="btn ${command.name === 'inject-fault' ? 'main' : ''}" ${off}>${esc(label)}</button></form>`;
  }

  #field(command, name, choices, off) {
    const title = has(`argument.${name}`) ? t(`argument.${name}`) : sentence(name.replace(/_/g, ' '));
    const say = (c) => {
      if (c === '') return has(`argument.none.${name}`) ? t(`argument.none.${name}`) : t('argument.none');
      return has(`argument.${name}.${c}`) ? t(`argument.${name}.${c}`) : name === 'fault' || name === 'signal' ? sentence(c.replace(/[-_]/g, ' ')) : c;
    };
    const field = choices.length
      ? `<select name="${esc(name)}" ${off}>${choices.map((c) => `<option value="${esc(c)}" ${name === 'severity' && c === '0.6' ? 'selected' : ''}>${esc(say(c))}</option>`).join('')}</select>`
      : `<input type="text" name="${esc(name)}" maxlength="80" ${off}>`;
    return `<label><span>${esc(title)}</span>${field}</label>`;
  }

  async #send(form) {
    const answer = this.querySelector('.answer');
    const button = form.querySelector('button');
    const given = Object.fromEntries([...new FormData(form)].filter(([, v]) => v !== ''));
    button.disabled = true;
    answer.className = 'answer';
    answer.textContent = t('act.sending');
    try {
      const result = await api(`/machines/${this.machine.id}/commands`, { method: 'POST', body: { command: form.dataset.command, arguments: given } });
      const done = result.status === 'done';
      answer.className = done ? 'answer good' : 'answer bad';
      answer.textContent = done ? t('act.answer', { ms: number(result.reply_ms), text: result.text || t('command.done') }) : t(`act.answer.${result.status}`, { text: result.text });
    } catch (error) {
      answer.className = 'answer bad';
      answer.textContent = error.message;
    } finally {
      button.disabled = !store.machines.get(this.machine.id)?.online;
      this.dispatchEvent(new CustomEvent('given', { bubbles: true }));
    }
  }
}

customElements.define('andon-act', Act);
