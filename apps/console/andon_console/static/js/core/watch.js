// Asks again and again while somebody looks: not while the page is hidden, nor while the element is off the screen.

/** Call `work` (async) now and `every` ms after it ended, while `element` is seen; {again, stop}. */
export function whileSeen(element, every, work) {
  let seen = false;
  let timer = 0;
  let busy = false;
  let due = 0;
  let stopped = false;
  let wanted = false; // while it asked, somebody chose something else: what comes answers the old question
  const run = async () => {
    clearTimeout(timer);
    if (busy || stopped || !seen || document.hidden) return;
    const wait = due - performance.now();
    if (wait > 0) { timer = setTimeout(run, wait); return; }
    busy = true;
    wanted = false;
    try { await work(); } finally { busy = false; due = wanted ? 0 : performance.now() + every; }
    run();
  };
  const eyes = new IntersectionObserver((entries) => { seen = entries.at(-1).isIntersecting; run(); }, { rootMargin: '200px' });
  eyes.observe(element);
  document.addEventListener('visibilitychange', run);
  return {
    /** Ask at once, or as soon as what is being asked is answered. */
    again() { wanted = true; due = 0; run(); },
    stop() { stopped = true; clearTimeout(timer); eyes.disconnect(); document.removeEventListener('visibilitychange', run); },
  };
}
