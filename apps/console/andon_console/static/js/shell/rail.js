// <andon-count>: in the rail's entry, how many alarms nobody has acknowledged; on every page.

import { ofPlant, shouts, unseen } from '../core/alarms.js';
import { setAttribute, setText } from '../core/dom.js';
import { store } from '../core/store.js';
import { t } from '../core/texts.js';

const MOST = 99;

class Count extends HTMLElement {
  connectedCallback() {
    this.hidden = true;
    this.heard = ({ detail }) => { if (detail.booked || detail.structure || detail.alarms.size) this.#show(); };
    store.addEventListener('change', this.heard);
  }

  disconnectedCallback() { store.removeEventListener('change', this.heard); }

  #show() {
    const waiting = ofPlant().filter(unseen);
    this.hidden = !waiting.length;
    setText(this, waiting.length > MOST ? `${MOST}+` : String(waiting.length));
    this.classList.toggle('critical', waiting.some((a) => a.severity === 'critical'));
    this.classList.toggle('shouts', waiting.some(shouts));
    const word = this.parentElement.querySelector('span').textContent;
    setAttribute(this.parentElement, 'aria-label', waiting.length ? `${word}, ${t('alarm.count', { n: waiting.length })}` : null);
  }
}

customElements.define('andon-count', Count);
