// <andon-machines>: all machines of the plant as a list, to be searched by name, type, place and state.

import { everySecond, setHtml, setText } from '../core/dom.js';
import { duration } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { counting, since, why } from '../core/words.js';
import { lamp, STATES, stateWord } from '../drawings/lamps.js';
import { picture } from '../drawings/machines.js';
import { awayMarkup, emptyMarkup, loadingMarkup } from '../shell/empty.js';

class Machines extends HTMLElement {
  connectedCallback() {
    const wanted = new URLSearchParams(location.search);
    this.innerHTML = `<header class="head"><div class="title"><h1>${t('machines.title')}</h1><span class="q count"></span></div>
        <form role="search"><input type="search" name="q" placeholder="${t('machines.search.short')}" aria-label="${t('machines.search')}" value="${esc(wanted.get('q') ?? '')}">
        <select name="state" aria-label="${t('machines.state')}"><option value="">${t('machines.any')}</option>${STATES.map((s) => `<option value="${s}" ${wanted.get('state') === s ? 'selected' : ''}>${stateWord(s)}</option>`).join('')}</select></form></header>
      <section class="card table-card"><div class="state-page"></div><table><thead><tr><th scope="col">${t('machines.state')}</th><th scope="col">${t('machines.name')}</th><th scope="col">${t('machines.reason')}</th>
        <th scope="col" class="r">${t('machines.since')}</th><th scope="col">${t('machines.unit')}</th><th scope="col">${t('machines.type')}</th><th scope="col">${t('machines.place')}</th></tr></thead><tbody></tbody></table></section>`;
    this.form = this.querySelector('form');
    this.form.onsubmit = (e) => e.preventDefault();
    this.form.oninput = () => { this.#remember(); this.#rows(); };
    this.heard = (e) => { if (e.detail.structure || e.detail.machines.size) this.#rows(); };
    store.addEventListener('change', this.heard);
    store.start({ kinds: 'event,machine,clock,layout' });
    this.stop = everySecond(() => this.#rows());
  }

  disconnectedCallback() {
    store.removeEventListener('change', this.heard);
    this.stop();
  }

  #remember() {
    const { q, state } = this.form.elements;
    const kept = new URLSearchParams(Object.entries({ q: q.value, state: state.value }).filter(([, v]) => v));
    history.replaceState(history.state, '', kept.size ? `?${kept}` : location.pathname);
  }

  #found() {
    const words = this.form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const state = this.form.elements.state.value;
    return store.mine.filter((m) => (!state || m.state === state)
      && words.every((w) => `${m.id} ${m.type} ${m.title} ${m.unit} ${m.state} ${why(m)}`.toLowerCase().includes(w)))
      .sort((a, b) => counting(`${a.area}/${a.line}/${a.name}`, `${b.area}/${b.line}/${b.name}`));
  }

  #rows() {
    const all = store.mine.length;
    const instead = store.status === 'loading' ? loadingMarkup() : store.status === 'away' && !all ? awayMarkup(store.error) : !all ? emptyMarkup() : '';
    const found = this.#found();
    setHtml(this.querySelector('.state-page'), instead || (found.length ? '' : `<p class="none">${t('machines.none')}</p>`));
    this.querySelector('table').hidden = !found.length;
    setText(this.querySelector('.count'), all ? (found.length === all ? t('machines.count', { n: all }) : `${found.length} / ${t('machines.count', { n: all })}`) : '');
    this.#sync(found);
  }

  /** Keep rows that stay, so that focus and scroll stay too. */
  #sync(found) {
    const body = this.querySelector('tbody');
    const rows = new Map([...body.children].map((r) => [r.dataset.machine, r]));
    found.forEach((m, i) => {
      let row = rows.get(m.id);
      rows.delete(m.id);
      if (!row) {
        row = document.createElement('tr');
        row.dataset.machine = m.id;
        row.innerHTML = `<td class="s"></td><td class="n"><a href="/machine/${m.id}">${picture(m.drawing)}<b>${esc(m.name)}</b></a></td><td class="why"></td><td class="r num"></td><td class="u mono"></td><td class="ty">${esc(m.title || m.type)}</td><td class="p">${esc(`${m.site} / ${m.area} / ${m.line}`)}</td>`;
        row.onclick = (e) => { if (!e.target.closest('a') && !String(getSelection())) row.querySelector('a').click(); };
      }
      const seconds = since(m);
      row.className = m.state;
      setHtml(row.children[0], `${lamp(m.state, 20, false)}<span>${stateWord(m.state)}</span>`);
      setText(row.children[2], m.state === 'producing' ? '' : why(m));
      setText(row.children[3], seconds === null ? '' : duration(seconds));
      setText(row.children[4], m.unit);
      if (body.children[i] !== row) body.insertBefore(row, body.children[i] ?? null);
    });
    for (const row of rows.values()) row.remove();
  }
}

customElements.define('andon-machines', Machines);
