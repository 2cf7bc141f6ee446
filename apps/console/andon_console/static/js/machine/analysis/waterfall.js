// From calendar time to good pieces as SVG: one row a step, a loss hangs where the level before it ended.

import { duration } from '../../core/format.js';
import { esc, sentence, t } from '../../core/texts.js';

const ROW = 26;
const BAR = 14;
/** The state whose colour and lamp a loss has; the others are neutral. */
const STATE = { offline: 'offline', 'planned-stop': 'planned', idle: 'idle', starved: 'starved', blocked: 'blocked', down: 'down', setup: 'setup' };
const MARKS = {
  down: '<rect x="-5" y="-5" width="10" height="10" rx="1"/>', starved: '<path d="M-6,-4.500H6L0,5.500z"/>', blocked: '<path d="M-6,4.500H6L0,-5.500z"/>',
  setup: '<circle r="4.500" class="o"/><path d="M0,-4.500a4.500,4.500 0 0 0 0,9z"/>', planned: '<rect x="-6" y="-2.500" width="12" height="5" rx="1"/>',
  idle: '<circle r="4.500" class="o"/>', offline: '<circle r="4.500" class="o dash"/>',
};

/** Steps that say something: totals, and what cost at least a second. */
export const shownSteps = (steps) => steps.filter((s) => s.total || Math.abs(s.s) >= 1);

const spoken = (step) => t('oee.step.spoken', { name: t(`oee.step.${step.name}`), time: time(step) });
const time = (step) => (step.total ? '' : step.s < 0 ? '−\u2009' : '+\u2009') + duration(Math.abs(step.s));

/** The waterfall's markup at a width in pixels. */
export function waterfall(steps, width) {
  const rows = shownSteps(steps);
  const left = width < 420 ? 116 : 148;
  const right = 96;
  const whole = Math.max(...rows.map((s) => s.level_s + Math.max(0, -s.s)), 1);
  const x = (s) => left + (s / whole) * (width - left - right);
  const height = rows.length * ROW + 4;
  const marks = rows.map((step, i) => {
    const y = i * ROW + (ROW - BAR) / 2;
    const from = step.total ? 0 : Math.min(step.level_s, step.level_s - step.s);
    const to = step.total ? step.level_s : Math.max(step.level_s, step.level_s - step.s);
    const state = step.total ? '' : STATE[step.name];
    const kind = step.total ? (step.name === 'good' ? 'total producing' : 'total') : state ? `loss ${state}` : 'loss plain';
    const mark = state ? `<g class="m ${state}" transform="translate(8 ${y + BAR / 2})">${MARKS[state]}</g>` : '';
    const next = i + 1 < rows.length ? `<path class="step" d="M${x(step.level_s).toFixed(1)},${y + BAR}v${ROW - BAR}"/>` : '';
    return `<g class="row ${step.total ? 'sum' : ''}"><title>${esc(spoken(step))}</title>${mark}<text x="${step.total ? 0 : 22}" y="${y + 12}">${esc(sentence(t(`oee.step.${step.name}`)))}</text>`
      + `<rect class="${kind}" x="${x(from).toFixed(1)}" y="${y}" width="${Math.max(1.5, x(to) - x(from)).toFixed(1)}" height="${BAR}"/>${next}`
      + `<text class="val" x="${width}" y="${y + 12}" text-anchor="end">${time(step)}</text></g>`;
  });
  return `<svg class="fall" width="${width}" height="${height}" role="img" aria-label="${esc(t('oee.fall.label', { steps: rows.map(spoken).join(', ') }))}">${marks.join('')}</svg>`;
}
