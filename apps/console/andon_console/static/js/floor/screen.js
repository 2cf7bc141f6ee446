// <andon-screen> in the bar, and the big screen: the board for ten metres. `/?screen` opens it, B and the button too,
// Escape leaves it; `&rotate=20` shows plant after plant, or line after line, for so many seconds each.

import { store } from '../core/store.js';
import { t } from '../core/texts.js';

const root = document.documentElement;
const asked = () => new URLSearchParams(location.search);
const SHORTEST_S = 5;
/** A phone is held in a hand: there the board stays what it is. */
const large = matchMedia('(min-width: 741px)');

/** Whether the board is shown for ten metres. */
export const onScreen = () => root.classList.contains('screen');

/** The line that a turning screen shows; null: all of them. */
export const shownLine = () => (onScreen() ? turn.line : null);

let wanted = false;
const turn = { line: null, at: 0, timer: 0 };
let awake = null;

/** Show the board for ten metres, or for a desk again. */
export function setScreen(on) {
  if (on === wanted) return;
  wanted = on;
  root.classList.toggle('screen', on && large.matches);
  const now = asked();
  if (on) now.set('screen', ''); else { now.delete('screen'); now.delete('rotate'); }
  const rest = [...now].map(([k, v]) => (v ? `${k}=${encodeURIComponent(v)}` : k)).join('&');
  history.replaceState(history.state, '', rest ? `?${rest}` : location.pathname);
  stayAwake(on);
  rotate(on ? Number(asked().get('rotate')) : 0);
  if (!on && document.fullscreenElement) document.exitFullscreen().catch(() => {});
  dispatchEvent(new Event('resize'));
  dispatchEvent(new CustomEvent('andon-screen'));
}

/** Keep the screen lit where the browser can; it lets go by itself when the page is hidden. */
async function stayAwake(on) {
  if (!on) { awake?.release().catch(() => {}); awake = null; return; }
  try { awake = await navigator.wakeLock?.request('screen') ?? null; } catch { awake = null; }
}

function rotate(seconds) {
  clearInterval(turn.timer);
  turn.line = null;
  turn.at = -1;
  if (!(seconds > 0)) return;
  turn.timer = setInterval(next, Math.max(SHORTEST_S, seconds) * 1000);
}

/** The next plant; of a single plant the next line. */
function next() {
  const plants = [...store.plants.keys()].sort();
  turn.at += 1;
  if (plants.length > 1) { store.choose(plants[(plants.indexOf(store.enterprise) + 1) % plants.length]); return; }
  const lines = (store.plant?.layout?.sites ?? []).flatMap((s) => s.lines ?? []);
  turn.line = lines.length > 1 ? lines[turn.at % lines.length].path : null;
  dispatchEvent(new CustomEvent('andon-screen'));
}

large.addEventListener('change', () => {
  root.classList.toggle('screen', wanted && large.matches);
  dispatchEvent(new CustomEvent('andon-screen'));
});
document.addEventListener('visibilitychange', () => { if (!document.hidden && onScreen()) stayAwake(true); });
// in full screen the browser keeps Escape for itself: leaving the one leaves the other
document.addEventListener('fullscreenchange', () => { if (!document.fullscreenElement && onScreen()) setScreen(false); });
document.addEventListener('keydown', (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest?.('input, select, textarea')) return;
  if (e.key === 'Escape') setScreen(false);
  else if (e.key === 'b' || e.key === 'B') setScreen(!wanted);
});

class Screen extends HTMLElement {
  connectedCallback() {
    this.innerHTML = `<button type="button" class="btn" title="${t('screen.help')}">${t('screen')}</button>`;
    this.firstElementChild.onclick = () => {
      setScreen(true);
      root.requestFullscreen?.().catch(() => { /* the window will do */ });
    };
    if (asked().has('screen')) setScreen(true);
  }
}

customElements.define('andon-screen', Screen);
