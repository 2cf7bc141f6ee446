// How each figure was computed, on demand: value, unit, formula, and what the standard's letters mean.

import { duration, number } from '../../core/format.js';
import { esc, has, t } from '../../core/texts.js';

const TIMES = new Set(['mtbf_s', 'mttr_s']);
const LETTERS = ['APT', 'PBT', 'AUBT', 'AUPT', 'AOET', 'ADET', 'ASUT', 'PRI', 'PQ', 'GQ', 'SQ'];

/** A figure with its unit. */
export function figure(name, value) {
  if (value === null) return '–';
  if (TIMES.has(name)) return duration(value);
  if (name === 'throughput_per_h') return `${number(value, 1)}\u20091/h`;
  return `${number(100 * value, 1)}\u2009%`;
}

const title = (name) => (has(`oee.kpi.${name}`) ? t(`oee.kpi.${name}`) : name);

/** Rows of the table, and the letters below it. */
export function formulas(found, figures) {
  const rows = Object.entries(found).map(([name, formula]) => `<tr><th scope="row">${esc(title(name))}</th><td class="num">${figure(name, figures.kpis[name] ?? null)}</td><td class="mono">${esc(formula)}</td></tr>`);
  const used = LETTERS.filter((l) => Object.values(found).some((f) => new RegExp(`\\b${l}\\b`).test(f)));
  const value = (l) => {
    if (figures.pieces[l] !== undefined) return number(figures.pieces[l]);
    return figures.times_s[l] === undefined ? '' : duration(figures.times_s[l]);
  };
  return `<table><thead><tr><th>${t('oee.formula.figure')}</th><th class="num">${t('oee.formula.value')}</th><th>${t('oee.formula.formula')}</th></tr></thead><tbody>${rows.join('')}</tbody></table>
    <dl>${used.map((l) => `<div><dt class="mono">${l}</dt><dd>${esc(t(`oee.letter.${l}`))}<span class="q"> ${value(l)}</span></dd></div>`).join('')}</dl><p class="q s">${t('oee.formula.source')}</p>`;
}
