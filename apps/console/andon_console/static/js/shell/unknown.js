// What stands where an address names a machine that there is not, or that is one of several.

import { near } from '../core/near.js';
import { store } from '../core/store.js';
import { esc, t } from '../core/texts.js';
import { lamp } from '../drawings/lamps.js';

const links = (machines, at) => `<ul class="meant">${machines.map((m) => `<li><a class="${m.state}" href="/${at}/${m.id}">${lamp(m.state, 20)}<span><b>${esc(m.name)}</b> <small class="q">${esc([m.enterprise, m.site, m.area, m.line].join(' / '))}</small></span></a></li>`).join('')}</ul>`;
const onward = { machine: () => `<a class="btn" href="/machines">${t('rail.machines')}</a>`, station: () => `<a class="btn" href="/station">${t('station.choose')}</a>` };

/** Nobody has that name or path; `at` is the page it was meant for: "machine" or "station". */
export function unknownMarkup(path, at) {
  const known = [...store.machines.values()].filter((m) => m.presence !== 'removed');
  const meant = near(path.split('/').at(-1), known);
  return `<div class="instead"><h2>${esc(t(`${at}.none.title`, { path }))}</h2><p>${t(`${at}.none.what`)}</p>${meant.length ? `<p class="meant">${t('named.near')}</p>${links(meant, at)}` : ''}<p>${onward[at]()}</p></div>`;
}

/** Several have that name. */
export function manyMarkup(name, machines, at) {
  return `<div class="instead"><h2>${esc(t('named.many', { count: machines.length, name }))}</h2>${links(machines, at)}<p>${onward[at]()}</p></div>`;
}
