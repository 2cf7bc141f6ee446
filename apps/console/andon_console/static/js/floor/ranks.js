// From a line's stations to columns: a station stands left of all it feeds, as near to them as it can.

/** Columns of stations, in the direction of flow. `stations`: [{machine, feeds}]. */
export function columnsOf(stations) {
  const here = new Map(stations.map((s) => [s.machine, s]));
  const onward = (s) => (s.feeds ?? []).filter((f) => here.has(f) && f !== s.machine);
  const order = ordered(stations, here, onward);
  const place = new Map(order.map((s, i) => [s.machine, i]));
  // a feed back to an earlier station (rework) does not make the line longer
  const forward = (s) => onward(s).filter((f) => place.get(f) > place.get(s.machine));
  const rank = new Map(order.map((s) => [s.machine, 0]));
  for (const s of order) for (const f of forward(s)) rank.set(f, Math.max(rank.get(f), rank.get(s.machine) + 1));
  // what has time moves towards what it feeds
  for (const s of [...order].reverse()) {
    const next = forward(s).map((f) => rank.get(f));
    if (next.length) rank.set(s.machine, Math.min(...next) - 1);
  }
  const columns = [];
  for (const s of stations) (columns[rank.get(s.machine)] ??= []).push(s);
  return untangled(columns.filter(Boolean), forward);
}

/** Stations so that each comes after those that feed it; a circle is cut where the file's order closes it. */
function ordered(stations, here, onward) {
  const seen = new Set();
  const found = [];
  const visit = (s) => {
    if (seen.has(s.machine)) return;
    seen.add(s.machine);
    for (const f of [...onward(s)].reverse()) visit(here.get(f));
    found.unshift(s);
  };
  for (const s of [...stations].reverse()) visit(s);
  return found;
}

/** Each column in the order of the rows that feed it, so that belts cross as little as they can. */
function untangled(columns, forward) {
  for (let c = 1; c < columns.length; c += 1) {
    const before = columns[c - 1];
    const height = new Map(columns[c].map((s, i) => {
      const rows = before.flatMap((p, row) => (forward(p).includes(s.machine) ? [row] : []));
      return [s.machine, rows.length ? rows.reduce((a, b) => a + b) / rows.length : i + 0.5];
    }));
    columns[c] = columns[c].map((s, i) => [s, i]).sort((a, b) => height.get(a[0].machine) - height.get(b[0].machine) || a[1] - b[1]).map(([s]) => s);
  }
  return columns;
}
