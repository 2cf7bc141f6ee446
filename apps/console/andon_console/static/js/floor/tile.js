// One machine as an andon pole: lamp, name as a flag, drawing, and two lines of text below the belt.

import { ofMachine, shouts } from '../core/alarms.js';
import { markCall } from '../core/calls.js';
import { setAttribute, setHtml, setText } from '../core/dom.js';
import { esc, sentence, t } from '../core/texts.js';
import { doing, lasting, reading, stateFor, why } from '../core/words.js';
import { lamp, NEEDY, stateWord } from '../drawings/lamps.js';
import { drawingOf, picture } from '../drawings/machines.js';

/** A trouble gets its plate after so many wall seconds, so that the board does not flicker. */
const PATIENCE_US = 4e6;

/** Whether a machine's state calls for someone. */
export function needs(machine, now) {
  if (!NEEDY.has(machine.state)) return false;
  return machine.state === 'down' || machine.state === 'offline' || now - machine.state_since > PATIENCE_US;
}

/** A tile's element; `kind` is station, strip or row (the phone's list); `alone`: the machine stands in no line. */
export function makeTile(machine, kind, alone = kind === 'strip') {
  const link = document.createElement('a');
  link.dataset.machine = machine.id;
  link.href = `/machine/${machine.id}`;
  link.__drawing = drawingOf(machine.drawing);
  link.innerHTML = `<span class="plate"></span><span class="pole"></span><span class="lampbox"></span><b class="name" title="${esc(machine.name)}">${esc(machine.name)}</b>`
    + picture(machine.drawing) + '<span class="l1"></span><span class="l2"></span><span class="stock"></span>';
  link.__kind = kind;
  link.__alone = alone;
  link.__parts = Object.fromEntries(['lampbox', 'l1', 'l2', 'stock'].map((c) => [c, link.querySelector(`.${c}`)]));
  return link;
}

/** Mark a tile as the bottleneck, or no longer: a word with a narrowing shape, so that no colour is needed. */
export function markNeck(tile, on) {
  if (Boolean(tile.__neck) === on) return;
  tile.__neck?.remove();
  tile.__neck = null;
  if (!on) return;
  tile.__neck = document.createElement('span');
  tile.__neck.className = 'neck';
  tile.__neck.innerHTML = `<svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true"><path d="M0,0V12L5,7.500V4.500zM12,0V12L7,7.500V4.500z"/></svg>${t('tile.neck')}`;
  tile.append(tile.__neck);
}

/** Bring a tile up to date; `stock` says what stands behind it, in words. */
export function updateTile(tile, machine, now, stock = '') {
  const urgent = needs(machine, now);
  const shown = `tile ${tile.__kind} ${machine.state}${urgent ? ' need' : ''}`;
  if (tile.className !== shown) tile.className = shown;
  const size = tile.__kind === 'station' && urgent ? 32 : 22;
  setHtml(tile.__parts.lampbox, lamp(machine.state, size, false));
  tile.__parts.lampbox.classList.toggle('shouts', ofMachine(machine.id).some(shouts));
  const called = markCall(tile, machine.id);
  const [first, second, measured, said = second] = tile.__alone ? stripLines(machine, urgent) : lines(machine, urgent);
  setHtml(tile.__parts.l1, first);
  // the number that moves stands last, where it pushes nothing about
  setText(tile.__parts.l2, [second, measured].filter(Boolean).join(' · '));
  setAttribute(tile.__parts.l2, 'title', said);
  const label = t('tile.label', { name: machine.name, state: stateWord(machine.state), more: [called, tile.__neck ? t('tile.neck.help') : '', said, stock].filter(Boolean).join(', ') });
  setAttribute(tile, 'aria-label', label);
}

function lines(machine, urgent) {
  // its words are long, and beside them stands what waits behind the machine
  if (machine.state === 'planned') return [`<b>${esc(sentence(stateWord(machine.state)))}</b>`, [why(machine), lasting(machine)].filter(Boolean).join(' · ')];
  if (urgent || machine.state === 'idle') {
    // what a blocked machine holds is its unit, or said in its own words: there is room for the serial alone
    const held = machine.state === 'blocked' ? machine.unit || /^holds (\S+)$/i.exec(machine.text ?? '')?.[1] : '';
    return [`<b>${esc(stateFor(machine))}</b>`, held || why(machine), '', held ? t('tile.holds', { unit: held }) : why(machine)];
  }
  const unit = machine.unit ? `<span class="mono">${esc(machine.unit)}</span>` : esc(t('tile.nounit'));
  return [unit, doing(machine), reading(machine)];
}

function stripLines(machine, urgent) {
  if (urgent || machine.state === 'planned') return [`<b>${esc(stateFor(machine))}</b>`, why(machine)];
  const value = reading(machine);
  return [value ? esc(value) : esc(stateWord(machine.state)), machine.title || machine.type];
}
