// Limits that were kept for a characteristic, as choices of a list.

import { api, query } from '../../core/api.js';
import { day, hourMinute } from '../../core/format.js';
import { esc, t } from '../../core/texts.js';

/** Newest first; limits of the plotted panel say how many points they came from. */
export async function keptOf(machine, characteristic, chart) {
  const { limits } = await api(`/spc/limits${query({ machine, characteristic })}`);
  return limits.filter((row) => row.chart === chart);
}

/** Options: limits of what is shown, or those kept. */
export function keptOptions(rows, chosen, zone) {
  const kept = rows.map((row) => `<option value="${esc(row.id)}"${row.id === chosen ? ' selected' : ''}>${esc(t('spc.kept', { time: `${day(row.made, zone)} ${hourMinute(row.made, zone)}`, count: row.limits[0]?.basis?.count ?? '–' }))}</option>`);
  return `<option value="">${t('spc.own')}</option>${kept.join('')}`;
}
