// The alarms of one machine on its page: what is there, by whom it was raised, and one button to say "seen".

import { acknowledgeAll, byUrgency, mayHandle, saying, unseen } from '../core/alarms.js';
import { setHtml, setText } from '../core/dom.js';
import { duration } from '../core/format.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { alarmLamp } from '../drawings/alarm-lamp.js';

/** Show the alarms of `path` in `box`; hidden while there are none. */
export function showAlarms(box, path) {
  const alarms = [...store.alarms.values()].filter((a) => a.machine === path).sort(byUrgency);
  box.hidden = !alarms.length;
  const waiting = alarms.filter(unseen);
  setHtml(box, `<h2>${t('machine.alarms')}</h2><ul>${alarms.map((a) => `<li class="${a.severity} ${a.state}"><a href="/alarms?id=${encodeURIComponent(a.id)}">${alarmLamp(a, 24)}<span><b>${esc(saying(a))}</b><small>${t(`alarm.state.${a.state}`)}<i data-since="${a.active ? a.raised : 0}"></i>${a.source === 'detector' ? ` · ${t('alarm.source.detector')}` : ''}</small></span></a></li>`).join('')}</ul>
    ${waiting.length ? `<button type="button" class="btn" ${mayHandle() ? '' : `disabled title="${esc(t('alarm.forbidden', { role: t(`role.${window.ANDON?.role ?? 'viewer'}`) }))}"`}>${t('alarm.acknowledge')}</button>` : ''}<p class="answer bad" role="alert" hidden></p>`);
  const button = box.querySelector('button');
  if (button) button.onclick = () => acknowledge(box, button, waiting.map((a) => a.id));
  tickAlarms(box, path);
}

/** Times go on. */
export function tickAlarms(box, path) {
  const clock = store.clockOf(path);
  for (const node of box.querySelectorAll('[data-since]')) {
    const began = Number(node.dataset.since);
    setText(node, began ? `, ${duration(clock.seconds(began, store.now()))}` : '');
  }
}

async function acknowledge(box, button, ids) {
  button.disabled = true;
  const { failed } = await acknowledgeAll(ids);
  const answer = box.querySelector('.answer');
  if (!answer) return;
  answer.hidden = !failed;
  setText(answer, failed?.message ?? '');
  button.disabled = false;
}
