// What one may do to an alarm: acknowledge, shelve with a time and a reason, comment, take out of service and return.

import { handle, mayHandle, mayService, unseen } from '../core/alarms.js';
import { setHtml, setText } from '../core/dom.js';
import { t } from '../core/texts.js';

const LENGTHS = ['15m', '1h', '4h', '8h', '12h'];

export class Acts {
  /** `alarm` gives the alarm as it is when something is done. */
  constructor(box, alarm) {
    this.box = box;
    this.alarm = alarm;
    this.form = ''; // which form is open: shelve, comment, service
    box.innerHTML = '<p class="why" hidden></p><div class="buttons"></div><form class="more" hidden></form><p class="answer" role="status"></p>';
    this.buttons = box.querySelector('.buttons');
    this.more = box.querySelector('.more');
    this.buttons.onclick = (e) => { const b = e.target.closest('[data-do]'); if (b) this.#press(b.dataset.do); };
    this.more.onsubmit = (e) => { e.preventDefault(); this.#submit(); };
    this.more.onclick = (e) => { if (e.target.closest('.cancel')) this.#fold(); };
    this.more.onkeydown = (e) => { if (e.key === 'Escape') { e.stopPropagation(); this.#fold(); } };
  }

  show(alarm) {
    const { state } = alarm;
    const off = mayHandle() ? '' : 'disabled';
    const keeper = mayService() ? '' : 'disabled';
    const found = [];
    if (unseen(alarm)) found.push(['acknowledge', 'main', off]);
    if (state === 'shelved') found.push(['unshelve', '', off]);
    else if (state !== 'out-of-service' && state !== 'normal') found.push(['shelve', '', off]);
    found.push(['comment', '', off]);
    if (state === 'out-of-service') found.push(['return', '', keeper]);
    else found.push(['service', '', keeper]);
    setHtml(this.buttons, found.map(([name, kind, how]) => `<button type="button" class="btn ${kind}" data-do="${name}" aria-expanded="${this.form === name}" ${how}>${t(`alarm.do.${name}`)}</button>`).join(''));
    const role = t(`role.${window.ANDON?.role ?? 'viewer'}`);
    const why = this.box.querySelector('.why');
    why.hidden = mayHandle() && mayService();
    setText(why, why.hidden ? '' : t(mayHandle() ? 'alarm.forbidden.service' : 'alarm.forbidden', { role }));
    if (this.form && !found.some(([name]) => name === this.form)) this.#fold(false);
  }

  #press(what) {
    if (what === 'acknowledge' || what === 'unshelve') { this.#send(what, {}); return; }
    if (this.form === what) { this.#fold(); return; }
    this.form = what;
    setText(this.box.querySelector('.answer'), ''); // it was of what was done before
    this.more.hidden = false;
    const times = what === 'shelve' ? `<fieldset><legend>${t('alarm.shelve.for')}</legend>${LENGTHS.map((l, i) => `<label class="btn"><input type="radio" name="length" value="${l}" ${i === 1 ? 'checked' : ''}><span>${t(`alarm.length.${l}`)}</span></label>`).join('')}</fieldset>` : '';
    this.more.innerHTML = `${times}<label class="reason"><span>${t(`alarm.reason.${what}`)}</span><textarea name="text" rows="2" maxlength="1000" required></textarea></label><div class="go"><button class="btn main">${t(`alarm.go.${what}`)}</button><button type="button" class="btn cancel">${t('alarm.cancel')}</button></div>`;
    this.more.text.focus();
    this.#expanded();
  }

  #expanded() {
    for (const b of this.buttons.querySelectorAll('[data-do]')) b.setAttribute('aria-expanded', String(b.dataset.do === this.form));
    this.buttons.__html = null;
  }

  #fold(back = true) {
    const last = this.form;
    this.form = '';
    this.more.hidden = true;
    this.more.textContent = '';
    this.#expanded();
    if (back) this.buttons.querySelector(`[data-do="${last}"]`)?.focus();
  }

  #submit() {
    const text = this.more.text.value.trim();
    if (!text) { this.more.text.setCustomValidity(t('alarm.reason.empty')); this.more.text.reportValidity(); this.more.text.oninput = (e) => e.target.setCustomValidity(''); return; }
    const what = this.form;
    if (what === 'shelve') this.#send('shelve', { length: new FormData(this.more).get('length'), text });
    else if (what === 'comment') this.#send('comment', { text });
    else this.#send('service', { out: what === 'service', text });
  }

  async #send(what, body) {
    const answer = this.box.querySelector('.answer');
    const { id } = this.alarm();
    for (const b of this.box.querySelectorAll('button')) b.disabled = true;
    try {
      await handle(what, id, body);
      answer.className = 'answer';
      setText(answer, t(`alarm.done.${what === 'service' && !body.out ? 'return' : what}`));
      this.#fold();
    } catch (error) {
      answer.className = 'answer bad';
      setText(answer, error.message);
    } finally {
      for (const b of this.more.querySelectorAll('button')) b.disabled = false;
      this.buttons.__html = null;
      this.show(this.alarm());
    }
  }
}
