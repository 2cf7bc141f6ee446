// Lamps: a shape for each state, so that colour is never alone. 24 x 24.

import { t } from '../core/texts.js';

const SHAPES = {
  producing: '<circle cx="12" cy="12" r="10" fill="var(--c)"/>',
  setup: '<circle cx="12" cy="12" r="9" fill="var(--card)" stroke="var(--c)" stroke-width="2.4"/><path d="M12,3a9,9 0 0 0 0,18z" fill="var(--c)"/>',
  starved: '<path d="M2.5,4.5H21.5L12,20.5z" fill="var(--c)" stroke="var(--c)" stroke-width="2" stroke-linejoin="round"/>',
  blocked: '<path d="M12,3.5L21.5,19.5H2.5z" fill="var(--c)" stroke="var(--c)" stroke-width="2" stroke-linejoin="round"/>',
  down: '<rect x="2" y="2" width="20" height="20" rx="2" fill="var(--c)"/>',
  planned: '<rect x="1.5" y="8" width="21" height="8" rx="1.5" fill="var(--c)"/>',
  idle: '<circle cx="12" cy="12" r="9.4" fill="none" stroke="var(--c)" stroke-width="1.8"/>',
  offline: '<circle cx="12" cy="12" r="9.6" fill="none" stroke="var(--c)" stroke-width="1.6" stroke-dasharray="3 2.6"/><path d="M8,8l8,8M16,8l-8,8" stroke="var(--c)" stroke-width="2" stroke-linecap="round"/>',
  info: '<circle cx="12" cy="12" r="10" fill="none" stroke="var(--c)" stroke-width="2"/><path d="M12,11v6" stroke="var(--c)" stroke-width="2.2" stroke-linecap="round"/><circle cx="12" cy="7.2" r="1.4" fill="var(--c)"/>',
};

/** States in order of urgency; the first that holds names a line's trouble. */
export const STATES = ['down', 'blocked', 'starved', 'setup', 'offline', 'planned', 'idle', 'producing'];
/** States that get a plate on the board. */
export const NEEDY = new Set(['down', 'blocked', 'starved', 'setup', 'offline']);

/** A state's word: "producing". */
export const stateWord = (state) => t(`state.${state}`);

/** A lamp's markup; with `label` a screen reader hears the state. */
export function lamp(state, size = 22, label = true) {
  const shape = SHAPES[state] ?? SHAPES.offline;
  const spoken = label ? `role="img" aria-label="${stateWord(state)}"` : 'aria-hidden="true"';
  return `<svg class="lamp ${state}" width="${size}" height="${size}" viewBox="0 0 24 24" ${spoken}>${shape}</svg>`;
}
