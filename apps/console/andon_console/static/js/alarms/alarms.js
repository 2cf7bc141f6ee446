// <andon-alarms>: the Alarms page: the list, what was chosen of it, and how much the alarms ask of people.

import { ofPlant, ORDER, unseen } from '../core/alarms.js';
import { api, query } from '../core/api.js';
import { everySecond, setHtml, setText } from '../core/dom.js';
import { store } from '../core/store.js';
import { t } from '../core/texts.js';
import { remember } from '../data/bits.js';
import { awayMarkup, loadingMarkup } from '../shell/empty.js';
import { Detail } from './detail.js';
import { Filter } from './filter.js';
import { List } from './list.js';
import './measures.js';

class Alarms extends HTMLElement {
  connectedCallback() {
    const asked = new URLSearchParams(location.search);
    this.innerHTML = `<header class="head"><h1>${t('rail.alarms')}</h1><p class="q about"></p></header>
      <div class="state-page"></div>
      <section class="card alarm-list" aria-label="${t('alarms.list')}" hidden><form class="filter" role="search"></form><div class="bulk"></div><div class="rows"></div><p class="keys q s">${t('alarms.keys')}</p></section>
      <aside class="alarm-side"><section class="card detail" aria-label="${t('alarms.detail')}" hidden></section><andon-measures class="card" hidden></andon-measures></aside>`;
    this.filter = new Filter(this.querySelector('.filter'), asked, () => this.#show());
    this.list = new List(this.querySelector('.rows'), this.querySelector('.bulk'), (id) => this.#open(id, true));
    this.detail = new Detail(this.querySelector('.detail'), () => this.#open(null));
    this.chosen = asked.get('id');
    this.heard = (e) => this.#changed(e.detail);
    store.addEventListener('change', this.heard);
    store.start({ kinds: 'machine,clock,layout' });
    this.stop = everySecond(() => this.#tick());
    this.#show();
  }

  disconnectedCallback() {
    store.removeEventListener('change', this.heard);
    this.list.close();
    this.stop();
  }

  #changed(change) {
    if (!change.booked && !change.structure && !change.alarms.size && !change.clock) return;
    this.#show();
    if (this.chosen && (change.booked || change.alarms.has(this.chosen))) this.detail.reload();
  }

  #show() {
    const ready = store.booked === 'ready' || store.alarms.size > 0;
    const away = store.booked === 'away' && !store.alarms.size;
    setHtml(this.querySelector('.state-page'), ready ? '' : away ? awayMarkup(store.bookError) : loadingMarkup());
    this.querySelector('.alarm-list').hidden = !ready;
    this.querySelector('andon-measures').hidden = !ready;
    if (!ready) return;
    const all = ofPlant();
    this.filter.offer(all);
    const found = all.filter((a) => this.filter.takes(a));
    this.list.show(found, all.length, this.chosen);
    const waiting = all.filter(unseen).length;
    setText(this.querySelector('h1'), waiting ? t('alarms.title', { n: waiting }) : t('alarms.title.none'));
    setText(this.querySelector('.about'), this.#about(all));
    remember({ ...this.filter.chosen, id: this.chosen });
    this.#detail();
  }

  #about(all) {
    const parts = ORDER.slice(2).map((state) => [state, all.filter((a) => a.state === state).length]).filter(([, n]) => n);
    return parts.length ? parts.map(([state, n]) => t(`alarms.about.${state}`, { n })).join(', ') : '';
  }

  #open(id, focus = false) {
    const before = this.chosen;
    this.chosen = id;
    this.#show();
    if (id && focus) this.detail.focus();
    else if (!id && before) this.list.focus(before);
  }

  #detail() {
    const alarm = this.chosen ? store.alarms.get(this.chosen) ?? this.detail.known(this.chosen) : null;
    if (this.chosen && !alarm) { this.#fetch(this.chosen); return; }
    this.classList.toggle('opened', Boolean(alarm));
    this.detail.show(alarm);
  }

  /** An alarm that is normal is not in the book of the page: ask for it. */
  async #fetch(id) {
    if (this.asked === id) return;
    this.asked = id;
    try {
      const { alarms } = await api(`/alarms${query({ machine: id.slice(0, id.lastIndexOf(':')), state: [...ORDER, 'normal'] })}`);
      const found = alarms.find((a) => a.id === id);
      if (found && this.chosen === id) { this.classList.add('opened'); this.detail.show(found); }
    } catch { /* the list stands; the link leads to nothing that is known */ }
  }

  #tick() {
    this.list.tick();
    this.detail.tick();
  }
}

customElements.define('andon-alarms', Alarms);

