// Who stands here: a name that stays on this device and goes with every action.

import { esc, t } from '../core/texts.js';
import { openSheet } from './sheet.js';

const KEPT = 'andon.station.name';

/** The name, or empty. */
export function myName() {
  try { return localStorage.getItem(KEPT) ?? ''; } catch { return window.ANDON?.stationName ?? ''; }
}

function keep(name) {
  try { localStorage.setItem(KEPT, name); } catch { window.ANDON.stationName = name; }
}

/** Ask for the name; calls `then` with it. */
export function askName(then = () => {}) {
  const { body, close } = openSheet(t('station.name'), `<form class="big"><p class="q">${t('station.name.help')}</p>
    <label><span>${t('station.name.field')}</span><input name="name" type="text" maxlength="60" autocomplete="name" value="${esc(myName())}" required></label>
    <button class="go">${t('station.name.save')}</button></form>`);
  const form = body.querySelector('form');
  form.elements.name.focus();
  form.onsubmit = (e) => {
    e.preventDefault();
    const name = form.elements.name.value.trim();
    if (!name) return;
    keep(name);
    close();
    then(name);
  };
}

/** Call `then` once a name is known. */
export function withName(then) {
  if (myName()) then(myName()); else askName(then);
}
