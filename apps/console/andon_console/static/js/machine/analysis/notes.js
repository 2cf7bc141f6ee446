// What a card shows instead of figures: it loads, there is nothing, it failed.

import { esc, t } from '../../core/texts.js';

export const waiting = () => `<p class="note" role="status"><span class="dots"><i></i><i></i><i></i></span> ${t('analytics.loading')}</p>`;
export const nothing = (title, what) => `<div class="note nothing"><p class="b">${esc(title)}</p><p class="q">${esc(what)}</p></div>`;
export const failed = (error) => `<div class="note failed" role="alert"><p class="b">${esc(t('analytics.failed'))}</p><p class="q">${esc(error.message)}</p></div>`;
