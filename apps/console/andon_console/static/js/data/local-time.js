// Times as a field of the page takes them (2026-11-23T14:05), in a plant's time zone.

import { clock } from '../core/format.js';

const PARTS = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' };

/** Microseconds UTC as the field's text. */
export function toField(us, zone) {
  const [date, time] = clock(us, PARTS, zone).split(', ');
  const [d, m, y] = date.split('/');
  return `${y}-${m}-${d}T${time}`;
}

/** The field's text as microseconds UTC; NaN if it is none. In the hour that occurs twice the first one is meant. */
export function fromField(text, zone) {
  const wanted = Date.parse(`${text}:00Z`) * 1000;
  let found = wanted;
  // what the zone is ahead by depends on the answer, so come near in two steps
  for (let i = 0; i < 2 && Number.isFinite(found); i += 1) found += wanted - Date.parse(`${toField(found, zone)}:00Z`) * 1000;
  return found;
}

/** As the API and the command line take it: 2026-11-23T13:05:00Z. */
export const iso = (us) => new Date(us / 1000).toISOString().replace('.000', '');
