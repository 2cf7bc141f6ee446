// Wheel, drag, pinch and keys turn into moves of a chart's window.

import { t } from '../core/texts.js';
import { margins } from './draw.js';

const WHEEL = 0.0016;
const KEYS = { ArrowLeft: (v) => v.pan(-0.15), ArrowRight: (v) => v.pan(0.15), PageUp: (v) => v.pan(-0.9), PageDown: (v) => v.pan(0.9),
  '+': (v) => v.zoom(0.6, v.live ? 1 : 0.5), '=': (v) => v.zoom(0.6, v.live ? 1 : 0.5), '-': (v) => v.zoom(1.7, v.live ? 1 : 0.5), Home: (v) => v.last(v.span) };

const READS = { ArrowLeft: -0.01, ArrowRight: 0.01 };

/** Listen on `element`; `moved` after each change of `view`, `point` with the cursor's x (undefined: gone),
 * `read` with the part of the plot that the keys move the cursor by. */
export function gestures(element, view, moved, point, read) {
  const fingers = new Map();
  const beside = () => margins(element.clientWidth);
  const plot = () => Math.max(1, element.clientWidth - beside().left - beside().right);
  const inside = (x) => x - element.getBoundingClientRect().left;
  const part = (x) => Math.min(1, Math.max(0, (inside(x) - beside().left) / plot()));

  let forgotten = 0;
  const hint = () => {
    element.dataset.hint = t('chart.wheel');
    clearTimeout(forgotten);
    forgotten = setTimeout(() => { delete element.dataset.hint; }, 1500);
  };
  // a page is scrolled past its charts: the wheel zooms with Ctrl, as it does a page, and in a chart that was clicked
  element.addEventListener('wheel', (e) => {
    const across = Math.abs(e.deltaX) > Math.abs(e.deltaY);
    if (!across && !e.ctrlKey && !e.metaKey && document.activeElement !== element) { hint(); return; }
    e.preventDefault();
    if (across) view.pan(e.deltaX / plot());
    else view.zoom(Math.exp(Math.max(-200, Math.min(200, e.deltaY)) * WHEEL * (e.ctrlKey ? 4 : 1)), part(e.clientX));
    moved();
  }, { passive: false });

  element.addEventListener('pointerdown', (e) => {
    if (e.button) return;
    fingers.set(e.pointerId, e.clientX);
    element.setPointerCapture(e.pointerId);
    element.classList.add('held');
    // a finger has no place above the chart: what it touched is read, and stays to be read
    if (e.pointerType === 'touch') point(fingers.size === 1 ? inside(e.clientX) : undefined);
  });
  element.addEventListener('pointermove', (e) => {
    const before = fingers.get(e.pointerId);
    if (before === undefined) { point(inside(e.clientX)); return; }
    if (fingers.size === 1) {
      if (e.clientX === before) return;
      view.pan((before - e.clientX) / plot());
    } else {
      const other = [...fingers].find(([id]) => id !== e.pointerId)[1];
      const apart = Math.abs(e.clientX - other);
      // what lay between the fingers stays between them
      view.pan((before - e.clientX) / 2 / plot());
      if (apart > 8) view.zoom(Math.abs(before - other) / apart, part((e.clientX + other) / 2));
    }
    fingers.set(e.pointerId, e.clientX);
    point(fingers.size === 1 ? inside(e.clientX) : undefined);
    moved();
  });
  const up = (e) => {
    fingers.delete(e.pointerId);
    if (!fingers.size) element.classList.remove('held');
  };
  element.addEventListener('pointerup', up);
  element.addEventListener('pointercancel', up);
  element.addEventListener('pointerleave', (e) => { if (e.pointerType !== 'touch') point(undefined); });

  element.addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === 'Escape') { point(undefined); return; }
    if (!(e.key in KEYS)) return;
    e.preventDefault();
    if (e.shiftKey && e.key in READS) { read(READS[e.key]); return; }
    KEYS[e.key](view);
    moved();
  });
}
