// The four layers as plates inside the frame of security. What stands in a plate is filled in by `figures.js`; the ways
// and gates between them are drawn by `ways.js`.

import { esc, t } from '../core/texts.js';

const icon = (path) => `<svg class="ico" viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
const ICONS = {
  security: 'M12,2.5l8,3v6c0,5 -3.500,8.500 -8,10 -4.500,-1.500 -8,-5 -8,-10v-6zM8.500,12l2.500,2.500 4.500,-5',
  apps: 'M3,5h18v14H3zM3,9h18M6,7h.01M9,7h.01',
  data: 'M4,6c0,-4 16,-4 16,0v12c0,4 -16,4 -16,0zM4,6c0,4 16,4 16,0M4,12c0,4 16,4 16,0',
  platform: 'M8,8h8v8H8zM10,8V4M14,8V4M10,20v-4M14,20v-4M8,10H4M8,14H4M20,10h-4M20,14h-4',
  network: 'M12,9v6M5,19v-4h14v4M9.500,4h5v5h-5zM3,19h4v3H3zM17,19h4v3h-4zM10,19h4v3h-4zM12,15v4',
};
/** The lock of a gate. */
export const LOCK = '<svg class="lock" viewBox="0 0 12 14" aria-hidden="true"><path d="M3,6V4a3,3 0 0 1 6,0v2"/><rect x="1" y="6" width="10" height="7.500" rx="1.500"/></svg>';

/** Layers from the top, and the boxes of each: [name, hops it is the place of]. */
const LAYERS = [
  ['apps', [['pages'], ['console', 'browser', 'chart']]],
  ['data', [['watermark', 'watermark'], ['store', 'store'], ['bypass']]],
  ['platform', [['registry'], ['quarantine'], ['ingest', 'ingest', 'acknowledged'], ['api'], ['live', 'live'], ['commands']]],
  ['network', [['machines', 'measured'], ['journal', 'journal'], ['broker']]],
];
/** The number of each hop: first the way to be seen, then the way to be kept. */
export const NUMBER = { measured: 1, journal: 2, live: 3, browser: 4, chart: 5, ingest: 6, store: 7, acknowledged: 8, watermark: 9 };

/** Where there is a page of its own about what stands in a box. */
const PLACES = { machines: '/machines', quarantine: '/data/quarantine', store: '/data/query', registry: '/data' };

const badge = (hop) => `<i class="no" data-no="${hop}" aria-hidden="true">${NUMBER[hop]}</i>`;

const boxMarkup = ([name, ...hops]) => (name === 'bypass' ? `<p class="box note" data-box="bypass">${t('layers.box.bypass')}</p>`
  : `<section class="box${hops.length ? ' on' : ''}" data-box="${name}"><h3>${hops.map(badge).join('')}${title(name)}</h3>
    <p class="v"><b>–</b> <span class="u"></span></p><p class="below"></p><div class="more"></div></section>`);
const title = (name) => (PLACES[name] ? `<a href="${PLACES[name]}">${t(`layers.box.${name}`)}</a>` : t(`layers.box.${name}`));

/** The gates below each layer: [gate, hop whose time stands beside it]. On a wide page `ways.js` draws them in the gaps. */
const GATES = { apps: [['token', 'screen']], data: [['write', 'write'], ['read']], platform: [['device', 'broker'], ['listen', 'live'], ['command']] };
const passMarkup = (name) => (GATES[name] ? `<p class="pass">${GATES[name].map(([gate, hop]) => `<span class="gate">${LOCK}${t(`layers.gate.${gate}`)}${hop ? ` <b data-pass="${hop}"></b>` : ''}</span>`).join('')}</p>` : '');

const layerMarkup = ([name, boxes]) => `<div class="layer" data-layer="${name}"><div class="what">${icon(ICONS[name])}<h2>${t(`layers.${name}`)}</h2><p>${t(`layers.${name}.what`)}</p></div>
  ${boxes.map(boxMarkup).join('')}</div><aside class="guard" data-guard="${name}" aria-label="${esc(t('layers.guard', { layer: t(`layers.${name}`) }))}"><p class="v"><b>–</b> <span class="u"></span></p><p class="below"></p><p class="refused"></p></aside>${passMarkup(name)}`;

/** The whole picture, its figures still empty. */
export const pictureMarkup = () => `<header class="frame-head">${icon(ICONS.security)}<h2>${t('layers.security')}</h2><p>${t('layers.security.what')}</p></header>
  <div class="plates">${LAYERS.map(layerMarkup).join('')}<svg class="ways" aria-hidden="true"></svg><div class="gates"></div></div>`;
