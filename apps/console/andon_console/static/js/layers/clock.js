// The server's time in the browser, from questions and their answers: an answer's `now` lies between asking and arrival,
// so the shortest round trip says best how far the clocks are apart, and half of it how well that is known (RFC 5905, 8).

/** Microseconds UTC by this browser's clock. */
export const wall = () => (performance.timeOrigin + performance.now()) * 1000;

export class ServerClock {
  constructor() { this.best = Infinity; this.offset = 0; }

  /** An answer that says `now`, asked at `t0` and here at `t1` (us by `wall`). */
  note(t0, t1, now) {
    if (t1 - t0 >= this.best) return;
    this.best = t1 - t0;
    this.offset = now - (t0 + t1) / 2;
  }

  /** Whether anything is known. */
  get known() { return this.best < Infinity; }

  /** A time of `wall` by the server's clock. */
  server(t) { return t + this.offset; }

  /** How far `server` may be wrong, us. */
  get doubt() { return this.best / 2; }
}
