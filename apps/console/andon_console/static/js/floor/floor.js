// <andon-floor>: the Floor's page: figures, picture, right column; and what stands there when there is nothing.

import { api } from '../core/api.js';
import { countTo, everySecond, setHtml, setText } from '../core/dom.js';
import { number } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { lamp, STATES, stateWord } from '../drawings/lamps.js';
import { awayMarkup, emptyMarkup, loadingMarkup } from '../shell/empty.js';
import { notices } from '../shell/notices.js';
import { FloorOee } from './oee.js';
import { Plan } from './plan.js';
import { Today } from './today.js';
import './picture.js';
import './screen.js';
import './side.js';
import '../shell/pace.js';

const FLOW_MS = 5000;
const FIGURES = ['output', 'oee', 'scrap', 'online', 'flow'];

class Floor extends HTMLElement {
  connectedCallback() {
    this.today = new Today();
    this.innerHTML = `<section class="kpis" aria-label="${t('figures')}">${FIGURES.map((f) => `
        <div class="card kpi" data-figure="${f}"><h2>${t(`figure.${f}`)}</h2><p class="v"><b>–</b><small></small></p><p class="below"></p></div>`).join('')}</section>
      <section class="card plant-card" aria-label="${t('picture')}"><div class="legend"></div><div class="state-page"></div><andon-picture></andon-picture></section>
      <aside class="side"><andon-side></andon-side><div class="card pace-card"><andon-pace></andon-pace></div></aside>`;
    this.notices = notices(this);
    this.oee = new FloorOee(this.#card('oee'), (path) => this.querySelector('andon-picture').neck(path));
    this.plan = new Plan(this.#card('output'));
    this.heard = (e) => this.#changed(e.detail);
    store.addEventListener('change', this.heard);
    // the board needs the newest value of each signal; above this rate nobody sees a difference
    store.start({ max_hz: 20 });
    this.#page();
    this.stop = everySecond(() => { if (this.today.over) this.#count(); });
    this.timer = setInterval(() => this.#flow(), FLOW_MS);
    this.#flow();
  }

  disconnectedCallback() {
    store.removeEventListener('change', this.heard);
    clearInterval(this.timer);
    this.notices.remove();
    this.oee.stop();
    this.plan.stop();
    this.stop();
  }

  #changed(change) {
    if (change.structure) { this.#page(); this.oee.changed(); this.plan.changed(); }
    if (change.reloaded || change.recount || (change.structure && this.counted !== store.plant?.layout)) this.#count();
    if (change.events.filter((e) => this.today.add(e)).length) this.#figures();
    if (change.structure || change.machines.size) this.#states();
  }

  #page() {
    const none = store.status === 'ready' && !store.mine.length;
    const instead = store.status === 'loading' ? loadingMarkup() : store.status === 'away' && !store.machines.size ? awayMarkup(store.error) : none ? emptyMarkup() : '';
    setHtml(this.querySelector('.state-page'), instead);
    this.classList.toggle('blank', Boolean(instead));
  }

  async #count() {
    this.counted = store.plant?.layout;
    try { await this.today.load(); } catch { this.today.rows = null; }
    this.#figures();
  }

  #card(figure) { return this.querySelector(`[data-figure=${figure}]`); }

  #figures() {
    const { good: counted, scrap } = this.today;
    // before the first machine nothing was counted, and a nought would say that it was
    const good = store.mine.length || counted ? counted : null;
    const made = (good ?? 0) + scrap;
    const output = this.#card('output');
    countTo(output.querySelector('b'), good, (v) => number(v));
    this.plan.show(good);
    const share = this.#card('scrap');
    setText(share.querySelector('b'), good === null || !made ? '–' : number((100 * scrap) / made, 1));
    setText(share.querySelector('small'), good === null || !made ? '' : '%');
    setText(share.querySelector('.below'), good === null ? '' : t('figure.scrap.below', { n: scrap }));
  }

  #states() {
    const { mine } = store;
    const online = mine.filter((m) => m.online).length;
    const card = this.#card('online');
    const known = store.status === 'ready' && mine.length > 0;
    countTo(card.querySelector('b'), known ? online : null, (v) => number(v));
    setText(card.querySelector('small'), known ? t('figure.online.of', { count: mine.length }) : '');
    const below = online === mine.length ? t('figure.online.all') : t('figure.online.missing', { n: mine.length - online });
    setText(card.querySelector('.below'), known ? below : store.status === 'ready' ? t('figure.online.none') : '');
    const counts = new Map();
    for (const m of mine) counts.set(m.state, (counts.get(m.state) ?? 0) + 1);
    setHtml(this.querySelector('.legend'), [...STATES].reverse().filter((s) => counts.get(s))
      .map((s) => `<span class="${s}">${lamp(s, 18, false)}<b>${counts.get(s)}</b> ${esc(stateWord(s))}</span>`).join(''));
  }

  async #flow() {
    if (document.hidden) return;
    const card = this.#card('flow');
    try {
      const flow = await api('/flow');
      this.notices.show(flow);
      countTo(card.querySelector('b'), flow.messages_per_s === null ? null : Math.round(flow.messages_per_s * 10) / 10, (v) => number(v, v >= 100 ? 0 : 1));
      setText(card.querySelector('small'), t('figure.flow.unit'));
      setText(card.querySelector('.below'), t(store.plants.size > 1 ? 'figure.flow.all' : 'figure.flow.below', { stored: number(flow.stored) }));
    } catch {
      setText(card.querySelector('b'), '–');
      setText(card.querySelector('.below'), t('figure.flow.away'));
    }
  }
}

customElements.define('andon-floor', Floor);
