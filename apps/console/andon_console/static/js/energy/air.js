// What the compressor supplies beyond what the machines' work explains, as one bar and a sentence.

import { number } from '../core/format.js';
import { esc, t } from '../core/texts.js';
import { nameOf } from '../core/words.js';
import { lamp } from '../drawings/lamps.js';

/** The card's markup for an answer of /energy/air. */
export function airMarkup(air) {
  if (air.problem) return `<h2>${t('energy.air')}</h2><p class="q">${esc(t('energy.air.unknown', { why: air.problem }))}</p>`;
  const leaks = air.leak > 0;
  const title = leaks ? t('energy.air.leak', { flow: number(air.leak, 1), share: number(100 * air.leak_share, 0) }) : t('energy.air.tight');
  const whole = Math.max(air.supplied, air.expected, 1e-9);
  const explained = Math.min(air.expected, air.supplied);
  const width = (v) => `${((100 * v) / whole).toFixed(1)}%`;
  const more = leaks && air.leak_kwh !== null ? `<p>${t('energy.air.cost', { kwh: number(air.leak_kwh, 1) })}</p>` : '';
  return `<h2>${leaks ? lamp('starved', 22) : ''}${title}</h2>
    <div class="split" role="img" aria-label="${esc(title)}"><i class="work" style="width:${width(explained)}"></i>${leaks ? `<i class="leak" style="width:${width(air.leak)}"></i>` : ''}</div>
    <p class="q s">${t('energy.air.figures', { supplied: number(air.supplied, 2), expected: number(air.expected, 2), error: number(air.error, 2) })}</p>${more}<p class="q s">${t('energy.air.how')}</p><p class="whences">${air.suppliers.map((m) => `<andon-origin figure="air_leak" machine="${esc(m)}" start="${air.start}" stop="${air.stop}" label="${esc(t('energy.air.origin', { name: nameOf(m) }))}"></andon-origin>`).join('')}</p>`;
}
