// The page's title: the answer in a sentence, worst first.

import { duration, number } from '../core/format.js';
import { t } from '../core/texts.js';
import { hopsOf, ms, rate } from './figures.js';

const SLOW_MS = 1000; // half of all messages wait longer for the store: its batches are written every 50 ms
const BEHIND_S = 5;

/** {title, bad}; `screen` is the typical time from measurement to this screen in ms, null if nothing came lately. */
export function verdict(flow, screen, stream) {
  const hops = hopsOf(flow);
  const say = (key, places = {}) => ({ title: t(`layers.title.${key}`, places), bad: true });
  if (flow.ingest === 'away') return say('away');
  if (flow.ingest === 'no-broker') return say('nobroker');
  if (flow.ingest === 'no-store' || !flow.store.ready) return say('nostore');
  if (flow.watermark.oldest_s >= BEHIND_S) return say('behind', { time: duration(flow.watermark.oldest_s) });
  if (hops.write.count && hops.write.p50_ms > SLOW_MS) return say('slow', { time: ms(hops.write.p50_ms) });
  if (!flow.online) return say('silent');
  if (stream !== 'live') return say('cut');
  if (screen === null) return { title: t('layers.title.waiting'), bad: false };
  return { title: t('layers.title.good', { time: ms(screen) }), bad: false };
}

/** What stands beside the title. */
export function besides(flow) {
  const lost = flow.voided ? t('layers.lost', { n: flow.voided }) : t('layers.lost.none');
  const wide = Object.values(hopsOf(flow)).some((h) => h.ahead > 0) ? ` ${t('layers.clocks')}` : '';
  return `${t('layers.flow', { rate: rate(flow.rates.messages), stored: number(flow.stored) })}, ${lost}.${wide}`;
}
