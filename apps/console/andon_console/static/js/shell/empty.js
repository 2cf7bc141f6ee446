// What a page shows instead of nothing: it loads, nothing is there yet, or the API is away.

import { esc, t } from '../core/texts.js';
import { picture } from '../drawings/machines.js';

export const loadingMarkup = () => `<div class="instead loading" role="status"><span class="dots"><i></i><i></i><i></i></span><p>${t('loading')}</p></div>`;

/** No machine has announced itself yet. */
export const emptyMarkup = () => `<div class="instead"><div class="ghosts">${['press', 'robot', 'pack'].map((d) => picture(d)).join('')}</div>
  <h2>${t('empty.title')}</h2><p>${t('empty.what')}</p><ul><li>${t('empty.demo')}</li><li>${t('empty.file')}</li><li>${t('empty.doctor')}</li></ul></div>`;

/** The API does not answer. */
export const awayMarkup = (error) => `<div class="instead" role="alert"><svg class="lamp offline" width="40" height="40" viewBox="0 0 24 24" aria-hidden="true">
  <circle cx="12" cy="12" r="9.6" fill="none" stroke="var(--c)" stroke-width="1.6" stroke-dasharray="3 2.6"/><path d="M8,8l8,8M16,8l-8,8" stroke="var(--c)" stroke-width="2" stroke-linecap="round"/></svg>
  <h2>${t('away.title')}</h2><p>${esc(error?.message ?? '')}</p><p class="q">${t('away.what')}</p></div>`;
