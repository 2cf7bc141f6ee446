// What was made today: the sums of this plant day from the API, each machine's up to its newest count, and from
// there on the counts of the live stream. A count that comes both ways is taken once, and none falls between.

import { api, query } from '../core/api.js';
import { sinceMidnight } from '../core/format.js';
import { store } from '../core/store.js';

/** Counts of the stream that the store may not have yet; by the time so many have come it has the first. */
const KEPT = 5000;

/** The stations of a layout that feed no other one. */
export function lastStations(layout) {
  const stations = (layout?.sites ?? []).flatMap((s) => s.lines ?? []).flatMap((l) => l.stations);
  return new Set(stations.filter((s) => !(s.feeds ?? []).length).map((s) => s.machine));
}

/** The time zone of a plant: that of its first site. */
export const zoneOf = (plant) => plant?.layout?.sites?.[0]?.time_zone || undefined;

export class Today {
  rows = null; // path -> {good, scrap, epoch, seq}; null: not known
  kept = [];

  /** Of one machine, or (no path) of the chosen plant. */
  constructor(path = null) { this.path = path; }

  get plant() { return this.path ? store.plants.get(this.path.split('/')[0]) : store.plant; }

  /** Count again from the API; does nothing without a plant. Throws ApiError. */
  async load() {
    const { plant } = this;
    const asked = (this.asked = {});
    if (!plant?.layout) { this.rows = null; return; }
    const plantNow = plant.clock.plant(store.now());
    const midnight = plantNow - sinceMidnight(plantNow, zoneOf(plant));
    const start = Math.max(0, Math.floor(plant.clock.wall(midnight)));
    if (plant.enterprise !== this.enterprise) this.rows = null;
    const of = this.path ? { machine: this.path } : { place: plant.enterprise };
    const { counts } = await api(`/counts${query({ ...of, start, stop: 'now' })}`);
    if (asked !== this.asked) return; // another plant was chosen meanwhile
    Object.assign(this, { midnight, start, enterprise: plant.enterprise });
    this.rows = new Map(counts.map((c) => [c.machine, { ...c }]));
    this.kept = this.kept.filter((event) => !this.#mine(event) || this.#count(event));
  }

  /** Take an event of the stream; whether it changed the figures. */
  add(event) {
    if (event.kind !== 'count' || (this.path && event.machine !== this.path)) return false;
    this.kept.push(event);
    if (this.kept.length > KEPT) this.kept.shift();
    return this.rows !== null && this.#count(event);
  }

  #mine(event) { return event.machine.startsWith(`${this.enterprise}/`) && event.t >= this.start; }

  #count(event) {
    if (!this.#mine(event)) return false;
    let row = this.rows.get(event.machine);
    if (!row) this.rows.set(event.machine, (row = { good: 0, scrap: 0, epoch: 0, seq: 0 }));
    if (event.epoch < row.epoch || (event.epoch === row.epoch && event.seq <= row.seq)) return false;
    row.good += event.good ?? 0;
    row.scrap += event.scrap ?? 0;
    row.epoch = event.epoch;
    row.seq = event.seq;
    return true;
  }

  /** Good pieces that left the lines (of a machine: all its good ones); null if they are not known. */
  get good() {
    if (!this.rows) return null;
    const last = this.path ? new Set([this.path]) : lastStations(this.plant?.layout);
    return [...this.rows].reduce((sum, [machine, row]) => sum + (last.has(machine) ? row.good : 0), 0);
  }

  /** Scrap of all machines. */
  get scrap() { return [...(this.rows?.values() ?? [])].reduce((sum, row) => sum + row.scrap, 0); }

  /** Whether the plant's day has turned since the count began. */
  get over() {
    const { plant } = this;
    return this.rows !== null && Boolean(plant) && plant.clock.plant(store.now()) - this.midnight >= 86400e6;
  }
}
