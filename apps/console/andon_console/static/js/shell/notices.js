// What keeps machines away and somebody must mend: files that are refused, machines that the broker does not take, an
// edge that says nothing. Edges tell it, `/flow` holds it. A strip above the page that is gone when all is well.

import { setHtml } from '../core/dom.js';
import { duration } from '../core/format.js';
import { esc, t } from '../core/texts.js';
import { nameOf } from '../core/words.js';

const SHOWN = 2;
const NAMED = 3;
// a file's place and the rest: `/somewhere/machines/press-1.yaml:4: what is wrong (what to do)`
const PLACE = /^(\S+\.(?:ya?ml|py|csv):\d+): ([^]*)$/;

/** The strip, to be put above `page`; {show(flow), remove()}. */
export function notices(page) {
  const box = document.createElement('section');
  box.className = 'notices';
  box.setAttribute('role', 'status');
  box.hidden = true;
  page.before(box);
  return {
    show(flow) {
      const rows = rowsOf(flow);
      box.hidden = !rows.length;
      setHtml(box, rows.length ? markup(rows) : '');
    },
    remove() { box.remove(); },
  };
}

/** [bold words, the rest, whole text], the most important first. */
function rowsOf(flow) {
  const { edges = [], partition = [] } = flow;
  const several = edges.length > 1;
  const said = edges.flatMap((edge) => edge.problems.map((p) => problem(p, several ? edge.name : '')));
  const silent = edges.filter((e) => e.state === 'silent')
    .map((e) => [t('notice.silent', { edge: e.name }), t('notice.silent.what', { time: duration(Math.max(0, flow.now - e.t) / 1e6) }), '']);
  return [...silent, ...said, ...partition.map((text) => [t('notice.ingest'), text, ''])];
}

function problem({ text, count, machines }, edge) {
  const whose = edge ? `${edge}: ` : '';
  if (count) {
    const names = machines.slice(0, NAMED).map(nameOf).join(', ');
    const more = count - Math.min(NAMED, machines.length);
    return [whose + (more > 0 ? t('notice.machines', { names, n: more }) : names), text, ''];
  }
  const [, place, what] = PLACE.exec(text) ?? [];
  // the folder and the file are enough to find it; the whole path is one hover away
  return place ? [whose + place.split('/').slice(-2).join('/'), what, place] : [whose + t('notice.edge'), text, ''];
}

function markup(rows) {
  const item = ([head, text, whole]) => `<li><b${whole ? ` class="mono" title="${esc(whole)}"` : ''}>${esc(head)}</b> <span>${esc(text)}</span></li>`;
  const [first, rest] = [rows.slice(0, SHOWN), rows.slice(SHOWN)];
  const more = rest.length ? `<details><summary>${t('notice.more', { n: rest.length })}</summary><ul>${rest.map(item).join('')}</ul></details>` : '';
  return `<svg class="beware" width="24" height="24" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 3.2 22 20.6H2Z"/><path class="in" d="M12 9.4v5.2M12 17v.6"/></svg>
    <div><h2>${t('notice.title')}</h2><ul>${first.map(item).join('')}</ul>${more}</div>`;
}
