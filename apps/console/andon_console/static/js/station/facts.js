// What happened in a shift, as the handover shows it: figures first, then where time was lost, then what is open.

import { nameIn, running } from '../core/calls.js';
import { duration, number, quantity } from '../core/format.js';
import { esc, sentence, t } from '../core/texts.js';
import { nameOf } from '../core/words.js';
import { lamp, stateWord } from '../drawings/lamps.js';

/** "Early shift, 27 Nov" */
export function shiftName(facts) {
  if (!facts.shift) return t('station.hand.hours');
  const date = new Date(`${facts.day}T12:00:00Z`);
  return t('station.hand.shift', { shift: facts.shift, day: date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }) });
}

const figure = (name, value, note = '') => `<div><dt>${t(`station.fact.${name}`)}</dt><dd><b>${value}</b>${note ? `<small>${esc(note)}</small>` : ''}</dd></div>`;

/** The facts as markup. */
export function factsMarkup(facts) {
  const { output } = facts;
  const figures = [
    figure('output', number(output.good), output.due === null ? '' : t('station.fact.due', { due: number(output.due) })),
    figure('oee', facts.oee === null ? '–' : quantity(100 * facts.oee, '%', 0)),
    figure('scrap', number(output.scrap), output.scrap_by_people ? t('station.fact.people', { n: output.scrap_by_people }) : ''),
    figure('calls', number(facts.calls), facts.answer_median_s === null ? '' : t('station.fact.median', { time: running(facts.answer_median_s) })),
    figure('labour', quantity(facts.labour_h, 'h', 1)),
    figure('misses', number(facts.near_misses)),
  ];
  const stops = facts.stops.slice(0, 5).map((s) => `<li>${lamp(s.state, 22)}<span>${esc(sentence(s.reason.replace(/_/g, ' ')) || sentence(stateWord(s.state)))}<small>${esc(nameOf(s.machine))}</small></span><b>${duration(s.s)}</b></li>`).join('');
  const open = [
    ...facts.open_calls.map((c) => `<li>${lamp(c.kind === 'safety' ? 'down' : 'starved', 22, false)}<span>${t(`call.${c.kind}`)}<small>${esc(`${nameOf(c.machine)} · ${nameIn(c.called_by)}`)}</small></span></li>`),
    ...facts.open_alarms.map((a) => `<li>${lamp(a.severity === 'critical' ? 'down' : a.severity === 'warning' ? 'starved' : 'info', 22, false)}<span>${esc(sentence(a.text || a.id.split(':').pop()))}<small>${esc(nameOf(a.id.split(':')[0]))}</small></span></li>`),
  ].slice(0, 8).join('');
  return `<dl class="facts">${figures.join('')}</dl><h3>${t('station.fact.stops')}</h3>${stops ? `<ol class="lost">${stops}</ol>` : `<p class="q">${t('station.fact.stops.none')}</p>`}
    <h3>${t('station.fact.open')}</h3>${open ? `<ol class="lost">${open}</ol>` : `<p class="q">${t('station.fact.open.none')}</p>`}`;
}
