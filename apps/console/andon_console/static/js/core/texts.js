// The texts came with the page (texts/LANGUAGE.json); here they are looked up and filled in.

const TEXTS = window.ANDON?.texts ?? {};

/** The text `key` with its {places} filled; with `n` and no plain text, `key.one` or `key.other`. */
export function t(key, places = {}) {
  let found = TEXTS[key];
  if (found === undefined && places.n !== undefined) found = TEXTS[`${key}.${Number(places.n) === 1 ? 'one' : 'other'}`];
  if (found === undefined) return key;
  return found.replace(/\{(\w+)\}/g, (all, name) => (places[name] ?? all));
}

/** Whether the catalogue knows `key`. */
export const has = (key) => TEXTS[key] !== undefined;

/** Text that is safe inside markup. */
export function esc(text) {
  return String(text ?? '').replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c]);
}

/** First letter large: for text that begins a sentence. */
export const sentence = (text) => (text ? text[0].toUpperCase() + text.slice(1) : '');
