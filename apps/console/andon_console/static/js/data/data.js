// <andon-data data-part="catalogue">: the Data page: its parts, and the way between them.

import { store } from '../core/store.js';
import { t } from '../core/texts.js';
import './catalogue.js';
import './products.js';
import './quality.js';
import './quarantine.js';
import './query.js';

const PARTS = [['catalogue', '/data'], ['quality', '/data/quality'], ['query', '/data/query'], ['products', '/data/products'], ['quarantine', '/data/quarantine']];

class DataPage extends HTMLElement {
  connectedCallback() {
    const { part } = this.dataset;
    const links = PARTS.map(([name, path]) => `<a href="${path}"${name === part ? ' aria-current="page"' : ''}>${t(`data.${name}`)}</a>`);
    this.innerHTML = `<nav class="parts" aria-label="${t('data.parts')}">${links.join('')}</nav>`;
    this.append(document.createElement(`andon-${part}`));
    // machines, plants and clocks; what was measured is asked for by the parts themselves
    store.start({ kinds: 'machine,clock,layout' });
  }
}

customElements.define('andon-data', DataPage);
