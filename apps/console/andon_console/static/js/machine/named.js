// <andon-named data-name="press-1" data-at="machine">: an address with a bare name leads to the one machine that has it.

import { setHtml } from '../core/dom.js';
import { store } from '../core/store.js';
import { counting } from '../core/words.js';
import { awayMarkup, emptyMarkup, loadingMarkup } from '../shell/empty.js';
import { manyMarkup, unknownMarkup } from '../shell/unknown.js';

class Named extends HTMLElement {
  connectedCallback() {
    setHtml(this, loadingMarkup());
    this.heard = (e) => { if (e.detail.structure) this.#show(); };
    store.addEventListener('change', this.heard);
    store.start({ kinds: 'machine,clock,layout' });
  }

  disconnectedCallback() { store.removeEventListener('change', this.heard); }

  #show() {
    if (store.status === 'away') { setHtml(this, awayMarkup(store.error)); return; }
    if (store.status !== 'ready') return;
    const { name, at } = this.dataset;
    const called = [...store.machines.values()].filter((m) => m.name === name);
    // a machine that was removed has a page still, but who types a name means one that stands there
    const there = called.filter((m) => m.presence !== 'removed');
    const meant = there.length ? there : called;
    if (meant.length === 1) { location.replace(`/${at}/${meant[0].id}${location.search}${location.hash}`); return; }
    const sorted = meant.sort((a, b) => counting(a.id, b.id));
    setHtml(this, sorted.length ? manyMarkup(name, sorted, at) : store.machines.size ? unknownMarkup(name, at) : emptyMarkup());
  }
}

customElements.define('andon-named', Named);
