// The plant clock: wall time to plant time over segments of constant pace (microseconds both).

export class PlantClock {
  constructor(segments = []) {
    this.segments = [...segments].sort((a, b) => a.wall - b.wall);
  }

  /** Plant seconds a second, now. */
  get pace() {
    return this.segments.length ? this.segments[this.segments.length - 1].pace : 1;
  }

  /** Plant time at a wall time; before the first segment both run together. */
  plant(wall) {
    const s = this.#last((x) => x.wall <= wall);
    if (!s) return this.segments.length ? this.segments[0].plant + wall - this.segments[0].wall : wall;
    return s.plant + (wall - s.wall) * s.pace;
  }

  /** The inverse. */
  wall(plant) {
    const s = this.#last((x) => x.plant <= plant);
    if (!s) return this.segments.length ? this.segments[0].wall + plant - this.segments[0].plant : plant;
    return s.wall + (plant - s.plant) / s.pace;
  }

  /** Plant seconds between two wall times. */
  seconds(start, stop) {
    return (this.plant(stop) - this.plant(start)) / 1e6;
  }

  #last(wanted) {
    let found = null;
    for (const s of this.segments) if (wanted(s)) found = s; else break;
    return found;
  }
}
