// Questions that somebody might have, made of the machines that are there: who does not know what to ask begins here.

import { query } from '../core/api.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { counting, nameOf } from '../core/words.js';
import { signalTitle } from '../chart/panel.js';
import { kept, MOST, questionOf } from './question.js';

const first = questionOf('');
const isLimited = (s) => s.high_limit !== null || s.low_limit !== null;

/** At most three: a signal and its limit; the same signal of machines alike; what machines take. {words, question}. */
export function examples() {
  const machines = store.mine.filter((m) => m.signals?.length).sort((a, b) => counting(a.id, b.id));
  const found = [];
  const limited = machines.find((m) => m.operations?.length && m.signals.some(isLimited));
  if (limited) {
    const signal = limited.signals.find(isLimited);
    found.push({ words: t('data.example.limit', { signal: signalTitle(signal), name: limited.name }), question: { ...first, pairs: [[limited.id, signal.name]] } });
  }
  const alike = machines.filter((m) => m.signals.some(isLimited)).map((m) => machines.filter((o) => o.type === m.type && o.line === m.line)).find((all) => all.length > 1);
  if (alike) {
    const signal = alike[0].signals.findLast(isLimited);
    const pairs = alike.slice(0, MOST).map((m) => [m.id, signal.name]);
    found.push({ words: t('data.example.alike', { signal: signalTitle(signal), names: pairs.map(([m]) => nameOf(m)).join(', ') }), question: { ...first, pairs, range: '24h', every: '10m', agg: 'max' } });
  }
  const pairs = machines.flatMap((m) => m.signals.filter((s) => s.role === 'electricity').slice(0, 1).map((s) => [m.id, s.name])).slice(0, MOST);
  if (pairs.length > 1) found.push({ words: t('data.example.power', { names: pairs.map(([m]) => nameOf(m)).join(', ') }), question: { ...first, pairs, range: '8h' } });
  return found;
}

/** As links to this page with the question in its address. */
export function examplesMarkup() {
  const links = examples().map(({ words, question }) => `<li><a href="/data/query${esc(query(kept(question)))}">${esc(words)}</a></li>`);
  return links.length ? `<p class="q">${t('data.example.such')}</p><ul class="meant">${links.join('')}</ul>` : '';
}
