// The Floor's OEE of the running shift, of the plant or a line, and the station that the others wait for.

import { askOee } from '../core/ask-oee.js';
import { setHtml, setText } from '../core/dom.js';
import { number } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { whileSeen } from '../core/watch.js';
import { nameOf } from '../core/words.js';

const EVERY_MS = 10_000;
/** The bottleneck is clear if the next station waits for this much more of its busy time at least. */
const CLEAR = 0.02;

const lines = () => (store.plant?.layout?.sites ?? []).flatMap((s) => s.lines ?? []);

/** Keeps `card` up to date and tells `mark` the bottleneck's path (null: none). */
export class FloorOee {
  place = ''; // of a line; empty: the whole plant

  constructor(card, mark) {
    this.card = card;
    this.mark = mark;
    this.looking = whileSeen(card, EVERY_MS, () => this.#load());
  }

  stop() { this.looking.stop(); }

  /** The plant or its lines changed. */
  changed() {
    const paths = lines().map((l) => l.path);
    if (!paths.includes(this.place)) this.place = '';
    const options = [['', t('figure.oee.plant')], ...lines().map((l) => [l.path, l.title.split(',')[0]])];
    const box = this.card.querySelector('h2');
    setHtml(box, `${t('figure.oee')} ${paths.length > 1 ? `<select aria-label="${t('figure.oee.of')}">${options.map(([path, title]) => `<option value="${esc(path)}" ${path === this.place ? 'selected' : ''}>${esc(title)}</option>`).join('')}</select>` : ''}`);
    const select = box.querySelector('select');
    if (select) select.onchange = () => { this.place = select.value; this.looking.again(); };
    const asked = `${store.enterprise} ${store.mine.length > 0}`;
    // while the page still loads nothing is asked, so that is no asking either
    if (asked !== this.asked && store.status === 'ready') { this.asked = asked; this.looking.again(); }
  }

  async #load() {
    const of = this.place || store.enterprise;
    if (!of || store.status !== 'ready') return;
    if (!store.mine.length) { this.#none(''); return; }
    try {
      const report = await askOee({ place: of });
      if (of !== (this.place || store.enterprise)) { this.looking.again(); return; }
      this.#show(report);
    } catch (error) {
      this.#none(error.status === 404 ? t('figure.oee.none') : t('figure.oee.away'));
      this.card.title = error.message;
    }
  }

  /** No figure, and why. */
  #none(why) {
    setText(this.card.querySelector('b'), '–');
    setText(this.card.querySelector('small'), '');
    setHtml(this.card.querySelector('.below'), esc(why));
    this.mark(null);
  }

  #show({ together, bottleneck: found, shift }) {
    // of machines that stand each for itself none waits for another
    const asked = found && lines().some((l) => l.stations.length > 1 && l.stations.some((s) => s.machine === found.machine));
    const bottleneck = asked && found.certainty >= CLEAR ? found : null;
    const { oee } = together.kpis;
    setText(this.card.querySelector('b'), number(oee === null ? null : 100 * oee, 1));
    setText(this.card.querySelector('small'), oee === null ? '' : '%');
    const when = shift ? t('figure.oee.shift', { name: shift.name.toLowerCase() }) : t('figure.oee.last');
    const name = bottleneck ? nameOf(bottleneck.machine) : '';
    const below = oee === null ? t('figure.oee.unknown') : bottleneck ? t('figure.oee.neck', { name, when }) : asked ? t('figure.oee.neck.unclear', { when }) : when;
    // a name is not torn apart at its hyphen
    setHtml(this.card.querySelector('.below'), name ? esc(below).replace(esc(name), `<span class="whole">${esc(name)}</span>`) : esc(below));
    this.card.title = when;
    this.mark(bottleneck?.machine ?? null);
  }
}
