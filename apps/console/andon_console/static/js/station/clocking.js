// Clock on and off: at this machine, or on the whole line.

import { api, query } from '../core/api.js';
import { nameIn } from '../core/calls.js';
import { duration } from '../core/format.js';
import { store } from '../core/store.js';
import { t } from '../core/texts.js';
import { nameOf } from '../core/words.js';
import { act } from './deed.js';
import { myName, withName } from './person.js';
import { openChoices } from './sheet.js';

/** Where this person is clocked on in the plant: the span, or null; undefined: it is not known. */
export async function whereAmI(path) {
  try {
    const { people } = await api(`/labour/now${query({ place: path.split('/')[0] })}`);
    return people.find((p) => nameIn(p.person) === myName() && myName()) ?? null;
  } catch { return undefined; }
}

/** "pack-1, 3 h 12 min" */
export const whereWords = (span) => t('station.clock.on', { name: nameOf(span.place), time: duration(store.clockOf(span.place).seconds(span.began, store.now())) });

/** Clock on at the machine or its line, or off; `after` is called when it is done. */
export function openClock(path, title, on, after) {
  withName(() => {
    const line = path.slice(0, path.lastIndexOf('/'));
    if (on) { off(path).then(after); return; }
    const go = async (place, name) => {
      await act('/labour/on', { place }, t('station.said.on', { name }), () => t('station.clock.done'));
      after();
    };
    openChoices(t('station.clock.title'), [
      { label: t('station.clock.here', { name: nameOf(path) }), run: () => go(path, nameOf(path)) },
      { label: t('station.clock.line', { line: title }), run: () => go(line, title) },
    ]);
  });
}

const off = (path) => act('/labour/off', { enterprise: path.split('/')[0] }, t('station.said.off'), () => t('station.clock.gone'));
