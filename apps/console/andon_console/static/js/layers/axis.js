// The hops of one message on a time axis true to scale, in two lanes. Where the last hop lies far behind the others the
// axis is broken once, and says so.

import { number } from '../core/format.js';
import { esc, t } from '../core/texts.js';
import { ms } from './figures.js';

const LANES = { seen: 14, kept: 74 };
const FEET = 44; // the axis itself, between the lanes
const SAYS = 103; // what the ticks say
export const HEIGHT = 108;
const GAP = 26; // of two numbers, at least
const SIDE = { left: 92, right: 24 };
const BREAK = 96; // px behind the break
const FAR = 2.2; // the last hop is behind a break if it takes so many times as long as all others

/** A step of 1, 2 or 5 times a power of ten, so that about `count` of them fit. */
export function step(length, count) {
  const raw = length / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * [1, 2, 5, 10].find((f) => f * power >= raw);
}

/** {x(ms), end, broken}: the scale of these hops on so many pixels. */
export function scale(hops, width) {
  const known = hops.filter((h) => h.ms !== null).map((h) => h.ms);
  const least = Math.min(0, ...known);
  const last = Math.max(0.1, ...known);
  const others = Math.max(0.1, ...hops.filter((h) => h.ms !== null && h.hop !== 'watermark').map((h) => h.ms));
  const broken = last > others * FAR;
  const end = broken ? others * 1.04 : last;
  const right = width - SIDE.right - (broken ? BREAK : 0);
  const x = (v) => (broken && v > end ? width - SIDE.right - 12 : SIDE.left + ((v - least) / (end - least)) * (right - SIDE.left));
  return { x, end, broken, right, least };
}

/** Push numbers apart that would cover each other, as little as it takes, without changing their order. */
export function apart(wanted, low, high) {
  const placed = wanted.map((x) => Math.max(low, x));
  for (let i = 1; i < placed.length; i += 1) placed[i] = Math.max(placed[i], placed[i - 1] + GAP);
  for (let i = placed.length - 1, most = high; i >= 0; i -= 1, most -= GAP) {
    most = Math.min(most, placed[i]);
    placed[i] = most;
  }
  return placed;
}

/** The axis as SVG; `chosen` is the hop that is looked at. */
export function axisMarkup(hops, width, chosen) {
  const s = scale(hops, width);
  const label = hops.filter((h) => h.ms !== null).map((h) => `${t(`layers.hop.${h.hop}`)} ${ms(h.ms)}`).join(', ');
  return `<svg class="axis" width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}" role="img" aria-label="${esc(t('layers.axis', { hops: label }))}">
    ${rule(s, width)}${['seen', 'kept'].map((lane) => laneMarkup(lane, hops, s, width, chosen)).join('')}</svg>`;
}

function rule({ x, end, broken, right, least }, width) {
  const every = step(end - least, Math.max(3, Math.floor((right - SIDE.left) / 130)));
  const ticks = [];
  for (let v = 0; v <= end; v += every) ticks.push(v);
  const cut = broken ? `<path class="cut" d="M${right + 10},${FEET + 7}l6,-14M${right + 17},${FEET + 7}l6,-14"/><path class="rule" d="M${right + 24},${FEET}H${width - SIDE.right}"/>
    <text class="t" x="${width - SIDE.right}" y="${SAYS}" text-anchor="end">${t('layers.axis.broken')}</text>` : '';
  return `<path class="rule" d="M${SIDE.left},${FEET}H${broken ? right + 10 : right}"/>${cut}${ticks.map((v) => `<path class="tick" d="M${x(v)},8V90"/><text class="t" x="${x(v)}" y="${SAYS}" text-anchor="middle">${number(v, Math.max(0, -Math.floor(Math.log10(every))))}\u2009ms</text>`).join('')}`;
}

function laneMarkup(lane, hops, s, width, chosen) {
  const mine = hops.filter((h) => h.ms !== null && (h.lane === lane || h.lane === 'both')).sort((a, b) => a.ms - b.ms || a.no - b.no);
  const y = LANES[lane];
  const up = lane === 'seen' ? 1 : -1;
  const places = apart(mine.map((h) => s.x(h.ms)), SIDE.left, width - SIDE.right - 2);
  const title = `<text class="lane" x="0" y="${y + 4.5}">${t(`layers.lane.${lane}`)}</text>`;
  const from = mine.length ? `<path class="run" d="M${s.x(mine[0].ms)},${FEET - up * 3}H${Math.min(s.x(mine.at(-1).ms), s.broken ? s.right : Infinity)}"/>` : '';
  return title + from + mine.map((h, i) => `<g class="hop${h.hop === chosen ? ' chosen' : ''}" data-hop="${h.hop}"><path class="lead" d="M${s.x(h.ms)},${FEET - up * 3}V${FEET - up * 9}L${places[i]},${y + up * 11}"/>
    <circle cx="${places[i]}" cy="${y}" r="11"/><text x="${places[i]}" y="${y + 4.5}" text-anchor="middle">${h.no}</text></g>`).join('');
}
