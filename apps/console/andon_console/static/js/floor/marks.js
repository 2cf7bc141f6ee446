// Small markup of the picture: places and levels of buffers, their words, arrows on belts.

import { esc } from '../core/texts.js';

/** A buffer's places, or its level where there is no room for places. */
export function bufferMarkup(b, glyph) {
  const places = b.places.map((p) => `<use href="#p-free" transform="translate(${p.x} ${p.y}) scale(${b.scale})"/>`).join('');
  const bar = b.bar ? `<rect class="gauge" x="${b.bar.x}" y="${b.bar.y}" width="${b.bar.width}" height="8" rx="2"/><rect class="level" x="${b.bar.x}" y="${b.bar.y}" width="0" height="8" rx="2"/>` : '';
  return `<g data-glyph="${glyph}">${places}${bar}<text x="${b.label.x}" y="${b.label.y}" text-anchor="${b.label.anchor}"></text></g>`;
}

/** What stands on a buffer, in words; `up` is how much larger than drawn words stand. */
export function labelMarkup(spec, words, up) {
  // a narrow place keeps the figures and leaves the word to the tile's label
  if (!spec.label.lines) return esc(words.length * 6.6 * up > spec.label.room ? words.slice(Math.max(0, words.search(/\d/))) : words);
  const cut = words.search(/\d/);
  const parts = cut > 0 ? [words.slice(0, cut).trim(), words.slice(cut)] : [words];
  return parts.map((p, i) => `<tspan x="${spec.label.x}" dy="${i ? '1.2em' : 0}">${esc(p)}</tspan>`).join('');
}

/** Where a belt runs to. */
export function arrowMarkup(belt) {
  const length = belt.node.getTotalLength();
  if (length < 60) return '';
  const at = length * 0.86;
  const a = belt.node.getPointAtLength(at - 2);
  const b = belt.node.getPointAtLength(at);
  return `<use href="#p-arrow" transform="translate(${b.x} ${b.y}) rotate(${Math.atan2(b.y - a.y, b.x - a.x) * 180 / Math.PI})"/>`;
}
