// A row a machine: what it took as a bar of its states, to scale; what stood idle and why in the states' colours.

import { number } from '../core/format.js';
import { esc, t } from '../core/texts.js';
import { nameOf } from '../core/words.js';
import { lamp, STATES, stateWord } from '../drawings/lamps.js';

/** From what serves a product to what does not. */
const ORDER = ['producing', 'setup', 'starved', 'blocked', 'down', 'idle', 'planned', 'offline'];

/** Kilowatt-hours with as many digits as they deserve. */
export const kwh = (value) => number(value, value !== null && Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0);

const share = (part, all) => (all > 0 ? (100 * part) / all : 0);

/** The table of all machines, the largest user first; `when` is {start, stop}, to follow a figure back. */
export function energyTable(machines, when) {
  const rows = [...machines].sort((a, b) => b.kwh - a.kwh);
  const most = Math.max(...rows.map((m) => m.kwh), 1e-9);
  const used = ORDER.filter((s) => rows.some((m) => share(m.by_state[s] ?? 0, m.kwh) > 0.5));
  const legend = used.map((s) => `<span class="split"><i class="${s}"></i>${lamp(s, 16, false)}${esc(stateWord(s))}</span>`).join('');
  return `<p class="legend" aria-hidden="true">${legend}</p><div class="wide"><table><thead><tr>${['machine', 'split', 'kwh', 'piece', 'idle', 'origin'].map((c) => `<th scope="col" class="${c}">${t(`energy.column.${c}`)}</th>`).join('')}</tr></thead><tbody>${rows.map((m) => row(m, most, when)).join('')}</tbody></table></div>`;
}

function row(m, most, { start, stop }) {
  const parts = ORDER.map((s) => [s, m.by_state[s] ?? 0]).filter(([, v]) => v > 0);
  const said = parts.map(([s, v]) => `${stateWord(s)} ${kwh(v)} kWh`).join(', ');
  const bar = parts.map(([s, v]) => `<i class="${STATES.includes(s) ? s : 'offline'}" style="width:${share(v, m.kwh).toFixed(2)}%" title="${esc(`${stateWord(s)}: ${kwh(v)} kWh`)}"></i>`).join('');
  const idle = m.idle_share === null ? '–' : `${number(100 * m.idle_share, 0)}<small> %</small>`;
  return `<tr data-machine="${esc(m.machine)}"><th scope="row"><a href="/machine/${esc(m.machine)}">${esc(nameOf(m.machine))}</a></th>
    <td class="split"><span role="img" aria-label="${esc(said)}" style="width:${share(m.kwh, most).toFixed(2)}%">${bar}</span></td>
    <td class="r num">${kwh(m.kwh)}<small> kWh</small></td><td class="r num">${m.kwh_per_piece === null ? '–' : `${number(m.kwh_per_piece, 2)}<small> kWh</small>`}</td><td class="r num${m.idle_share > 0.25 ? ' much' : ''}">${idle}</td><td class="origin"><andon-origin figure="kwh" machine="${esc(m.machine)}" start="${start}" stop="${stop}" label="${t('energy.origin')}" said="${esc(t('origin.of.signal', { name: nameOf(m.machine) }))}"></andon-origin></td></tr>`;
}
