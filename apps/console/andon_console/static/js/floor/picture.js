// <andon-picture>: tiles, belts, products and buffers of the chosen plant, laid out anew when the plant or the
// width changes, and only touched where something changed otherwise.

import { everySecond, setAttribute, setHtml, setText } from '../core/dom.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { counting, lineSentence, nameOf } from '../core/words.js';
import { cycle } from '../core/format.js';
import { glyphOf, PRODUCT_DEFS } from '../drawings/products.js';
import { fitFloor } from './fit.js';
import { arrowMarkup, bufferMarkup, labelMarkup } from './marks.js';
import { travel } from './motion.js';
import { onScreen, shownLine } from './screen.js';
import { makeTile, markNeck, updateTile } from './tile.js';

const NS = 'http://www.w3.org/2000/svg';
const PHONE = 700;

/** What stands over machines of no line. */
function stripWord(name, machines) {
  const utilities = new Set((store.plant?.layout?.sites ?? []).flatMap((s) => s.utilities ?? []));
  const other = (id) => !utilities.has(id) && store.machines.get(id)?.origin !== 'recorded';
  return t(machines.every(other) ? 'strip.lone' : `strip.${name}`);
}

class Picture extends HTMLElement {
  connectedCallback() {
    this.seen = new ResizeObserver(() => this.#resized());
    this.seen.observe(this);
    // more states, and longer words below a figure, take more lines above the picture
    for (const above of this.closest('andon-floor').querySelectorAll('.legend,.kpis')) this.seen.observe(above);
    this.resized = () => this.#resized();
    addEventListener('resize', this.resized);
    this.turned = () => { this.place = ''; this.#resized(); };
    addEventListener('andon-screen', this.turned);
    this.heard = (e) => this.#changed(e.detail);
    store.addEventListener('change', this.heard);
    this.stop = everySecond(() => this.#refresh());
  }

  disconnectedCallback() {
    this.seen.disconnect();
    removeEventListener('resize', this.resized);
    removeEventListener('andon-screen', this.turned);
    store.removeEventListener('change', this.heard);
    this.stop();
  }

  /** Mark the station that the others wait for; null: none is known. */
  neck(path) {
    this.necked = path;
    for (const [id, tile] of this.tiles ?? []) markNeck(tile, id === path);
    if (path) this.#touch(path);
  }

  #resized() {
    const width = Math.floor(this.clientWidth);
    const place = `${width} ${innerHeight} ${Math.round(this.#top())}`;
    if (!width || place === this.place) return;
    this.width = width;
    this.place = place;
    this.#draw();
  }

  #top() { return this.getBoundingClientRect().top + scrollY; }

  /** The plan as large as the window has room for it below what stands above. */
  #fit(layout, machines) {
    const padding = (element) => parseFloat(getComputedStyle(element).paddingBottom) || 0;
    const below = padding(this.closest('.card')) + padding(this.closest('main')) + 2; // and the card's hairlines
    return fitFloor(layout, machines, this.width, innerHeight - this.#top() - below);
  }

  /** The layout and the machines that are drawn: from afar the lines alone, or the one whose turn it is. */
  #shown() {
    const layout = store.plant?.layout;
    const machines = store.mine.map((m) => m.id).sort(counting);
    const lines = (layout?.sites ?? []).flatMap((s) => s.lines ?? []);
    if (!onScreen() || !lines.length) return { layout, machines };
    const line = shownLine();
    const sites = layout.sites.map((s) => ({ ...s, lines: (s.lines ?? []).filter((l) => !line || l.path === line) }));
    const stations = new Set(sites.flatMap((s) => s.lines).flatMap((l) => l.stations).map((s) => s.machine));
    return { layout: { ...layout, sites }, machines: machines.filter((m) => stations.has(m)) };
  }

  #changed(change) {
    if (change.structure) this.#draw();
    else if (change.booked) this.#refresh();
    const rung = [...change.alarms].map((id) => id.slice(0, id.lastIndexOf(':')));
    for (const id of [...change.machines, ...change.values, ...rung]) this.#touch(id);
    // a piece that was finished while the plant was laid out anew is under way all the same
    for (const event of change.events) {
      const finished = event.kind === 'operation-finished' && event.good !== false;
      if (finished && this.paths?.has(event.machine)) travel(this.movers, this.paths.get(event.machine), this.glyphs.get(event.machine) ?? 'piece', event.machine);
    }
    if (change.machines.size) this.#sentences();
  }

  /** Lay out and build everything. */
  #draw() {
    if (!this.width || store.status === 'loading') return;
    const focused = document.activeElement?.dataset?.machine;
    const { layout, machines } = this.#shown();
    this.plan = this.#fit(layout, machines);
    this.tiles = new Map();
    this.textContent = '';
    this.phone = this.width < PHONE - 60;
    this.classList.toggle('aslist', this.phone);
    if (this.phone) this.#list(); else this.#board();
    if (this.tiles.has(this.necked)) markNeck(this.tiles.get(this.necked), true);
    this.#refresh();
    if (focused) this.tiles.get(focused)?.focus({ preventScroll: true });
  }

  #board() {
    const { plan } = this;
    this.style.height = `${Math.ceil(plan.height * plan.scale)}px`;
    const board = document.createElement('div');
    board.className = 'board';
    board.style.cssText = `width:${plan.width}px;height:${plan.height}px;--up:${plan.up};transform:${plan.scale === 1 ? 'none' : `scale(${plan.scale})`}`;
    this.append(board);
    for (const title of plan.titles) board.append(this.#title(title, title.y));
    for (const strip of plan.strips) {
      const head = document.createElement('h3');
      head.textContent = stripWord(strip.name, strip.tiles.map((tile) => tile.machine));
      head.classList.toggle('alone', !strip.y); // nothing above from which a rule would part it
      head.style.cssText = `left:${strip.x}px;top:${strip.y}px;width:${strip.width}px;--up:${plan.words}`;
      board.append(head);
    }
    for (const place of plan.tiles) {
      const tile = makeTile(store.machines.get(place.machine), place.kind);
      tile.style.cssText = `left:${place.x}px;top:${place.y}px;width:${place.width}px${place.room ? `;--room:${place.room}px` : ''}${place.kind === 'strip' ? `;--up:${plan.words}` : ''}`;
      this.tiles.set(place.machine, tile);
      board.append(tile);
    }
    board.append(this.#belts());
  }

  #list() {
    this.style.height = '';
    const lines = (store.plant?.layout?.sites ?? []).flatMap((s) => s.lines ?? []);
    const inLine = new Set();
    const section = (title, machines, alone = false) => {
      const list = document.createElement('ol');
      for (const id of machines) {
        const item = document.createElement('li');
        const tile = makeTile(store.machines.get(id), 'row', alone);
        this.tiles.set(id, tile);
        item.append(tile);
        list.append(item);
        inLine.add(id);
      }
      this.append(title, list);
      return list;
    };
    for (const line of lines) {
      const there = line.stations.map((s) => s.machine).filter((m) => store.machines.has(m) && store.machines.get(m).presence !== 'removed');
      if (there.length) section(this.#title({ line: line.path, title: line.title, takt: line.takt_s ?? 0 }), there).classList.add('chained');
    }
    const rest = store.mine.map((m) => m.id).filter((m) => !inLine.has(m)).sort(counting);
    if (rest.length) {
      const head = document.createElement('h3');
      head.textContent = stripWord('rest', rest);
      section(head, rest, true);
    }
    this.paths = new Map();
    this.buffers = new Map();
    this.belts = [];
    for (const s of lines.flatMap((l) => l.stations)) if (s.buffer) this.buffers.set(s.machine, { spec: { count: s.buffer, carries: s.carries ?? '' } });
  }

  #title({ line, title, takt, x = 0 }, y = 0) {
    const head = document.createElement('h2');
    head.dataset.line = line;
    head.dataset.title = title;
    head.style.top = `${y}px`;
    head.style.left = `${x}px`;
    const about = title.includes(',') ? title.slice(title.indexOf(',') + 1).trim() : '';
    head.innerHTML = `<span></span> <small>${[about && esc(about), takt && esc(t('line.takt', { time: cycle(takt) }))].filter(Boolean).join(' · ')}</small>`;
    return head;
  }

  #belts() {
    const svg = document.createElementNS(NS, 'svg');
    svg.setAttribute('class', 'belts');
    svg.setAttribute('aria-hidden', 'true');
    setAttribute(svg, 'width', this.plan.width);
    setAttribute(svg, 'height', this.plan.height);
    const { belts, buffers, notes } = this.plan;
    const product = store.plant?.product;
    const layer = (name) => belts.map((b, i) => `<path class="${name}" data-belt="${i}" d="${b.path}"/>`).join('');
    svg.innerHTML = `<defs>${PRODUCT_DEFS}</defs>${layer('be')}${layer('bb')}${layer('bt')}<g class="arrows"></g>`
      + `<g class="stock">${buffers.map((b) => bufferMarkup(b, glyphOf(b.carries, product))).join('')}</g>`
      + notes.map((n) => `<text class="note" x="${n.x}" y="${n.y}" text-anchor="${n.anchor}">${esc(t('tile.feeds', { machines: n.to.map(nameOf).join(', ') }))}</text>`).join('')
      + '<g class="movers"></g>';
    this.movers = svg.querySelector('.movers');
    this.belts = belts.map((b, i) => ({ ...b, node: svg.querySelector(`.bt[data-belt="${i}"]`) }));
    this.paths = new Map(this.belts.filter((b) => b.from).map((b) => [b.from, b.node]));
    this.glyphs = new Map(buffers.map((b) => [b.machine, glyphOf(b.carries, product)]));
    for (const tile of this.plan.tiles) if (tile.station) this.glyphs.set(tile.machine, glyphOf(tile.station.carries, product));
    this.buffers = new Map(buffers.map((b, i) => [b.machine, { spec: b, node: svg.querySelectorAll('.stock > g')[i] }]));
    // where a belt runs is said by an arrow at its middle
    svg.querySelector('.arrows').innerHTML = this.belts.map(arrowMarkup).join('');
    return svg;
  }

  #touch(id) {
    const machine = store.machines.get(id);
    const tile = this.tiles?.get(id);
    if (!machine || !tile) return;
    const buffer = this.buffers.get(id);
    updateTile(tile, machine, store.now(), buffer ? this.#stock(id, buffer, tile) : '');
    for (const belt of this.belts) {
      if (!belt.machines.includes(id)) continue;
      belt.node.classList.toggle('still', !belt.machines.some((m) => store.machines.get(m)?.state === 'producing'));
    }
  }

  /** Take or free the places behind a machine; the words for it. */
  #stock(id, { spec, node }, tile) {
    const value = store.value(id, 'buffer_out');
    if (value === null) return '';
    const taken = Math.max(0, Math.min(spec.count, Math.round(value)));
    const words = t('buffer.label', { what: spec.carries, taken, count: spec.count }).trim();
    if (node && node.__taken !== taken) {
      node.__taken = taken;
      const glyph = glyphOf(spec.carries, store.plant?.product);
      node.querySelectorAll('use').forEach((use, i) => use.setAttribute('href', i < taken ? `#p-${glyph}` : '#p-free'));
      node.querySelector('.level')?.setAttribute('width', (spec.bar?.width ?? 0) * taken / spec.count);
      setHtml(node.querySelector('text'), labelMarkup(spec, words, this.plan.up));
    } else if (!node) {
      const marks = spec.count > 8 ? esc(`${taken}/${spec.count}`) : '<s></s>'.repeat(taken) + '<s class="o"></s>'.repeat(spec.count - taken);
      setHtml(tile.__parts.stock, `${esc(spec.carries)} <u>${marks}</u>`);
    }
    return words;
  }

  #refresh() {
    if (!this.tiles) return;
    for (const id of this.tiles.keys()) this.#touch(id);
    this.#sentences();
  }

  #sentences() {
    const stations = new Map((store.plant?.layout?.sites ?? []).flatMap((s) => s.lines ?? []).map((l) => [l.path, l.stations]));
    for (const head of this.querySelectorAll('h2[data-line]')) {
      const here = stations.get(head.dataset.line) ?? [];
      const paths = new Set(here.map((s) => s.machine));
      const machines = here.flatMap((s) => {
        const m = store.machines.get(s.machine);
        return m ? [{ ...m, feedsOn: (s.feeds ?? []).some((f) => paths.has(f)) ? s.feeds : null }] : [];
      });
      setText(head.firstElementChild, lineSentence(head.dataset.title, machines));
    }
  }
}

customElements.define('andon-picture', Picture);
