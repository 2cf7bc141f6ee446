// Alarms as people meet them: which need somebody, in what order, in which words; and what one does to them.

import { api, may } from './api.js';
import { store } from './store.js';
import { sentence, t } from './texts.js';

/** States of ISA-18.2, what needs somebody first; `normal` is not among them. */
export const ORDER = ['unacknowledged', 'returned', 'acknowledged', 'shelved', 'out-of-service'];
const RANK = { critical: 0, warning: 1, information: 2 };
/** The lamp's shape and hue of a severity: down's red, starved's amber, blue. */
export const HUE = { critical: 'down', warning: 'starved', information: 'info' };

/** Whether nobody has acknowledged it. */
export const unseen = (alarm) => alarm.state === 'unacknowledged' || alarm.state === 'returned';

/** Whether it blinks: critical, there, and nobody has seen it. */
export const shouts = (alarm) => alarm.state === 'unacknowledged' && alarm.severity === 'critical';

export const byUrgency = (a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || RANK[a.severity] - RANK[b.severity] || b.raised - a.raised || (a.id < b.id ? -1 : 1);

/** The alarms of the chosen plant, the most urgent first. */
export const ofPlant = () => [...store.alarms.values()].filter((a) => a.machine.startsWith(`${store.enterprise}/`)).sort(byUrgency);

/** The alarms of a machine that are there and not silenced, the most urgent first. */
export const ofMachine = (path) => [...store.alarms.values()].filter((a) => a.machine === path && (a.state === 'unacknowledged' || a.state === 'acknowledged')).sort(byUrgency);

/** What an alarm says, in its machine's words. */
export const saying = (alarm) => sentence(alarm.text || alarm.code.replace(/[-_]/g, ' '));

export const mayHandle = () => may('alarm:handle');
export const mayService = () => may('alarm:service');

/** Do something to an alarm: acknowledge, shelve, unshelve, comment, service. Throws ApiError. */
export async function handle(what, id, body = {}) {
  const alarm = await api(`/alarms/${what}`, { method: 'POST', body: { id, ...body } });
  store.alarm(alarm);
  return alarm;
}

/** Acknowledge several; {done, failed: the first error or null}. */
export async function acknowledgeAll(ids) {
  const results = await Promise.allSettled(ids.map((id) => handle('acknowledge', id)));
  return { done: results.filter((r) => r.status === 'fulfilled').length, failed: results.find((r) => r.status === 'rejected')?.reason ?? null };
}
