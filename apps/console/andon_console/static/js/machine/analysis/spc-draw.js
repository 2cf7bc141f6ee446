// A control chart as SVG: points, centre, limits; what is out of control has a shape and a colour of its own.

import { digitsFor, hourMinute, hourSecond, number, unit } from '../../core/format.js';
import { esc, has, t } from '../../core/texts.js';
import { timeTicks, valueTicks } from '../../chart/axis.js';

const HEAD = 26;
const EACH = 190;
const FOOT = 28;
const SECOND_US = 1e6;

/** A stepped line through limits that may differ from point to point. */
function steps(times, values, x, y) {
  let d = '';
  values.forEach((v, i) => { if (Number.isFinite(v)) d += d && Number.isFinite(values[i - 1]) ? `H${x(times[i]).toFixed(1)}V${y(v).toFixed(1)}` : `M${x(times[i]).toFixed(1)},${y(v).toFixed(1)}`; });
  return d;
}

/** Indexes that complete a pattern -> its words, and the points that belong to one. */
export function outside(panel) {
  const ends = new Map();
  const among = new Set();
  for (const v of panel.violations) {
    ends.set(v.index, [...(ends.get(v.index) ?? []), v]);
    for (const i of v.points) among.add(i);
  }
  return { ends, among };
}

/** The digits that suit a panel's values. */
export function digitsOf(panel) {
  const all = [...panel.values, ...panel.lower, ...panel.upper].filter(Number.isFinite);
  return all.length ? digitsFor(Math.max(...all) - Math.min(...all)) : 2;
}

/** All panels below each other, at a width. */
export function spcDraw(chart, width, zone) {
  // one time axis for all of them: what happened together stands in one column, though a range has no first value
  const times = chart.panels.flatMap((p) => p.times);
  const span = [Math.min(...times), Math.max(...times)];
  const each = chart.panels.map((panel, i) => one(panel, chart, span, i * (HEAD + EACH + FOOT), width, zone));
  const out = chart.panels.reduce((n, p) => n + outside(p).ends.size, 0);
  const label = t('spc.label', { characteristic: chart.characteristic, count: chart.panels[0]?.values.length ?? 0, out });
  return `<svg class="spc" width="${width}" height="${chart.panels.length * (HEAD + EACH + FOOT)}" role="img" aria-label="${esc(label)}">${each.join('')}</svg>`;
}

function one(panel, chart, [first, last], top, width, zone) {
  const narrow = width < 560;
  const left = 56;
  const right = narrow ? width - 8 : width - 150;
  const { times, values, lower, upper, centre } = panel;
  const seen = [...values, ...lower, ...upper, ...centre].filter(Number.isFinite);
  const scale = valueTicks(Math.min(...seen), Math.max(...seen), 4);
  const y0 = top + HEAD;
  const y1 = y0 + EACH;
  const y = (v) => y1 - ((v - scale.low) / (scale.high - scale.low)) * EACH;
  const x = (time) => left + 8 + ((time - first) / Math.max(last - first, SECOND_US)) * (right - left - 16);
  const digits = digitsOf(panel);
  const shown = unit(chart.unit || '1');
  const parts = [`<text class="tb" x="0" y="${top + 14}">${esc(has(`spc.panel.${panel.name}`) ? t(`spc.panel.${panel.name}`) : panel.name)}${shown ? `<tspan class="t2" dx="6">${esc(shown)}</tspan>` : ''}</text>`];
  for (const v of scale.ticks) parts.push(`<path class="rule" d="M${left},${y(v)}H${right}"/><text class="t2" x="${left - 8}" y="${y(v) + 4}" text-anchor="end">${number(v, scale.digits)}</text>`);
  const names = []; // of the limits, over all else
  for (const [name, line] of [['upper', upper], ['centre', centre], ['lower', lower]]) {
    const end = line.findLast(Number.isFinite);
    // a sum, or T2, has its limit on one side: the other line is the centre itself
    if (end === undefined || (name !== 'centre' && line.every((v, i) => v === centre[i]) && values.some((v) => v !== end))) continue;
    parts.push(`<path class="${name === 'centre' ? 'mid' : 'limit'}" d="${steps(times, line, x, y)}"/>`);
    const words = `${t(`spc.${name}`)} ${number(end, digits)}`;
    // on a phone the centre's name would stand among the points; the others stand where the oldest are, and over them
    const [at, high, where] = !narrow ? [right + 8, y(end) + 4, 'start'] : name === 'centre' ? [right - 4, top + 14, 'end'] : [left + 4, y(end) - 5, 'start'];
    names.push(`<text class="t2 ${narrow ? 'inside' : ''}" x="${at}" y="${high}" text-anchor="${where}">${words}</text>`);
  }
  parts.push(`<path class="join" d="${values.map((v, i) => `${i ? 'L' : 'M'}${x(times[i]).toFixed(1)},${y(v).toFixed(1)}`).join('')}"/>`);
  const { ends, among } = outside(panel);
  values.forEach((v, i) => {
    const rules = ends.get(i) ?? [];
    const title = `<title>${esc([`${hourSecond(times[i], zone)}: ${number(v, digits)} ${shown}`.trim(), ...rules.map((r) => r.text)].join('; '))}</title>`;
    const at = `transform="translate(${x(times[i]).toFixed(1)} ${y(v).toFixed(1)})"`;
    if (rules.length) parts.push(`<path class="out" ${at} d="M0,-7L7,0L0,7L-7,0z">${title}</path>`);
    else parts.push(`<circle class="${among.has(i) ? 'among' : 'in'}" ${at} r="${among.has(i) ? 4 : 2.8}">${title}</circle>`);
  });
  for (const k of timeTicks(first, last, right - left, zone)) parts.push(`<text class="t2" x="${x(k.t)}" y="${y1 + 20}" text-anchor="middle">${k.text ?? hourMinute(k.t, zone)}</text>`);
  return [...parts, ...names].join('');
}
