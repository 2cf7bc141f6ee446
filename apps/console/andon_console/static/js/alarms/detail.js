// One alarm: what it says, since when, what one may do to it, and all that happened to it. On a phone a page of its own.

import { saying, unseen } from '../core/alarms.js';
import { api, query } from '../core/api.js';
import { setHtml, setText } from '../core/dom.js';
import { whoDid } from '../core/people.js';
import { store } from '../core/store.js';
import { esc, has, t } from '../core/texts.js';
import { nameOf } from '../core/words.js';
import { dayTime, placeOf, zone } from '../data/bits.js';
import { alarmLamp } from '../drawings/alarm-lamp.js';
import { Acts } from './acts.js';
import { timeOf } from './list.js';

const SHOWN = 200;

/** "1h, why" as one reads it. */
const shelved = (text) => text.replace(/^(\d+)([mh])\b/, (_, n, u) => `${n}\u2009${u === 'm' ? 'min' : 'h'}`);

export class Detail {
  constructor(box, close) {
    this.box = box;
    this.close = close;
    box.addEventListener('keydown', (e) => { if (e.key === 'Escape') { e.stopPropagation(); close(); } });
  }

  /** The alarm that was shown last, if it is this one: it may have become normal meanwhile. */
  known(id) { return this.alarm?.id === id ? { ...this.alarm, state: 'normal', active: false, acknowledged: true } : null; }

  show(alarm) {
    this.box.hidden = !alarm;
    const another = alarm?.id !== this.alarm?.id;
    this.alarm = alarm;
    if (!alarm) { this.box.textContent = ''; return; }
    if (another) { this.#build(alarm); this.reload(); }
    this.#update();
  }

  focus() { this.box.querySelector('.close')?.focus(); }

  tick() {
    if (this.alarm && this.alarm.state !== 'normal') setText(this.box.querySelector('.time'), timeOf(this.alarm));
  }

  #build(a) {
    this.box.innerHTML = `<header><span class="lampbox"></span><div class="grow"><h2>${esc(saying(a))}</h2><p><a href="/machine/${esc(a.machine)}">${esc(nameOf(a.machine))}</a> <span class="q">${esc(placeOf(a.machine))}</span></p></div>
        <button type="button" class="btn close" aria-label="${t('alarms.close')}" title="${t('alarms.close')}">✕</button></header>
      <p class="state"><b></b> <span class="time num"></span></p><p class="q by"></p><div class="acts"></div>
      <h3>${t('alarms.history')}</h3><ol class="history"><li class="q">${t('alarms.history.loading')}</li></ol>
      <dl class="facts"><dt>${t('alarms.code')}</dt><dd class="mono">${esc(a.code)}</dd><dt>${t('alarms.severity')}</dt><dd class="severity"></dd><dt>${t('alarms.source')}</dt><dd>${t(`alarm.source.${a.source}.long`)}</dd><dt>${t('alarms.count')}</dt><dd class="count num"></dd></dl>`;
    this.box.querySelector('.close').onclick = this.close;
    this.acts = new Acts(this.box.querySelector('.acts'), () => this.alarm);
  }

  #update() {
    const { alarm: a, box } = this;
    setHtml(box.querySelector('.lampbox'), alarmLamp(a, 40));
    setText(box.querySelector('h2'), saying(a));
    setText(box.querySelector('.state b'), t(`alarm.state.${a.state}.long`));
    const by = a.acknowledged_by && !unseen(a) ? t('alarm.seen.by', { who: whoDid(a.acknowledged_by) }) : '';
    setText(box.querySelector('.by'), by);
    setText(box.querySelector('.severity'), t(`severity.${a.severity}`));
    setText(box.querySelector('.count'), String(a.count));
    setText(box.querySelector('.time'), '');
    this.tick();
    this.acts.show(a);
  }

  /** Read the history again. */
  async reload() {
    const { alarm } = this;
    if (!alarm) return;
    const asked = (this.asked = {});
    let html;
    try {
      const { history } = await api(`/alarms/history${query({ id: alarm.id, limit: SHOWN })}`);
      html = history.map((e) => this.#entry(e)).join('') || `<li class="q">${t('alarms.history.none')}</li>`;
    } catch (error) {
      html = `<li class="bad" role="alert">${esc(error.message)}</li>`;
    }
    if (asked === this.asked && this.alarm?.id === alarm.id) setHtml(this.box.querySelector('.history'), html);
  }

  #entry(e) {
    const clock = store.clockOf(e.machine);
    const at = dayTime(clock.plant(e.t), zone(e.machine), true);
    const said = has(`alarm.did.${e.what}`) ? t(`alarm.did.${e.what}`) : e.what;
    const what = e.what === 'unshelved' && !e.by ? t('alarm.did.unshelved.itself') : said;
    return `<li class="${esc(e.what)}"><time>${at}</time><p><b>${esc(what)}</b>${e.by ? ` <span class="q">${esc(whoDid(e.by))}</span>` : ''}</p>${e.text ? `<p class="said-text">${esc(e.what === 'shelved' ? shelved(e.text) : e.text)}</p>` : ''}</li>`;
  }
}
