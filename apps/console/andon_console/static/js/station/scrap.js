// Scrap: this unit, or the last good ones; one touch on what is wrong books it, another takes it back.

import { api, query } from '../core/api.js';
import { nameIn } from '../core/calls.js';
import { setHtml, setText } from '../core/dom.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { act, mayManage } from './deed.js';
import { openSheet, ownWords } from './sheet.js';
import { myName } from './person.js';
import { reasons } from './stops.js';

const MOST = 99;

/** Open the sheet of a machine. */
export async function openScrap(path) {
  const unit = store.machines.get(path)?.unit ?? '';
  const { body, close } = openSheet(t('station.scrap.title'), `${unit ? `<div class="two"><button type="button" data-of="unit" aria-pressed="true"><span>${t('station.scrap.unit')}<small class="mono">${esc(unit)}</small></span></button><button type="button" data-of="last" aria-pressed="false"><span>${t('station.scrap.last')}</span></button></div>` : ''}
    <div class="stepper" ${unit ? 'hidden' : ''}><button type="button" data-by="-1" aria-label="${t('station.scrap.less')}">−</button><output>1</output><button type="button" data-by="1" aria-label="${t('station.scrap.more')}">+</button></div>
    <h3></h3><div class="choices"></div>${ownWords(t('station.write'))}<section class="booked" hidden><h3>${t('station.scrap.booked')}</h3><div class="rows"></div></section>`);
  let ofUnit = Boolean(unit);
  let count = 1;
  const show = () => {
    for (const b of body.querySelectorAll('[data-of]')) b.setAttribute('aria-pressed', String((b.dataset.of === 'unit') === ofUnit));
    body.querySelector('.stepper').hidden = ofUnit;
    setText(body.querySelector('output'), String(count));
    setText(body.querySelector('h3'), t(ofUnit || count === 1 ? 'station.scrap.why' : 'station.scrap.why.other'));
  };
  for (const b of body.querySelectorAll('[data-of]')) b.onclick = () => { ofUnit = b.dataset.of === 'unit'; show(); };
  for (const b of body.querySelectorAll('[data-by]')) b.onclick = () => { count = Math.max(1, Math.min(MOST, count + Number(b.dataset.by))); show(); };
  const book = (reason) => { close(); bookScrap(path, reason, ofUnit ? unit : '', ofUnit ? 1 : count); };
  body.querySelector('.own').onsubmit = (e) => { e.preventDefault(); book(e.target.elements.words.value); };
  show();
  listBooked(body.querySelector('.booked'), path, close);
  const known = await reasons().then((r) => r.scrap).catch(() => []);
  setHtml(body.querySelector('.choices'), known.map((r) => `<button type="button" data-reason="${esc(r.title)}"><span>${esc(r.title)}</span></button>`).join(''));
  for (const b of body.querySelectorAll('[data-reason]')) b.onclick = () => book(b.dataset.reason);
}

async function bookScrap(path, reason, unit, pieces) {
  const said = t('station.said.scrap', { n: pieces, reason });
  await act('/station/scrap', { machine: path, pieces, reason, unit }, said, () => said, (done) => ({ label: t('station.undo'), run: () => undo(done.id) }));
}

const undo = (id) => act('/station/scrap/undo', { id }, t('station.said.back'));

/** What was booked here since the morning; one's own can be taken back. */
async function listBooked(box, path, close) {
  let booked;
  try { booked = (await api(`/station/scrap${query({ place: path, start: '-16h' })}`)).scrap; } catch { return; }
  box.hidden = !booked.length;
  const mine = (b) => mayManage() || nameIn(b.by) === myName();
  setHtml(box.querySelector('.rows'), booked.slice(0, 8).map((b) => `<div class="entry"><span>${esc(t('station.scrap.row', { n: b.pieces, reason: b.reason }))}<small>${esc([b.unit, nameIn(b.by)].filter(Boolean).join(' · '))}</small></span>${b.undone ? `<em>${t('station.scrap.undone')}</em>` : mine(b) ? `<button type="button" data-undo="${b.id}">${t('station.undo')}</button>` : ''}</div>`).join(''));
  for (const b of box.querySelectorAll('[data-undo]')) b.onclick = () => { close(); undo(Number(b.dataset.undo)); };
}
