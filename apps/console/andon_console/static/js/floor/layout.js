// The picture's geometry from a plant's layout: where each tile stands, how belts run, where the places of buffers are.
// Lines are laid out in bands; a band that continues the one above runs the other way, so that belts stay short.
// Nothing here touches the DOM or knows a plant. All lengths are CSS pixels.

import { beltsOf } from './belts.js';
import { columnsOf } from './ranks.js';
import { ROW, TILE, TURN } from './sizes.js';

const titleRoom = (up) => 20 + 16 * up; // above a band that begins a line
const BETWEEN = 20; // between bands of a line
const EDGE = 96; // left free where a belt turns into the next band
const EXIT = 40; // left free where the product leaves
const NARROWEST = 218; // from tile to tile
const WIDEST = 348;
const stripRow = (up) => 50 + 32 * up;
const stripCell = (up) => Math.max(290, 150 + 118 * up);
const BELT = 17; // half a belt, and air beside it
const LETTER = 0.6; // of a name's letters, by their size
const HEAD = 8; // of a strip, with a line of words
const ALONE = 8; // more, where the strip is all there is

/** How a plant is drawn at `width`. `machines` are the paths that exist, in the wished order; `up` is how much
 * larger than drawn the words stand (a picture that is shown smaller keeps them readable); `flag` is where a name
 * begins in its tile and how large its letters are: {left, size}; `words` is `up` for what stands in no line. `lines` of the answer is the height without strips. */
export function layoutFloor(layout, machines, width, up = 1, flag = { left: 32 * up, size: 15 * up }, words = up) {
  const there = new Set(machines);
  const bands = [];
  for (const site of layout?.sites ?? []) {
    for (const line of site.lines ?? []) bands.push(...bandsOf(line, there, width));
  }
  turn(bands);
  let y = 0;
  for (const band of bands) y = placeBand(band, y, width, up, flag);
  const tiles = bands.flatMap((band) => band.tiles);
  const { belts, buffers, notes } = beltsOf(bands, width, { EXIT, up });
  const placed = new Set(tiles.map((tile) => tile.machine));
  const strips = stripsOf(layout, machines.filter((m) => !placed.has(m)), y, width, words);
  const height = strips.reduce((bottom, s) => Math.max(bottom, s.bottom), y);
  const titles = bands.filter((b) => b.first).map((b) => ({ line: b.line.path, title: b.line.title, takt: b.line.takt_s ?? 0, x: b.fed && b.direction > 0 ? EDGE - 12 : 0, y: b.y - b.title }));
  return { width, height, words, lines: y, tiles: [...tiles, ...strips.flatMap((s) => s.tiles)], belts, buffers, notes, titles, strips };
}

/** A line's bands: so many columns as fit, of equal number. */
function bandsOf(line, there, width) {
  // a station whose machine is not there is left out, and what fed it feeds what it fed
  const all = new Map(line.stations.map((s) => [s.machine, s]));
  const through = (feeds, seen = new Set()) => (feeds ?? []).flatMap((f) => {
    if (there.has(f) || !all.has(f) || seen.has(f)) return there.has(f) ? [f] : [];
    return through(all.get(f).feeds, new Set([...seen, f]));
  });
  const stations = line.stations.filter((s) => there.has(s.machine)).map((s) => ({ ...s, feeds: [...new Set(through(s.feeds))] }));
  const columns = columnsOf(stations);
  if (!columns.length) return [];
  const most = Math.max(2, Math.floor((width - EDGE - EXIT - TILE) / NARROWEST) + 1);
  const count = Math.ceil(columns.length / most);
  const each = Math.ceil(columns.length / count);
  return Array.from({ length: count }, (_, i) => ({ line, first: i === 0, columns: columns.slice(i * each, (i + 1) * each) }))
    .filter((b) => b.columns.length);
}

/** Directions, and which band feeds the next. */
function turn(bands) {
  bands.forEach((band, i) => {
    const before = bands[i - 1];
    const ends = before?.columns[before.columns.length - 1] ?? [];
    const starts = new Set(band.columns[0].map((s) => s.machine));
    band.fed = ends.some((s) => s.feeds.some((f) => starts.has(f)));
    if (before) before.feedsNext = band.fed;
    band.direction = band.fed ? -before.direction : 1;
  });
}

function placeBand(band, top, width, up, flag) {
  const count = band.columns.length;
  band.rows = Math.max(...band.columns.map((c) => c.length));
  band.title = titleRoom(up);
  band.y = top + (band.first ? band.title : BETWEEN);
  const entry = band.fed ? entryOf(band, flag) : 0;
  const exit = band.feedsNext ? EDGE : EXIT;
  const free = width - entry - exit - TILE;
  band.pitch = count > 1 ? Math.min(WIDEST, free / (count - 1)) : Math.min(WIDEST, Math.max(free, TILE));
  band.tiles = band.columns.flatMap((column, c) => column.map((station, r) => {
    const along = entry + c * band.pitch;
    // fewer stations than rows stand in the middle of what they join
    const row = (band.rows - column.length) / 2 + r;
    const x = band.direction > 0 ? along : width - along - TILE;
    // where the belt from above falls beside the tile, a name ends before it
    const room = band.fed && band.direction < 0 && c === 0 ? entry + TILE - TURN - BELT : null;
    return { machine: station.machine, station, column: c, room, x, y: band.y + row * ROW, width: Math.min(band.pitch - 24, 230 * up), kind: 'station', last: c === count - 1 };
  }));
  alignSingles(band);
  return band.y + band.rows * ROW;
}

/** What is left free where the belt from above comes in: on its right side names stand between it and their lamps. */
function entryOf(band, { left, size }) {
  const longest = Math.max(...band.columns[0].map((s) => s.machine.split('/').at(-1).length));
  const wanted = band.direction < 0 ? left + longest * LETTER * size + BELT + TURN - TILE : 0;
  return Math.min(2 * EDGE, Math.max(EDGE, wanted));
}

/** A column of one on a line with side branches stands in the row of what it continues, not between the rows. */
function alignSingles(band) {
  if (band.rows < 2) return;
  const tile = new Map(band.tiles.map((x) => [x.machine, x]));
  const feeders = (m) => band.tiles.filter((x) => x.station.feeds.includes(m));
  for (let c = 0; c < band.columns.length; c += 1) {
    if (band.columns[c].length !== 1) continue;
    const own = tile.get(band.columns[c][0].machine);
    const near = [...feeders(own.machine), ...own.station.feeds.flatMap((f) => (tile.has(f) ? [tile.get(f)] : []))];
    const rows = new Set(near.filter((x) => band.columns[x.column].length > 1 || x.column < c).map((x) => x.y));
    if (rows.size === 1) own.y = [...rows][0];
  }
}

/** What stands in no line: utilities, recordings and others, and what the layout does not know. */
function stripsOf(layout, rest, top, width, up) {
  const head = HEAD + 18 * up + (top ? 0 : ALONE);
  const row = stripRow(up);
  const sites = layout?.sites ?? [];
  const utilities = new Set(sites.flatMap((s) => s.utilities ?? []));
  const listed = [...utilities].filter((m) => rest.includes(m)); // in the plant file's order
  const groups = [['utilities', listed], ['others', rest.filter((m) => !utilities.has(m))]].filter(([, list]) => list.length);
  const per = Math.max(1, Math.floor(width / stripCell(up)));
  const strips = [];
  let y = top + (top ? 8 : 0);
  let used = 0;
  for (const [name, list] of groups) {
    // a short group stands beside the one before it
    const beside = used && used + list.length <= per;
    if (!beside && used) { y += row + head + 2; used = 0; }
    const from = used;
    const cell = width / per;
    const tiles = list.map((machine, i) => ({
      machine, kind: 'strip', x: ((from + i) % per) * cell, y: y + head + Math.floor((from + i) / per) * row, width: cell - 16,
    }));
    const rows = Math.ceil((from + list.length) / per);
    strips.push({ name, x: from * cell, y, width: (rows > 1 ? width : list.length * cell) - 24, tiles, bottom: y + head + rows * row });
    used = from + list.length;
    if (rows > 1) { y += (rows - 1) * row; used = ((used - 1) % per) + 1; }
  }
  return strips;
}
