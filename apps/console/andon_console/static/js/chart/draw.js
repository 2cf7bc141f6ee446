// Draws panels, states and the time axis as SVG. One panel a signal, all on one time axis.

import { digitsFor, duration, hourMinute, hourSecond, number, pace, signalDigits, unit } from '../core/format.js';
import { esc, sentence, t } from '../core/texts.js';
import { stateWord } from '../drawings/lamps.js';
import { timeTicks, valueTicks } from './axis.js';
import { marks } from './events.js';

/** Space beside the plot; on a phone the names of limits stand inside. */
export const margins = (width) => (width < 560 ? { left: 44, right: 10, inside: true } : { left: 56, right: 96, inside: false });

const HEAD = 30; // a panel's name
const GAP = 14; // between panels
const STRIP = 16; // of states
const FOOT = 68; // strip, marks and times
const PLANT_ROW = 18; // plant time below them, where it is another one
const LETTER = 8; // about as wide is one of a panel's name, and so is what stands before it twice
const APART_US = 1e6; // clocks that differ by less are one
const HUES = ['var(--accent)', 'var(--ink)', 'var(--line-3)', 'var(--line-4)'];

/** Whether plant time is another than wall time anywhere in a window. */
export const plantTimeDiffers = (clock, start, stop) => [start, stop].some((t) => Math.abs(clock.plant(t) - t) > APART_US);

/** The space below the panels. */
export const footOf = (differs) => FOOT + (differs ? PLANT_ROW : 0);

/** A signal's name for people. */
export const signalTitle = (spec) => sentence(spec.title || spec.name.replace(/_/g, ' '));

/** Everything as markup, and the panels' geometry for the cursor. */
export function draw({ width, height, view, data, events, specs, machine, zone, now, clock }) {
  const beside = margins(width);
  const plot = { left: beside.left, right: width - beside.right, width: width - beside.left - beside.right, inside: beside.inside };
  const start = view.start;
  const stop = view.stop;
  const x = (time) => plot.left + ((time - start) / (stop - start)) * plot.width;
  const differs = plantTimeDiffers(clock, start, stop);
  const bottom = height - footOf(differs);
  const each = specs.length ? (bottom - GAP * (specs.length - 1)) / specs.length : bottom;
  const ticks = timeTicks(start, stop, plot.width, zone);
  const panels = specs.map((spec, i) => panel({ spec, top: i * (each + GAP), each, data, start, stop, live: view.live, x, plot, machine, hue: HUES[i % HUES.length] }));
  const row = bottom + FOOT - 6;
  const lines = ticks.map((k) => `<path class="tick" d="M${x(k.t)},${bottom + 12 + STRIP + 11}v5"/><text class="t2" x="${x(k.t)}" y="${row}" text-anchor="middle">${k.text}</text>`).join('')
    + (differs ? plantRow({ ticks, x, plot, y: row + PLANT_ROW, clock, zone }) : '');
  const clip = `<clipPath id="plot"><rect x="${plot.left}" y="0" width="${plot.width}" height="${height}"/></clipPath>`;
  const nowLine = !view.live && x(now) <= plot.right && x(now) >= plot.left ? `<path class="now" d="M${x(now)},0V${bottom}"/>` : '';
  return {
    panels, plot, x, start, stop, bottom,
    markup: `<defs>${clip}</defs>${panels.map((p) => p.markup).join('')}${nowLine}${paces({ clock, x, plot, bottom, y: bottom + 12 + STRIP, start, stop })}${strip({ data, x, plot, y: bottom + 12, stop, start, now, clock })}${marks({ events, x, plot, y: bottom + 12 + STRIP })}${lines}`,
  };
}

function panel({ spec, top, each, data, start, stop, live, x, plot, machine, hue }) {
  const points = data.points(spec.name, start, stop);
  const { times, values, every } = points;
  const y0 = top + HEAD;
  const y1 = top + each;
  const seen = values.filter((_, i) => times[i] >= start && times[i] <= stop);
  const range = span(seen, spec);
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
  parts.push(`<g clip-path="url(#plot)"><path class="line" stroke="${hue}" d="${path(times, values, x, y, longest)}"/></g>`);
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

/** Spans as they can be seen: what is narrower than two pixels shares its pixel, which shows what there was most of. */
export function gathered(spans) {
  const found = [];
  let pixel = null; // {at, b, of: Map(state -> width)}
  const close = () => {
    if (!pixel) return;
    const [state] = [...pixel.of].reduce((most, one) => (one[1] > most[1] ? one : most));
    const last = found.at(-1);
    if (last?.mixed && last.state === state && last.b >= pixel.at - 0.5) last.b = pixel.b;
    else found.push({ state, a: pixel.at, b: pixel.b, whole: 0, mixed: true });
    pixel = null;
  };
  for (const span of spans) {
    const width = span.b - span.a;
    if (width >= 2) { close(); found.push(span); continue; }
    if (pixel && Math.floor(span.a) !== Math.floor(pixel.at)) close();
    pixel ??= { at: span.a, b: span.b, of: new Map() };
    pixel.b = Math.max(pixel.b, span.b);
    pixel.of.set(span.state, (pixel.of.get(span.state) ?? 0) + width);
  }
  close();
  return found;
}

/** States as a strip in their colours; what has no colour of its own is open or hatched by its outline. */
function strip({ data, x, plot, y, start, stop, now, clock }) {
  const parts = [`<text class="t2" x="${plot.left - 8}" y="${y + 12}" text-anchor="end">${t('chart.states')}</text><rect class="bed" x="${plot.left}" y="${y}" width="${plot.width}" height="${STRIP}"/>`];
  const spans = [];
  data.states.forEach((s, i) => {
    const end = i === data.states.length - 1 && stop >= s.stop ? Math.min(now, stop) : s.stop;
    const a = Math.max(plot.left, x(Math.max(s.start, start)));
    const b = Math.min(plot.right, x(Math.min(end, stop)));
    if (b > a) spans.push({ state: s.state, a, b, whole: s.start >= start && end <= stop ? end : 0, start: s.start });
  });
  for (const { state, a, b, whole, start: since } of gathered(spans)) {
    parts.push(`<rect class="st ${state}" x="${a.toFixed(1)}" y="${y}" width="${Math.max(0.8, b - a - (b - a > 3 ? 0.8 : 0)).toFixed(1)}" height="${STRIP}"/>`);
    // a duration is said only of what is seen whole
    const lasted = whole && b - a > 150 ? ` ${duration(clock.seconds(since, whole))}` : '';
    if (b - a > 76) parts.push(`<text class="sw ${state}" x="${a + 6}" y="${y + 12}">${stateWord(state)}${lasted}</text>`);
  }
  return parts.join('');
}

/** The plant's time below the time of measurement. */
function plantRow({ ticks, x, plot, y, clock, zone }) {
  const fine = ticks.length > 1 && clock.seconds(ticks[0].t, ticks[1].t) < 60;
  const words = ticks.map((k) => `<text class="t2" x="${x(k.t)}" y="${y}" text-anchor="middle">${(fine ? hourSecond : hourMinute)(clock.plant(k.t), zone)}</text>`);
  return `<text class="t2" x="${plot.left - 8}" y="${y}" text-anchor="end">${t('chart.plant')}</text>${words.join('')}`;
}

/** Where the plant began to live at another pace. */
function paces({ clock, x, plot, bottom, y, start, stop }) {
  return clock.segments.filter((s, i) => i && s.wall > start && s.wall < stop && s.pace !== clock.segments[i - 1].pace).map((s) => {
    const at = x(s.wall).toFixed(1);
    const fits = x(s.wall) < plot.right - 40;
    return `<path class="pace" d="M${at},0V${bottom + 12 + STRIP}"/><text class="t2" x="${fits ? Number(at) + 5 : Number(at) - 5}" y="${y + 12}" text-anchor="${fits ? 'start' : 'end'}">${pace(s.pace)}</text>`;
  }).join('');
}

/** The interval of a time in the list of states. */
export const stateAt = (states, time) => states.findLast?.((s) => s.start <= time) ?? null;
