// One way to do something: send it, say that it was done, kept or refused.

import { may } from '../core/api.js';
import { sentence, t } from '../core/texts.js';
import { outbox } from './outbox.js';
import { toast } from './sheet.js';

/** Whether who is here may act. */
export const mayWork = () => may('station:work');
export const mayManage = () => may('station:manage');

/** Send it; the answer, or null where it was kept for later, false where it was refused. `done` makes the words of success from the answer; null:
 * the page shows it by itself. */
export async function act(path, body, said, done = () => t('station.done'), undo = null) {
  try {
    const answer = await outbox.send(path, body, said);
    if (answer === null) toast(`${t('station.offline')} ${t('station.kept', { n: outbox.waiting.length })}`);
    else if (done) toast(done(answer), undo?.(answer) ?? null);
    return answer;
  } catch (error) {
    toast(`${t('station.refused', { what: said })}. ${sentence(error.message)}`, null, true);
    return false;
  }
}
