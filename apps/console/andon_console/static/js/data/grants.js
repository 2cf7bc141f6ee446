// Who else may read a data product: the grants with their use, the form for a new one, and a partner's token, shown once.

import { api } from '../core/api.js';
import { setHtml, setText } from '../core/dom.js';
import { esc, t } from '../core/texts.js';
import { copy, dayTime, zone } from './bits.js';
import { curl } from './product.js';
import { lamp } from '../drawings/lamps.js';

const FORMATS = ['json', 'csv', 'parquet', 'arrow'];
const LIVES = ['1d', '7d', '30d', '90d', '366d'];
const LAMP = { good: 'producing', expired: 'idle', revoked: 'planned' };

export class Grants {
  constructor(box, product) {
    this.box = box;
    this.product = product;
    box.innerHTML = `<h2>${t('data.grants')}</h2><div class="told"></div><div class="wide held-by"></div>
      <form aria-label="${t('data.grants.new')}"><h3>${t('data.grants.new')}</h3>
        <label><span>${t('data.grants.whom')}</span><select name="kind"><option value="partner">${t('data.grants.partner')}</option><option value="tenant">${t('data.grants.tenant')}</option></select></label>
        <label><span data-name></span><input type="text" name="name" required maxlength="48" autocomplete="off"></label>
        <label><span>${t('data.grants.life')}</span><select name="life"></select></label>
        <fieldset><legend>${t('data.grants.formats')}</legend>${FORMATS.map((f) => `<label class="check"><input type="checkbox" name="format" value="${f}" checked><span>${t(`data.format.${f}`)}</span></label>`).join('')}</fieldset>
        <button class="btn main">${t('data.grants.give')}</button><p class="answer" role="status"></p></form>`;
    this.form = box.querySelector('form');
    this.form.elements.kind.onchange = () => this.#kind();
    this.form.onsubmit = (e) => { e.preventDefault(); this.#give(); };
    this.#kind();
    this.#load();
  }

  #kind() {
    const { kind, life } = this.form.elements;
    const open = kind.value === 'tenant' ? ['', ...LIVES] : LIVES;
    setText(this.form.querySelector('[data-name]'), t(`data.grants.name.${kind.value}`));
    setHtml(life, open.map((l) => `<option value="${l}"${l === (kind.value === 'tenant' ? '' : '30d') ? ' selected' : ''}>${t(`data.grants.life.${l || 'open'}`)}</option>`).join(''));
  }

  async #load() {
    const box = this.box.querySelector('.held-by');
    try {
      ({ grants: this.grants } = await api(`/products/${this.product.id}/grants`));
      this.retell();
    } catch (error) {
      this.grants = null;
      setHtml(box, `<p class="answer bad" role="alert">${esc(error.message)}</p>`);
    }
  }

  /** The grants with their times as the plant's zone says by now; the form stays as it is. */
  retell() {
    if (!this.grants) return;
    const box = this.box.querySelector('.held-by');
    const focused = box.contains(document.activeElement) && document.activeElement.dataset.revoke;
    setHtml(box, this.grants.length ? grantsMarkup(this.grants) : `<p class="q">${t('data.grants.none')}</p>`);
    for (const b of box.querySelectorAll('[data-revoke]')) b.onclick = () => this.#revoke(b.dataset.revoke, b);
    if (focused) box.querySelector(`[data-revoke="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  async #give() {
    const { kind, name, life } = this.form.elements;
    const formats = [...this.form.querySelectorAll('[name=format]:checked')].map((c) => c.value);
    const body = { [kind.value]: name.value.trim(), formats, ...(life.value ? { life: life.value } : {}) };
    if (!formats.length) { this.#say(t('data.grants.noformat'), true); return; }
    try {
      const made = await api(`/products/${this.product.id}/grants`, { method: 'POST', body });
      this.#say(t('data.grants.given', { name: name.value.trim() }));
      name.value = '';
      if (made.token) this.#token(made);
      this.#load();
    } catch (error) { this.#say(error.message, true); }
  }

  /** A partner's token is told this once, with the line that uses it. */
  #token(made) {
    const box = this.box.querySelector('.told');
    const line = curl(this.product, made.formats.includes('csv') ? 'csv' : made.formats[0]).replace('$TOKEN', made.token);
    setHtml(box, `<div class="once" role="status"><h3>${esc(t('data.grants.token', { name: made.partner }))}</h3><p>${t('data.grants.token.what')}</p>${[['token', made.token], ['line', line]].map(([what, text]) => `<div class="line"><code class="mono" data-told="${what}" tabindex="0" role="textbox" aria-readonly="true" aria-label="${t(`data.grants.copy.${what}`)}">${esc(text)}</code><button type="button" class="btn" data-give="${what}" aria-label="${t(`data.grants.copy.${what}`)}">${t('data.copy')}</button></div>`).join('')}<p class="answer"></p></div>`);
    for (const b of box.querySelectorAll('[data-give]')) b.onclick = async () => setText(box.querySelector('.answer'), t(await copy(box.querySelector(`[data-told="${b.dataset.give}"]`).textContent) ? 'data.copied' : 'data.notcopied'));
    box.scrollIntoView({ block: 'nearest' });
  }

  async #revoke(id, button) {
    button.disabled = true;
    try {
      await api(`/products/${this.product.id}/grants/${id}`, { method: 'DELETE' });
      this.#say(t('data.grants.revoked'));
    } catch (error) { this.#say(error.message, true); }
    setHtml(this.box.querySelector('.told'), '');
    this.#load();
  }

  #say(text, bad = false) {
    const box = this.form.querySelector('.answer');
    setText(box, text);
    box.classList.toggle('bad', bad);
  }
}

function grantsMarkup(grants) {
  const tz = zone();
  const until = (g) => (g.state === 'revoked' ? t('data.grants.ended', { day: dayTime(g.revoked, tz) }) : g.expires ? dayTime(g.expires, tz) : t('data.grants.life.open'));
  const row = (g) => `<tr class="${g.state}"><th scope="row">${lamp(LAMP[g.state], 16, false)}<b>${esc(g.partner ?? g.tenant)}</b> <span class="q">${t(g.partner ? 'data.grants.partner' : 'data.grants.tenant')}</span></th><td>${t(`data.grants.state.${g.state}`)}</td><td data-label="${t('data.grants.column.formats')}">${g.formats.map((f) => t(`data.format.${f}`)).join(', ')}</td><td data-label="${t('data.grants.column.until')}">${esc(until(g))}</td><td class="r" data-label="${t('data.grants.column.reads')}">${g.reads}</td><td class="go">${g.state === 'good' ? `<button type="button" class="btn" data-revoke="${esc(g.id)}" aria-label="${esc(t('data.grants.revoke.of', { name: g.partner ?? g.tenant }))}">${t('data.grants.revoke')}</button>` : ''}</td></tr>`;
  return `<table><thead><tr>${['whom', 'state', 'formats', 'until', 'reads'].map((c) => `<th scope="col"${c === 'reads' ? ' class="r"' : ''}>${t(`data.grants.column.${c}`)}</th>`).join('')}<th scope="col"><span class="said">${t('data.grants.revoke')}</span></th></tr></thead><tbody>${grants.map(row).join('')}</tbody></table>`;
}
