// Sentences: what a machine does, what happened, how a line is. Plain, short, active.

import { cycle, duration, number, quantity, signalDigits } from './format.js';
import { store } from './store.js';
import { has, sentence, t } from './texts.js';
import { stateWord } from '../drawings/lamps.js';

const NEWS_S = 3600 * 24;

/** A machine's name from its path. */
export const nameOf = (path) => path.slice(path.lastIndexOf('/') + 1);

/** A line's short name for people, from its path: what its plant calls it, or the end of the path. */
export function lineTitle(path) {
  const lines = (store.plants.get(path.split('/')[0])?.layout?.sites ?? []).flatMap((s) => s.lines ?? []);
  return (lines.find((l) => l.path === path)?.title ?? nameOf(path)).split(',')[0];
}

/** Paths and names in the order one counts: recorder-2 before recorder-10. */
export const counting = new Intl.Collator('en', { numeric: true }).compare;

/** Why a machine is in its state, as it says itself; never an empty phrase. */
export function why(machine) {
  const said = machine.text || machine.reason || '';
  if (said) return sentence(said.replace(/_/g, ' '));
  if (machine.state === 'offline') return has(`presence.${machine.presence}`) ? t(`presence.${machine.presence}`) : t('presence.silent');
  return has(`why.${machine.state}`) ? t(`why.${machine.state}`) : '';
}

/** How long a machine has been in its state, in plant seconds; null if it is not known. */
export function since(machine) {
  if (!machine.state_since) return null;
  return Math.max(0, store.clockOf(machine.id).seconds(machine.state_since, store.now()));
}

/** "4 min" in its state; nothing where that is not known, or longer than anybody cares. */
export function lasting(machine) {
  const seconds = since(machine);
  return seconds === null || seconds > NEWS_S * 30 ? '' : duration(seconds);
}

/** "Down 4 min" */
export const stateFor = (machine) => `${sentence(stateWord(machine.state))} ${lasting(machine)}`.trim();

/** What a machine that works tells under its unit: its last cycle, or what it is. */
export function doing(machine) {
  const last = store.cycles.get(machine.id);
  if (last?.duration_s) return t('tile.cycle', { time: cycle(last.duration_s) });
  return machine.product ? sentence(machine.product) : machine.title || machine.type;
}

/** The value that says most of a machine that makes no units: its first process signal. */
export function reading(machine) {
  const spec = (machine.signals ?? []).find((s) => s.role === 'process' && s.name !== 'buffer_out') ?? machine.signals?.[0];
  if (!spec) return '';
  const value = store.value(machine.id, spec.name);
  return value === null ? '' : quantity(value, spec.unit, signalDigits(spec));
}

/** The title of a machine's page. */
export function machineTitle(machine) {
  const reason = why(machine);
  const seconds = since(machine);
  const time = seconds === null ? '' : duration(seconds);
  const key = machine.origin === 'recorded' && machine.state === 'producing' ? 'machine.title.recorded' : `machine.title.${machine.state}`;
  const unit = machine.unit ? t('machine.title.unit', { unit: machine.unit }) : '';
  return t(key, { name: machine.name, unit, time, reason: reason ? `: ${reason[0].toLowerCase()}${reason.slice(1)}` : '' }).replace(/\s+([,:.])/g, '$1').trim();
}

/** The sentence over a line, from the states of its stations. */
export function lineSentence(title, stations) {
  const line = title.split(',')[0];
  const of = (state) => stations.filter((m) => m.state === state);
  const list = (machines) => machines.slice(0, 2).map((m) => m.name).join(t('and')) + (machines.length > 2 ? t('and.more', { n: machines.length - 2 }) : '');
  const say = (key, machines = []) => t(`line.${key}`, { line, machines: list(machines) });
  const down = of('down');
  const end = stations.filter((m) => !m.feedsOn);
  const flows = end.some((m) => m.state === 'producing' || m.state === 'setup');
  if (!stations.length) return line;
  if (of('offline').length === stations.length) return say('silent');
  if (down.length) return say(flows ? 'without' : 'waits', down);
  if (stations.every((m) => m.state === 'idle' || m.state === 'planned')) return say(of('planned').length ? 'paused' : 'idle');
  if (of('offline').length) return say('lost', of('offline'));
  if (of('planned').length && !flows) return say('waits', of('planned'));
  const setup = of('setup');
  if (setup.length) return say('changes', setup);
  const slow = pacemaker(stations);
  if (slow && !flows) return say('waits', [slow]);
  if (slow) return say('pace', [slow]);
  if (!flows && of('starved').length) return say('starved', of('starved'));
  return say('runs');
}

/** The station that works while one that feeds it is blocked, or the one it feeds is starved. */
function pacemaker(stations) {
  const feeds = (a, b) => a.feedsOn?.includes(b.id);
  return stations.find((m) => m.state === 'producing'
    && (stations.some((x) => x.state === 'blocked' && feeds(x, m)) || stations.some((x) => x.state === 'starved' && feeds(m, x)))) ?? null;
}

/** An event in plain words: {title, note, unit}, or null if it is no news. `last` tells stations where products leave. */
export function news(event, last) {
  const name = nameOf(event.machine);
  const reason = sentence((event.text || event.reason || '').replace(/_/g, ' '));
  if (event.kind === 'state' && (event.state === 'down' || event.state === 'planned')) return { title: t(`news.${event.state}`, { name }), note: reason, state: event.state };
  if (event.kind === 'state' && event.state === 'setup') return { title: t('news.setup', { name }), note: reason, state: 'setup' };
  if (event.kind === 'operation-finished' && !event.good) return { unit: event.unit, title: t('news.scrap', { name }), note: reason };
  if (event.kind === 'operation-finished' && last.has(event.machine)) return { unit: event.unit, title: t('news.finished'), note: t('news.finished.by', { name, time: cycle(event.duration_s ?? 0) }) };
  if (event.kind === 'alarm' && event.active) return { title: t('news.alarm', { name }), note: sentence(event.text || event.code), state: event.severity === 'critical' ? 'down' : event.severity === 'warning' ? 'starved' : 'info' };
  if (event.kind === 'gap') return { title: t('news.gap', { name, time: duration((event.t - event.start) / 1e6) }), note: reason };
  if (event.kind === 'void') return { title: t('news.void', { name, count: number(event.last - event.first + 1) }), note: reason, state: 'starved' };
  return null;
}
