// Ticks that people read well: for times and for values.

import { clock, day, digitsFor, hourMinute, hourSecond } from '../core/format.js';

const S = 1e6;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800].map((s) => s * S);

/** Times between start and stop, about `width` / 110 of them, with their words. */
export function timeTicks(start, stop, width, zone) {
  const wanted = (stop - start) / Math.max(2, width / 110);
  const step = STEPS.find((s) => s >= wanted) ?? Math.ceil(wanted / (7 * 86400 * S)) * 7 * 86400 * S;
  // steps of hours and days begin at the local midnight
  const shift = step >= 3600 * S ? localShift(start, zone) : 0;
  const ticks = [];
  for (let t = Math.ceil((start + shift) / step) * step - shift; t <= stop; t += step) ticks.push({ t, text: word(t, step, zone) });
  return ticks;
}

function word(t, step, zone) {
  if (step >= 86400 * S) return day(t, zone);
  if (hourSecond(t, zone) === '00:00:00') return day(t, zone);
  return step < 60 * S ? hourSecond(t, zone) : hourMinute(t, zone);
}

/** Microseconds that local time is ahead of UTC. */
function localShift(t, zone) {
  const [h, m] = hourMinute(t, zone).split(':').map(Number);
  const minutes = (((h % 24) * 60 + m - Math.floor(t / 60e6)) % 1440 + 1440) % 1440;
  return (minutes > 840 ? minutes - 1440 : minutes) * 60e6;
}

/** Round values between low and high: {low, high, ticks, digits}; the ends are widened to the next tick. */
export function valueTicks(low, high, count) {
  if (!(high > low)) { const pad = Math.abs(low) * 0.05 || 1; low -= pad; high += pad; }
  const raw = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((f) => f * power).find((s) => s >= raw * 0.999);
  const from = Math.floor(low / step + 1e-9) * step;
  const to = Math.ceil(high / step - 1e-9) * step;
  const ticks = [];
  for (let i = 0; from + i * step <= to + step * 1e-6; i += 1) ticks.push(from + i * step);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9) + (Math.abs(step / power - 2.5) < 1e-6 ? 1 : 0));
  return { low: from, high: to, ticks, digits: Math.min(6, digits) };
}

/** The time under the cursor, to the second or finer. */
export function exactTime(t, span, zone) {
  const fine = span < 120 * S ? `.${String(Math.floor((t % S) / 1e5))}` : '';
  return `${clock(t, { weekday: 'short', day: 'numeric', month: 'short' }, zone).replace(',', '')} ${hourSecond(t, zone)}${fine}`;
}

export { digitsFor };
