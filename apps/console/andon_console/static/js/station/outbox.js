// What people did and the API has not taken yet: kept in the browser, in order, and sent until it is taken or refused.
// Each action has a key, so that one which is sent twice is done once, and the time at which it was done.

import { api } from '../core/api.js';
import { store } from '../core/store.js';
import { myName } from './person.js';

const KEPT = 'andon.station.outbox';
const RETRY_MS = 4000;
const MOST = 200;

class Outbox extends EventTarget {
  waiting = read(); // [{key, path, body, said}]
  refused = []; // [{said, why}]
  busy = false;

  constructor() {
    super();
    addEventListener('online', () => this.flush());
    store.addEventListener('change', ({ detail }) => { if (detail.reloaded || detail.stream) this.flush(); });
    if (this.waiting.length) this.flush();
  }

  /** Whether the last attempt found nobody. */
  away = false;

  /** Do something; resolves with the answer, or with null where it had to be kept. Throws ApiError: it was refused. */
  async send(path, body, said) {
    const key = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    const entry = { key, path, said, body: { ...body, key, t: Math.round(store.now()), name: myName() } };
    this.waiting.push(entry);
    if (this.waiting.length > MOST) this.waiting.shift();
    this.#keep();
    const answer = new Promise((done, fail) => { entry.done = done; entry.fail = fail; });
    await this.flush();
    if (this.waiting.includes(entry)) entry.done(null);
    return answer;
  }

  /** Send what waits, the oldest first, until one cannot be sent. */
  async flush() {
    if (this.busy) return this.busy;
    clearTimeout(this.timer);
    this.busy = this.#all();
    try { await this.busy; } finally { this.busy = false; }
    if (this.waiting.length) this.timer = setTimeout(() => this.flush(), RETRY_MS);
    return undefined;
  }

  async #all() {
    while (this.waiting.length) {
      const [entry] = this.waiting;
      try {
        const answer = await api(entry.path, { method: 'POST', body: entry.body });
        this.away = false;
        this.#drop(entry);
        entry.done?.(answer);
      } catch (error) {
        if (error.status === 0 || error.status === 401 || error.status === 429 || error.status >= 502) {
          this.away = true;
          this.trouble = error;
          this.#tell();
          return;
        }
        this.away = false;
        this.#drop(entry);
        // who waits for the answer tells it; else it must not vanish
        if (entry.fail && !entry.kept) entry.fail(error);
        else { this.refused.push({ said: entry.said, why: error.message }); this.#tell(); }
      }
    }
  }

  /** It was seen. */
  seen(index) { this.refused.splice(index, 1); this.#tell(); }

  #drop(entry) {
    this.waiting = this.waiting.filter((e) => e !== entry);
    this.#keep();
  }

  #keep() {
    const plain = this.waiting.map(({ key, path, body, said }) => ({ key, path, body, said }));
    try { localStorage.setItem(KEPT, JSON.stringify(plain)); } catch { /* it lives as long as the page */ }
    this.#tell();
  }

  #tell() {
    for (const entry of this.waiting) if (this.away) entry.kept = true;
    this.dispatchEvent(new Event('change'));
  }
}

function read() {
  try { return JSON.parse(localStorage.getItem(KEPT) ?? '[]'); } catch { return []; }
}

export const outbox = new Outbox();
