// The card of the machine that needs someone most, at 56 px: how it is, why, and a button that says "seen".
// Its parts are written each for itself, so that a second that passes does not take the button from under a finger.

import { acknowledgeAll, mayHandle, saying, shouts } from '../core/alarms.js';
import { setHtml, setText } from '../core/dom.js';
import { duration, hourMinute } from '../core/format.js';
import { whoDid } from '../core/people.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { since, why } from '../core/words.js';
import { alarmLamp } from '../drawings/alarm-lamp.js';
import { lamp, stateWord } from '../drawings/lamps.js';
import { zoneOf } from './today.js';

const WORKS = new Set(['producing', 'setup', 'idle', 'planned']);

/** What is worst: `machine` or null, its `alarms` (there and not silenced), and how loud it is: down, seen, mild, calm. */
export function showWorst(box, machine, alarms, loudness) {
  const shown = `card worst ${loudness}`;
  if (box.className !== shown) box.className = shown;
  if (!machine) { box.__machine = null; setHtml(box, calm()); return; }
  if (box.__machine !== machine.id) {
    box.__machine = machine.id;
    box.__html = null;
    box.innerHTML = '<div class="plight"><span class="lampbox"></span><div><h1></h1><p class="since"></p></div></div><p class="b"></p><p class="q more"></p><p class="seenby" hidden></p><div class="act"><span class="doing"></span><time></time></div><p class="answer bad" role="alert" hidden></p>';
    box.querySelector('h1').style.setProperty('--n', machine.name.length);
    box.querySelector('h1').textContent = machine.name;
  }
  const [alarm] = alarms;
  // of a machine that works the alarm is the news
  const warns = alarm && WORKS.has(machine.state);
  const seconds = warns ? store.clockOf(machine.id).seconds(alarm.raised, store.now()) : since(machine);
  setHtml(box.querySelector('.lampbox'), warns ? alarmLamp(alarm, 80) : lamp(machine.state, 80, true).replace('class="lamp ', `class="lamp ${alarm && shouts(alarm) ? 'shouts ' : ''}`));
  const word = warns ? t('side.warns.since') : stateWord(machine.state);
  // a time is not torn apart where the line ends
  setHtml(box.querySelector('.since'), seconds === null ? esc(word) : `${esc(word)}, <span>${duration(seconds)}</span>`);
  const [first, second] = words(machine, alarm);
  setText(box.querySelector('.b'), first);
  setText(box.querySelector('.more'), second);
  const seen = alarm?.state === 'acknowledged';
  const note = box.querySelector('.seenby');
  note.hidden = !seen;
  setText(note, seen ? t('alarm.seen.by', { who: whoDid(alarm.acknowledged_by) }) : '');
  acts(box, machine, alarms.filter((a) => a.state === 'unacknowledged'));
}

/** What is said first and what else: an alarm that says the same as the state, with figures, says it better. */
function words(machine, alarm) {
  const said = why(machine);
  const warned = alarm ? saying(alarm) : '';
  if (!warned || warned === said) return [said, ''];
  if (machine.state !== 'down' || warned.startsWith(said)) return [warned, ''];
  return [said, warned];
}

function acts(box, machine, loud) {
  const at = hourMinute(store.clockOf(machine.id).plant(machine.state_since), zoneOf(store.plant));
  setText(box.querySelector('.act time'), at);
  const off = mayHandle() ? '' : `disabled title="${esc(t('alarm.forbidden', { role: t(`role.${window.ANDON?.role ?? 'viewer'}`) }))}"`;
  const seen = loud.length ? `<button type="button" class="btn main" data-ids="${esc(JSON.stringify(loud.map((a) => a.id)))}" ${off}>${t('alarm.acknowledge')}</button>` : '';
  setHtml(box.querySelector('.doing'), `${seen}<a class="btn${loud.length ? '' : ' main'}" href="/machine/${machine.id}">${t('side.open', { name: esc(machine.name) })}</a>`);
  const button = box.querySelector('.act button');
  if (button) button.onclick = () => acknowledge(box, button);
}

async function acknowledge(box, button) {
  const answer = box.querySelector('.answer');
  button.disabled = true;
  const { failed } = await acknowledgeAll(JSON.parse(button.dataset.ids));
  answer.hidden = !failed;
  setText(answer, failed?.message ?? '');
  button.disabled = false;
}

function calm() {
  if (!store.mine.length) return `<h2>${t('side.nobody')}</h2><p class="q">${t('side.nobody.more')}</p>`;
  const working = store.mine.filter((m) => m.state === 'producing').length;
  return `<h2>${t('side.calm')}</h2><p class="q">${t('side.calm.more', { n: working })}</p>`;
}
