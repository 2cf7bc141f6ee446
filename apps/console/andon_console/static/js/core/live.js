// The live stream: one WebSocket a page, which comes back by itself.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;
const DELAYS_KEPT = 60;
const CLOCKS_AGREE_US = 2e6;
const LOOK_MS = 1000;
const SILENT_MS = 12000; // the server says every five seconds that it is there, if nothing else

export class Live {
  /** `parameters` go into the address; `onFrames` gets a list of frames, `onStatus` what became of the stream. */
  constructor(parameters, onFrames, onStatus) {
    this.parameters = parameters;
    this.onFrames = onFrames;
    this.onStatus = onStatus;
    this.status = 'connecting';
    this.skipped = 0;
    this.offset = 0; // browser's clock minus the server's, microseconds
    this.delays = [];
    this.tries = 0;
    this.timer = 0;
    this.wake = () => { if (this.status === 'broken') this.connect(); };
    addEventListener('online', this.wake);
    this.watch = setInterval(() => this.#look(), LOOK_MS);
    this.connect();
  }

  /** For good. */
  close() {
    clearTimeout(this.timer);
    clearInterval(this.watch);
    removeEventListener('online', this.wake);
    this.#leave();
  }

  connect() {
    clearTimeout(this.timer);
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/api/v1/live${this.parameters}`);
    this.socket = socket;
    this.heard = performance.now();
    socket.onmessage = (message) => this.socket === socket && this.#read(message.data);
    socket.onclose = (closed) => this.socket === socket && this.#lost(closed);
  }

  /** Microseconds UTC by the server's clock. */
  now() {
    return Date.now() * 1000 - this.offset;
  }

  /** Typical time from measurement to browser, ms; null if nothing came lately. */
  delay() {
    if (!this.delays.length) return null;
    const sorted = [...this.delays].sort((a, b) => a - b);
    return Math.max(0, sorted[sorted.length >> 1]);
  }

  /** A connection that nobody answers on stays open for minutes: what says nothing for so long is not live. */
  #look() {
    if (this.socket && performance.now() - this.heard > SILENT_MS) { this.#leave(); this.#lost(); }
  }

  #leave() {
    const { socket } = this;
    this.socket = null;
    socket?.close();
  }

  #read(text) {
    this.heard = performance.now();
    const content = JSON.parse(text);
    const frames = Array.isArray(content) ? content : [content];
    for (const frame of frames) {
      if (frame.type === 'hello') this.#hello(frame);
      else if (frame.type === 'skipped') this.skipped += frame.frames;
      else if (frame.type === 'telemetry') this.#note(frame);
    }
    this.onFrames(frames);
  }

  #hello(frame) {
    this.least = Infinity;
    this.#compare(frame.t);
    this.tries = 0;
    this.#become('live');
  }

  #note({ t, machine, seq }) {
    // of a message with several samples the newest tells how long it took
    if (this.noted === `${machine} ${seq}`) this.delays.pop();
    this.noted = `${machine} ${seq}`;
    this.#compare(t);
    this.delays.push((Date.now() * 1000 - this.offset - t) / 1000);
    if (this.delays.length > DELAYS_KEPT) this.delays.shift();
  }

  /** What came fastest bounds how far the clocks are apart; a difference that transport alone explains is none. */
  #compare(t) {
    this.least = Math.min(this.least, Date.now() * 1000 - t);
    this.offset = this.least >= 0 && this.least < CLOCKS_AGREE_US ? 0 : this.least;
  }

  #lost() {
    this.socket = null;
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.tries) * (0.7 + 0.6 * Math.random());
    this.tries += 1;
    this.delays = [];
    this.retryAt = Date.now() + wait;
    this.#become('broken');
    this.timer = setTimeout(() => this.connect(), wait);
  }

  #become(status) {
    this.status = status;
    this.onStatus(status);
  }
}
