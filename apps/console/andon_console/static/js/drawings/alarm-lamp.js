// Lamps of alarms: the severity is the shape, the state is how it is drawn. 24 x 24.
// There and unseen: full, with a mark of exclamation. Seen: outlined, with a tick. Over and unseen: dashed.
// Shelved: grey with two bars. Out of service: grey, struck through.

import { HUE, shouts } from '../core/alarms.js';
import { t } from '../core/texts.js';

const BASE = {
  critical: (more) => `<rect x="2.500" y="2.500" width="19" height="19" rx="2" ${more}/>`,
  warning: (more) => `<path d="M12,2.800L22,20.800H2z" stroke-linejoin="round" ${more}/>`,
  information: (more) => `<circle cx="12" cy="12" r="9.600" ${more}/>`,
};
const FULL = 'fill="var(--c)" stroke="var(--c)" stroke-width="1.600"';
const OPEN = 'fill="var(--card)" stroke="var(--c)" stroke-width="2"';
const OVER = 'fill="none" stroke="var(--c)" stroke-width="2" stroke-dasharray="3.500 2.500"';
const stroke = (color) => `fill="none" stroke="${color}" stroke-width="2.200" stroke-linecap="round" stroke-linejoin="round"`;
const call = (color) => `<path d="M12,8.400v5.200M12,17v.01" ${stroke(color)}/>`;
const tick = `<path d="M8,13.200l2.800,2.800l5,-6" ${stroke('var(--c)')}/>`;
const bars = `<path d="M9.800,10v7M14.200,10v7" ${stroke('var(--c)')}/>`;
const struck = `<path d="M4,20L20,4" ${stroke('var(--c)')}/>`;

const DRAWN = {
  unacknowledged: (base) => base(FULL) + call('var(--on-lamp)'),
  acknowledged: (base) => base(OPEN) + tick,
  returned: (base) => base(OVER) + call('var(--c)'),
  shelved: (base) => base(OPEN) + bars,
  'out-of-service': (base) => base(OPEN) + struck,
  normal: (base) => base(OPEN),
};
const SILENT = new Set(['shelved', 'out-of-service', 'normal']);

/** An alarm's lamp; with `label` a screen reader hears severity and state. */
export function alarmLamp(alarm, size = 28, label = true) {
  const hue = SILENT.has(alarm.state) ? 'planned' : HUE[alarm.severity];
  const spoken = label ? `role="img" aria-label="${t(`severity.${alarm.severity}`)}, ${t(`alarm.state.${alarm.state}`)}"` : 'aria-hidden="true"';
  return `<svg class="lamp alarm-lamp ${hue}${shouts(alarm) ? ' shouts' : ''}" width="${size}" height="${size}" viewBox="0 0 24 24" ${spoken}>${DRAWN[alarm.state](BASE[alarm.severity])}</svg>`;
}
