// The followed message as it came, with the part that the chosen hop is about, and what happened there.

import { esc, t } from '../core/texts.js';

/** What of the message a hop is about. */
const ABOUT = { measured: /"t"\s*:\s*\d+/g, journal: /"journaled"\s*:\s*\d+/g, ingest: /"machine"\s*:\s*"[^"]*"/g, store: /"(?:epoch|seq)"\s*:\s*\d+/g, watermark: /"seq"\s*:\s*\d+/g, chart: /"values"/g, live: /"values"/g };

/** JSON on several lines, one a key of the message; anything else as it is. */
export function shaped(payload) {
  let content;
  try { content = JSON.parse(payload); } catch { return payload; }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return payload;
  const flat = (v) => JSON.stringify(v).replace(/,"/g, ', "').replace(/":/g, '": ');
  const { samples, ...head } = content;
  const lines = [`{ ${flat(head).slice(1, -1)}${samples ? ',' : ''}`];
  for (const [i, sample] of (samples ?? []).entries()) {
    const { values, ...rest } = sample;
    lines.push(`  ${i ? '' : '"samples": ['}{ ${flat(rest).slice(1, -1)},`, `    "values": ${flat(values ?? {})} }${i < samples.length - 1 ? ',' : ']'}`);
  }
  return `${lines.join('\n')} }`;
}

export function payloadMarkup(found, hop, story) {
  let text = esc(shaped(found.payload));
  if (ABOUT[hop]) text = text.replace(new RegExp(ABOUT[hop].source.replace(/"/g, '&quot;').replace('[^&quot;]', '(?:(?!&quot;).)'), 'g'), (part) => `<b>${part}</b>`);
  const cut = found.topic.lastIndexOf('/', found.topic.lastIndexOf('/') - 1) + 1;
  return `<div class="story"><h3>${t(`layers.hop.${hop}.title`)}</h3><p>${esc(story)}</p></div><pre tabindex="0" aria-label="${esc(t('layers.payload'))}"><s>${esc(found.topic.slice(0, cut))}</s>${esc(found.topic.slice(cut))}
${text}</pre>`;
}
