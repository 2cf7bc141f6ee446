// Events on the time axis: a small mark each, a shape for its kind, and its words for the reader at the cursor.

import { store } from '../core/store.js';
import { duration } from '../core/format.js';
import { esc, sentence, t } from '../core/texts.js';

const NEAR = 7; // pixels
const MOST = 4;

/** Alarms that a detector raised are not among the machine's own events: they are taken from the alarm book. */
export const detected = (machine) => [...store.alarms.values()]
  .filter((a) => a.machine === machine && a.source === 'detector' && a.raised)
  .map((a) => ({ kind: 'alarm', machine, t: a.raised, active: true, severity: a.severity, code: a.code, text: a.text }));

const kindOf = (e) => (e.kind === 'alarm' ? (e.active ? e.severity : 'end') : e.kind);

/** The marks of these events below the strip of states, as markup. */
export function marks({ events, x, plot, y }) {
  return events.filter((e) => x(e.t) >= plot.left && x(e.t) <= plot.right).map((e) => {
    const at = x(e.t).toFixed(1);
    const shape = e.kind === 'gap' ? `M${at},${y + 2}m-1.500,0h3v8h-3z` : e.kind === 'operation-finished' ? `M${at},${y + 1.5}l4.500,4.500l-4.500,4.500l-4.500,-4.500z` : `M${at},${y + 2}l4.500,8h-9z`;
    return `<path class="mark ${kindOf(e)}" d="${shape}"/>`;
  }).join('');
}

/** What an event says. */
export function eventWords(e) {
  const reason = sentence((e.text || e.reason || e.code || '').replace(/_/g, ' '));
  if (e.kind === 'alarm') return e.active ? t('chart.event.alarm', { text: reason }) : t('chart.event.over', { text: reason });
  if (e.kind === 'gap') return t('chart.event.gap', { time: duration((e.t - e.start) / 1e6) });
  return t('chart.event.scrap', { unit: e.unit || t('figure.piece'), reason: reason ? `: ${reason}` : '' });
}

/** Rows for the reader: events whose marks stand at the cursor, the nearest first. */
export function eventRows(events, x, at) {
  const near = events.map((e) => [Math.abs(x(e.t) - at), e]).filter(([far]) => far <= NEAR).sort((a, b) => a[0] - b[0]).map(([, e]) => e);
  const rows = near.slice(0, MOST).map((e) => `<p class="event ${kindOf(e)}"><svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">${marks({ events: [{ ...e, t: 5 }], x: (v) => v, plot: { left: 0, right: 10 }, y: -1 })}</svg>${esc(eventWords(e))}</p>`);
  if (near.length > MOST) rows.push(`<p class="event q">${t('chart.event.more', { n: near.length - MOST })}</p>`);
  return rows;
}
