// "Keep this question as a data product": the form below an answer on the query page.

import { api, may } from '../core/api.js';
import { setHtml, setText } from '../core/dom.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { nameOf } from '../core/words.js';

const BACKS = ['1d', '7d', '30d', '90d', '366d'];
const EVERY = ['1s', '10s', '1m', '10m', '1h', '1d'];

/** A title as a name: small letters, digits and hyphens. */
export const slug = (title) => title.toLowerCase().normalize('NFD').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 48).replace(/-+$/, '');

export class Keep {
  constructor(box) { this.box = box; }

  /** Offer to keep `question`; of several enterprises no product can be made. */
  show(question) {
    this.question = question;
    const owners = new Set(question.pairs.map(([m]) => m.split('/')[0]));
    this.box.hidden = !may('product:make') || owners.size !== 1;
    if (this.box.hidden || this.box.querySelector('form')) { this.#choices(); return; }
    this.box.innerHTML = `<details><summary><b>${t('data.keep')}</b> <span class="q">${t('data.keep.what')}</span></summary><form>
        <label class="all"><span>${t('data.keep.title')}</span><input type="text" name="title" required maxlength="120" autocomplete="off"></label>
        <label class="all"><span>${t('data.keep.description')}</span><textarea name="description" maxlength="2000" rows="3"></textarea></label>
        <label><span>${t('data.keep.name')}</span><input type="text" name="name" class="mono" required maxlength="48" pattern="[a-z0-9][a-z0-9\\-]*" autocomplete="off"></label>
        <label><span>${t('data.keep.licence')}</span><select name="licence"></select></label>
        <label data-own hidden><span>${t('data.keep.licence.name')}</span><input type="text" name="licence_name" maxlength="120"></label><label data-own hidden><span>${t('data.keep.licence.url')}</span><input type="text" name="licence_url" maxlength="500" inputmode="url"></label>
        <label><span>${t('data.keep.machines')}</span><select name="machines"></select></label>
        <label><span>${t('data.keep.back')}</span><select name="back">${BACKS.map((b) => `<option value="${b}"${b === '30d' ? ' selected' : ''}>${t(`data.keep.back.${b}`)}</option>`).join('')}</select></label>
        <p class="q s all" data-means></p><button class="btn main">${t('data.keep.do')}</button><p class="answer" role="status"></p></form></details>`;
    this.form = this.box.querySelector('form');
    const { title, name, licence, machines } = this.form.elements;
    title.oninput = () => { if (!this.named) name.value = slug(title.value); };
    name.oninput = () => { this.named = name.value !== ''; };
    licence.onchange = () => { for (const own of this.form.querySelectorAll('[data-own]')) own.hidden = licence.value !== ''; };
    machines.onchange = () => this.#means();
    this.form.onsubmit = (e) => { e.preventDefault(); this.#make(); };
    this.box.querySelector('details').ontoggle = () => this.#licences();
    this.#choices();
  }

  /** The licences that the platform knows, and one's own. */
  async #licences() {
    const { licence } = this.form.elements;
    if (licence.options.length) return;
    try {
      const { licences } = await api('/products');
      setHtml(licence, `${Object.entries(licences).map(([id, name]) => `<option value="${esc(id)}"${id === 'CC-BY-4.0' ? ' selected' : ''}>${esc(id)}: ${esc(name)}</option>`).join('')}<option value="">${t('data.keep.licence.own')}</option>`);
    } catch (error) { this.#say(error.message, true); }
  }

  #choices() {
    if (!this.form || this.box.hidden) return;
    const paths = [...new Set(this.question.pairs.map(([m]) => m))];
    const types = new Set(paths.map((p) => store.machines.get(p)?.type));
    const [type] = types;
    const enterprise = paths[0].split('/')[0];
    const all = types.size === 1 && type ? `<option value="type">${esc(t('data.keep.machines.type', { type, place: store.plants.get(enterprise)?.title || enterprise }))}</option>` : '';
    setHtml(this.form.elements.machines, `<option value="these">${esc(t('data.keep.machines.these', { names: paths.map(nameOf).join(', ') }))}</option>${all}`);
    this.#means();
  }

  /** The question as the platform takes it. A product has fixed buckets, so that its rows fit those of tomorrow. */
  #asked() {
    const { pairs, agg, every } = this.question;
    const paths = [...new Set(pairs.map(([m]) => m))];
    const signals = [...new Set(pairs.map(([, s]) => s))];
    const { machines, back } = this.form.elements;
    const which = machines.value === 'type' ? { place: paths[0].split('/')[0], type: store.machines.get(paths[0]).type } : { machines: paths };
    const buckets = agg === 'raw' ? {} : { every: EVERY.includes(every) ? every : '1m' };
    return { ...which, signals, agg, back: back.value, ...buckets };
  }

  #means() {
    const asked = this.#asked();
    const values = asked.agg === 'raw' ? t('data.result.raw') : t('data.keep.buckets', { agg: t(`data.agg.${asked.agg}`), every: t(`data.every.${asked.every}`) });
    setText(this.form.querySelector('[data-means]'), t('data.keep.means', { values, signals: asked.signals.join(', ') }));
  }

  async #make() {
    const { title, description, name, licence, licence_name, licence_url } = this.form.elements;
    const chosen = licence.value ? { id: licence.value } : { name: licence_name.value.trim(), url: licence_url.value.trim() };
    this.#say(t('data.keep.doing'));
    try {
      const made = await api('/products', { method: 'POST', body: { title: title.value.trim(), description: description.value.trim(), name: name.value, licence: chosen, question: this.#asked() } });
      location.assign(`/data/products?id=${encodeURIComponent(made.id)}`);
    } catch (error) { this.#say(error.message, true); }
  }

  #say(text, bad = false) {
    const box = this.form.querySelector('.answer');
    setText(box, text);
    box.classList.toggle('bad', bad);
  }
}
