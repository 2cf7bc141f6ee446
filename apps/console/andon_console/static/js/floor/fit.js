// How large the picture is drawn: as large as needs no scrolling.

import { layoutFloor } from './layout.js';
import { onScreen } from './screen.js';

/** Sizes of the drawing, largest first; words keep theirs. */
const LARGER = [2, 1.8, 1.65, 1.5, 1.4, 1.3, 1.2, 1.1];
/** From afar the words of machines that stand in no line are so much larger, if there is room: nothing else is shown then. */
const AFAR = [1.7, 1.5, 1.3, 1.15, 1];
const SCALES = [1, 0.97, 0.92, 0.85, 0.78, 0.72, 0.68, 0.64, 0.6];

/** The plan at the largest scale at which `width` and `room` (CSS pixels) hold it: {scale, up, ...plan}. If there is none,
 * one scrolls in any case: then at the largest at which the lines alone need none, so that what stands in no line makes
 * nothing smaller. */
export function fitFloor(layout, machines, width, room) {
  const at = (scale, afar) => {
    const up = 1 / Math.min(1, scale);
    return { scale, up, ...layoutFloor(layout, machines, width / scale, up, flagOf(up), up * afar) };
  };
  // from afar the drawing may be larger than drawn, and its words with it
  for (const afar of onScreen() ? AFAR : [1]) {
    for (const scale of onScreen() ? [...LARGER, ...SCALES] : SCALES) {
      const plan = at(scale, afar);
      if (plan.height * scale <= room) return plan;
    }
  }
  const plans = SCALES.map((scale) => at(scale, 1));
  return plans.find((p) => p.lines * p.scale <= room) ?? plans.at(-1);
}

/** Where a tile's name begins and how large it is, drawn, as the style sheets of the desk and of the big screen say. */
function flagOf(up) {
  if (!onScreen()) return { left: 10 + 22 * (0.4 + 0.6 * up), size: 15 * up };
  return innerWidth > 1500 ? { left: 16 + 26 * up, size: 24 * up } : { left: 12 + 20 * up, size: 17 * up };
}
