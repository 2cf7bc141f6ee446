// What a machine is: type, place, source, session, journal, operations.

import { cycle, day, hourMinute, number } from '../core/format.js';
import { esc, has, t } from '../core/texts.js';

const when = (us, zone) => (us ? `${day(us, zone)} ${hourMinute(us, zone)}` : '–');

/** Rows of a definition list; times in the plant's zone. */
export function aboutMarkup(machine, zone) {
  const rows = [
    ['type', esc(machine.title && machine.title !== machine.type ? `${machine.title} (${machine.type})` : machine.type)],
    ['topic', `<span class="mono">${esc(machine.id).replaceAll('/', '/<wbr>')}</span>`],
    ['origin', esc(has(`origin.${machine.origin}`) ? t(`origin.${machine.origin}`) : machine.origin)],
  ];
  if (machine.source) rows.push(['source', linked(machine.source)]);
  if (machine.description) rows.unshift(['what', esc(machine.description)]);
  rows.push(['interval', `${number(machine.interval_s, machine.interval_s < 1 ? 2 : 0)}\u2009s`], ['seen', when(machine.first_seen, zone)],
    ['session', machine.session > 1e14 ? when(machine.session, zone) : number(machine.session)], ['epoch', when(machine.epoch, zone)]);
  if (machine.operations?.length) {
    rows.push(['operations', machine.operations.map((o) => esc(t('machine.about.operation', { title: o.title || o.name, time: cycle(o.cycle_s) }))).join('<br>')]);
  }
  return rows.map(([name, text]) => `<div><dt>${t(`machine.about.${name}`)}</dt><dd>${text}</dd></div>`).join('');
}

const linked = (text) => esc(text).replace(/https?:\/\/[^\s,;)]+/g, (url) => `<a href="${url}" rel="noreferrer noopener" target="_blank">${url}</a>`);
