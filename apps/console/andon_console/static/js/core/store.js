// What a page knows: machines, plants, newest values, events. Loaded once from the API, kept by the live stream.
// Changes are gathered and told once a frame of the screen, so that a burst of messages costs one drawing.

import { api, query } from './api.js';
import { Live } from './live.js';
import { PlantClock } from './plant-clock.js';

const EVENTS_KEPT = 20000; // a hidden page may be told only once a minute, and no count may be missing then
const RETRY_MS = 3000;
const HIDDEN_FLUSH_MS = 1000;

class Store extends EventTarget {
  machines = new Map(); // path -> MachineView
  plants = new Map(); // enterprise -> {.., layout, clock: PlantClock}
  latest = new Map(); // path -> {signal: {t, value}}
  cycles = new Map(); // path -> last OperationFinished
  alarms = new Map(); // id -> AlarmView: the alarm book but for what is normal
  booked = 'loading'; // the alarm book: loading, ready, away
  calls = new Map(); // id -> CallView: calls for help that are not resolved
  status = 'loading'; // loading, ready, away
  error = null;
  live = null;

  /** Begin; `filter` are parameters of the live stream. */
  async start(filter = {}) {
    if (this.started) return;
    this.started = true;
    this.filter = filter;
    // an address that names a machine is about its plant, whatever plant was looked at last
    const named = filter.machine ?? new URLSearchParams(location.search).get('machine');
    if (named) this.chosen = named.split('/')[0];
    this.#clear();
    const kinds = filter.kinds ? { kinds: `${filter.kinds},alarm` } : {};
    this.live = new Live(query({ batch: 1, ...filter, ...kinds }), (f) => this.#frames(f), (s) => this.#streamed(s));
    // the rail counts the alarms of all machines, whatever machine the page is about
    if (filter.machine) this.beside = new Live(query({ batch: 1, kinds: 'alarm' }), (f) => this.#frames(f), (s) => { if (s === 'live') this.#book(); });
    this.#book();
    await this.#load();
  }

  /** The chosen plant's name: the remembered one if it exists, else the first. */
  get enterprise() {
    let chosen = new URLSearchParams(location.search).get('plant') ?? this.chosen;
    try { chosen ??= localStorage.getItem('andon.plant'); } catch { /* a browser without storage */ }
    return this.plants.has(chosen) ? chosen : ([...this.plants.keys()].sort()[0] ?? [...this.machines.values()][0]?.enterprise ?? null);
  }

  choose(enterprise) {
    this.chosen = enterprise;
    try { localStorage.setItem('andon.plant', enterprise); } catch { /* a browser without storage */ }
    this.#changed({ structure: true });
  }

  get plant() { return this.plants.get(this.enterprise) ?? null; }

  /** The clock of a machine's plant. */
  clockOf(path) { return this.plants.get(path.split('/')[0])?.clock ?? new PlantClock(); }

  /** The machines of the chosen plant. */
  get mine() { return [...this.machines.values()].filter((m) => m.enterprise === this.enterprise && m.presence !== 'removed'); }

  now() { return this.live ? this.live.now() : Date.now() * 1000; }

  value(path, signal) { return this.latest.get(path)?.[signal]?.value ?? null; }

  async #load() {
    // views that arrive while the answers are on their way are newer than these
    const meanwhile = (this.meanwhile = new Map());
    try {
      const [machines, plants, latest] = await Promise.all([api('/machines'), api('/plants'), api('/latest')]);
      if (meanwhile !== this.meanwhile) return;
      this.machines = new Map(machines.machines.map((m) => [m.id, { ...m, ...meanwhile.get(m.id) }]));
      this.plants = new Map(plants.plants.map((p) => [p.enterprise, { ...p, clock: new PlantClock(p.clock?.segments) }]));
      this.latest = newest(this.latest, latest.latest);
      for (const [id, view] of meanwhile) if (!this.machines.has(id)) this.#machine(view);
      this.status = 'ready';
      this.error = null;
      this.#changed({ structure: true, reloaded: true });
    } catch (error) {
      if (meanwhile !== this.meanwhile) return;
      this.status = 'away';
      this.error = error;
      this.#changed({ structure: true });
      clearTimeout(this.retry);
      this.retry = setTimeout(() => this.#load(), RETRY_MS);
    }
  }

  #streamed(status) {
    // what happened before the stream ran comes from the API: after a break, and at the start
    if (status === 'live' && this.status !== 'loading') { this.#load(); this.#book(); }
    this.#changed({ stream: true });
  }

  #frames(frames) {
    for (const frame of frames) {
      if (frame.type === 'telemetry') this.#telemetry(frame);
      else if (frame.type === 'event') this.#event(frame);
      else if (frame.type === 'machine') {
        const view = frame.view ?? frame;
        this.meanwhile?.set(view.id, view);
        this.#machine(view);
      }
      else if (frame.type === 'alarm') this.alarm(frame.alarm);
      else if (frame.type === 'call') this.call(frame.call);
      else if (frame.type === 'scrap') this.#changed({ machine: frame.machine, recount: true });
      else if (frame.type === 'clock') this.#plant(frame.enterprise, { clock: new PlantClock(frame.segments) });
      else if (frame.type === 'layout') this.#plant(frame.enterprise, { layout: frame, title: frame.title, product: frame.product });
    }
  }

  #telemetry(frame) {
    let known = this.latest.get(frame.machine);
    if (!known) this.latest.set(frame.machine, (known = {}));
    for (const [signal, value] of Object.entries(frame.values)) known[signal] = { t: frame.t, value };
    this.#changed({ values: frame.machine, frame });
  }

  #event(event) {
    if (event.kind === 'operation-finished') this.cycles.set(event.machine, event);
    this.#changed({ machine: event.machine, event });
  }

  /** Read the alarm book; what the stream says meanwhile is newer. */
  async #book() {
    const meanwhile = (this.rung = new Map());
    clearTimeout(this.rebook);
    try {
      const { alarms } = await api('/alarms');
      if (meanwhile !== this.rung) return;
      this.alarms = new Map(alarms.map((a) => [a.id, a]));
      for (const alarm of meanwhile.values()) this.alarm(alarm);
      this.booked = 'ready';
      this.bookError = null;
    } catch (error) {
      this.booked = 'away';
      this.bookError = error;
      this.rebook = setTimeout(() => this.#book(), RETRY_MS);
    }
    this.#changed({ booked: true });
  }

  /** Note what became of an alarm. */
  alarm(alarm) {
    this.rung?.set(alarm.id, alarm);
    if (alarm.state === 'normal') this.alarms.delete(alarm.id); else this.alarms.set(alarm.id, alarm);
    this.#changed({ alarm: alarm.id });
  }

  /** Note a call for help that is new, answered or resolved. */
  call(call) {
    this.called?.set(call.id, call);
    if (call.state === 'resolved') this.calls.delete(call.id); else this.calls.set(call.id, call);
    this.#changed({ machine: call.machine, called: true });
  }

  #machine(view) {
    const known = this.machines.get(view.id);
    if (known) {
      const moved = known.presence !== view.presence && (view.presence === 'removed' || known.presence === 'removed');
      this.machines.set(view.id, { ...known, ...view });
      this.#changed({ machine: view.id, structure: moved || known.session !== view.session && !known.signals });
      if (known.session !== view.session) this.#fetch(view.id);
    } else {
      this.machines.set(view.id, { signals: [], operations: [], commands: [], ...view });
      this.#fetch(view.id);
      this.#changed({ machine: view.id, structure: true });
    }
  }

  /** The whole of a machine that is new, or was born again with perhaps other signals. */
  async #fetch(id) {
    try {
      this.machines.set(id, await api(`/machines/${id}`));
      this.#changed({ machine: id, structure: true });
    } catch { /* the next change of the machine, or the next load, brings it */ }
  }

  #plant(enterprise, change) {
    this.plants.set(enterprise, { enterprise, title: enterprise, product: '', layout: null, clock: new PlantClock(), ...this.plants.get(enterprise), ...change });
    this.#changed({ structure: 'layout' in change, clock: true });
  }

  #clear() { this.pending = { machines: new Set(), values: new Set(), alarms: new Set(), events: [], frames: [], structure: false, stream: false, clock: false, reloaded: false, recount: false, called: false, booked: false }; }

  #changed(what) {
    const p = this.pending;
    if (what.machine) p.machines.add(what.machine);
    if (what.values) { p.values.add(what.values); p.frames.push(what.frame); }
    if (what.alarm) p.alarms.add(what.alarm);
    if (what.event) { p.events.push(what.event); if (p.events.length > EVENTS_KEPT) p.events.shift(); }
    for (const flag of ['structure', 'stream', 'clock', 'reloaded', 'recount', 'called', 'booked']) if (what[flag]) p[flag] = true;
    if (this.scheduled) return;
    this.scheduled = true;
    // a hidden page gets no frames of the screen
    if (document.hidden) setTimeout(() => this.#tell(), HIDDEN_FLUSH_MS); else requestAnimationFrame(() => this.#tell());
  }

  #tell() {
    const change = this.pending;
    this.scheduled = false;
    this.#clear();
    this.dispatchEvent(new CustomEvent('change', { detail: change }));
  }
}

/** Both sets of newest values, the later of each signal. */
function newest(known, loaded) {
  const found = new Map(Object.entries(loaded));
  for (const [path, values] of known) {
    const target = found.get(path) ?? {};
    for (const [signal, sample] of Object.entries(values)) if (!(target[signal]?.t > sample.t)) target[signal] = sample;
    found.set(path, target);
  }
  return found;
}

/** The page's one store. */
export const store = new Store();
