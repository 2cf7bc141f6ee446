// <andon-layers>: the layers of the review as they are here, what flows through each now, and one message followed.

import { api } from '../core/api.js';
import { setHtml, setText } from '../core/dom.js';
import { store } from '../core/store.js';
import { t } from '../core/texts.js';
import { whileSeen } from '../core/watch.js';
import { awayMarkup, emptyMarkup, loadingMarkup } from '../shell/empty.js';
import { notices } from '../shell/notices.js';
import { fill, timesOf } from './figures.js';
import { pictureMarkup } from './picture.js';
import { besides, verdict } from './verdict.js';
import { Ways } from './ways.js';
import './follow.js';

const EVERY_MS = 2000;

class Layers extends HTMLElement {
  connectedCallback() {
    this.innerHTML = `<header class="head"><h1>${t('layers.title.loading')}</h1><p class="q besides"></p></header>
      <div class="state-page"></div><section class="stack" aria-label="${t('layers.picture')}">${pictureMarkup()}</section><andon-follow class="card follow"></andon-follow>`;
    this.notices = notices(this);
    this.stack = this.querySelector('.stack');
    this.follow = this.querySelector('andon-follow');
    this.ways = new Ways(this.stack.querySelector('.plates'));
    this.follow.addEventListener('heard', () => this.#say());
    this.follow.addEventListener('chosen', (e) => this.#light(e.detail));
    this.heard = (e) => { if (e.detail.structure || e.detail.machines.size) this.#page(); };
    store.addEventListener('change', this.heard);
    // machines, plants and clocks; the followed machine has a stream of its own
    store.start({ kinds: 'machine,clock,layout' });
    this.asking = whileSeen(this, EVERY_MS, () => this.#ask());
    this.#page();
  }

  disconnectedCallback() {
    store.removeEventListener('change', this.heard);
    this.asking.stop();
    this.notices.remove();
    this.ways.stop();
  }

  async #ask() {
    try {
      this.flow = await api('/flow');
      this.error = null;
      this.notices.show(this.flow);
    } catch (error) {
      if (error.status === undefined) throw error;
      this.error = error;
    }
    this.#page();
  }

  /** What stands here instead, where there is nothing to show. */
  #page() {
    const none = store.status === 'ready' && !store.mine.length;
    const away = this.error && !this.flow ? awayMarkup(this.error) : store.status === 'away' && !store.machines.size ? awayMarkup(store.error) : '';
    const instead = away || (none ? emptyMarkup() : !this.flow || store.status === 'loading' ? loadingMarkup() : '');
    setHtml(this.querySelector('.state-page'), instead);
    this.classList.toggle('blank', Boolean(instead));
    this.stack.classList.toggle('old', Boolean(this.error));
    if (!instead) fill(this.stack, this.flow);
    this.#say();
  }

  #say() {
    const head = this.querySelector('h1');
    if (this.classList.contains('blank')) {
      const key = this.error || store.status === 'away' ? 'unknown' : store.status === 'ready' && !store.mine.length ? 'empty' : 'loading';
      setText(head, t(`layers.title.${key}`));
      head.classList.remove('bad');
      setText(this.querySelector('.besides'), '');
      return;
    }
    const screen = this.follow.typical;
    const { title, bad } = this.error ? { title: t('layers.title.unknown'), bad: true } : verdict(this.flow, screen, this.follow.stream);
    setText(head, title);
    head.classList.toggle('bad', bad);
    setText(this.querySelector('.besides'), this.error ? this.error.message : besides(this.flow));
    this.ways.times(timesOf(this.flow, screen));
  }

  /** The place of the chosen hop in the picture. */
  #light(hop) {
    for (const i of this.stack.querySelectorAll('.no')) i.classList.toggle('lit', i.dataset.no === hop);
  }
}

customElements.define('andon-layers', Layers);
