// Asks the API for what a part shows: it says that it loads, what went wrong, and tries again where that may help.

import { setHtml } from '../core/dom.js';
import { esc, t } from '../core/texts.js';
import { awayMarkup } from '../shell/empty.js';

const RETRY_MS = 3000;
const LOADING_MS = 150; // an answer that comes at once needs no words before it

export const waitMarkup = (what) => `<div class="instead loading" role="status"><span class="dots"><i></i><i></i><i></i></span><p>${esc(what)}</p></div>`;

/** A page's card without content: what would be here, and how to get it. */
export const nothingMarkup = (title, what, more = '') => `<div class="instead nothing"><h2>${esc(title)}</h2><p class="q">${esc(what)}</p>${more}</div>`;

/** Nobody answers (then it is tried again), or the answer is no. */
const failMarkup = (error) => (again(error) ? awayMarkup(error)
  : `<div class="instead" role="alert"><h2>${t(error.status === 403 ? 'data.forbidden' : 'data.refused')}</h2><p>${esc(error.message)}</p></div>`);

const again = (error) => error.status === 0 || error.status >= 500;

export class Asking {
  /** `box` shows waiting and errors, and is empty else; `waiting` is what is said meanwhile. */
  constructor(box, waiting) {
    this.box = box;
    this.waiting = waiting;
  }

  /** Call `ask(signal)` and hand its answer to `show`; a later call ends an earlier one. `lost` is told of errors. */
  async run(ask, show, lost = () => {}) {
    this.end();
    const asking = new AbortController();
    this.asking = asking;
    this.slow = setTimeout(() => setHtml(this.box, waitMarkup(this.waiting)), LOADING_MS);
    try {
      const answer = await ask(asking.signal);
      if (asking.signal.aborted) return;
      clearTimeout(this.slow);
      setHtml(this.box, '');
      show(answer);
    } catch (error) {
      if (asking.signal.aborted) return;
      clearTimeout(this.slow);
      if (error.status === undefined) throw error; // a mistake of ours, not an answer
      lost(error);
      setHtml(this.box, failMarkup(error));
      if (again(error)) this.retry = setTimeout(() => this.run(ask, show, lost), RETRY_MS);
    }
  }

  end() {
    this.asking?.abort();
    clearTimeout(this.slow);
    clearTimeout(this.retry);
  }
}
