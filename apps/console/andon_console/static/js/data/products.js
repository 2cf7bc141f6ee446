// <andon-products>: data products: one's own, and those that others have granted. One is chosen and looked at.

import { api } from '../core/api.js';
import { setHtml, setText } from '../core/dom.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { Asking, nothingMarkup } from './asking.js';
import { grouped, remember } from './bits.js';
import './product.js';

class Products extends HTMLElement {
  connectedCallback() {
    this.chosen = new URLSearchParams(location.search).get('id');
    this.innerHTML = `<header class="head"><div class="title"><h1>${t('data.products.title')}</h1><span class="q count" role="status"></span></div><a class="btn" href="/data/query">${t('data.products.make')}</a></header>
      <div class="state-page"></div><div class="shelf" hidden><nav class="card list" aria-label="${t('data.products.title')}"></nav><andon-product></andon-product></div>`;
    this.one = this.querySelector('andon-product');
    this.one.addEventListener('changed', (e) => { if (e.detail.gone) this.chosen = null; this.#load(); });
    this.asking = new Asking(this.querySelector('.state-page'), t('data.products.loading'));
    // plants bring their names and time zones
    this.heard = (e) => {
      if (!e.detail.structure || !this.products?.length) return;
      this.#list();
      this.one.retell();
    };
    store.addEventListener('change', this.heard);
    this.#load();
  }

  disconnectedCallback() {
    store.removeEventListener('change', this.heard);
    this.asking.end();
  }

  #load() {
    this.asking.run((signal) => api('/products', { signal }), ({ products }) => {
      this.products = products;
      if (!products.some((p) => p.id === this.chosen)) this.chosen = products[0]?.id ?? null;
      setText(this.querySelector('.count'), products.length ? t('data.products.count', { n: products.length }) : '');
      this.querySelector('.shelf').hidden = !products.length;
      if (!products.length) setHtml(this.querySelector('.state-page'), nothingMarkup(t('data.products.none'), t('data.products.none.what'), `<p><a class="btn main" href="/data/query">${t('data.products.make')}</a></p>`));
      this.#list();
      if (this.chosen) this.#show();
    }, () => { this.querySelector('.shelf').hidden = true; });
  }

  #list() {
    const list = this.querySelector('.list');
    const focused = list.contains(document.activeElement) && document.activeElement.dataset.id;
    const groups = grouped(this.products, (p) => (p.granted ? 'granted' : 'own'));
    const row = (p) => `<li><button type="button" data-id="${esc(p.id)}"${p.id === this.chosen ? ' aria-current="true"' : ''}><b>${esc(p.title)}</b><span class="q">${esc(p.granted ? t('data.products.of', { name: store.plants.get(p.owner)?.title || p.owner }) : t('data.products.reads', { n: p.reads }))}</span></button></li>`;
    setHtml(list, ['own', 'granted'].filter((k) => groups.has(k)).map((k) => `<h2>${t(`data.products.${k}`)}</h2><ol>${groups.get(k).map(row).join('')}</ol>`).join(''));
    for (const b of list.querySelectorAll('[data-id]')) b.onclick = () => { this.chosen = b.dataset.id; this.#list(); this.#show(true); };
    if (focused) list.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  #show(asked = false) {
    remember({ id: this.chosen });
    this.one.show(this.products.find((p) => p.id === this.chosen));
    // on a phone it stands below the list
    if (asked && this.one.getBoundingClientRect().top > innerHeight - 120) this.one.scrollIntoView({ block: 'start' });
  }
}

customElements.define('andon-products', Products);
