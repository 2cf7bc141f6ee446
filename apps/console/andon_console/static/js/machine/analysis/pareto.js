// Losses by reason, largest first: a bar as long as its share, and the share so far as a tick.

import { duration, number } from '../../core/format.js';
import { esc, sentence, t } from '../../core/texts.js';
import { lamp, stateWord } from '../../drawings/lamps.js';

const MOST = 8;

/** The list's markup; `losses` as the API gives them. */
export function pareto(losses) {
  const shown = losses.slice(0, MOST);
  const longest = Math.max(...shown.map((l) => l.share), 0.0001);
  const rows = shown.map((l) => {
    const reason = l.reason ? sentence(l.reason.replace(/[-_]/g, ' ')) : sentence(stateWord(l.state));
    return `<li class="${l.state}">${lamp(l.state, 16)}<span class="why">${esc(reason)}</span><span class="num">${duration(l.s)}</span><span class="num q">${number(100 * l.share, 0)}\u2009%</span>
      <span class="num q sum">${number(100 * l.cumulative, 0)}\u2009%</span><i style="width:${(100 * l.share / longest).toFixed(1)}%"></i></li>`;
  });
  const more = losses.slice(MOST);
  const rest = more.length ? `<li class="more q">${t('oee.losses.more', { n: more.length })}, ${duration(more.reduce((a, l) => a + l.s, 0))}</li>` : '';
  return `<div class="cols q"><span>${t('oee.losses.time')}</span><span>${t('oee.losses.share')}</span><span>${t('oee.losses.sum')}</span></div><ol>${rows.join('')}${rest}</ol>`;
}
