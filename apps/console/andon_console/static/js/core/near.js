// Which names are meant by one that nobody has: those of a small edit distance, or that begin alike.

const MOST = 5;

/** Levenshtein's distance of two short names: letters put in, left out or changed. */
export function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length];
}

/** Of `machines` those whose names are near to `name`, the nearest first. */
export function near(name, machines) {
  const enough = Math.max(1, Math.floor(name.length / 3));
  const alike = (other) => (name.length > 1 && (other.startsWith(name) || name.startsWith(other)) ? Math.min(enough, distance(name, other)) : distance(name, other));
  return machines.map((m) => [alike(m.name), m]).filter(([d]) => d <= enough)
    .sort(([d, a], [e, b]) => d - e || (a.id < b.id ? -1 : 1)).slice(0, MOST).map(([, m]) => m);
}
