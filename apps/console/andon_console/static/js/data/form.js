// The form of a question: signals to choose, time, buckets. Writes into the question and says so.

import { setHtml } from '../core/dom.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { counting, nameOf } from '../core/words.js';
import { signalTitle } from '../chart/panel.js';
import { machineOptions, zone } from './bits.js';
import { fromField, iso, toField } from './local-time.js';
import { AGGS, EVERY, MOST, RANGES } from './question.js';

const HOUR = 3600e6;

export class Form {
  constructor(element, question, changed) {
    this.element = element;
    this.question = question;
    this.changed = changed;
    const options = (list, chosen, word) => list.map((o) => `<option value="${o}"${o === chosen ? ' selected' : ''}>${word(o)}</option>`).join('');
    element.innerHTML = `<fieldset><legend>${t('data.ask.signals')}</legend><ul class="chosen"></ul>
        <div class="add"><label><span>${t('data.machine')}</span><select name="machine"></select></label><label><span>${t('data.signal')}</span><select name="signal"></select></label><button type="button" class="btn" data-add>${t('data.ask.add')}</button></div><p class="q s most" role="status"></p></fieldset>
      <fieldset><legend>${t('data.ask.time')}</legend><span class="ranges" role="group" aria-label="${t('data.ask.time')}">${[...RANGES, ''].map((r) => `<button type="button" class="btn" data-range="${r}">${r ? t(`range.${r}`) : t('data.ask.between')}</button>`).join('')}</span>
        <div class="between" hidden><label><span>${t('data.ask.since')}</span><input type="datetime-local" name="start"></label><label><span>${t('data.ask.until')}</span><input type="datetime-local" name="stop"></label><p class="q s">${t('data.ask.zone')}</p><p class="answer bad s" role="alert"></p></div></fieldset>
      <fieldset><legend>${t('data.ask.values')}</legend><label><span>${t('data.ask.agg')}</span><select name="agg">${options(AGGS, question.agg, (a) => t(`data.ask.agg.${a}`))}</select></label>
        <label><span>${t('data.ask.every')}</span><select name="every">${options(EVERY, question.every, (e) => t(`data.every.${e || 'auto'}`))}</select></label></fieldset>`;
    element.onsubmit = (e) => e.preventDefault();
    this.field = element.elements;
    this.field.machine.onchange = () => this.#signals();
    for (const name of ['agg', 'every']) this.field[name].onchange = () => { question[name] = this.field[name].value; this.#lit(); changed(); };
    for (const name of ['start', 'stop']) this.field[name].onchange = () => this.#between();
    for (const b of element.querySelectorAll('[data-range]')) b.onclick = () => this.#range(b.dataset.range);
    element.querySelector('[data-add]').onclick = () => this.#add();
    this.#chosen();
    this.#lit();
  }

  /** The machines are known, or others came. */
  machines() {
    const first = this.question.pairs[0]?.[0];
    const paths = [...store.machines.values()].filter((m) => m.presence !== 'removed').map((m) => m.id);
    const chosen = this.field.machine.value || first || store.mine.map((m) => m.id).sort(counting)[0];
    setHtml(this.field.machine, machineOptions(paths, chosen));
    if (paths.includes(chosen)) this.field.machine.value = chosen;
    this.#signals();
    this.#chosen();
    this.#times();
  }

  #signals() {
    const path = this.field.machine.value;
    const before = this.field.signal.value;
    const signals = store.machines.get(path)?.signals ?? [];
    const taken = new Set(this.question.pairs.filter(([m]) => m === path).map(([, s]) => s));
    setHtml(this.field.signal, signals.map((s) => `<option value="${esc(s.name)}"${taken.has(s.name) ? ' disabled' : ''}>${esc(signalTitle(s))}</option>`).join(''));
    const free = signals.filter((s) => !taken.has(s.name)).map((s) => s.name);
    this.field.signal.value = free.includes(before) ? before : free[0] ?? '';
    this.#room(free.length > 0);
  }

  #room(free) {
    const full = this.question.pairs.length >= MOST;
    this.element.querySelector('[data-add]').disabled = full || !free;
    setHtml(this.element.querySelector('.most'), full ? t('data.ask.most', { n: MOST }) : '');
  }

  #add() {
    const { machine, signal } = this.field;
    if (!machine.value || !signal.value) return;
    this.question.pairs.push([machine.value, signal.value]);
    this.#told();
  }

  #told() {
    this.#chosen();
    this.#signals();
    this.changed();
  }

  #chosen() {
    const list = this.element.querySelector('.chosen');
    const named = ([path, name]) => [nameOf(path), signalTitle(store.machines.get(path)?.signals?.find((s) => s.name === name) ?? { name })];
    setHtml(list, this.question.pairs.map((p, i) => {
      const [machine, signal] = named(p).map(esc);
      return `<li data-hue="${i}" data-pair="${esc(p.join('.'))}"><i></i><span><b>${machine}</b> ${signal}</span><button type="button" aria-label="${t('data.ask.remove', { name: `${machine} ${signal}` })}">×</button></li>`;
    }).join('') || `<li class="q none">${t('data.ask.none')}</li>`);
    list.querySelectorAll('button').forEach((b, i) => { b.onclick = () => {
      this.question.pairs.splice(i, 1);
      this.#told();
      (list.querySelectorAll('button')[Math.min(i, this.question.pairs.length - 1)] ?? this.field.machine).focus();
    }; });
  }

  #range(range) {
    this.question.range = range;
    if (!range && !this.question.start) {
      const now = Math.floor(store.now() / 60e6) * 60e6;
      Object.assign(this.question, { start: iso(now - HOUR), stop: iso(now) });
    }
    this.#lit();
    this.#times();
    this.changed();
  }

  #times() {
    if (this.question.range || !this.question.start) return;
    for (const name of ['start', 'stop']) this.field[name].value = toField(Date.parse(this.question[name]) * 1000, zone(this.question.pairs[0]?.[0]));
  }

  #between() {
    const [start, stop] = ['start', 'stop'].map((name) => fromField(this.field[name].value, zone(this.question.pairs[0]?.[0])));
    const sound = Number.isFinite(start) && Number.isFinite(stop) && start < stop;
    setHtml(this.element.querySelector('.between .answer'), sound ? '' : t('data.ask.order'));
    if (!sound) return;
    Object.assign(this.question, { start: iso(start), stop: iso(stop) });
    this.changed();
  }

  #lit() {
    for (const b of this.element.querySelectorAll('[data-range]')) b.setAttribute('aria-pressed', String(b.dataset.range === this.question.range));
    this.element.querySelector('.between').hidden = Boolean(this.question.range);
    this.field.every.disabled = this.question.agg === 'raw';
  }
}
