// The list: sections by state, what needs somebody first. A row is chosen, opened, acknowledged; arrows go up and down.

import { acknowledgeAll, handle, mayHandle, ORDER, saying, unseen } from '../core/alarms.js';
import { setHtml, setText } from '../core/dom.js';
import { duration, hourMinute } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { nameOf } from '../core/words.js';
import { alarmLamp } from '../drawings/alarm-lamp.js';
import { zoneOf } from '../floor/today.js';

/** "4 min", "over for 8 min", "until 14:30": what time says of an alarm in its state. */
export function timeOf(alarm) {
  const clock = store.clockOf(alarm.machine);
  const since = (t0) => duration(clock.seconds(t0, store.now()));
  if (alarm.state === 'shelved') return t('alarm.until', { time: hourMinute(clock.plant(alarm.shelved_until), zoneOf(store.plants.get(alarm.machine.split('/')[0]))) });
  if (!alarm.active) return t('alarm.over', { time: since(alarm.cleared) });
  return since(alarm.raised);
}

export class List {
  /** `open` is called with the id of the alarm whose row was chosen. */
  constructor(box, bulk, open) {
    Object.assign(this, { box, bulk, open });
    this.marked = new Set();
    this.rows = [];
    this.answer = '';
    box.onclick = (e) => this.#click(e);
    box.onchange = (e) => { if (e.target.dataset.mark) this.#mark(e.target.dataset.mark, e.target.checked); };
    box.onkeydown = (e) => this.#key(e);
    // who has not been anywhere yet begins at the first
    this.begin = (e) => {
      if (e.target !== document.body || !['ArrowDown', 'ArrowUp'].includes(e.key) || e.ctrlKey || e.metaKey || e.altKey) return;
      const first = box.querySelector('.open');
      if (first) { e.preventDefault(); first.focus(); }
    };
    document.addEventListener('keydown', this.begin);
    bulk.onclick = (e) => { if (e.target.closest('.all')) this.#acknowledge(); };
    bulk.onchange = (e) => { if (e.target.name === 'all') this.#markAll(e.target.checked); };
  }

  /** Show these alarms, in their order, of `total`. */
  show(alarms, total, chosen) {
    this.rows = alarms;
    const open = new Set(alarms.filter(unseen).map((a) => a.id));
    for (const id of this.marked) if (!open.has(id)) this.marked.delete(id);
    const focus = this.#focused();
    const sections = ORDER.map((state) => [state, alarms.filter((a) => a.state === state)]).filter(([, rows]) => rows.length);
    const html = sections.map(([state, rows]) => `<section data-state="${state}"><h2>${t(`alarms.section.${state}`)} <small>${rows.length}</small></h2><ol>${rows.map((a) => this.#row(a, chosen)).join('')}</ol></section>`).join('');
    setHtml(this.box, html || this.#empty(total));
    this.#bulk();
    this.tick();
    if (focus) this.#refocus(focus);
  }

  close() { document.removeEventListener('keydown', this.begin); }

  /** Times go on. */
  tick() {
    for (const node of this.box.querySelectorAll('[data-time]')) {
      const alarm = store.alarms.get(node.dataset.time);
      if (alarm) setText(node, timeOf(alarm));
    }
  }

  focus(id) { this.#button(id)?.focus(); }

  #row(a, chosen) {
    const name = nameOf(a.machine);
    const mark = unseen(a) && mayHandle() ? `<label class="mark"><input type="checkbox" data-mark="${esc(a.id)}" aria-label="${esc(t('alarms.mark', { text: saying(a) }))}" ${this.marked.has(a.id) ? 'checked' : ''}></label>` : '';
    const act = unseen(a) ? `<button type="button" class="btn ack" data-ack="${esc(a.id)}" aria-label="${esc(t('alarms.acknowledge.this', { text: saying(a) }))}" ${mayHandle() ? '' : 'disabled'}>${t('alarm.acknowledge')}</button>` : '';
    const often = a.count > 1 ? `<span class="often" title="${esc(t('alarm.often', { n: a.count }))}">${a.count}×</span>` : '';
    const by = a.source === 'detector' ? `<span class="tag">${t('alarm.source.detector')}</span>` : '';
    return `<li class="${a.severity} ${a.state}${a.id === chosen ? ' picked' : ''}">${mark || '<span class="mark"></span>'}<button type="button" class="open" data-id="${esc(a.id)}" aria-expanded="${a.id === chosen}">
      ${alarmLamp(a, 32)}<span class="what"><b>${esc(saying(a))}</b><small>${esc(name)}${by}</small></span>${often || '<span></span>'}<span class="when"><time data-time="${esc(a.id)}"></time></span></button>${act}</li>`;
  }

  #empty(total) {
    if (total) return `<p class="none">${t('alarms.none')}</p>`;
    return `<div class="instead small">${alarmLamp({ severity: 'information', state: 'normal' }, 44, false)}<h2>${t('alarms.empty')}</h2><p class="q">${t('alarms.empty.what')}</p></div>`;
  }

  #bulk() {
    const open = this.rows.filter(unseen);
    const all = open.length > 0 && open.every((a) => this.marked.has(a.id));
    const why = mayHandle() ? '' : `<p class="why">${esc(t('alarm.forbidden', { role: t(`role.${window.ANDON?.role ?? 'viewer'}`) }))}</p>`;
    const hold = document.activeElement?.closest?.('.bulk') ? document.activeElement.className || document.activeElement.name : '';
    setHtml(this.bulk, why || (open.length > 1 ? `<label><input type="checkbox" name="all" ${all ? 'checked' : ''}>${t('alarms.mark.all', { n: open.length })}</label>${this.marked.size ? `<button type="button" class="btn main all">${t('alarms.acknowledge', { n: this.marked.size })}</button>` : ''}` : '') + (this.answer ? `<p class="answer ${this.bad ? 'bad' : ''}" role="status">${esc(this.answer)}</p>` : ''));
    if (hold) (this.bulk.querySelector('[name=all]') ?? this.box.querySelector('.open'))?.focus();
  }

  #mark(id, on) {
    if (on) this.marked.add(id); else this.marked.delete(id);
    this.#bulk();
  }

  #markAll(on) {
    for (const a of this.rows.filter(unseen)) if (on) this.marked.add(a.id); else this.marked.delete(a.id);
    for (const box of this.box.querySelectorAll('[data-mark]')) box.checked = this.marked.has(box.dataset.mark);
    this.box.__html = null;
    this.#bulk();
  }

  #click(e) {
    const ack = e.target.closest('[data-ack]');
    if (ack) { this.#acknowledge([ack.dataset.ack]); return; }
    const row = e.target.closest('[data-id]');
    if (row) this.open(row.dataset.id);
  }

  async #acknowledge(ids = [...this.marked]) {
    const { done, failed } = ids.length === 1
      ? await handle('acknowledge', ids[0]).then(() => ({ done: 1, failed: null }), (failed) => ({ done: 0, failed }))
      : await acknowledgeAll(ids);
    this.bad = Boolean(failed);
    this.answer = failed ? (done ? `${t('alarms.acknowledged', { n: done })} ${failed.message}` : failed.message) : t('alarms.acknowledged', { n: done });
    this.#bulk();
  }

  #key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || !e.target.closest('li')) return;
    const opens = [...this.box.querySelectorAll('.open')];
    const own = e.target.closest('li').querySelector('.open');
    const at = opens.indexOf(own);
    const go = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: opens.length - 1 }[e.key];
    if (go !== undefined) { e.preventDefault(); opens[Math.min(opens.length - 1, Math.max(0, go))]?.focus(); return; }
    const alarm = this.rows.find((a) => a.id === own.dataset.id);
    if (e.key === 'a' && alarm && unseen(alarm) && mayHandle()) this.#acknowledge([alarm.id]);
    else if (e.key === 'x' && alarm && unseen(alarm)) own.closest('li').querySelector('[data-mark]')?.click();
  }

  #button(id) { return [...this.box.querySelectorAll('.open')].find((b) => b.dataset.id === id); }

  /** Where the focus is: {id, at, kind}; a row that moves on keeps it, and where it stood another one takes it. */
  #focused() {
    const li = document.activeElement?.closest?.('.rows li');
    if (!li) return null;
    const opens = [...this.box.querySelectorAll('.open')];
    const own = li.querySelector('.open');
    return { id: own.dataset.id, at: opens.indexOf(own), kind: document.activeElement.dataset.mark ? 'mark' : 'open' };
  }

  #refocus({ id, at, kind }) {
    if (this.box.contains(document.activeElement)) return;
    const opens = [...this.box.querySelectorAll('.open')];
    const own = this.#button(id) ?? opens[Math.min(at, opens.length - 1)];
    ((kind === 'mark' && own?.closest('li').querySelector('[data-mark]')) || own)?.focus();
  }
}
