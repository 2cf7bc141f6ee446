// <andon-bar>: plant, shift, pace, connection, light or dark, who I am, the plant's clock.

import { everySecond, setHtml, setText } from '../core/dom.js';
import { dateCode, dayCode, hourMinute, number, pace, sinceMidnight, weekday } from '../core/format.js';
import { person } from '../core/people.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { zoneOf } from '../floor/today.js';
import './pace.js';

const DAY_US = 86400e6;

/** The shift that runs at a plant time: {name, start, end}, or null. */
export function shiftAt(layout, plantNow, zone) {
  const minute = Math.floor(sinceMidnight(plantNow, zone) / 60e6);
  const of = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
  for (const shift of layout?.shifts ?? []) {
    const [start, end] = [of(shift.start), of(shift.end)];
    const overnight = end <= start;
    // a shift over midnight belongs to the day it began
    const began = overnight && minute < end ? plantNow - DAY_US : plantNow;
    if (layout.days_off?.includes(dateCode(began, zone))) continue;
    const within = overnight ? minute >= start || minute < end : minute >= start && minute < end;
    if (within && (!shift.days?.length || shift.days.includes(dayCode(began, zone)))) return shift;
  }
  return null;
}

class Bar extends HTMLElement {
  connectedCallback() {
    const { user, role, page } = window.ANDON ?? {};
    const name = role ? t(`role.${role}`) : '';
    this.innerHTML = `<span class="plant"></span><i class="sep wide"></i><span class="shift wide"></span>
      ${page === 'floor' ? '<andon-pace class="wide"></andon-pace>' : ''}<span class="badge${page === 'floor' ? ' narrow' : ''}" hidden></span><span class="push"></span>
      <span class="live" role="status"></span>${page === 'floor' ? '<andon-screen class="wide"></andon-screen>' : ''}
      <span class="tog" role="group" aria-label="${t('theme')}"><button type="button" data-theme-to="light">${t('theme.light')}</button><button type="button" data-theme-to="dark">${t('theme.dark')}</button></span>
      <span class="who wide" title="${esc(user && role ? person(role, user) : t('who.nobody'))}"><i>${esc((user || name || '?')[0].toUpperCase())}</i><span>${esc(name)}</span></span>
      <i class="sep wide"></i><span class="clock" title="${t('clock.help')}"><span class="q wide"></span> <b></b></span>`;
    for (const button of this.querySelectorAll('[data-theme-to]')) button.onclick = () => this.#theme(button.dataset.themeTo);
    this.media = matchMedia('(prefers-color-scheme: dark)');
    this.media.onchange = () => { if (!this.#remembered()) this.#paint(this.media.matches ? 'dark' : 'light'); };
    this.#paint(document.documentElement.dataset.theme);
    this.heard = (e) => { const c = e.detail; if (c.structure || c.clock) this.#plant(); if (c.stream || c.structure) this.#live(); };
    store.addEventListener('change', this.heard);
    this.stop = everySecond(() => { this.#clock(); this.#live(); });
  }

  disconnectedCallback() {
    store.removeEventListener('change', this.heard);
    this.stop();
  }

  #remembered() {
    try { return localStorage.getItem('andon.theme'); } catch { return null; }
  }

  #theme(name) {
    try { localStorage.setItem('andon.theme', name); } catch { /* a browser without storage forgets it */ }
    this.#paint(name);
  }

  #paint(name) {
    document.documentElement.dataset.theme = name;
    for (const b of this.querySelectorAll('[data-theme-to]')) b.setAttribute('aria-pressed', String(b.dataset.themeTo === name));
  }

  #plant() {
    const plants = [...store.plants.values()].sort((a, b) => (a.title > b.title ? 1 : -1));
    const box = this.querySelector('.plant');
    if (plants.length > 1) {
      setHtml(box, `<select aria-label="${t('plant.choose')}" style="width:calc(${Math.max(...plants.map((p) => (p.title || p.enterprise).length)) * 0.9}ch + 40px)">${plants.map((p) => `<option value="${p.enterprise}" ${p.enterprise === store.enterprise ? 'selected' : ''}>${esc(p.title || p.enterprise)}</option>`).join('')}</select>`);
      box.firstElementChild.onchange = (e) => store.choose(e.target.value);
    } else setHtml(box, esc(plants[0]?.title || store.enterprise || t('app')));
    const now = store.plant?.clock.pace ?? 1;
    const badge = this.querySelector('.badge');
    badge.hidden = now === 1;
    setHtml(badge, t('pace.badge', { pace: pace(now) }));
    this.#clock();
  }

  #clock() {
    // before the plant is known its time is not either, and the browser's would be taken for it
    if (!store.plant?.layout && store.status !== 'ready') return;
    const zone = zoneOf(store.plant);
    const now = store.plant ? store.plant.clock.plant(store.now()) : store.now();
    setText(this.querySelector('.clock .q'), weekday(now, zone));
    setText(this.querySelector('.clock b'), hourMinute(now, zone));
    const shift = shiftAt(store.plant?.layout, now, zone);
    setHtml(this.querySelector('.shift'), shift ? `${esc(t('shift', { name: shift.name }))} <span class="q">${t('shift.time', { start: shift.start, end: shift.end })}</span>` : '');
  }

  #live() {
    const { live } = store;
    const status = live?.status ?? 'connecting';
    const box = this.querySelector('.live');
    box.className = `live ${status}`;
    if (status === 'live') {
      const delay = live.delay();
      const shown = delay === null ? '' : delay < 1000 ? `${number(Math.max(1, delay))}\u2009ms` : `${number(delay / 1000, 1)}\u2009s`;
      setHtml(box, `<i class="dot"></i><span>${t('live')} <span class="q num">${shown}</span></span>`);
      box.title = live.skipped ? t('live.skipped', { n: live.skipped }) : t('live.help');
    } else {
      const wait = live?.retryAt ? Math.max(0, Math.ceil((live.retryAt - Date.now()) / 1000)) : 0;
      setHtml(box, `<i class="dot"></i><span>${status !== 'broken' ? t('live.connecting') : wait ? t('live.broken', { wait }) : t('live.trying')}</span>`);
      box.title = t(store.status === 'away' ? 'error.away' : 'live.broken.help');
    }
  }
}

customElements.define('andon-bar', Bar);
