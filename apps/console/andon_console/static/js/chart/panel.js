// Draws one signal's panel as SVG.

import { digitsFor, number, signalDigits, unit } from '../core/format.js';
import { esc, sentence, t } from '../core/texts.js';
import { valueTicks } from './axis.js';

const HEAD = 30; // a panel's name
const LETTER = 8; // about as wide is one of a panel's name, and so is what stands before it twice

/** A signal's name for people. */
export const signalTitle = (spec) => sentence(spec.title || spec.name.replace(/_/g, ' '));

/** A signal's panel: name, axis, limits, line, and around the means a band from lowest to highest. */
export function panel({ spec, top, each, data, start, stop, live, x, plot, machine, hue }) {
  const points = data.points(spec.name, start, stop);
  const { times, values, lows, highs, every } = points;
  const y0 = top + HEAD;
  const y1 = top + each;
  const within = (_, i) => times[i] >= start && times[i] <= stop;
  const seen = values.filter(within);
  const range = span(lows ? [...lows.filter(within), ...highs.filter(within)] : seen, spec);
  const scale = valueTicks(range[0], range[1], Math.max(2, Math.floor((y1 - y0) / 46)));
  const y = (v) => y1 - ((v - scale.low) / (scale.high - scale.low)) * (y1 - y0);
  const shown = unit(spec.unit);
  const digits = Math.max(scale.digits, Math.min(signalDigits(spec), digitsFor(scale.high - scale.low)));
  const name = signalTitle(spec);
  const fits = Math.floor(plot.right / LETTER) - 2 - (shown ? shown.length + 1 : 0);
  // no line is long enough for every name: cut it shows that it is, and says the rest
  const said = name.length <= fits ? esc(name) : `<title>${esc(name)}</title>${esc(name.slice(0, fits - 1).trimEnd())}…`;
  const parts = [`<text class="tb" x="0" y="${top + 14}"><tspan fill="${hue}" class="key">●</tspan> ${said}${shown ? `<tspan class="t2" dx="6">${esc(shown)}</tspan>` : ''}</text>`];
  for (const v of scale.ticks) parts.push(`<path class="rule" d="M${plot.left},${y(v)}H${plot.right}"/><text class="t2" x="${plot.left - 8}" y="${y(v) + 4}" text-anchor="end">${number(v, scale.digits)}</text>`);
  for (const [limit, name] of [[spec.high_limit, 'high'], [spec.low_limit, 'low']]) {
    if (limit === null || limit === undefined || limit < scale.low || limit > scale.high) continue;
    parts.push(`<path class="limit" d="M${plot.left},${y(limit)}H${plot.right}"/>${limitName(name, plot, y(limit))}`);
  }
  const longest = 3 * Math.max(every || 0, machine.interval_s * 1e6, 1e6 / (spec.rate_hz || 1));
  const band = lows ? `<path class="band" fill="${hue}" d="${area({ times, lows, highs }, x, y, longest)}"/>` : '';
  parts.push(`<g clip-path="url(#plot)">${band}<path class="line" stroke="${hue}" d="${path(times, values, x, y, longest)}"/></g>`);
  const last = times.length - 1;
  // the newest value; in the past there is none
  if (live && last >= 0 && stop - times[last] < longest && x(times[last]) <= plot.right + 2) {
    const value = y(values[last]);
    parts.push(`<circle cx="${Math.min(x(times[last]), plot.right)}" cy="${value}" r="3.5" fill="${hue}"/>`);
  }
  if (!seen.length) parts.push(`<text class="t2" x="${plot.left + plot.width / 2}" y="${(y0 + y1) / 2}" text-anchor="middle">${t('chart.none')}</text>`);
  return { spec, points, y, y0, y1, digits, hue, longest, markup: parts.join('') };
}

const limitName = (name, plot, y) => (plot.inside
  ? `<text class="t2 inside" x="${plot.right - 4}" y="${y - 5}" text-anchor="end">${t(`chart.${name}`)}</text>`
  : `<text class="t2" x="${plot.right + 8}" y="${y + 4}">${t(`chart.${name}`)}</text>`);

/** What the axis shows: the values seen with some air, and a limit that is near. */
function span(values, spec) {
  if (!values.length) return [spec.minimum, spec.maximum];
  let low = Infinity;
  let high = -Infinity;
  for (const v of values) { if (v < low) low = v; if (v > high) high = v; }
  // never so close that noise looks like a mountain
  const least = Math.max((spec.maximum - spec.minimum) * 0.02, Math.abs(high) * 1e-4, 1e-9);
  if (high - low < least) { const middle = (high + low) / 2; low = middle - least / 2; high = middle + least / 2; }
  const air = (high - low) * 0.08;
  const reach = high - low;
  for (const limit of [spec.low_limit, spec.high_limit]) {
    if (limit === null || limit === undefined) continue;
    if (limit > high && limit - high < reach * 1.2) high = limit;
    if (limit < low && low - limit < reach * 1.2) low = limit;
  }
  const floor = spec.minimum >= 0 && low >= 0 ? 0 : -Infinity;
  return [Math.max(low - air, floor), high + air];
}

function path(times, values, x, y, longest) {
  let d = '';
  for (let i = 0; i < times.length; i += 1) {
    const broken = i === 0 || times[i] - times[i - 1] > longest;
    const alone = broken && (i + 1 >= times.length || times[i + 1] - times[i] > longest);
    d += `${broken ? 'M' : 'L'}${x(times[i]).toFixed(1)},${y(values[i]).toFixed(1)}${alone ? 'h.01' : ''}`;
  }
  return d;
}

/** Between the lowest and the highest of each bucket; a bucket alone is as wide as a line. */
function area({ times, lows, highs }, x, y, longest) {
  const corner = (i, of) => `${x(times[i]).toFixed(1)},${y(of[i]).toFixed(1)}`;
  let d = '';
  for (let from = 0, i = 1; i <= times.length; i += 1) {
    if (i < times.length && times[i] - times[i - 1] <= longest) continue;
    const run = Array.from({ length: i - from }, (_, k) => from + k);
    const back = run.length > 1 ? run.toReversed() : run;
    d += `M${run.map((k) => corner(k, highs)).join('L')}${run.length > 1 ? '' : 'h1'}L${back.map((k) => corner(k, lows)).join('L')}${run.length > 1 ? '' : 'h1'}Z`;
    from = i;
  }
  return d;
}
