// The chart at the end of the way: one signal of the followed machine, the last half minute, drawn as its values come.

import { number, quantity, signalDigits, unit } from '../core/format.js';
import { esc, t } from '../core/texts.js';
import { step } from './axis.js';

const SPAN_US = 30e6;
const SIDE = { left: 44, right: 64, top: 18, bottom: 20 };

/** The first process signal of a machine, or the first there is. */
export const signalOf = (machine) => machine?.signals?.find((s) => s.role === 'process' && s.name !== 'buffer_out') ?? machine?.signals?.[0] ?? null;

export class Strip {
  constructor() { this.points = []; }

  /** Another machine: its values are others. */
  clear() { this.points = []; }

  /** What was measured before: {times, values}, oldest first. */
  before({ times, values }) {
    const first = this.points[0]?.[0] ?? Infinity;
    this.points = [...times.map((at, i) => [at, values[i]]).filter(([at]) => at < first), ...this.points];
  }

  add(at, value) {
    this.points.push([at, value]);
    while (this.points[0][0] < at - SPAN_US) this.points.shift();
  }

  /** SVG of so many pixels; `marked` is the stamp of the followed message. */
  markup(spec, width, height, marked) {
    const points = this.points;
    if (!points.length || !spec) return '';
    const last = points.at(-1);
    const [low, high] = range(points.map((p) => p[1]));
    const x = (at) => SIDE.left + ((at - last[0] + SPAN_US) / SPAN_US) * (width - SIDE.left - SIDE.right);
    const y = (v) => height - SIDE.bottom - ((v - low) / (high - low)) * (height - SIDE.top - SIDE.bottom);
    const every = step(high - low, 3);
    const ticks = [];
    for (let v = Math.ceil(low / every) * every; v <= high + every / 1e6; v += every) ticks.push(v);
    const digits = Math.max(0, -Math.floor(Math.log10(every)));
    const line = points.map(([at, v]) => `${x(at).toFixed(1)},${y(v).toFixed(1)}`).join('L');
    const found = points.find(([at]) => at === marked);
    const shown = quantity(last[1], spec.unit, signalDigits(spec));
    return `<svg class="strip-chart" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${esc(t('layers.chart', { signal: spec.title || spec.name, value: shown }))}">
      ${ticks.map((v) => `<path class="rule" d="M${SIDE.left},${y(v)}H${width - SIDE.right}"/><text class="t" x="${SIDE.left - 8}" y="${y(v) + 4.5}" text-anchor="end">${number(v, digits)}</text>`).join('')}
      <text class="t" x="0" y="12">${esc(spec.title || spec.name.replace(/_/g, ' '))}${unit(spec.unit) ? `, ${esc(unit(spec.unit))}` : ''}</text>
      <path class="curve" d="M${line}"/>${found ? `<path class="mark" d="M${x(found[0])},${SIDE.top}V${height - SIDE.bottom}"/><circle class="dot" cx="${x(found[0])}" cy="${y(found[1])}" r="5"/>` : ''}
      <text class="now" x="${width - SIDE.right + 8}" y="${y(last[1]) + 5}">${number(last[1], signalDigits(spec))}</text>
      <text class="t" x="${SIDE.left}" y="${height - 3}">${t('layers.chart.ago')}</text><text class="t" x="${width - SIDE.right}" y="${height - 3}" text-anchor="end">${t('layers.chart.to')}</text></svg>`;
  }
}

/** A little more than the values need; never nothing. */
function range(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low || Math.abs(high) || 1) * 0.12;
  return [low - room, high + room];
}
