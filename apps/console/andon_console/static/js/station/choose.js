// Which machine one stands at: lines, and their machines as large targets.

import { callsOf, kindIcon } from '../core/calls.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { counting } from '../core/words.js';
import { lamp, stateWord } from '../drawings/lamps.js';

const KEPT = 'andon.station';

/** The machine where one stood last, or null. */
export function lastPlace() {
  try { return localStorage.getItem(KEPT); } catch { return null; }
}

export function rememberPlace(path) {
  try { localStorage.setItem(KEPT, path); } catch { /* chosen anew next time */ }
}

/** The lines of the plant with their machines, then what stands in none: [{title, machines}]. */
function groups() {
  const lines = (store.plant?.layout?.sites ?? []).flatMap((s) => s.lines ?? []);
  const found = lines.map((l) => ({ title: l.title || l.path, machines: l.stations.map((s) => store.machines.get(s.machine)).filter((m) => m && m.presence !== 'removed') }));
  const inLine = new Set(found.flatMap((g) => g.machines.map((m) => m.id)));
  const rest = store.mine.filter((m) => !inLine.has(m.id) && m.origin !== 'recorded').sort((a, b) => counting(a.id, b.id));
  if (rest.length) found.push({ title: lines.length ? t('strip.rest') : t('station.choose.none'), machines: rest });
  return found.filter((g) => g.machines.length);
}

/** The chooser as markup. */
export function chooserMarkup() {
  const last = lastPlace();
  const target = (m) => {
    const [call] = callsOf(m.id);
    return `<li><a class="place ${m.state}" href="/station/${m.id}" ${m.id === last ? 'aria-current="true"' : ''}>${lamp(m.state, 28, false)}<span style="--n:${m.name.length}"><b>${esc(m.name)}</b><small>${call ? `${kindIcon(call.kind, 13)} ${t(`call.${call.kind}`)}` : esc(m.title || stateWord(m.state))}</small></span></a></li>`;
  };
  return `<h1>${t('station.choose')}</h1>${groups().map((g) => `<section><h2>${esc(g.title)}</h2><ul class="places">${g.machines.map(target).join('')}</ul></section>`).join('')}`;
}

