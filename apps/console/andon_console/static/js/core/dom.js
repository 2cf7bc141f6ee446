// Small helps with the DOM: write only what changed, tick once a second.

/** Set an element's text if it differs. */
export function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

/** Set an element's markup if it differs from what was set last. */
export function setHtml(element, html) {
  if (element && element.__html !== html) {
    element.__html = html;
    element.innerHTML = html;
  }
}

/** Set or remove an attribute if it differs. */
export function setAttribute(element, name, value) {
  if (value === null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}

/** Call `work` now and every second while the page is seen; returns what stops it. */
export function everySecond(work) {
  work();
  const timer = setInterval(() => { if (!document.hidden) work(); }, 1000);
  return () => clearInterval(timer);
}

/** Whether the person asked for less motion. */
export const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** Count a shown number to its new value in 200 ms. */
export function countTo(element, value, write) {
  const from = element.__value;
  element.__value = value;
  if (from === undefined || from === value || value === null || calm() || document.hidden) {
    setText(element, write(value));
    return;
  }
  const began = performance.now();
  const step = (now) => {
    if (element.__value !== value) return;
    const part = Math.min(1, (now - began) / 200);
    setText(element, write(part === 1 ? value : Math.round(from + (value - from) * part)));
    if (part < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}
