// What a chart draws: history from the API at the resolution of the window, and behind it what came live.

import { api, query } from '../core/api.js';

const TAIL = 6000;
const PART_OF_BUCKET = 0.5;

export class ChartData {
  constructor(machine) {
    this.machine = machine;
    this.series = new Map(); // signal -> {every, times, values, lows, highs, unit}
    this.tails = new Map(); // signal -> {times, values}
    this.states = [];
    this.events = [];
    this.loaded = null; // {start, stop, points}
    this.error = null;
  }

  /** Fetch series, states and events of a window, which ends now if it is `live`. Later calls end earlier ones. */
  async load(signals, start, stop, points, live = true) {
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    const window = { machine: this.machine, start: Math.floor(start), stop: Math.ceil(stop) };
    try {
      const [series, states, events] = await Promise.all([
        signals.length ? api(`/series${query({ ...window, signal: signals, points, spread: true })}`, asking) : { series: [] },
        api(`/states${query(window)}`, asking),
        api(`/events${query({ ...window, kind: ['alarm', 'gap', 'operation-finished'], limit: 400 })}`, asking),
      ]);
      for (const s of series.series) this.series.set(s.signal, s);
      this.states = states.states;
      this.events = events.events.filter((e) => e.kind !== 'operation-finished' || e.good === false);
      this.loaded = { start, stop, points, at: stop, live };
      this.error = null;
    } catch (error) {
      if (error.name === 'AbortError') return false;
      this.error = error;
    }
    return true;
  }

  /** Append a live sample. */
  append(t, values) {
    for (const [signal, value] of Object.entries(values)) {
      let tail = this.tails.get(signal);
      if (!tail) this.tails.set(signal, (tail = { times: [], values: [] }));
      if (tail.times.length && t <= tail.times[tail.times.length - 1]) continue;
      tail.times.push(t);
      tail.values.push(value);
      if (tail.times.length > TAIL) { tail.times.splice(0, TAIL / 4); tail.values.splice(0, TAIL / 4); }
    }
  }

  /** A state that began now: closes the last interval. */
  state(machine) {
    const last = this.states[this.states.length - 1];
    if (last && last.state === machine.state && last.text === machine.text) return;
    if (last) last.stop = Math.max(last.start, machine.state_since);
    this.states.push({ machine: this.machine, state: machine.state, reason: machine.reason, text: machine.text ?? '', start: machine.state_since, stop: machine.state_since, open: true });
  }

  /** Points of a signal between two times, oldest first: {times, values, lows, highs, every}; lowest and highest are
   *  null where they are not known, or each point is one value. Buckets stand at their middle. */
  points(signal, start, stop) {
    const found = this.series.get(signal);
    const every = found?.every ?? 0;
    const times = [];
    const values = [];
    const lows = every && found.lows ? [] : null;
    const highs = lows && [];
    const margin = (stop - start) * 0.02 + 2 * every;
    let last = -Infinity;
    if (found) {
      for (let i = 0; i < found.times.length; i += 1) {
        const t = found.times[i] + every * PART_OF_BUCKET;
        if (t < start - margin || t > stop + margin || this.#cut(found.times[i], every)) continue;
        times.push(t);
        values.push(found.values[i]);
        lows?.push(found.lows[i]);
        highs?.push(found.highs[i]);
        last = t;
      }
    }
    this.#tail(signal, every, last, stop, { times, values, lows, highs });
    return { times, values, lows, highs, every };
  }

  /** Whether a bucket was cut by the window that was asked for: then its mean is of another time than its place says. */
  #cut(begin, every) {
    if (!every || !this.loaded) return false;
    const { start, stop, live } = this.loaded;
    return begin < start - 1 || (!live && begin + every > stop + 1);
  }

  /** What came live after the history, in buckets of the same length. */
  #tail(signal, every, last, stop, { times, values, lows, highs }) {
    const tail = this.tails.get(signal);
    if (!tail) return;
    const from = last + every * PART_OF_BUCKET;
    if (!every) {
      for (let i = 0; i < tail.times.length; i += 1) if (tail.times[i] > last && tail.times[i] <= stop) { times.push(tail.times[i]); values.push(tail.values[i]); }
      return;
    }
    let bucket = null;
    for (let i = 0; i < tail.times.length; i += 1) {
      const t = tail.times[i];
      if (t < from || t > stop) continue;
      const start = Math.floor(t / every) * every;
      if (bucket && bucket.start === start) {
        bucket.sum += tail.values[i];
        bucket.n += 1;
        times[times.length - 1] = Math.min(start + every * PART_OF_BUCKET, t);
        values[values.length - 1] = bucket.sum / bucket.n;
        if (lows) {
          lows[lows.length - 1] = Math.min(lows.at(-1), tail.values[i]);
          highs[highs.length - 1] = Math.max(highs.at(-1), tail.values[i]);
        }
      } else {
        bucket = { start, sum: tail.values[i], n: 1 };
        times.push(t);
        values.push(tail.values[i]);
        lows?.push(tail.values[i]);
        highs?.push(tail.values[i]);
      }
    }
  }
}

/** The index of the time nearest to `t`; -1 if there is none. */
export function nearest(times, t) {
  let low = 0;
  let high = times.length - 1;
  if (high < 0) return -1;
  while (high - low > 1) {
    const mid = (low + high) >> 1;
    if (times[mid] <= t) low = mid; else high = mid;
  }
  return Math.abs(times[low] - t) <= Math.abs(times[high] - t) ? low : high;
}
