// Belts and buffers between tiles. Where several stations feed several others, their belts share one channel.

import { RAIL, TILE, TURN } from './sizes.js';

const BEND = 26; // radius of a curve
const SHIFT = 16; // between channels in one gap
const HEAD = 44; // from a channel to the tile it leads to (a plate reaches 12 beyond its tile)
const PLACE = 25; // one place of a buffer along a belt
const PLATE = 16; // a plate ends here beside its tile; larger words make it wider
const WIDER = 36;
const BELOW = 82; // from a row's belt to the first line of words below its tile's plate
const STANDING = 48; // one place along a falling belt

/** All belts, buffers and notes (feeds that no belt can show) of the bands. */
export function beltsOf(bands, width, { EXIT, up }) {
  const out = { belts: [], buffers: [], notes: [], plate: PLATE + WIDER * (up - 1), up };
  const where = new Map(bands.flatMap((band, b) => band.tiles.map((tile) => [tile.machine, { tile, band, b }])));
  bands.forEach((band, b) => {
    for (let c = 0; c < band.columns.length; c += 1) {
      const sources = band.tiles.filter((x) => x.column === c);
      const next = c + 1 < band.columns.length ? { band, column: c + 1 } : band.feedsNext ? { band: bands[b + 1], column: 0 } : null;
      const targets = next ? next.band.tiles.filter((x) => x.column === next.column) : [];
      groupsOf(sources, targets).forEach((group, k) => connect(out, group, band, next?.band === band, width, k));
      for (const s of sources) if (!s.wired) loose(out, s, band, width, EXIT, where);
    }
    for (const tile of band.tiles) if (!tile.entered) out.belts.push(lead(tile, band.direction));
    notes(out, band, where);
  });
  return out;
}

/** Sources and targets that belong together because feeds join them. */
function groupsOf(sources, targets) {
  const groups = [];
  for (const s of sources) {
    const to = targets.filter((x) => s.station.feeds.includes(x.machine));
    if (!to.length) continue;
    const touched = groups.filter((g) => g.targets.some((x) => to.includes(x)));
    const merged = { sources: [...touched.flatMap((g) => g.sources), s], targets: [...new Set([...touched.flatMap((g) => g.targets), ...to])] };
    groups.splice(0, groups.length, ...groups.filter((g) => !touched.includes(g)), merged);
  }
  return groups;
}

const middle = (tile) => tile.x + TILE / 2;
const railOf = (tile) => tile.y + RAIL;

/** The belts of one group: straight where rows meet, along one channel where they do not. */
function connect(out, { sources, targets }, band, within, width, k) {
  const direction = band.direction;
  const to = targets[0];
  const channel = within
    ? (direction > 0 ? to.x - HEAD - k * SHIFT : to.x + TILE + HEAD + k * SHIFT)
    : (direction > 0 ? width - TURN - k * SHIFT : TURN + k * SHIFT);
  const ys = [...new Set([...sources, ...targets].map(railOf))].sort((a, b) => a - b);
  const from = new Map(sources.map((s) => [railOf(s), s]));
  const into = new Map(targets.map((x) => [railOf(x), x]));
  const straight = (y) => within && from.has(y) && into.has(y);
  for (const s of sources) {
    s.wired = true;
    s.reached = new Set(targets.map((x) => x.machine));
  }
  for (const x of targets) x.entered = true;
  for (const y of ys) if (straight(y)) out.belts.push(belt(`M${middle(from.get(y))},${y}H${middle(into.get(y))}`, [from.get(y)], into.get(y)));
  for (let i = 0; i + 1 < ys.length; i += 1) {
    const [top, bottom] = [ys[i], ys[i + 1]];
    const above = sources.filter((s) => railOf(s) <= top);
    const below = sources.filter((s) => railOf(s) >= bottom);
    const down = above.some((s) => targets.some((x) => railOf(x) >= bottom && s.station.feeds.includes(x.machine)));
    const up = below.some((s) => targets.some((x) => railOf(x) <= top && s.station.feeds.includes(x.machine)));
    if (!down && !up) continue;
    const [y1, y2] = down ? [top, bottom] : [bottom, top];
    out.belts.push(belt(bend(y1, y2, channel, straight, from, into), down ? above : below, into.get(y2)));
  }
  const joined = ys.length > 1;
  for (const s of sources) {
    if (!s.station.buffer) continue;
    if (!within && sources.length === 1) standing(out, s, channel, railOf(s), railOf(to));
    else lying(out, s, direction, within ? (joined ? channel : (direction > 0 ? to.x - 6 : to.x + TILE + 6)) : channel, joined || !within);
  }
}

/** From a row to another along the channel, with curves at its ends unless a straight belt passes there. */
function bend(y1, y2, channel, straight, from, into) {
  const sign = Math.sign(y2 - y1);
  const r = Math.min(BEND, Math.abs(y2 - y1) / 2);
  const source = from.get(y1) ?? into.get(y1);
  const target = into.get(y2) ?? from.get(y2);
  const start = straight(y1) ? `M${channel},${y1 + sign * 6}` : curveIn(middle(source), y1, channel, r, sign);
  const end = straight(y2) ? `V${y2 - sign * 6}` : `V${y2 - sign * r}q0,${sign * r} ${Math.sign(middle(target) - channel) * r},${sign * r}H${middle(target)}`;
  return start + end;
}

const curveIn = (x, y, channel, r, sign) => {
  const side = Math.sign(channel - x);
  return `M${x},${y}H${channel - side * r}q${side * r},0 ${side * r},${sign * r}`;
};

const belt = (path, sources, target) => ({ path, machines: sources.map((s) => s.machine), from: sources[0]?.machine ?? null, to: target?.machine ?? null });

/** A short belt into a station that nothing feeds by belt. */
function lead(tile, direction) {
  const start = direction > 0 ? tile.x + 22 : tile.x + TILE + 6;
  return { path: `M${start},${railOf(tile)}H${middle(tile)}`, machines: [tile.machine], from: null, to: tile.machine };
}

/** A station that feeds nothing here: its product leaves, or waits where a note says where it goes. */
function loose(out, tile, band, width, exit, where) {
  const y = railOf(tile);
  const leaves = tile.last && !(tile.station.feeds ?? []).some((f) => where.has(f));
  const end = band.direction > 0
    ? (leaves ? Math.min(width, tile.x + TILE + 150) : tile.x + TILE + 30)
    : (leaves ? Math.max(0, tile.x - 150) : tile.x - 30);
  out.belts.push({ path: `M${middle(tile)},${y}H${end}`, machines: [tile.machine], from: tile.machine, to: null, leaves });
  // what leaves stands in no buffer of this plant
  if (tile.station.buffer && !leaves) lying(out, tile, band.direction, end, false);
}

/** Places along a level belt behind a station. */
function lying(out, tile, direction, limit, curved) {
  const start = direction > 0 ? tile.x + TILE + out.plate : tile.x - out.plate;
  const end = limit - direction * (curved ? 14 : 4);
  const room = Math.max(0, (end - start) * direction);
  const count = tile.station.buffer;
  const step = Math.min(PLACE, room / count);
  const y = railOf(tile);
  const base = { machine: tile.machine, carries: tile.station.carries ?? '', count };
  const label = { x: start, y: y + 10 + 13 * out.up, anchor: direction > 0 ? 'start' : 'end', room: room + 10 };
  if (step < 7) {
    out.buffers.push({ ...base, places: [], bar: { x: Math.min(start, end), y: y - 20, width: Math.max(24, room) }, label });
    return;
  }
  // the place nearest to the next station is taken first
  const places = Array.from({ length: count }, (_, i) => ({ x: start + direction * ((count - i) * step - step / 2), y: y - 6 }));
  out.buffers.push({ ...base, places, scale: Math.min(1, step / 21), label });
}

/** Places along a belt that falls to the next band. */
function standing(out, tile, channel, top, bottom) {
  const count = tile.station.buffer;
  const room = bottom - top - 2 * BEND - 8;
  const step = Math.min(STANDING, room / count);
  const end = bottom - BEND - 4;
  const places = Array.from({ length: count }, (_, i) => ({ x: channel, y: end - i * step }));
  const left = channel > 200;
  out.buffers.push({
    machine: tile.machine, carries: tile.station.carries ?? '', count, places, scale: Math.min(1, step / 30),
    // at the right edge there is room for words below the row above; at the left edge for figures only
    label: left ? { x: channel - 18, y: top + BELOW + 8 * (out.up - 1), anchor: 'end', lines: true } : { x: channel + 17, y: end - (count * step) / 2, anchor: 'start', room: 0 },
  });
}

/** Feeds that no belt shows are said in words, at their source. */
function notes(out, band, where) {
  for (const tile of band.tiles) {
    const feeds = (tile.station.feeds ?? []).filter((f) => where.has(f) && !tile.reached?.has(f));
    if (!feeds.length) continue;
    const ahead = band.direction > 0;
    out.notes.push({ machine: tile.machine, to: feeds, x: tile.x + (ahead ? TILE + 4 : -4), y: railOf(tile) + 40, anchor: ahead ? 'start' : 'end' });
  }
}
