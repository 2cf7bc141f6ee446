// Calls for help as people see them: on the lamp of a tile, on a machine's page, on the Station. Times are plant time.

import { api } from './api.js';
import { setHtml } from './dom.js';
import { store } from './store.js';
import { esc, has, t } from './texts.js';

const RETRY_MS = 3000;

/** A box, a tick, a wrench, a warning: a shape for each kind, 24 x 24. */
const SHAPES = {
  material: 'M3,8l9,-5 9,5v8l-9,5 -9,-5zM3,8l9,5 9,-5M12,13v8M7.5,5.5l9,5',
  quality: 'M4,13l5,5L20,6',
  maintenance: 'M14.5,6.5a4.5,4.5 0 0 1 5.5,-1.5l-3,3 2,2 3,-3a4.5,4.5 0 0 1 -6,5.5L8,20.5a2.1,2.1 0 0 1 -3,-3l8,-8a4.5,4.5 0 0 1 1.5,-3z',
  safety: 'M12,3l9.5,17h-19zM12,10v4.5M12,17.3v.2',
};
export const KINDS = ['material', 'quality', 'maintenance', 'safety'];

export const kindIcon = (kind, size = 24) => `<svg class="kind" width="${size}" height="${size}" viewBox="0 0 24 24" aria-hidden="true"><path d="${SHAPES[kind]}"/></svg>`;

/** Running time: 2:10, 1:02:10. */
export function running(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, '0');
  return s < 3600 ? `${Math.floor(s / 60)}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
}

/** The time that a call shows: until it was answered it runs, then it is how long that took. */
export const timeOf = (call) => running(call.answer_s ?? store.clockOf(call.machine).seconds(call.called, store.now()));

/** "Maria (operator:a-1)" as people say it; a session without a name is its role. */
export function nameIn(by) {
  const at = by.indexOf(' (');
  if (at > 0 && by.indexOf(':', at) > 0) return by.slice(0, at);
  const role = `role.${by.split(':')[0]}`;
  return by.includes(':') && has(role) ? t(role) : by;
}

/** What is not resolved at a machine: who waits first, safety before all. */
export function callsOf(path) {
  const rank = (c) => (c.state === 'open' ? 0 : 2) - (c.kind === 'safety' ? 1 : 0);
  return [...store.calls.values()].filter((c) => c.machine === path).sort((a, b) => rank(a) - rank(b) || a.called - b.called);
}

/** Read what is open; what was said meanwhile is newer. */
async function load() {
  const said = (store.called = new Map());
  try {
    const { calls } = await api('/station/calls');
    if (said !== store.called) return;
    store.called = null;
    const found = new Map([...calls.map((c) => [c.id, c]), ...said]);
    for (const call of [...store.calls.values()]) if (!found.has(call.id)) store.call({ ...call, state: 'resolved' });
    for (const call of found.values()) store.call(call);
  } catch { setTimeout(() => { if (said === store.called) load(); }, RETRY_MS); }
}

store.addEventListener('change', ({ detail }) => { if (detail.reloaded) load(); });

/** Put the most urgent call on a tile, beside its lamp; what a screen reader hears of it. */
export function markCall(tile, path) {
  const [call] = callsOf(path);
  if (!call) {
    tile.__call?.remove();
    tile.__call = null;
    return '';
  }
  if (!tile.__call) tile.append((tile.__call = document.createElement('span')));
  tile.__call.className = `called ${call.state} ${call.kind}`;
  const words = t(call.state === 'open' ? 'call.tile' : 'call.tile.there', { kind: t(`call.${call.kind}`), time: timeOf(call) });
  setHtml(tile.__call, `${kindIcon(call.kind, 14)}${esc(words)}`);
  return words;
}

/** The calls of a machine in a line of its own, on its page. */
export function showCalls(box, path) {
  const calls = callsOf(path);
  box.hidden = !calls.length;
  setHtml(box, calls.map((c) => {
    const open = c.state === 'open';
    const words = t(open ? 'call.bar' : 'call.bar.answered', { kind: t(`call.${c.kind}`), time: timeOf(c), who: nameIn(open ? c.called_by : c.answered_by) });
    return `<a class="called ${c.state} ${c.kind}" href="/station/${path}">${kindIcon(c.kind, 18)}${esc(words)}</a>`;
  }).join(''));
}
