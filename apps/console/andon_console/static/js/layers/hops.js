// One followed message as a list of hops, on two lanes: to be seen, and to be kept.

import { t } from '../core/texts.js';
import { NUMBER } from './picture.js';

/** Hop, the time's name in the answer, lane; `browser` and `chart` are this browser's own. */
const HOPS = [
  ['measured', 'measured', 'both'], ['journal', 'journaled', 'both'],
  ['live', 'live', 'seen'], ['browser', null, 'seen'], ['chart', null, 'seen'],
  ['ingest', 'received', 'kept'], ['store', 'written', 'kept'], ['acknowledged', 'acknowledged', 'kept'], ['watermark', 'watermark', 'kept'],
];

/** [{hop, no, lane, at (us, null: not yet), ms since it was measured}]; `mine` are this browser's {received, painted}. */
export function hopsOfMessage(found, mine) {
  const own = { browser: mine?.received ?? null, chart: mine?.painted ?? null };
  const begin = found.times.measured ?? found.times.journaled ?? found.times.received;
  return HOPS.map(([hop, name, lane]) => {
    const at = name ? found.times[name] : own[hop];
    return { hop, no: NUMBER[hop], lane, at, ms: at === null || begin === null ? null : (at - begin) / 1000 };
  });
}

/** Whether a hop will not come: a foreign sender has no journal, a message in quarantine has no values to be shown. */
export const absent = (hop, found) => (hop === 'journal' && Boolean(found.times.received) && found.times.journaled === null)
  || (hop === 'measured' && Boolean(found.times.received) && found.times.measured === null)
  || (['live', 'browser', 'chart'].includes(hop) && found.outcome === 'quarantined' && found.times.live === null)
  || (hop === 'watermark' && found.state === 'settled' && found.times.watermark === null);

/** What happened at a hop, in a sentence or two. */
export function story(hop, found, doubtMs) {
  if (absent(hop, found)) return t(`layers.hop.${hop}.absent`);
  if (hop === 'store' && found.outcome === 'quarantined') return t('layers.hop.store.quarantined', { detail: found.detail });
  const judged = found.times.judged && found.times.received ? (found.times.judged - found.times.received) / 1000 : 0;
  return t(`layers.hop.${hop}.what`, { name: found.machine.split('/').pop(), seq: found.seq, before: found.seq - 1, n: found.batch, judged: judged.toFixed(2), doubt: doubtMs.toFixed(1) });
}
