// The way from a figure back to its machine, as a chain of five links.

import { clock, day, hourMinute, number, unit } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, has, sentence, t } from '../core/texts.js';
import { nameOf } from '../core/words.js';
import { zoneOf } from '../floor/today.js';

const word = (key, name) => (has(`${key}.${name}`) ? t(`${key}.${name}`) : name);
const link = (n, title, body) => `<li><span class="n" aria-hidden="true">${n}</span><h3>${title}</h3>${body}</li>`;

/** What a source is called: an event, a signal, what the machine or the plant announced, what people said. */
function nameOfSource(s) {
  if (s.kind === 'signal') return `<b class="mono">${esc(s.name)}</b>${unit(s.unit) ? ` <span class="q">${esc(unit(s.unit))}</span>` : ''}`;
  return `<b>${esc(sentence(word(`origin.${s.kind}`, s.name)))}</b>`;
}

/** The list of an answer of /lineage. */
export function chainMarkup(found) {
  const tz = zoneOf(store.plants.get(found.machine.path.split('/')[0]));
  const at = (us) => `${day(us, tz)} ${hourMinute(us, tz)}`;
  const { figure, machine } = found;
  const byId = new Map(found.sources.map((s) => [s.id, s]));
  const elements = found.elements.map((e) => `<tr><th scope="row" class="mono">${esc(e.name)}</th><td>${esc(e.meaning)}<span class="q s"> ${esc(e.formula)}</span></td><td>${e.sources.map((id) => nameOfSource(byId.get(id))).join(', ') || '–'}</td></tr>`).join('');
  const sources = found.sources.map((s) => `<tr><th scope="row">${nameOfSource(s)}<span class="mono q topic">${esc(s.topic || t('origin.nowire'))}</span></th><td class="r">${countOf(s)}</td><td>${keptOf(s, at)}</td></tr>`).join('');
  return `<ol class="chain">
    ${link(1, t('origin.link.figure', { title: esc(sentence(figure.title)) }), `<p class="mono formula">${esc(figure.formula)}</p><p class="q s">${esc(figure.standard === "Andon's own" ? t('origin.own') : t('origin.standard', { name: figure.standard }))} · ${at(found.start)} – ${at(found.stop)}</p>`)}
    ${link(2, t('origin.link.elements'), `<div class="wide"><table><thead class="said"><tr>${['element', 'meaning', 'sources'].map((c) => `<th scope="col">${t(`origin.column.${c}`)}</th>`).join('')}</tr></thead><tbody>${elements}</tbody></table></div>`)}
    ${link(3, t('origin.link.sources'), `<div class="wide"><table><thead><tr><th scope="col">${t('origin.column.source')}</th><th scope="col" class="r">${t('origin.column.count')}</th><th scope="col">${t('origin.column.kept')}</th></tr></thead><tbody>${sources}</tbody></table></div>`)}
    ${link(4, t('origin.link.machine', { name: `<a href="/machine/${esc(machine.path)}">${esc(nameOf(machine.path))}</a>` }), `<p>${esc(machine.title || machine.type)} <span class="q">${esc(word('origin', machine.origin))}${machine.source ? `, ${esc(machine.source)}` : ''}</span></p>${found.journals.map((j) => journalMarkup(j, at)).join('') || `<p class="q">${t('origin.nojournal')}</p>`}`)}
    ${link(5, t('origin.link.store', { kind: esc(word('origin.store', found.store)) }), `<p>${found.gaps || found.voids ? esc(holes(found)) : t('origin.whole')}</p>`)}
  </ol>`;
}

/** What is missing of the time, as a sentence; what there is none of is not said. */
function holes({ gaps, voids }) {
  const said = [gaps && t('origin.gaps', { n: gaps }), voids && t('origin.voids', { n: voids })].filter(Boolean);
  return t('origin.holes', { what: said.join(t('origin.and')) });
}

function countOf(s) {
  if (s.count === null) return '<span class="q">–</span>';
  if (s.expected === null) return number(s.count);
  const earlier = s.earlier ? t('origin.earlier', { n: number(s.earlier) }) : '';
  if (!s.expected && earlier) return `<span class="q">${earlier}</span>`;
  const share = s.completeness === null ? '' : `<span class="q s"> ${number(100 * s.completeness, 1)}\u2009%</span>`;
  return `${number(s.count)} <span class="q">${t('origin.of', { n: number(s.expected) })}</span>${share}${earlier && ` <span class="q s earlier">${earlier}</span>`}`;
}

/** What the store still holds of a signal, and what is read of it. */
function keptOf(s, at) {
  if (s.kind === 'event') return s.count ? `<span class="q">${at(s.first)} – ${at(s.last)}</span>` : `<span class="q">${t('origin.never')}</span>`;
  if (!s.kept.length) return '';
  const rows = s.kept.map((k) => (s.kept.length === 1 ? t(`origin.kept.${k.kept}`) : t('origin.kept.since', { what: t(`origin.kept.${k.kept}`), from: at(k.start) })));
  const read = s.read_from && s.read_from !== 'raw' ? ` <span class="q">${t(`origin.read.${s.read_from}`)}</span>` : '';
  return rows.map(esc).join('; ') + read;
}

function journalMarkup(j, at) {
  const parts = [['stored', j.stored], ['quarantined', j.quarantined], ['voided', j.voided], ['missing', j.missing]].filter(([k, n]) => n || k === 'stored');
  return `<p class="journal"><span class="q">${t('origin.journal', { day: `${at(j.epoch)}:${clock(j.epoch, { second: '2-digit' }).padStart(2, '0')}`, n: j.messages, count: number(j.messages) })}</span> ${parts.map(([k, n]) => `<span class="${k}">${esc(t(`origin.journal.${k}`, { n: number(n) }))}</span>`).join(' · ')}</p>`;
}
