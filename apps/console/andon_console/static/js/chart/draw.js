// Draws panels, states and the time axis as SVG. One panel a signal, all on one time axis.

import { duration, hourMinute, hourSecond, pace } from '../core/format.js';
import { t } from '../core/texts.js';
import { stateWord } from '../drawings/lamps.js';
import { timeTicks } from './axis.js';
import { marks } from './events.js';
import { panel } from './panel.js';

/** Space beside the plot; on a phone the names of limits stand inside. */
export const margins = (width) => (width < 560 ? { left: 44, right: 10, inside: true } : { left: 56, right: 96, inside: false });

const GAP = 14; // between panels
const STRIP = 16; // of states
const FOOT = 68; // strip, marks and times
const PLANT_ROW = 18; // plant time below them, where it is another one
const PACE_AT = 27; // below the first panel's name, where no event has its mark
const APART_US = 1e6; // clocks that differ by less are one
const HUES = ['var(--accent)', 'var(--ink)', 'var(--line-3)', 'var(--line-4)'];

/** Whether plant time is another than wall time anywhere in a window. */
export const plantTimeDiffers = (clock, start, stop) => [start, stop].some((t) => Math.abs(clock.plant(t) - t) > APART_US);

/** The space below the panels. */
export const footOf = (differs) => FOOT + (differs ? PLANT_ROW : 0);

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
    markup: `<defs>${clip}</defs>${panels.map((p) => p.markup).join('')}${nowLine}${paces({ clock, x, plot, bottom, start, stop })}${strip({ data, x, plot, y: bottom + 12, stop, start, now, clock })}${marks({ events, x, plot, y: bottom + 12 + STRIP })}${lines}`,
  };
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
  // the first may stand where the row says what it is
  const words = ticks.filter((k) => !plot.inside || x(k.t) > plot.left + 26).map((k) => `<text class="t2" x="${x(k.t)}" y="${y}" text-anchor="middle">${(fine ? hourSecond : hourMinute)(clock.plant(k.t), zone)}</text>`);
  return `<text class="t2" x="${plot.left - 8}" y="${y}" text-anchor="end">${t('chart.plant')}</text>${words.join('')}`;
}

/** Where the plant began to live at another pace. */
function paces({ clock, x, plot, bottom, start, stop }) {
  return clock.segments.filter((s, i) => i && s.wall > start && s.wall < stop && s.pace !== clock.segments[i - 1].pace).map((s) => {
    const at = x(s.wall).toFixed(1);
    const fits = x(s.wall) < plot.right - 40;
    return `<path class="pace" d="M${at},0V${bottom + 12 + STRIP}"/><text class="t2 inside" x="${fits ? Number(at) + 5 : Number(at) - 5}" y="${PACE_AT}" text-anchor="${fits ? 'start' : 'end'}">${pace(s.pace)}</text>`;
  }).join('');
}

/** The interval of a time in the list of states. */
export const stateAt = (states, time) => states.findLast?.((s) => s.start <= time) ?? null;
