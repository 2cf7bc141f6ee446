// What the parts of the Data page share: places, times, addresses, files and copying.

import { day, hourMinute, hourSecond, number } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { counting, nameOf } from '../core/words.js';
import { zoneOf } from '../floor/today.js';

/** site / area / line of a machine's path. */
export const placeOf = (path) => path.split('/').slice(1, -1).join(' / ');

/** The time zone of a machine's plant; of the chosen plant without one. */
export const zone = (path) => zoneOf(path ? store.plants.get(path.split('/')[0]) : store.plant);

/** 23 Nov 14:05, to the second if wished. */
export const dayTime = (us, tz, seconds = false) => `${day(us, tz)} ${(seconds ? hourSecond : hourMinute)(us, tz)}`;

/** 23 Nov 14:05 – 14:20; the second day only if it is another one. */
export const fromTo = (start, stop, tz) => `${dayTime(start, tz)} – ${day(start, tz) === day(stop, tz) ? hourMinute(stop, tz) : dayTime(stop, tz)}`;

/** A number with the digits that it needs, at most three. */
export const plain = (value) => {
  const [, behind = ''] = String(Number(value.toFixed(3))).split('.');
  return number(value, behind.length);
};

/** Put what was chosen into the page's address, so that it can be sent to somebody; empty values are left away. */
export function remember(chosen) {
  const kept = new URLSearchParams();
  for (const [name, value] of Object.entries(chosen)) for (const one of [value].flat()) if (one) kept.append(name, one);
  history.replaceState(history.state, '', kept.size ? `?${kept}` : location.pathname);
}

/** Options of a select: machines by line. `paths` in any order; without the chosen plant all. */
export function machineOptions(paths, chosen) {
  const lines = grouped([...paths].sort(counting), placeOf);
  return [...lines].map(([place, machines]) => `<optgroup label="${esc(place)}">${machines.map((m) => `<option value="${esc(m)}"${m === chosen ? ' selected' : ''}>${esc(nameOf(m))}</option>`).join('')}</optgroup>`).join('');
}

/** Map of what `key` says to the items with it, in their order. */
export function grouped(items, key) {
  const found = new Map();
  for (const item of items) {
    const at = key(item);
    if (!found.has(at)) found.set(at, []);
    found.get(at).push(item);
  }
  return found;
}

/** Fetch an answer in another format and hand it to the browser as a file. Throws an Error fit to be shown. */
export async function download(address, accept, name) {
  let response;
  try {
    response = await fetch(address, { headers: { Accept: accept }, credentials: 'same-origin', cache: 'no-store' });
  } catch { throw new Error(t('error.away')); }
  if (!response.ok) throw new Error((await response.json().catch(() => null))?.detail ?? t('error.status', { status: response.status }));
  const url = URL.createObjectURL(await response.blob());
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Copy text; the clipboard's own way needs a secure page, the older one does not. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { /* the older way */ }
  const field = Object.assign(document.createElement('textarea'), { value: text, className: 'said' });
  const before = document.activeElement;
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  before?.focus();
  return done;
}
