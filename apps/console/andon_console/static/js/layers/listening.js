// The live stream of one machine, with the time at which each message came to this browser and was drawn.

import { query } from '../core/api.js';
import { Live } from '../core/live.js';
import { wall } from './clock.js';

const KEPT = 400;
const TYPICAL_OF = 20;

export class Listening {
  /** `draw(frames)` is called in a frame of the screen; `told()` after what changed. */
  constructor(machine, clock, draw, told) {
    this.machine = machine;
    this.clock = clock;
    this.draw = draw;
    this.told = told;
    this.seen = new Map(); // 'epoch seq' -> {received, painted, t}, by this browser's clock
    this.waiting = [];
    this.status = 'connecting';
    this.channel = new MessageChannel();
    this.live = new Live(query({ batch: 1, kinds: 'telemetry', machine }), (f) => this.#frames(f), (s) => { this.status = s; this.told(); });
  }

  stop() {
    this.stopped = true;
    this.live.close();
    this.channel.port1.close();
  }

  /** {received, painted} of a message in us by the server's clock, or null. */
  of(epoch, seq) {
    const found = this.seen.get(`${epoch} ${seq}`);
    if (!found || !this.clock.known) return null;
    return { received: this.clock.server(found.received), painted: found.painted ? this.clock.server(found.painted) : null };
  }

  /** Typical time from measurement to this screen, ms; null if nothing came lately. */
  typical() {
    if (!this.clock.known || this.status !== 'live') return null;
    const late = [...this.seen.values()].filter((s) => s.painted).slice(-TYPICAL_OF);
    if (!late.length || wall() - late.at(-1).received > 10e6) return null;
    const sorted = late.map((s) => (this.clock.server(s.painted) - s.t) / 1000).sort((a, b) => a - b);
    // of a clock that is not well known yet it may come out as nothing, or less: then it is not known either
    const half = sorted[sorted.length >> 1];
    return half > 0 ? half : null;
  }

  #frames(frames) {
    const received = wall();
    const mine = frames.filter((f) => f.type === 'telemetry');
    if (!mine.length) return;
    for (const f of mine) {
      // of a message with several samples the newest counts
      this.seen.set(`${f.epoch} ${f.seq}`, { received, painted: 0, t: f.t });
      if (this.seen.size > KEPT) this.seen.delete(this.seen.keys().next().value);
    }
    this.waiting.push(...mine);
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    this.scheduled = false;
    if (this.stopped) return;
    const frames = this.waiting.splice(0);
    this.draw(frames);
    // a message to oneself comes after the frame was rendered
    this.channel.port1.onmessage = () => {
      const painted = wall();
      for (const f of frames) {
        const found = this.seen.get(`${f.epoch} ${f.seq}`);
        if (found && !found.painted) found.painted = painted;
      }
      this.told();
    };
    this.channel.port2.postMessage(0);
  }
}
