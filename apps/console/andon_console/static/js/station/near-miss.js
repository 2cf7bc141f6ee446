// A near miss in a moment: how bad it could have been, what happened, where.

import { t } from '../core/texts.js';
import { act } from './deed.js';
import { keepDraft, openSheet } from './sheet.js';

export const WORST = ['damage', 'first-aid', 'injury', 'severe'];
const SAID = 40;

/** Open the sheet; `place` is where one stands. */
export function openNearMiss(place) {
  const { body, close } = openSheet(t('station.miss.title'), `<form class="big"><label><span>${t('station.miss.what')}</span><textarea name="what" rows="3" maxlength="1000" required></textarea></label>
    <fieldset><legend>${t('station.miss.worst')}</legend><div class="four">${WORST.map((w) => `<label class="pick"><input type="radio" name="worst" value="${w}" ${w === 'first-aid' ? 'checked' : ''}><span>${t(`station.miss.worst.${w}`)}</span></label>`).join('')}</div></fieldset>
    <label><span>${t('station.miss.spot')}</span><input name="spot" type="text" maxlength="200"></label><button class="go">${t('station.send')}</button></form>`);
  const form = body.querySelector('form');
  const forget = keepDraft(form, `miss ${place}`);
  form.onsubmit = async (e) => {
    e.preventDefault();
    const [what, spot, worst] = ['what', 'spot', 'worst'].map((n) => form.elements[n].value.trim());
    if (!what) return;
    close();
    const answer = await act('/station/near-misses', { place, what, spot, worst }, t('station.said.miss', { what: what.length > SAID ? `${what.slice(0, SAID)}…` : what }), () => t('station.miss.thanks'));
    if (answer !== false) forget();
  };
}
