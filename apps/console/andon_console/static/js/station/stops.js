// Why the machine stands, or stood: each stop whose reason nobody knows asks for one, the running one first.

import { api, query } from '../core/api.js';
import { setHtml } from '../core/dom.js';
import { duration, hourMinute } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, has, sentence, t } from '../core/texts.js';
import { whileSeen } from '../core/watch.js';
import { nameIn } from '../core/calls.js';
import { lamp, stateWord } from '../drawings/lamps.js';
import { zoneOf } from '../floor/today.js';
import { act, mayWork } from './deed.js';
import { openChoices, ownWords } from './sheet.js';

const EVERY_MS = 15000;
const SHOWN = 3;
/** Shorter stops are not worth a word (plant seconds); nor is a short wait for a neighbour. */
const WORTH_S = 60;
const WAIT_S = 300;
const NEIGHBOURS = new Set(['starved', 'blocked']);
/** What happens to a machine by intent it explains itself: a changeover, a break. Why it failed it does not know. */
const INTENDED = new Set(['setup', 'planned']);
const explained = (stop) => Boolean(stop.given || (stop.own && INTENDED.has(stop.state)));

let catalogue = null;

/** The reasons to choose from; read once. */
export async function reasons() {
  catalogue ??= await api('/station/reasons');
  return catalogue;
}

/** "Why was it down?"; a setup and a planned stop are things, and not how a machine is. */
const asked = (state) => (has(`station.reason.of.${state}`) ? t(`station.reason.of.${state}`) : t('station.reason', { state: stateWord(state) }));

export class Stops {
  constructor(box, path) {
    this.box = box;
    this.path = path;
    box.innerHTML = `<h2>${t('station.stops')}</h2><div class="rows"></div>`;
    this.seen = whileSeen(box, EVERY_MS, () => this.#load());
  }

  stop() { this.seen.stop(); }

  /** Ask again: the machine changed its state. */
  again() { this.seen.again(); }

  async #load() {
    try {
      const { stops } = await api(`/station/stops${query({ machine: this.path, start: '-8h', longer_s: WORTH_S })}`);
      this.stops = stops;
      this.#show();
    } catch (error) {
      if (!this.stops) setHtml(this.box.querySelector('.rows'), `<p class="q">${esc(t('station.stops.away', { detail: error.message }))}</p>`);
    }
  }

  #show() {
    const machine = store.machines.get(this.path);
    const running = this.stops.filter((s) => s.stop === null && s.state === machine?.state);
    const past = this.stops.filter((s) => !running.includes(s) && !explained(s) && (s.plant_s >= WAIT_S || !NEIGHBOURS.has(s.state)));
    const said = this.stops.filter((s) => !running.includes(s) && s.given).slice(0, 1);
    const rows = [...running, ...past.slice(0, SHOWN)];
    const more = past.length - SHOWN;
    const none = rows.length > running.filter(explained).length ? '' : `<p class="q">${t('station.stops.none')}</p>`;
    setHtml(this.box.querySelector('.rows'), rows.map((s) => this.#row(s)).join('') + none + said.map((s) => this.#row(s)).join('')
      + (more > 0 ? `<p class="q">${t('station.stops.more', { n: more })}</p>` : ''));
    for (const button of this.box.querySelectorAll('[data-at]')) {
      button.onclick = () => this.#ask([...rows, ...said].find((s) => String(s.start) === button.dataset.at));
    }
  }

  #row(stop) {
    const clock = store.clockOf(this.path);
    const zone = zoneOf(store.plants.get(this.path.split('/')[0]));
    const places = { state: sentence(stateWord(stop.state)), time: duration(stop.plant_s), at: hourMinute(clock.plant(stop.start), zone) };
    const known = explained(stop);
    const own = sentence(stop.own.replace(/_/g, ' '));
    const title = stop.given ? stop.given.reason : known ? own : t(stop.stop === null ? 'station.stop.now' : 'station.stop.past', places);
    const note = stop.given ? t('station.stop.given.by', { ...places, who: nameIn(stop.given.by) }) : known ? t('station.stop.itself', places) : own ? t('station.stop.says', { reason: own }) : '';
    return `<button type="button" class="ask ${known ? 'given' : 'asks'} ${stop.state}" data-at="${stop.start}" ${mayWork() ? '' : 'disabled'}>${lamp(stop.state, 28)}<span>${esc(title)}${note ? `<small>${esc(note)}</small>` : ''}</span></button>`;
  }

  async #ask(stop) {
    let known;
    try { known = (await reasons()).stops[stop.state] ?? []; } catch { known = []; }
    const choices = known.map((r) => ({ label: r.title, run: () => this.#say(stop, { code: r.code }, r.title) }));
    if (stop.given) choices.push({ label: t('station.reason.back'), note: stop.given.reason, run: () => this.#back(stop) });
    const { body, close } = openChoices(asked(stop.state), choices, ownWords(t('station.reason.other')));
    body.querySelector('.own').onsubmit = (e) => {
      e.preventDefault();
      close();
      const reason = e.target.elements.words.value;
      this.#say(stop, { reason }, reason);
    };
  }

  async #say(stop, what, title) {
    const said = t('station.said.reason', { reason: title });
    await act('/station/stops/reason', { machine: this.path, at: stop.start, ...what }, said, () => said);
    this.again();
  }

  async #back(stop) {
    await act('/station/stops/undo', { id: stop.given.id }, t('station.said.back'));
    this.again();
  }
}
