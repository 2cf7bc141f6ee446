// The product as it grows along a line, and the free places for it. Origin: bottom centre, on the belt.

const GLYPHS = {
  panel: '<path class="c" d="M-5,0V-36l10,-4V-4z"/>',
  shell: '<path class="c" d="M-10,0V-42H10V0H6V-38H-6V0z"/>',
  liner: '<rect class="c" x="-7" y="-37" width="14" height="36" rx="4"/><path class="d thin" d="M-7,-13H7M-7,-25H7"/>',
  cabinet: '<rect class="c" x="-10" y="-43" width="20" height="43" rx="1.5"/><rect class="d thin" x="-6" y="-39" width="12" height="22" rx="2"/><rect class="d thin" x="-6" y="-14" width="12" height="10" rx="2"/>',
  painted: '<rect class="k" x="-10" y="-43" width="20" height="43" rx="1.5"/><rect class="c thin" x="-6" y="-39" width="12" height="22" rx="2"/><rect class="c thin" x="-6" y="-14" width="12" height="10" rx="2"/>',
  refrigerator: '<rect class="k" x="-10" y="-44" width="20" height="42" rx="2"/><path class="d" d="M-10,-18H10M-6,-24V-31M-6,-14V-9"/><path class="d" d="M-7,-2V0M7,-2V0"/>',
  carton: '<rect class="c" x="-12" y="-47" width="24" height="47" rx="1"/><path class="d thin" d="M-12,-34H12M-12,-10H12M0,-47V-34"/><path class="d thin" d="M-4,-18v-7m-2,2l2,-2 2,2M4,-18v-7m-2,2l2,-2 2,2"/>',
  piece: '<path class="k" d="M-9,-6L0,-10 9,-6V-18L0,-22 -9,-18z" transform="translate(0 6)"/><path class="c" d="M-9,-16L0,-20 9,-16 0,-12z"/><path class="f" d="M-9,-16L0,-12V0L-9,-4z"/><path class="k" d="M9,-16L0,-12V0L9,-4z"/>',
  bottle: '<path class="c" d="M-3,-34h6v8q5,2 5,8V0H-8V-18q0,-6 5,-8z"/><path class="d thin" d="M-8,-14H8M-8,-5H8"/>',
};
/** Words of what a station carries, most telling first. */
const WORDS = [
  ['paint', 'painted'], ['pack', 'carton'], ['carton', 'carton'], ['box', 'carton'], ['case', 'carton'], ['panel', 'panel'], ['sheet', 'panel'],
  ['plate', 'panel'], ['shell', 'shell'], ['liner', 'liner'], ['refrigerator', 'refrigerator'], ['fridge', 'refrigerator'],
  ['cabinet', 'cabinet'], ['bottle', 'bottle'], ['can', 'bottle'],
];

/** Which drawing suits what a station carries, in a plant that makes `product`. */
export function glyphOf(carries, product) {
  const text = (carries ?? '').toLowerCase();
  for (const [word, glyph] of WORDS) if (text.includes(word)) return glyph;
  const made = (product ?? '').toLowerCase();
  return /unit|product|^$/.test(text) && /refrigerator|fridge|freezer/.test(made) ? 'refrigerator' : 'piece';
}

/** Definitions for a picture: each glyph once, and the free place. */
export const PRODUCT_DEFS = `${Object.entries(GLYPHS).map(([name, body]) => `<g id="p-${name}">${body}</g>`).join('')
}<rect id="p-free" class="ghost" x="-10" y="-43" width="20" height="42" rx="2"/><path id="p-arrow" class="chev" d="M-4,-4.5L5,0L-4,4.5z"/>`;
