// The window in time that a chart shows: moved, zoomed, or running along with the present.

const SHORTEST = 5e6;
const LONGEST = 366 * 86400e6;

export class View {
  constructor(span, now) {
    this.span = span;
    this.now = now; // function: microseconds UTC
    this.live = true;
    this.end = now();
  }

  get stop() { return this.live ? this.now() : this.end; }

  get start() { return this.stop - this.span; }

  /** The last `span` microseconds, live. */
  last(span) {
    this.span = span;
    this.live = true;
  }

  /** Zoom by `factor` (below 1: in) around the part `at` of the window (0 left, 1 right). */
  zoom(factor, at = 1) {
    const { start, stop } = this;
    const span = Math.min(LONGEST, Math.max(SHORTEST, this.span * factor));
    const fixed = start + (stop - start) * at;
    const end = fixed + span * (1 - at);
    this.span = span;
    // at the right edge the present stays in sight
    if (this.live && at > 0.9) return;
    this.#to(end);
  }

  /** Move by a part of the window; to the right at most to the present. */
  pan(part) {
    this.#to(this.stop + part * this.span);
  }

  /** Show exactly this. */
  show(start, stop) {
    this.span = Math.min(LONGEST, Math.max(SHORTEST, stop - start));
    this.#to(stop);
  }

  #to(end) {
    const now = this.now();
    this.live = end >= now;
    this.end = Math.min(end, now);
  }
}
