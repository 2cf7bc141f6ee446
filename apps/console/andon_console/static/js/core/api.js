// The HTTP API, same origin, with the session's cookie. An error speaks the API's own words.

import { t } from './texts.js';

const BASE = '/api/v1';

export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** The answer to a request as JSON. Throws ApiError, its message fit to be shown. */
export async function api(path, { method = 'GET', body, signal } = {}) {
  let response;
  try {
    response = await fetch(BASE + path, {
      method, signal, credentials: 'same-origin', cache: 'no-store',
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(t('error.away'), 0);
  }
  const content = await response.json().catch(() => null);
  if (response.ok) return content;
  if (response.status === 401) throw new ApiError(t('error.session'), 401);
  if (response.status === 403) throw new ApiError(t('error.forbidden', { detail: content?.detail ?? '' }).trim(), 403);
  if (response.status >= 502 && response.status <= 504 && !content?.detail) throw new ApiError(t('error.away'), response.status);
  throw new ApiError(content?.detail || content?.title || t('error.status', { status: response.status }), response.status);
}

/** A query string; lists repeat their name. */
export function query(parameters) {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined && one !== null) found.append(name, String(one));
  }
  return `?${found}`;
}

/** Whether the person at the browser may do what `scope` says. */
export const may = (scope) => (window.ANDON?.scopes ?? []).includes(scope);
