// <andon-nowhere>: where no page is; what stands in it came with the page, and the bar above lives as everywhere.

import { store } from '../core/store.js';

class Nowhere extends HTMLElement {
  connectedCallback() { store.start({ kinds: 'machine,clock,layout' }); }
}

customElements.define('andon-nowhere', Nowhere);
