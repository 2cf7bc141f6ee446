// <andon-query>: ask for values: signals, time, buckets. The answer as chart, table and file, and how to ask the same elsewhere.

import { api, query } from '../core/api.js';
import { setHtml, setText } from '../core/dom.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { nameOf } from '../core/words.js';
import { footOf } from '../chart/draw.js';
import '../chart/chart.js';
import '../lineage/origin.js';
import { Asking, nothingMarkup } from './asking.js';
import { copy, download, remember, zone } from './bits.js';
import { examplesMarkup } from './examples.js';
import { Form } from './form.js';
import { Keep } from './keep.js';
import { address, command, kept, parameters, questionOf, specOf } from './question.js';
import { aboutAnswer, Answer, countOf, tableMarkup } from './result.js';

const FILES = { csv: 'text/csv', parquet: 'application/vnd.apache.parquet' };
const SETTLE_MS = 120;
const PANEL = 190;
const LONE = 320;

class Query extends HTMLElement {
  connectedCallback() {
    this.innerHTML = `<header class="head"><div class="title"><h1>${t('data.query.title')}</h1></div></header>
      <form class="card ask" aria-label="${t('data.query.title')}"></form>
      <div class="found"><div class="state-page"></div>
        <section class="card chart-card" hidden><div class="tools"><h2>${t('data.query.answer')}</h2><span class="q about" role="status"></span><span class="ranges"><button type="button" class="btn" data-zoom="0.5" aria-label="${t('range.in')}" title="${t('range.in')}">+</button><button type="button" class="btn" data-zoom="2" aria-label="${t('range.out')}" title="${t('range.out')}">−</button><button type="button" class="btn" data-all>${t('data.query.all')}</button></span></div><div class="plot"></div><p class="whences"></p></section>
        <section class="card same" hidden><div class="tools"><h2>${t('data.same')}</h2><span class="ranges">${Object.keys(FILES).map((f) => `<button type="button" class="btn" data-file="${f}">${t(`data.file.${f}`)}</button>`).join('')}</span></div>
          ${['command', 'address'].map((what) => `<div class="line"><span class="q s">${t(`data.same.${what}`)}</span><code class="mono" data-same="${what}" tabindex="0" role="textbox" aria-readonly="true" aria-label="${t(`data.same.${what}`)}"></code><button type="button" class="btn" data-copy="${what}" aria-label="${t(`data.copy.${what}`)}">${t('data.copy')}</button></div>`).join('')}<p class="answer" role="status"></p></section>
        <section class="card keep" hidden></section>
        <section class="card values-card" hidden></section></div>`;
    this.keep = new Keep(this.querySelector('.keep'));
    this.question = questionOf(location.search);
    this.asking = new Asking(this.querySelector('.state-page'), t('data.query.loading'));
    this.form = new Form(this.querySelector('form'), this.question, () => this.#changed());
    for (const b of this.querySelectorAll('[data-zoom]')) b.onclick = () => this.chart?.zoom(Number(b.dataset.zoom));
    this.querySelector('[data-all]').onclick = () => this.#whole();
    for (const b of this.querySelectorAll('[data-file]')) b.onclick = () => this.#file(b.dataset.file);
    for (const b of this.querySelectorAll('[data-copy]')) b.onclick = async () => this.#say(t(await copy(this.querySelector(`[data-same="${b.dataset.copy}"]`).textContent) ? 'data.copied' : 'data.notcopied'));
    this.heard = (e) => { if (e.detail.structure) this.#machines(); };
    store.addEventListener('change', this.heard);
    this.#machines();
  }

  disconnectedCallback() {
    store.removeEventListener('change', this.heard);
    this.asking.end();
    clearTimeout(this.soon);
  }

  #machines() {
    if (store.status !== 'loading') this.form.machines();
    if (this.began && !this.question.pairs.length) this.#ask(); // with other machines come other examples
    // units and limits come with the machines
    if (store.status === 'ready' && !this.began) { this.began = true; this.#ask(); }
    if (store.status === 'away' && !this.began) this.#ask();
  }

  #changed() {
    remember(kept(this.question));
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.#ask(), SETTLE_MS);
  }

  #show(shown) { for (const card of this.querySelectorAll('.found > .card')) card.hidden = !shown; }

  #ask() {
    const asked = structuredClone(this.question);
    if (!asked.pairs.length) {
      this.asking.end();
      this.#show(false);
      setHtml(this.querySelector('.state-page'), nothingMarkup(t('data.query.empty'), t('data.query.empty.what'), examplesMarkup()));
      return;
    }
    const [path] = asked.pairs[0];
    const one = asked.pairs.every(([m]) => m === path);
    this.asking.run(async (signal) => {
      const answer = await api(`/series${query(parameters(asked))}`, { signal });
      // states belong to one machine
      const { states } = one ? await api(`/states${query({ machine: path, start: answer.start, stop: answer.stop })}`, { signal }) : { states: [] };
      return { answer, states };
    }, ({ answer, states }) => this.#answered(asked, answer, states, one), () => this.#show(false));
  }

  #answered(asked, answer, states, one) {
    const any = countOf(answer) > 0;
    this.asked = asked;
    this.#show(any);
    this.querySelector('.same').hidden = false;
    setText(this.querySelector('[data-same=command]'), command(asked));
    setText(this.querySelector('[data-same=address]'), address(asked));
    this.#say('');
    if (any) this.keep.show(asked);
    if (!any) { setHtml(this.querySelector('.state-page'), nothingMarkup(t('data.query.nothing'), t('data.query.nothing.what'))); return; }
    const specs = asked.pairs.map((p) => specOf(p, asked));
    const [path] = asked.pairs[0];
    setText(this.querySelector('.about'), aboutAnswer(answer, asked.agg));
    setHtml(this.querySelector('.whences'), asked.pairs.map(([m, s]) => `<andon-origin figure="value" machine="${esc(m)}" signal="${esc(s)}" start="${answer.start}" stop="${answer.stop}" label="${esc(t('origin.of.signal', { name: `${nameOf(m)}.${s}` }))}"></andon-origin>`).join(' '));
    setHtml(this.querySelector('.values-card'), tableMarkup(answer, specs, zone(path)));
    this.window = [answer.start, answer.stop];
    this.chart?.remove();
    this.chart = document.createElement('andon-chart');
    this.querySelector('.plot').append(this.chart);
    this.chart.classList.toggle('several', !one);
    // a machine of its own, so that what happens live stays out of the answer
    const [enterprise] = path.split('/');
    this.chart.open({ id: `${enterprise}/query`, enterprise, signals: specs, interval_s: store.machines.get(path)?.interval_s ?? 1 }, answer.stop - answer.start);
    this.chart.data = new Answer(answer, states);
    this.chart.view.show(...this.window);
    this.chart.choose(specs.map((s) => s.name));
    this.chart.style.height = `${footOf(true) + (specs.length === 1 ? LONE : specs.length * PANEL)}px`;
  }

  #whole() {
    this.chart?.view.show(...this.window);
    this.chart?.zoom(1);
  }

  async #file(kind) {
    this.#say(t('data.file.coming'));
    try {
      await download(address(this.asked), FILES[kind], `series.${kind}`);
      this.#say(t('data.file.done', { name: `series.${kind}` }));
    } catch (error) { this.#say(error.message, true); }
  }

  #say(text, bad = false) {
    const box = this.querySelector('.same .answer');
    setText(box, text);
    box.classList.toggle('bad', bad);
  }
}

customElements.define('andon-query', Query);
