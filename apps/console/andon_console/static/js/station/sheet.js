// A sheet that comes up from below, where the thumb is; on a wide screen it stands in the middle. And short words after a deed.

import { esc, t } from '../core/texts.js';

const TOAST_MS = 9000;

/** Open a sheet; {dialog, body, close}. `markup` is what stands below its title. */
export function openSheet(title, markup) {
  const dialog = document.createElement('dialog');
  dialog.className = 'sheet';
  dialog.innerHTML = `<header><h2>${esc(title)}</h2><button type="button" class="x" aria-label="${t('station.close')}"><svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true"><path d="M5,5l14,14M19,5L5,19"/></svg></button></header><div class="in">${markup}</div>`;
  document.body.append(dialog);
  const close = () => dialog.close();
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (e) => { if (e.target === dialog) close(); });
  dialog.querySelector('.x').onclick = close;
  dialog.showModal();
  return { dialog, body: dialog.querySelector('.in'), close };
}

const drafts = new Map(); // what was typed and not sent yet, by the sheet's key

/** Keep what is typed into `form` until it was sent: a touch beside a sheet closes it, and the answer may be no. Calling
 * what this returns forgets it. */
export function keepDraft(form, key) {
  for (const [name, value] of drafts.get(key) ?? []) form.elements[name].value = value;
  form.addEventListener('input', () => drafts.set(key, [...new FormData(form)]));
  return () => drafts.delete(key);
}

/** A sheet of large buttons: `choices` are {label, note?, icon?, run}; `run` may be left out for what cannot be chosen. */
export function openChoices(title, choices, more = '') {
  const { dialog, body, close } = openSheet(title, `<div class="choices">${choices.map((c, i) => `<button type="button" data-i="${i}">${c.icon ?? ''}<span>${esc(c.label)}${c.note ? `<small>${esc(c.note)}</small>` : ''}</span></button>`).join('')}</div>${more}`);
  for (const button of body.querySelectorAll('[data-i]')) button.onclick = () => { close(); choices[Number(button.dataset.i)].run(); };
  return { dialog, body, close };
}

/** A field for words of one's own, below the choices. */
export const ownWords = (label, limit = 200) => `<form class="own"><label><span>${esc(label)}</span><input name="words" type="text" maxlength="${limit}" required></label><button class="go">${t('station.send')}</button></form>`;

/** Say for a while what was done; with an `act` it can be undone from there. */
export function toast(words, act = null, bad = false) {
  document.querySelector('.toast')?.remove();
  const box = document.createElement('div');
  box.className = bad ? 'toast bad' : 'toast';
  box.setAttribute('role', bad ? 'alert' : 'status');
  box.innerHTML = `<span>${esc(words)}</span>${act ? `<button type="button">${esc(act.label)}</button>` : ''}`;
  if (act) box.querySelector('button').onclick = () => { box.remove(); act.run(); };
  document.body.append(box);
  setTimeout(() => box.remove(), TOAST_MS);
}
