// The ways between the plates: measured where the boxes stand, drawn over them, with a gate in each gap that is passed.

import { setHtml, setText } from '../core/dom.js';
import { t } from '../core/texts.js';
import { LOCK } from './picture.js';

// from box side, to box side; what kind of way it is; its gate and the hop whose time stands beside it
const WAYS = [
  { from: 'machines', to: 'journal', run: 'across', hop: 'journal' },
  { from: 'journal', to: 'broker', run: 'across' },
  { from: 'broker', to: 'ingest', run: 'up', gate: 'device', hop: 'broker' },
  { from: 'broker', to: 'live', run: 'up', gate: 'listen', hop: 'live' },
  { from: 'ingest', to: 'store', run: 'up', gate: 'write', hop: 'write' },
  { from: 'live', to: 'console', run: 'up', gate: 'token', hop: 'screen' },
  { from: 'store', to: 'watermark', run: 'across', hop: 'watermark', thin: true },
  { from: 'watermark', to: 'journal', run: 'down', between: ['registry', 'quarantine'], thin: true, dashed: true, said: 'forget' },
  { from: 'ingest', to: 'quarantine', run: 'across', thin: true, dashed: true },
  { from: 'store', to: 'api', run: 'down', thin: true, gate: 'read' },
  { from: 'api', to: 'live', run: 'across', thin: true },
  { from: 'live', to: 'commands', run: 'across', thin: true },
  { from: 'commands', to: 'broker', run: 'down', thin: true, gate: 'command' },
  { from: 'console', to: 'pages', run: 'across', thin: true },
];
const TIP = 8;
const BEND = 24;

/** Draws into `root` (.plates); `again()` after the boxes moved, `times(hop -> text)` sets what stands beside the ways. */
export class Ways {
  constructor(root) {
    this.root = root;
    this.svg = root.querySelector('.ways');
    this.gates = root.querySelector('.gates');
    this.said = {};
    this.sizes = new ResizeObserver(() => this.again());
    this.sizes.observe(root);
  }

  stop() { this.sizes.disconnect(); }

  times(said) {
    if (JSON.stringify(said) === JSON.stringify(this.said)) return;
    this.said = said;
    for (const b of this.root.querySelectorAll('[data-pass]')) setText(b, said[b.dataset.pass]);
    this.again();
  }

  again() {
    const at = this.root.getBoundingClientRect();
    const narrow = getComputedStyle(this.svg).display === 'none';
    this.svg.setAttribute('viewBox', `0 0 ${at.width} ${at.height}`);
    const drawn = WAYS.map((w) => ({ ...w, ...this.#route(w, at) }));
    setHtml(this.svg, narrow ? '' : drawn.map(wayMarkup).join(''));
    setHtml(this.gates, narrow ? '' : drawn.map((w) => this.#signs(w)).join(''));
  }

  #box(name, at) {
    const r = this.root.querySelector(`[data-box=${name}]`).getBoundingClientRect();
    return { left: r.left - at.left, right: r.right - at.left, top: r.top - at.top, bottom: r.bottom - at.top };
  }

  #route({ from, to, run, between }, at) {
    const [a, b] = [this.#box(from, at), this.#box(to, at)];
    if (run === 'across') {
      const y = (Math.max(a.top, b.top) + Math.min(a.bottom, b.bottom)) / 2;
      const right = b.left > a.right;
      return { x0: right ? a.right : a.left, y0: y, x1: right ? b.left : b.right, y1: y, dx: right ? 1 : -1, dy: 0 };
    }
    if (between) {
      // down the aisle between two columns, then over to where it goes
      const [left, right] = between.map((name) => this.#box(name, at));
      const [x0, x1] = [(left.right + right.left) / 2, b.left + 24];
      return { x0, y0: a.bottom, x1, y1: b.top, dx: 0, dy: 1, bend: b.top - BEND };
    }
    const x = middle(a, b);
    return run === 'up' ? { x0: x, y0: a.top, x1: x, y1: b.bottom, dx: 0, dy: -1 } : { x0: x, y0: a.bottom, x1: x, y1: b.top, dx: 0, dy: 1 };
  }

  #signs({ gate, hop, said, x0, y0, x1, y1, dx, dy, run }) {
    const time = hop && this.said[hop] ? `<b class="time" data-way="${hop}">${this.said[hop]}</b>` : '';
    const note = said ? `<span class="said-by">${t(`layers.way.${said}`)}</span>` : '';
    if (run === 'across') return time ? `<span class="sign over" style="left:${(x0 + x1) / 2}px;top:${y0}px">${time}</span>` : '';
    if (!gate && !time && !note) return '';
    // in the gap next to where the way begins
    const y = gapBeside(y0, y1, dy, this.root);
    return `<span class="sign" style="left:${x0}px;top:${y}px">${gate ? `<span class="gate">${LOCK}${t(`layers.gate.${gate}`)}</span>` : ''}<span class="beside">${time}${note}</span></span>`;
  }
}

/** Where two boxes overlap from left to right: the middle of the overlap. */
const middle = (a, b) => (Math.max(a.left, b.left) + Math.min(a.right, b.right)) / 2;

/** The middle of the gap between two layers that a way passes last. */
function gapBeside(y0, y1, dy, root) {
  const at = root.getBoundingClientRect().top;
  const layers = [...root.querySelectorAll('.layer')].map((l) => l.getBoundingClientRect());
  const gaps = layers.slice(1).map((l, i) => (layers[i].bottom + l.top) / 2 - at).filter((y) => (y - y0) * dy > 0 && (y1 - y) * dy > 0);
  gaps.sort((a, b) => (b - a) * dy);
  return gaps[0] ?? (y0 + y1) / 2;
}

function wayMarkup({ x0, y0, x1, y1, dx, dy, bend, thin, dashed }) {
  const length = Math.abs(x1 - x0) + Math.abs(y1 - y0);
  if (length < 6) return '';
  const [ex, ey] = [x1 - dx * TIP, y1 - dy * TIP];
  const name = thin ? `thin${dashed ? ' dashed' : ''}` : 'main';
  const tip = `<path class="tip ${name}" d="M${x1},${y1}l${-dx * TIP - dy * 5},${-dy * TIP - dx * 5}l${dy * 10},${dx * 10}z"/>`;
  return `<path class="way ${name}" d="M${x0},${y0}${bend ? `V${bend}H${x1}` : ''}L${ex},${ey}"/>${thin ? '' : `<path class="drift" d="M${x0},${y0}L${ex},${ey}"/>`}${tip}`;
}
