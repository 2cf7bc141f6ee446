// <andon-opinion>: what the detector thinks of a machine: how far it has learned, how unusual the machine is, and why.

import { api, may, query } from '../../core/api.js';
import { setHtml } from '../../core/dom.js';
import { hourSecond, number } from '../../core/format.js';
import { esc, sentence, t } from '../../core/texts.js';
import { whileSeen } from '../../core/watch.js';
import { signalTitle } from '../../chart/panel.js';
import { lamp } from '../../drawings/lamps.js';
import '../../lineage/origin.js';
import { failed, nothing, waiting } from './notes.js';

const EVERY_MS = 5_000;
const SCOPE = 'detector:teach';
const SHOWN = 5;
/** The end of the score's scale, in limits. */
const MOST = 2;

class Opinion extends HTMLElement {
  /** Show `machine` (its view); times in `zone`. */
  open(machine, zone) {
    this.machine = machine;
    this.zone = zone;
    const role = t(`role.${window.ANDON?.role ?? 'viewer'}`);
    const allowed = may(SCOPE);
    this.innerHTML = `<header><h2>${t('opinion')}</h2><andon-origin figure="anomaly" machine="${esc(machine.id)}" start="-1h"></andon-origin></header><div class="body" aria-live="polite">${waiting()}</div>
      <form class="anew"><button class="btn" ${allowed ? '' : 'disabled'}>${t('opinion.anew')}</button><p class="q s">${esc(allowed ? t('opinion.anew.help') : t('opinion.anew.forbidden', { role }))}</p></form><p class="answer" role="status"></p>`;
    this.querySelector('form').onsubmit = (e) => { e.preventDefault(); this.#forget(); };
    this.looking?.stop();
    this.looking = whileSeen(this, EVERY_MS, () => this.#load());
  }

  disconnectedCallback() { this.looking?.stop(); }

  async #load() {
    const body = this.querySelector('.body');
    try {
      const { opinions } = await api(`/detection${query({ machine: this.machine.id })}`);
      const newest = opinions.toSorted((a, b) => b.alarm - a.alarm || b.t - a.t);
      setHtml(this.querySelector('h2'), esc(this.#title(newest)));
      setHtml(body, newest.length ? `<ul>${newest.map((o) => this.#one(o)).join('')}</ul>` : nothing(t('opinion.none'), t('opinion.none.what')));
    } catch (error) {
      setHtml(body, failed(error));
    }
  }

  #title(opinions) {
    const alarm = opinions.find((o) => o.alarm);
    if (alarm) return t('opinion.title.alarm', { name: this.machine.name });
    if (opinions.length && opinions.every((o) => o.learned < 1)) return t('opinion.title.learning', { name: this.machine.name });
    return opinions.length ? t('opinion.title.usual', { name: this.machine.name }) : t('opinion');
  }

  #operation(mode) {
    const known = this.machine.operations?.find((o) => o.name === mode);
    return known?.title || (mode ? sentence(mode.replace(/[-_]/g, ' ')) : t('opinion.any'));
  }

  #one(o) {
    const head = `<p class="op"><b>${esc(this.#operation(o.mode))}</b>`;
    if (o.learned < 1) {
      const part = number(100 * o.learned, 0);
      return `<li class="learning">${head}<span>${t('opinion.learning', { part })}</span></p><div class="gauge" role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow="${part}" aria-label="${esc(t('opinion.learning', { part }))}"><i style="width:${part}%"></i></div></li>`;
    }
    const score = t('opinion.score', { score: number(o.score, 2) });
    const at = `${(100 * Math.min(o.score, MOST)) / MOST}%`;
    const scale = `<div class="gauge limit" role="img" aria-label="${esc(score)}"><i style="width:${at}"></i><u style="left:${100 / MOST}%"></u></div><p class="scale q s"><span>0</span><span>${t('opinion.limit')}</span><span>${MOST}${o.score > MOST ? ' +' : ''}</span></p>`;
    if (!o.alarm) return `<li>${head}<span>${esc(score)}</span></p>${scale}</li>`;
    return `<li class="alarm down">${head}<span class="b">${lamp('down', 16, false)} ${esc(t('opinion.alarm', { time: hourSecond(o.since, this.zone) }))}</span></p><p class="s">${esc(score)}</p>${scale}${this.#because(o.because)}</li>`;
  }

  /** The signals behind an alarm, with their shares. */
  #because(found) {
    const rows = Object.entries(found).slice(0, SHOWN).map(([name, share]) => {
      const spec = this.machine.signals.find((s) => s.name === name);
      const title = spec ? signalTitle(spec) : sentence(name.replace(/_/g, ' '));
      return `<li><span>${esc(title)}</span><span class="num">${number(100 * share, 0)}\u2009%</span><i style="width:${(100 * share).toFixed(1)}%"></i></li>`;
    });
    return rows.length ? `<p class="q s">${t('opinion.because')}</p><ol class="because">${rows.join('')}</ol>` : '';
  }

  async #forget() {
    const answer = this.querySelector('.answer');
    const button = this.querySelector('.anew button');
    button.disabled = true;
    try {
      await api(`/detection/${this.machine.id}`, { method: 'DELETE' });
      answer.className = 'answer good';
      answer.textContent = t('opinion.anew.done');
      this.looking.again();
    } catch (error) {
      answer.className = 'answer bad';
      answer.textContent = error.message;
    } finally {
      button.disabled = false;
    }
  }
}

customElements.define('andon-opinion', Opinion);
