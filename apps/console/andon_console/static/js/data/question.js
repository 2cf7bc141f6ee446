// A question for values: what is asked, as an address of the API, as a command line, and as the page's own address.

import { query } from '../core/api.js';
import { store } from '../core/store.js';
import { t } from '../core/texts.js';
import { nameOf } from '../core/words.js';
import { signalTitle } from '../chart/panel.js';

export const MOST = 4; // lines in one chart
export const RANGES = ['15m', '1h', '8h', '24h', '7d'];
export const EVERY = ['', '1s', '10s', '1m', '10m', '1h', '1d'];
export const AGGS = ['mean', 'min', 'max', 'first', 'last', 'count', 'sum', 'stddev', 'raw'];
const FIRST = { range: '1h', every: '', agg: 'mean' };

/** The question that a page's address holds: {pairs: [[machine, signal]], range, start, stop, every, agg}. */
export function questionOf(search) {
  const wanted = new URLSearchParams(search);
  const among = (name, list) => (list.includes(wanted.get(name)) ? wanted.get(name) : FIRST[name]);
  const pairs = wanted.getAll('s').map((s) => [s.slice(0, s.lastIndexOf('.')), s.slice(s.lastIndexOf('.') + 1)]).filter(([m]) => m).slice(0, MOST);
  const [start, stop] = [wanted.get('start') ?? '', wanted.get('stop') ?? ''];
  return { pairs, range: start && stop ? '' : among('range', RANGES), start, stop, every: among('every', EVERY), agg: among('agg', AGGS) };
}

/** What the page's address keeps of a question: only what is not as it would be anyway. */
export const kept = (q) => ({ s: q.pairs.map((p) => p.join('.')), ...(q.range ? { range: q.range === FIRST.range ? '' : q.range } : { start: q.start, stop: q.stop }),
  every: q.agg === 'raw' ? '' : q.every, agg: q.agg === FIRST.agg ? '' : q.agg });

/** The parameters of /series. Machines and signals are paired; one machine is named once. */
export function parameters(q) {
  const machines = new Set(q.pairs.map(([m]) => m));
  return { machine: machines.size === 1 ? [...machines] : q.pairs.map(([m]) => m), signal: q.pairs.map(([, s]) => s),
    start: q.range ? `-${q.range}` : q.start, stop: q.range ? 'now' : q.stop, agg: q.agg, every: q.agg === 'raw' ? undefined : q.every || undefined };
}

/** The API's address, with this page's origin. A slash may stand in a query as it is, and reads better. */
export const address = (q) => `${location.origin}/api/v1/series${query(parameters(q)).replace(/%2F/g, '/').replace(/%3A/g, ':')}`;

/** The command that prints the same values. A machine is named as short as it is clear. */
export function command(q) {
  const all = [...store.machines.keys()];
  const short = (path) => (all.filter((m) => nameOf(m) === nameOf(path)).length === 1 ? nameOf(path) : path);
  const words = [t('data.command'), ...q.pairs.map(([m, s]) => `${short(m)}.${s}`)];
  words.push(...(q.range ? [`--last ${q.range}`] : [`--start ${q.start}`, `--stop ${q.stop}`]));
  if (q.agg !== 'raw' && q.every) words.push(`--every ${q.every}`);
  if (q.agg !== FIRST.agg) words.push(`--agg ${q.agg}`);
  return [...words, '--csv'].join(' ');
}

/** A signal as the answer has it, for chart and table: a count has no unit, and only levels have limits. */
export function specOf(pair, q) {
  const [path, name] = pair;
  const machine = store.machines.get(path);
  const spec = machine?.signals?.find((s) => s.name === name) ?? { name, unit: '1', minimum: 0, maximum: 1, rate_hz: 1 };
  const said = { signal: signalTitle(spec), machine: nameOf(path) };
  const title = q.agg === 'mean' || q.agg === 'raw' ? t('data.series', said) : t('data.series.agg', { ...said, agg: t(`data.agg.${q.agg}`) });
  const found = { ...spec, name: pair.join('.'), title };
  if (!['count', 'sum', 'stddev'].includes(q.agg)) return found;
  return { ...found, unit: q.agg === 'count' ? '1' : spec.unit, minimum: 0, maximum: q.agg === 'count' ? 1 : spec.maximum, low_limit: null, high_limit: null };
}
