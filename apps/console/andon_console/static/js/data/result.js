// The answer to a question: for the chart what it draws from, and the values as a table.

import { clock, day, duration, hourSecond, number, signalDigits, unit } from '../core/format.js';
import { esc, t } from '../core/texts.js';

const SHOWN = 200; // rows on the page; a file has all

/** Stands where the chart keeps its data: the answer as it is, at its own resolution, however one zooms. */
export class Answer {
  constructor(answer, states) {
    this.series = new Map(answer.series.map((s) => [`${s.machine}.${s.signal}`, s]));
    this.states = states;
    this.events = [];
    this.loaded = { start: answer.start, stop: answer.stop };
    this.error = null;
  }

  async load() { return true; }

  append() { /* an answer does not grow */ }

  state() { /* nor do its states */ }

  /** Points of a series between two times; buckets stand at their middle. */
  points(name, start, stop) {
    const found = this.series.get(name);
    const every = found?.every ?? 0;
    const times = [];
    const values = [];
    const margin = (stop - start) * 0.02 + 2 * every;
    (found?.times ?? []).forEach((began, i) => {
      const at = began + every / 2;
      if (at < start - margin || at > stop + margin) return;
      times.push(at);
      values.push(found.values[i]);
    });
    return { times, values, every };
  }
}

/** How many values there are in all. */
export const countOf = (answer) => answer.series.reduce((n, s) => n + s.times.length, 0);

/** What the values are: every sample, or means of a minute; from where, and whether the end is cut off. */
export function aboutAnswer(answer, agg) {
  const [first] = answer.series;
  const said = [t('data.result.values', { n: countOf(answer), count: number(countOf(answer)) })];
  said.push(first.every ? t('data.result.buckets', { agg: t(`data.agg.${agg}`), time: first.every < 60e6 ? `${number(first.every / 1e6)}\u2009s` : duration(first.every / 1e6) }) : t('data.result.raw'));
  if (first.source !== 'raw') said.push(t(`data.result.${first.source}`));
  if (answer.series.some((s) => s.truncated)) said.push(t('data.result.truncated'));
  return said.join(' · ');
}

/** The newest rows: one a time, a column a series. */
export function tableMarkup(answer, specs, tz) {
  const rows = new Map();
  answer.series.forEach((s, i) => s.times.forEach((time, k) => {
    if (!rows.has(time)) rows.set(time, new Array(specs.length).fill(null));
    rows.get(time)[i] = s.values[k];
  }));
  const times = [...rows.keys()].sort((a, b) => b - a);
  const raw = !answer.series[0].every;
  const written = (time) => `<span class="q">${day(time, tz)}</span> ${raw ? `${hourSecond(time, tz)}.${clock(time, { fractionalSecondDigits: 3 }, tz).padStart(3, '0')}` : hourSecond(time, tz)}`;
  const digits = specs.map((s) => signalDigits(s));
  const head = specs.map((s) => `<th scope="col" class="r">${esc(s.title)}${unit(s.unit) ? ` <span class="q">${esc(unit(s.unit))}</span>` : ''}</th>`).join('');
  const body = times.slice(0, SHOWN).map((time) => `<tr><th scope="row">${written(time)}</th>${rows.get(time).map((v, i) => `<td class="r">${v === null ? '–' : number(v, digits[i])}</td>`).join('')}</tr>`).join('');
  const note = times.length > SHOWN ? t('data.table.newest', { shown: number(SHOWN), all: number(times.length) }) : t('data.table.all', { n: times.length });
  return `<div class="tools"><h2>${t('data.table')}</h2><span class="q">${note}</span></div><div class="scroll" tabindex="0" role="region" aria-label="${t('data.table')}"><table><thead><tr><th scope="col">${t('data.column.time')}</th>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}
