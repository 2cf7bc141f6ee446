// What each plate says, from the answer of /flow and the machines that the page knows.

import { setHtml, setText } from '../core/dom.js';
import { duration, hourMinute, number } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { nameOf } from '../core/words.js';
import { lamp } from '../drawings/lamps.js';
import { zoneOf } from '../floor/today.js';

const MOST_LAMPS = 24;
const MOST_BARS = 12;

/** A rate: one digit behind the point below 100. */
export const rate = (value) => number(value, value < 100 && value % 1 ? 1 : 0);

/** A time in ms: 0.42 ms, 3.1 ms, 48 ms, 1.2 s, 4 min. */
export function ms(value) {
  if (value === null || value === undefined) return '–';
  if (value < 999.5) return `${number(value, value < 1 ? 2 : value < 10 ? 1 : 0)}\u2009ms`;
  return value < 60_000 ? `${number(value / 1000, value < 10_000 ? 1 : 0)}\u2009s` : duration(value / 1000);
}

/** Large numbers: 128 400, 1.42 million. */
export function many(value) {
  if (value >= 1e9) return t('layers.billion', { n: number(value / 1e9, 2) });
  return value >= 1e6 ? t('layers.million', { n: number(value / 1e6, 2) }) : number(value);
}

/** Bytes on disk, decimal units. */
function bytes(value) {
  const [unit, by] = value >= 1e9 ? ['GB', 1e9] : value >= 1e6 ? ['MB', 1e6] : ['kB', 1e3];
  return `${number(value / by, value / by < 10 ? 1 : 0)}\u2009${unit}`;
}

/** The hops of the answer by name. */
export const hopsOf = (flow) => Object.fromEntries(flow.hops.map((h) => [h.hop, h]));

/** What stands beside the ways: half of all messages took at most so long. */
export function timesOf(flow, screen) {
  const hops = hopsOf(flow);
  const said = Object.fromEntries(['journal', 'broker', 'write', 'watermark', 'live'].map((h) => [h, hops[h].count ? ms(hops[h].p50_ms) : '']));
  return { ...said, screen: screen === null ? '' : ms(screen) };
}

const sum = (rows, which) => rows.filter(which).reduce((n, r) => n + r.count, 0);

/** Box name to [figure, unit, below, more markup]. */
function boxes(flow) {
  const hops = hopsOf(flow);
  const { rates, watermark } = flow;
  const replies = Object.values(flow.security.replies).reduce((a, b) => a + b, 0);
  const slow = (h) => (hops[h].count ? t('layers.p99', { time: ms(hops[h].p99_ms) }) : t('layers.nothing'));
  return {
    machines: [number(flow.online), t('layers.unit.machines', { all: number(flow.machines) }), t('layers.below.machines'), lampsMarkup()],
    journal: [hops.journal.count ? ms(hops.journal.p50_ms) : '–', t('layers.unit.journal'), t('layers.below.journal')],
    broker: [rate(rates.telemetry + rates.event), t('layers.unit.messages'), t('layers.below.broker'), channelsMarkup(rates)],
    registry: [number(flow.machines), t('layers.unit.registry'), t('layers.below.registry')],
    quarantine: [number(flow.held), t('layers.unit.quarantine', { n: flow.held }), t(flow.held ? 'layers.below.quarantine' : 'layers.below.quarantine.none')],
    ingest: [rate(rates.messages), t('layers.unit.messages'), slow('broker')],
    api: [rate(rates.requests), t('layers.unit.answers'), t('layers.below.api')],
    live: [rate(rates.telemetry + rates.event + rates.birth), t('layers.unit.messages'), slow('live')],
    commands: [number(replies), t('layers.unit.commands', { n: replies }), t('layers.below.commands', { n: number(flow.security.replies.refused ?? 0) })],
    watermark: [number(watermark.pending), t('layers.unit.watermark', { n: watermark.pending }), t(watermark.oldest_s >= 0.1 ? 'layers.below.watermark' : 'layers.below.watermark.none', { time: ms(watermark.oldest_s * 1000) }), behindMarkup(watermark.behind)],
    store: [rate(rates.values), t('layers.unit.store'), t('layers.below.store', { values: many(flow.store.values), bytes: bytes(flow.store.bytes_on_disk), time: hops.write.count ? ms(hops.write.p99_ms) : '–' })],
    pages: [rate(rates.requests), t('layers.unit.pages'), t('layers.below.pages')],
    console: [number(flow.live_readers), t('layers.unit.console', { n: flow.live_readers }), t('layers.below.console')],
  };
}

function lampsMarkup() {
  const machines = store.mine.slice(0, MOST_LAMPS);
  return `<span class="lamps" role="img" aria-label="${esc(t('layers.lamps', { n: machines.length }))}">${machines.map((m) => lamp(m.state, 8, false)).join('')}</span>`;
}

const channelsMarkup = (rates) => `<dl class="channels">${['telemetry', 'event', 'birth', 'reply'].map((c) => `<div><dt class="mono">…/${c}</dt><dd><b>${rate(rates[c])}</b> <span class="u">${t('layers.unit.second')}</span></dd><dd class="below">${t(`layers.channel.${c}`)}</dd></div>`).join('')}</dl>`;

/** Machines with something that is not settled, as bars; the one that waits longest has its name. */
function behindMarkup(behind) {
  if (!behind.length) return '';
  const most = Math.max(...behind.map((b) => b.pending));
  const bars = behind.slice(0, MOST_BARS).map((b) => `<i style="height:${Math.max(8, (b.pending / most) * 100).toFixed(0)}%"></i>`);
  const worst = behind[0];
  const label = t('layers.behind', { name: nameOf(worst.machine), n: worst.pending });
  return `<span class="bars" role="img" aria-label="${esc(label)}"><span>${bars.join('')}</span><small>${esc(nameOf(worst.machine))}</small></span>`;
}

/** Layer to [figure, unit, below, refused] of security. */
function guards(flow) {
  const { refused, sessions, audit_records: acts, since } = flow.security;
  const kept = Object.values(flow.reasons).reduce((a, b) => a + b, 0); // out of the store, since ingest began
  const zone = zoneOf(store.plant);
  const at = (area) => sum(refused, (r) => area.includes(r.area));
  const told = (n, key) => (n ? t(`layers.refused.${key}`, { n, time: hourMinute(since, zone) }) : t('layers.refused.none', { time: hourMinute(since, zone) }));
  return {
    apps: [number(sessions), t('layers.guard.sessions', { n: sessions ?? 0 }), t('layers.guard.apps'), told(at(['pages', 'link']), 'pages')],
    data: [number(acts), t('layers.guard.acts', { n: acts }), t('layers.guard.data'), told(kept, 'quarantine')],
    platform: [number(at(['api', 'stream', 'command', 'enrolment'])), t('layers.guard.refused', { n: at(['api', 'stream', 'command', 'enrolment']) }), t('layers.guard.platform', { time: hourMinute(since, zone) }), partsOf(refused)],
    network: [t('layers.guard.tls'), '', t('layers.guard.network'), t('layers.guard.unseen')],
  };
}

/** Of what the platform turned away: how many calls, streams, commands and enrolments. */
function partsOf(refused) {
  const parts = ['api', 'stream', 'command', 'enrolment'].map((a) => [a, sum(refused, (r) => r.area === a)]).filter(([, n]) => n);
  return parts.length ? parts.map(([a, n]) => t(`layers.refused.area.${a}`, { n })).join(', ') : t('layers.refused.area.none');
}

/** Fill the picture. */
export function fill(root, flow) {
  for (const [name, [value, unit, below, more]] of Object.entries(boxes(flow))) {
    const box = root.querySelector(`[data-box=${name}]`);
    setText(box.querySelector('.v b'), value);
    setText(box.querySelector('.v .u'), unit);
    setText(box.querySelector(':scope > .below'), below);
    setHtml(box.querySelector('.more'), more ?? '');
  }
  for (const [name, [value, unit, below, refused]] of Object.entries(guards(flow))) {
    const box = root.querySelector(`[data-guard=${name}]`);
    setText(box.querySelector('.v b'), value);
    setText(box.querySelector('.v .u'), unit);
    setText(box.querySelector('.below'), below);
    setText(box.querySelector('.refused'), refused);
  }
  mark(root, 'ingest', flow.ingest !== 'ready');
  mark(root, 'store', !flow.store.ready || flow.ingest === 'no-store');
  mark(root, 'broker', flow.ingest === 'no-broker');
  mark(root, 'machines', flow.online < flow.machines);
}

function mark(root, name, bad) { root.querySelector(`[data-box=${name}]`).classList.toggle('bad', bad); }
