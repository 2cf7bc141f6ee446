// The catalogue's rows: a machine, its signals, and what it measures on each piece with the specification.

import { number, unit } from '../core/format.js';
import { esc, has, t } from '../core/texts.js';
import { nameOf } from '../core/words.js';
import { signalTitle } from '../chart/panel.js';
import { placeOf, plain } from './bits.js';
import { COMPLETE, percent } from './verdict.js';

const THIN = '\u2009';
const word = (key, name) => (has(`${key}.${name}`) ? t(`${key}.${name}`) : name);
const there = (value) => value !== null && value !== undefined;

/** A machine, its `signals` and its `pieces` (characteristics); what is the same for all of them is said once. */
export function groupMarkup(path, signals, pieces) {
  const { origin, owner, source = '' } = signals[0] ?? pieces[0];
  const about = [placeOf(path), word('origin', origin), t('data.owner', { name: owner })];
  const measured = pieces.length ? `<tr class="sub"><th scope="rowgroup" colspan="3">${t('data.pieces')}</th><th scope="col" class="limits" colspan="6">${t('data.specification')}</th></tr>${pieces.map(pieceMarkup).join('')}` : '';
  return `<tbody><tr class="of"><th scope="rowgroup" colspan="8"><a href="/machine/${esc(path)}"><b>${esc(nameOf(path))}</b></a><span>${about.map(esc).join(' · ')}</span>${source ? `<span title="${esc(source)}">${esc(t('data.source', { name: source }))}</span>` : ''}</th>
    <td class="go"><a href="/data/quality?machine=${encodeURIComponent(path)}" aria-label="${esc(t('data.go.quality.of', { name: nameOf(path) }))}">${t('data.go.quality')}</a></td></tr>${signals.map(rowMarkup).join('')}${measured}</tbody>`;
}

const cell = (name, text, label = t(`data.column.${name}`)) => `<td class="${name}" data-label="${label}">${text}</td>`;
const nameCell = (title, { description }, name) => `<td class="signal"><b${description ? ` title="${esc(description)}"` : ''}>${esc(title)}</b> <span class="mono q">${esc(name)}</span></td>`;
const sided = (low, high) => [[low, 'low'], [high, 'high']].filter(([v]) => there(v)).map(([value, side]) => t(`data.limit.${side}`, { value: plain(value) }));

function rowMarkup(s) {
  const title = signalTitle({ title: s.title === s.signal ? '' : s.title, name: s.signal });
  const kept = t('data.kept', { raw: plain(s.raw_days), minutes: plain(s.minute_days) });
  return `<tr data-signal="${esc(`${s.machine}.${s.signal}`)}">${nameCell(title, s, s.signal)}
    ${cell('unit', esc(unit(s.unit)) || '–')}${cell('range', t('data.range', { low: plain(s.minimum), high: plain(s.maximum) }))}${cell('limits', sided(s.low_limit, s.high_limit).join(', ') || '–')}
    ${cell('rate', `${plain(s.rate_hz)}${THIN}Hz`)}<td class="complete${s.completeness !== null && s.completeness < COMPLETE ? ' low' : ''}" data-label="${t('data.column.completeness')}" title="${esc(t('data.of', { part: number(s.values), all: number(s.expected) }))}">${s.completeness === null ? '' : `<span class="share"><i style="width:${(100 * s.completeness).toFixed(1)}%"></i></span>`}<span class="pc">${percent(s.completeness)}</span></td>${cell('class', esc(word('data.class', s.class)))}${cell('kept', kept)}
    <td class="go"><a href="/data/query?s=${encodeURIComponent(`${s.machine}.${s.signal}`)}" aria-label="${esc(t('data.go.query.of', { name: `${nameOf(s.machine)} ${title}` }))}">${t('data.go.query')}</a></td></tr>`;
}

/** What is measured on each piece: it has no rate and no alarm's limit, but a specification. */
function pieceMarkup(c) {
  const both = there(c.lower) && there(c.upper) ? [t('data.range', { low: plain(c.lower), high: plain(c.upper) })] : sided(c.lower, c.upper);
  const parts = there(c.target) ? [...both, t('data.target', { value: plain(c.target) })] : both;
  return `<tr class="piece" data-characteristic="${esc(`${c.machine}.${c.characteristic}`)}">${nameCell(c.title, c, c.characteristic)}${cell('unit', esc(unit(c.unit)) || '–')}<td class="range"></td><td class="limits" colspan="5" data-label="${t('data.specification')}">${parts.join(', ') || t('data.specification.none')}</td>
    <td class="go"><a href="/machine/${esc(c.machine)}" aria-label="${esc(t('data.go.machine.of', { name: nameOf(c.machine) }))}">${t('data.go.machine')}</a></td></tr>`;
}
