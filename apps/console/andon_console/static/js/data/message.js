// One message from quarantine: where it came from, why it was not believed, and what is in it.

import { number } from '../core/format.js';
import { esc, has, t } from '../core/texts.js';
import { dayTime } from './bits.js';

/** A journal is named by a number; Andon's own by the time of its beginning (us), others by what they like: below this
 * (in 2001) it is no time. */
const TIMES = 1e15;

const HEX_BYTES = 512;
const ROW = 16;

/** A reason's code in words; one that is new keeps its code. */
export const reasonWord = (code) => (has(`data.reason.${code}`) ? t(`data.reason.${code}`) : code);

/** The machine that the topic names: the broker let only its owner write there. Empty if it names none. */
export function machineOfMessage(m) {
  const parts = m.topic.split('/').slice(2, 7);
  return m.machine || (parts.length === 5 ? parts.join('/') : '');
}

/** Indented if it is JSON, as it came if it is text, else its bytes. */
function payloadOf(m) {
  if (m.payload === null) return hex(m.payload_base64);
  try { return JSON.stringify(JSON.parse(m.payload), null, 2); } catch { return m.payload; }
}

function hex(base64) {
  const bytes = [...atob(base64)].map((c) => c.charCodeAt(0));
  const rows = [];
  for (let i = 0; i < Math.min(bytes.length, HEX_BYTES); i += ROW) {
    const row = bytes.slice(i, i + ROW);
    const digits = row.map((b) => b.toString(16).padStart(2, '0')).join(' ').padEnd(ROW * 3 - 1);
    rows.push(`${i.toString(16).padStart(4, '0')}  ${digits}  ${row.map((b) => (b > 31 && b < 127 ? String.fromCharCode(b) : '.')).join('')}`);
  }
  return rows.join('\n') + (bytes.length > HEX_BYTES ? `\n${t('data.message.more', { n: bytes.length - HEX_BYTES })}` : '');
}

/** The message; `mayReplay` offers the second look, else it is said who may. */
export function messageMarkup(m, tz, mayReplay) {
  const machine = machineOfMessage(m);
  const rows = [
    ['topic', `<span class="mono">${esc(m.topic)}</span>`],
    ['machine', machine ? `<a href="/machine/${esc(machine)}">${esc(machine)}</a>` : ''],
    ['received', dayTime(m.received, tz, true)],
    ['identity', m.seq ? t(m.epoch < TIMES ? 'data.message.identity.named' : 'data.message.identity.of', { name: m.epoch, epoch: dayTime(m.epoch, tz, true), seq: number(m.seq) }) : t('data.message.identity.none')],
    ['size', `${number(m.size)}\u2009B`],
    ['replayed', m.replayed ? dayTime(m.replayed, tz, true) : ''],
  ];
  const advice = has(`data.advice.${m.reason}`) ? t(`data.advice.${m.reason}`) : t('data.advice');
  const action = mayReplay ? `<button type="button" class="btn main" data-replay>${t('data.replay')}</button><p class="q s">${t('data.replay.help')}</p>`
    : `<p class="why">${t('data.replay.forbidden', { role: t(`role.${window.ANDON.role}`) })}</p>`;
  return `<h2>${esc(reasonWord(m.reason))}</h2><p class="fault mono">${esc(m.detail)}</p><p class="advice">${esc(advice)}</p>
    <div class="act">${action}<div class="answer" role="status"></div></div>
    <dl>${rows.filter(([, v]) => v).map(([k, v]) => `<dt>${t(`data.message.${k}`)}</dt><dd>${v}</dd>`).join('')}</dl>
    <h3>${t(m.payload === null ? 'data.message.bytes' : 'data.message.payload')}</h3><pre class="mono" tabindex="0" role="region" aria-label="${t('data.message.payload')}">${esc(payloadOf(m)) || `<span class="q">${t('data.message.empty')}</span>`}</pre>`;
}
