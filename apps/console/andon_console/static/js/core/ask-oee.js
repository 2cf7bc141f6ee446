// The OEE of the running shift; while no shift runs, of the last eight hours.

import { api, query } from './api.js';

const RUNNING = { shift: 'current', or_range: true, start: '-8h', stop: 'now' };

/** The report for `of` ({machine} or {place}) in another time than the running shift, if `span` says one. Without it
 * the report's `shift` is null if no shift runs and the range is the last eight hours. Throws ApiError. */
export const askOee = (of, span = RUNNING) => api(`/oee${query({ ...of, ...span })}`);

/** The factor that costs most, or null where one is not known. */
export function worstFactor(kpis) {
  const factors = ['availability', 'effectiveness', 'quality_ratio'];
  if (factors.some((f) => kpis[f] === null)) return null;
  const worst = factors.reduce((a, b) => (kpis[b] < kpis[a] ? b : a));
  return kpis[worst] < 0.995 ? worst : 'none';
}

const KINDS = { down: 'down', setup: 'setup', starved: 'waiting', blocked: 'waiting' };

/** The kind of stop that took more than half of what `losses` (as the API gives them) count: down, setup, waiting; or null. */
export function mainStop(losses) {
  const kinds = new Map();
  for (const { state, s } of losses) kinds.set(KINDS[state], (kinds.get(KINDS[state]) ?? 0) + s);
  const whole = losses.reduce((sum, { s }) => sum + s, 0);
  return [...kinds].find(([kind, s]) => kind && s > whole / 2)?.[0] ?? null;
}
