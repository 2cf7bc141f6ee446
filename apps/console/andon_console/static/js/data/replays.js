// Many messages judged again after a fix: how many there are, how far it has come, what came of it.

import { api, may, query } from '../core/api.js';
import { setHtml } from '../core/dom.js';
import { number } from '../core/format.js';
import { esc, t } from '../core/texts.js';
import { lamp } from '../drawings/lamps.js';
import { reasonWord } from './message.js';

const EVERY_MS = 500;
const under = (r) => r.state === 'counting' || r.state === 'running';

export class ReplayMany {
  /** `box` is drawn into; `filter()` is the question of the page, `done()` is called when something was judged. */
  constructor(box, filter, done) {
    this.box = box;
    this.filter = filter;
    this.done = done;
  }

  end() {
    this.ended = true;
    clearTimeout(this.timer);
  }

  /** Offer it, or go on showing a round that is under way. */
  async look() {
    if (!may('quarantine:replay')) return;
    const found = await api('/quarantine/replays').catch(() => null);
    const running = found?.rounds.find(under);
    if (this.ended) return;
    if (running) this.#watch(running);
    else if (!this.round) this.offer();
  }

  /** The question changed: what was counted counts no more. */
  offer() {
    if (!may('quarantine:replay') || (this.round && under(this.round))) return;
    this.round = null;
    setHtml(this.box, `<button type="button" class="btn begin">${t('data.many')}</button>`);
    this.box.querySelector('.begin').onclick = () => this.#count();
  }

  async #count() {
    this.#say(`<p role="status">${t('data.many.counting')}</p>`);
    try {
      const found = await api(`/quarantine/count${query(this.filter())}`);
      if (!found.waiting) { this.#say(`<p role="status">${t('data.many.nothing')}</p>${this.#again()}`); this.#wire(); return; }
      this.#say(`<h2>${t('data.many.ask', { n: found.waiting })}</h2><ul>${reasonsMarkup(found.reasons)}</ul>${found.more ? `<p class="q s">${t('data.many.more')}</p>` : ''}<p class="q s">${t('data.many.help')}</p>
        <p class="do"><button type="button" class="btn main go">${t('data.many.go', { n: found.waiting })}</button><button type="button" class="btn back">${t('data.many.back')}</button></p>`);
      this.#wire();
      this.box.querySelector('.go').onclick = () => this.#begin();
    } catch (error) { this.#failed(error); }
  }

  async #begin() {
    this.#say(`<p role="status">${t('data.replay.sending')}</p>`);
    try {
      // what came since it was counted is judged with the others
      const asked = Object.fromEntries(Object.entries(this.filter()).filter(([, v]) => v !== undefined).map(([k, v]) => [k, String(v)]));
      this.#watch(await api('/quarantine/replays', { method: 'POST', body: asked }));
    } catch (error) { this.#failed(error); }
  }

  #watch(round) {
    this.round = round;
    this.#show();
    clearTimeout(this.timer);
    if (!under(round) || this.ended) { if (round.looked) this.done(); return; }
    this.timer = setTimeout(async () => {
      try { this.#watch(await api(`/quarantine/replays/${round.id}`)); } catch (error) { this.#failed(error); }
    }, EVERY_MS);
  }

  #show() {
    const r = this.round;
    const share = r.total ? (100 * r.looked) / r.total : 0;
    if (under(r)) {
      this.#say(`<h2>${r.state === 'counting' ? t('data.many.counting') : t('data.many.running', { done: number(r.looked), n: r.total })}</h2>
        <progress max="${r.total || 1}" value="${r.looked}" aria-label="${t('data.many.progress')}">${share.toFixed(0)}\u2009%</progress>${this.#tally(r)}<p class="do"><button type="button" class="btn stop">${t('data.many.stop')}</button></p>`);
      this.box.querySelector('.stop').onclick = async (e) => {
        e.target.disabled = true;
        try { this.#watch(await api(`/quarantine/replays/${r.id}`, { method: 'DELETE' })); } catch (error) { this.#failed(error); }
      };
      return;
    }
    const whole = r.state === 'done';
    const examples = r.examples.length ? `<details><summary>${t('data.many.examples', { n: r.examples.length })}</summary><ul>${r.examples.map((e) => `<li><a href="/data/quarantine?id=${encodeURIComponent(e.id)}">${esc(reasonWord(e.reason))}</a> <span class="q">${esc(e.detail)}</span></li>`).join('')}</ul></details>` : '';
    this.#say(`<h2>${lamp(whole ? (r.refused ? 'starved' : 'producing') : 'down', 20, false)}<span>${esc(t(`data.many.${r.state}`, { done: number(r.looked), n: r.total }))}</span></h2>${r.detail ? `<p class="bad">${esc(r.detail)}</p>` : ''}
      ${this.#tally(r)}${r.refused ? `<p>${t('data.many.why')}</p><ul>${reasonsMarkup(r.reasons)}</ul>${examples}` : ''}${whole ? '' : `<p class="q s">${t('data.many.left')}</p>`}${this.#again()}`);
    this.#wire();
  }

  #tally(r) {
    const rows = [['stored', r.stored], ['refused', r.refused], ['gone', r.gone]].filter(([k, n]) => n || k !== 'gone');
    return `<dl class="tally">${rows.map(([k, n]) => `<div><dt>${t(`data.many.tally.${k}`)}</dt><dd class="num" data-tally="${k}">${number(n)}</dd></div>`).join('')}</dl>`;
  }

  #again() { return `<p class="do"><button type="button" class="btn back">${t('data.many.close')}</button></p>`; }

  #wire() { const back = this.box.querySelector('.back'); if (back) back.onclick = () => { this.round = null; this.offer(); }; }

  #failed(error) {
    this.round = null;
    this.#say(`<p class="bad" role="alert">${esc(error.message)}</p>${this.#again()}`);
    this.#wire();
  }

  #say(html) { setHtml(this.box, `<section class="card many" aria-live="polite">${html}</section>`); }
}

function reasonsMarkup(reasons) {
  return Object.entries(reasons).sort((a, b) => b[1] - a[1]).map(([r, n]) => `<li><b class="num">${number(n)}</b> <span>${esc(reasonWord(r))}</span></li>`).join('');
}
