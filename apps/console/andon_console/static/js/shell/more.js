// <andon-more>: on a phone the last entry of the bar; a sheet with all pages that the bar has no room for.

import { esc, t } from '../core/texts.js';

class More extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector('button');
    this.button.onclick = () => this.#open();
    // the entry of the page one is on may be one of those inside
    this.classList.toggle('here', this.#rest().some((a) => a.hasAttribute('aria-current')));
  }

  /** The rail's entries that are not seen: the style sheet says which those are, at this width and for this role. */
  #rest() {
    return [...this.closest('.rail').querySelectorAll('a:not(.mark)')].filter((a) => !a.getClientRects().length);
  }

  #open() {
    const dialog = document.createElement('dialog');
    dialog.className = 'more-sheet';
    dialog.setAttribute('aria-label', t('rail.more.title'));
    dialog.innerHTML = `<header><h2>${esc(t('rail.more.title'))}</h2><button type="button" class="btn close">${esc(t('rail.more.close'))}</button></header><nav></nav>`;
    for (const entry of this.#rest()) {
      const link = entry.cloneNode(true);
      if (link.pathname === location.pathname) link.setAttribute('aria-current', 'page');
      dialog.lastChild.append(link);
    }
    dialog.querySelector('a')?.setAttribute('autofocus', '');
    dialog.querySelector('.close').onclick = () => dialog.close();
    dialog.onclick = (e) => { if (e.target === dialog) dialog.close(); }; // beside it
    dialog.onclose = () => { dialog.remove(); this.button.setAttribute('aria-expanded', 'false'); this.button.focus(); };
    document.body.append(dialog);
    this.button.setAttribute('aria-expanded', 'true');
    dialog.showModal();
  }
}

customElements.define('andon-more', More);
