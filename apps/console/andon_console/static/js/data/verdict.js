// Quality in words, shapes and lists: what is wrong with a signal, and its gaps.

import { duration, number } from '../core/format.js';
import { esc, sentence, t } from '../core/texts.js';
import { signalTitle } from '../chart/panel.js';
import { lamp } from '../drawings/lamps.js';
import { fromTo, grouped, zone } from './bits.js';

/** Below this share something is missing, and not only a value at the edge of a minute. */
export const COMPLETE = 0.99;
const EXCESS = 0.01;
/** Below this share of values in time the way from the machine is slow or was cut. */
const TIMELY = 0.99;
/** What can be wrong, worst first, and the lamp that shows it: colour and shape say the same. */
const LAMPS = { none: 'offline', stuck: 'down', outside: 'blocked', gaps: 'starved', late: 'starved', excess: 'info', good: 'producing' };
const MOST_GAPS = 60;
const MOST_NAMES = 4; // more of them are counted: the list beside has them all
const S = 1e6; // microseconds

/** 98.4 %; what is nearly all is never shown as all. */
export function percent(share) {
  if (share === null || share === undefined) return '–';
  const shown = share < 1 ? Math.min(99.9, Math.floor(share * 1000) / 10) : 100;
  return `${number(shown, shown === 100 || shown === 0 ? 0 : 1)}\u2009%`;
}

/** What is wrong with a signal, worst first; nothing if it is good. */
export function troubleOf(s) {
  if (!s.values) return ['none'];
  const found = [];
  if (s.stuck) found.push('stuck');
  if (s.validity !== null && s.validity < 1) found.push('outside');
  if (s.gaps.length || (s.completeness !== null && s.completeness < COMPLETE)) found.push('gaps');
  if (s.timeliness !== null && s.timeliness < TIMELY) found.push('late');
  if (s.excess !== null && s.excess > EXCESS) found.push('excess');
  return found;
}

const words = (trouble, s) => sentence(trouble.map((k) => t(`data.verdict.${k}`, { time: duration(s.stuck_s) })).join(', '));

/** As the catalogue calls the signal. */
const titleOf = ({ title = '', signal }) => signalTitle({ title: title === signal ? '' : title, name: signal });

/** One signal's row. */
export function rowMarkup(s, { machine, start, stop }) {
  const trouble = troubleOf(s);
  const kinds = trouble.length ? trouble : ['good'];
  const cell = (name, text) => `<td class="${name}" data-label="${t(`data.column.${name}`)}">${text}</td>`;
  return `<tr data-signal="${esc(s.signal)}" class="${kinds[0]}"><td class="verdict">${lamp(LAMPS[kinds[0]], 20, false)}<span>${words(kinds, s)}</span></td>
    <th scope="row" class="signal"><a href="/data/query?s=${encodeURIComponent(`${machine}.${s.signal}`)}">${esc(titleOf(s))}</a></th>
    ${cell('completeness', `<span class="share"><i style="width:${((s.completeness ?? 0) * 100).toFixed(1)}%"></i></span>${percent(s.completeness)}`)}${cell('timeliness', percent(s.timeliness))}${cell('validity', percent(s.validity))}
    ${cell('values', t('data.of', { part: number(s.values), all: number(s.expected) }))}${cell('excess', percent(s.excess))}<td class="strip">${stripMarkup(s, start, stop)}</td></tr>`;
}

/** The range as a bar; where values are missing it is open. */
function stripMarkup(s, start, stop) {
  const at = (time) => ((Math.min(stop, Math.max(start, time)) - start) / (stop - start)) * 100;
  const holes = s.gaps.map((g) => `<i style="left:${at(g.start).toFixed(2)}%;width:${Math.max(0.6, at(g.stop) - at(g.start)).toFixed(2)}%"></i>`);
  return `<span class="bedded" role="img" aria-label="${esc(t('data.gaps.count', { n: s.gaps.length }))}">${holes.join('')}</span>`;
}

/** A delay: 0.4 s, 12 s, 10 min. */
export const delay = (seconds) => (seconds === null ? '–' : seconds < 10 ? `${number(seconds, 1)}\u2009s` : duration(seconds));

/** Stretches of minutes whose values came too late, newest first. */
export function lateMarkup({ machine, timeliness }) {
  const { late } = timeliness;
  if (!late.length) return '';
  const tz = zone(machine);
  return `<h2>${t('data.late.count', { n: late.length })}</h2><ol>${[...late].reverse().slice(0, MOST_GAPS).map((s) => `<li>${lamp('starved', 20, false)}<div><b>${esc(t('data.late.part', { part: number(s.late), all: number(s.values) }))}</b><span class="q">${esc(t('data.late.longest', { time: delay(s.longest_s) }))}</span></div>
      <div class="r"><time>${fromTo(s.start, s.stop, tz)}</time><span class="q">${duration((s.stop - s.start) / S)}</span></div></li>`).join('')}</ol>${late.length > MOST_GAPS ? `<p class="q">${t('data.gaps.more', { n: late.length - MOST_GAPS })}</p>` : ''}`;
}

/** The gaps of all signals, newest first; signals that were missing together stand together. */
export function gapsMarkup({ machine, signals, start, stop }) {
  const all = signals.flatMap((s) => s.gaps.map((g) => ({ ...g, signal: s.signal, title: s.title })));
  if (!all.length) return `<h2>${t('data.gaps.none')}</h2><p class="q">${t('data.gaps.none.what')}</p>`;
  const rows = [...grouped(all, (g) => `${g.start} ${g.stop}`).values()].sort((a, b) => b[0].start - a[0].start);
  const tz = zone(machine);
  return `<h2>${t('data.gaps.count', { n: rows.length })}</h2><ol>${rows.slice(0, MOST_GAPS).map((together) => {
    const [g] = together;
    const each = together.map(titleOf).join(', ');
    const names = together.length === signals.length && signals.length > 1 ? t('data.gaps.all', { n: together.length })
      : together.length > MOST_NAMES ? t('data.gaps.some', { count: together.length, all: signals.length }) : each;
    const sum = (key) => together.reduce((n, x) => n + x[key], 0);
    const none = !sum('values');
    return `<li>${lamp(none ? 'offline' : 'starved', 20, false)}<div><b title="${esc(each)}">${esc(names)}</b><span class="q">${t(none ? 'data.gaps.nothing' : 'data.gaps.few', { part: number(sum('values')), all: number(sum('expected')) })}</span></div>
      <div class="r"><time>${fromTo(g.start, g.stop, tz)}</time><span class="q">${g.start <= start + 60 * S && g.stop >= stop - 60 * S ? t('data.gaps.whole') : duration((g.stop - g.start) / S)}</span></div></li>`;
  }).join('')}</ol>${rows.length > MOST_GAPS ? `<p class="q">${t('data.gaps.more', { n: rows.length - MOST_GAPS })}</p>` : ''}`;
}
