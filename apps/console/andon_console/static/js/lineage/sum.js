// A figure of several machines together: what each adds to it, the pieces it is divided by, and the way on to each.

import { day, hourMinute, number, unit } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, sentence, t } from '../core/texts.js';
import { nameOf } from '../core/words.js';
import { zoneOf } from '../floor/today.js';

const link = (n, title, body) => `<li><span class="n" aria-hidden="true">${n}</span><h3>${title}</h3>${body}</li>`;
const digits = (value) => (Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0);

/** The list of an answer of /lineage/sum; its buttons [data-machine] lead on to a machine. */
export function sumMarkup(found) {
  const tz = zoneOf(store.plants.get(found.place.split('/')[0]));
  const at = (us) => `${day(us, tz)} ${hourMinute(us, tz)}`;
  const { figure, parts, ends } = found;
  const carbon = found.carbon_g_per_kwh !== null;
  const of = `<small> ${carbon ? t('origin.sum.carbon') : esc(unit(found.unit))}</small>`;
  const amount = (value) => `${number(value, digits(value))}${of}`;
  const most = Math.max(...parts.map((p) => Math.abs(p.value)), 1e-9);
  const rows = parts.map((p) => `<tr><th scope="row">${esc(nameOf(p.machine))}</th><td class="part" aria-hidden="true"><i style="width:${((100 * Math.abs(p.value)) / most).toFixed(1)}%"></i></td>
    <td class="r">${amount(p.value)}</td><td class="r">${p.share === null ? '–' : `${number(100 * p.share, 1)}<small> %</small>`}</td><td class="r on"><button type="button" class="whence" data-machine="${esc(p.machine)}" aria-label="${esc(t('origin.of.signal', { name: nameOf(p.machine) }))}">${t('energy.origin')}</button></td></tr>`).join('');
  const heads = ['machine', 'part', 'amount', 'share', 'on'].map((c) => `<th scope="col" class="${c === 'machine' || c === 'part' ? '' : 'r'}">${t(`origin.sum.column.${c}`)}</th>`).join('');
  const left = found.unmetered.length ? `<p class="q s">${t('energy.unmetered', { n: found.unmetered.length })}</p>` : '';
  const value = found.value === null ? '' : `<p class="value"><b>${number(found.value, digits(found.value))}</b>${of}</p>`;
  const links = [
    [t('origin.link.figure', { title: esc(sentence(figure.title)) }), `${value}<p class="mono formula">${esc(found.formula)}</p><p class="q s">${t('origin.own')} · ${at(found.start)} – ${at(found.stop)}</p>`],
    [t('origin.sum.parts', { n: parts.length }), `<div class="wide"><table class="parts-of"><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody><tfoot><tr><th scope="row">${t('origin.sum.all')}</th><td class="part"></td><td class="r">${amount(found.sum)}</td><td class="r"></td><td></td></tr></tfoot></table></div>${left}`],
  ];
  if (found.pieces !== null) {
    links.push([t('origin.sum.pieces', { n: found.pieces }), `<p>${ends.map((e) => `${esc(nameOf(e.machine))} <b>${number(e.good)}</b>`).join(', ')}</p><p class="q s">${t('origin.sum.ends')}</p>`]);
  }
  if (carbon) links.push([t('origin.sum.factor', { factor: number(found.carbon_g_per_kwh) }), `<p class="q s">${t('origin.sum.factor.what')}</p>`]);
  return `<ol class="chain sum">${links.map(([title, body], i) => link(i + 1, title, body)).join('')}</ol>`;
}
