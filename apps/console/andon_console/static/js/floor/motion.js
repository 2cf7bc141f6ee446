// A finished unit moves along the belt behind its machine. At most one at a time a machine; none when less
// motion is wished for, or nobody looks.

import { calm } from '../core/dom.js';

const NS = 'http://www.w3.org/2000/svg';
const MOVE_MS = 1100;
const FAR = 320; // pixels at most: then it stands in the buffer, or is out of sight
const moving = new Set();

/** Let `glyph` run along `path` (an SVG path element). */
export function travel(layer, path, glyph, machine) {
  if (!layer || moving.has(machine) || document.hidden || calm()) return;
  const length = Math.min(FAR, path.getTotalLength());
  if (length < 40) return;
  moving.add(machine);
  const unit = document.createElementNS(NS, 'use');
  unit.setAttribute('href', `#p-${glyph}`);
  layer.append(unit);
  const began = performance.now();
  const step = (now) => {
    const part = Math.min(1, (now - began) / MOVE_MS);
    const eased = part < 0.5 ? 2 * part * part : 1 - 2 * (1 - part) * (1 - part);
    const p = path.getPointAtLength(eased * length);
    unit.setAttribute('transform', `translate(${p.x} ${p.y - 6})`);
    unit.setAttribute('opacity', part > 0.85 ? (1 - part) / 0.15 : 1);
    if (part < 1 && unit.isConnected) requestAnimationFrame(step);
    else { unit.remove(); moving.delete(machine); }
  };
  requestAnimationFrame(step);
}
