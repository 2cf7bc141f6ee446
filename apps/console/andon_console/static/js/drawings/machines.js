// Line drawings of machines: what each does, in three neutral tones. 140 x 112, the belt's top at y = 100;
// drawings of the utilities strip are 94 x 68.
// Classes: f g k are fills from light to dark, c is the card, d a line.

export const MACHINES = {
  press: `
    <rect class="f" x="32" y="14" width="12" height="98"/>
    <rect class="f" x="100" y="14" width="12" height="98"/>
    <rect class="f" x="57" y="0" width="30" height="13" rx="2"/>
    <rect class="g" x="26" y="12" width="92" height="26" rx="3"/><circle class="c" cx="40" cy="25" r="7"/>
    <path class="d" d="M40,25l3,-4"/><path class="d thin" d="M58,21h50M58,29h50"/>
    <rect class="f" x="66" y="38" width="12" height="14"/>
    <rect class="g" x="50" y="52" width="44" height="13" rx="2"/><path class="k" d="M56,65h32l-5,9h-22z"/>
    <path class="d" stroke-width="2.5" d="M50,88c10,0 10,-6 22,-6s12,6 22,6"/>
    <path class="k" d="M54,100v-6c8,0 8,-6 18,-6s10,6 18,6v6z"/>
  `,
  bend: `
    <path class="f" d="M22,112V14a4,4 0 0 1 4,-4H104V32H62a9,9 0 0 0 -9,9V77a9,9 0 0 0 9,9H120V112z"/>
    <rect class="c" x="29" y="19" width="16" height="22" rx="2"/>
    <path class="d thin" d="M33,25h8M33,30h8M33,35h5"/>
    <rect class="g" x="66" y="2" width="46" height="12" rx="2"/>
    <rect class="g" x="81" y="32" width="16" height="12"/><path class="k" d="M84,44h10l-5,26z"/>
    <path class="k" d="M69,86V73H80L89,82L98,73H109V86z"/>
    <path class="d" style="stroke-width:3" d="M58,54L89,74L120,54"/>
  `,
  thermo: `
    <rect class="f" x="44" y="22" width="7" height="90"/><rect class="f" x="121" y="22" width="7" height="90"/>
    <rect class="g" x="38" y="6" width="96" height="17" rx="3"/><path class="d thin" d="M46,12h80M46,17h80"/>
    <path class="d" d="M66,30q4,4 0,8t0,8M86,30q4,4 0,8t0,8M106,30q4,4 0,8t0,8"/>
    <circle class="g" cx="17" cy="70" r="15"/><circle class="c" cx="17" cy="70" r="5"/>
    <circle class="d thin" cx="17" cy="70" r="10"/><path class="d" d="M17,85V112M10,112H24"/>
    <path class="k" d="M68,100V82q0,-9 9,-9H95q9,0 9,9V100z"/>
    <path class="d" style="stroke-width:2.5" d="M17,55L46,61H56C66,61 64,69 74,69H98C108,69 106,61 116,61H126"/>
  `,
  foam: `
    <rect class="f" x="2" y="30" width="20" height="54" rx="9"/>
    <path class="k" stroke="none" d="M3,56H21V74a9,9 0 0 1 -18,0z" style="stroke:none"/>
    <rect class="d" x="2" y="30" width="20" height="54" rx="9"/>
    <rect class="f" x="28" y="30" width="20" height="54" rx="9"/>
    <path class="k" style="stroke:none" d="M29,46H47V74a9,9 0 0 1 -18,0z"/>
    <rect class="d" x="28" y="30" width="20" height="54" rx="9"/>
    <path class="d" d="M6,84V112M18,84V112M32,84V112M44,84V112"/>
    <path class="d" d="M12,30V12q0,-6 6,-6H91q6,0 6,6V22M38,30V20q0,-6 6,-6H84q6,0 6,6"/>
    <path class="f" d="M56,112V40H132V112H125V47H63V112z"/>
    <rect class="g" x="83" y="20" width="22" height="20" rx="2"/><path class="k" d="M88,40h12l-4,8h-4z"/>
    <rect class="c" x="76" y="52" width="36" height="48" rx="2"/>
    <path class="k" style="stroke:none" d="M77,99V80c5,-4 8,1 13,-2s8,2 12,-1 5,1 9,0V99z"/>
    <rect class="d" x="76" y="52" width="36" height="48" rx="2"/>
    <path class="d" d="M66,62v26M66,75h8M122,62v26M122,75h-8"/>
  `,
  paint: `
    <path class="g" d="M34,26L46,12H106L118,26z"/><rect class="f" x="66" y="0" width="20" height="12"/>
    <rect class="f" x="24" y="26" width="104" height="86" rx="2"/>
    <path class="d thin" d="M32,34H120M32,39H120"/>
    <rect class="k" x="42" y="54" width="24" height="46" rx="1.5"/>
    <rect class="c thin" x="47" y="59" width="14" height="22" rx="2"/>
    <rect class="c thin" x="47" y="85" width="14" height="10" rx="2"/>
    <path class="d dash" d="M88,64L72,54M88,65H72M88,66L72,78"/>
    <path class="d" style="stroke-width:8;stroke:var(--draw)" d="M112,92L104,70L96,65"/>
    <path class="d" style="stroke-width:5;stroke:var(--tone-2)" d="M112,92L104,70L96,65"/>
    <rect class="k" x="87" y="60" width="9" height="9" rx="1.5"/>
    <rect class="g" x="102" y="90" width="20" height="10" rx="2"/>
  `,
  robot: `
    <rect class="c" x="26" y="50" width="26" height="50" rx="2"/>
    <rect class="d thin" x="31" y="55" width="16" height="24" rx="2"/>
    <rect class="d thin" x="31" y="84" width="16" height="11" rx="2"/>
    <path class="d" style="stroke-width:13" d="M112,84L106,44L78,24L70,36"/>
    <path class="d" style="stroke-width:10;stroke:var(--tone-2)" d="M112,84L106,44L78,24L70,36"/>
    <circle class="c" cx="106" cy="44" r="4.5"/><circle class="c" cx="78" cy="24" r="4.5"/>
    <path class="k" d="M97,112V92q0,-8 8,-8h14q8,0 8,8v20z"/><path class="d" d="M70,38v6M64,44h12"/>
    <rect class="k" x="61" y="46" width="7" height="50" rx="1.5"/><path class="d" d="M70,64v10"/>
  `,
  assembly: `
    <rect class="f" x="18" y="14" width="6" height="98"/><rect class="f" x="126" y="14" width="6" height="98"/>
    <rect class="g" x="12" y="6" width="126" height="10" rx="2"/>
    <rect class="k" x="68" y="16" width="24" height="8" rx="2"/><path class="d" d="M76,24V44M84,24V44"/>
    <path class="g" d="M66,66V56a14,13 0 0 1 28,0V66z"/><path class="d" d="M62,66H98"/>
    <rect class="k" x="36" y="50" width="24" height="50" rx="2"/>
    <rect class="c thin" x="40" y="86" width="16" height="10" rx="1"/><path class="d" d="M36,80H60M40,70V60"/>
    <circle class="c" cx="112" cy="49" r="7"/><path class="k" d="M104,45a8,7 0 0 1 16,0z"/>
    <path class="c" d="M103,88V68q0,-9 9,-9t9,9V88z"/><path class="d" d="M107,88V112M117,88V112M106,66L95,72"/>
  `,
  charge: `
    <rect class="g" x="2" y="102" width="36" height="10" rx="2"/>
    <rect class="f" x="7" y="52" width="26" height="50" rx="8"/>
    <rect class="g" x="16" y="44" width="8" height="8"/><path class="d" d="M13,43H27"/>
    <path class="d" d="M20,68l8,9-8,9-8,-9z"/><rect class="g" x="63" y="48" width="12" height="64"/>
    <rect class="f" x="44" y="8" width="50" height="42" rx="4"/><circle class="c" cx="58" cy="25" r="9"/>
    <circle class="c" cx="80" cy="25" r="9"/><path class="d" d="M58,25l4,-5M80,25l-5,-3M52,42h34"/>
    <path class="d" style="stroke-width:2" d="M20,42V34q0,-8 8,-8H44M94,40C116,40 92,90 108,90"/>
    <rect class="k" x="108" y="48" width="26" height="52" rx="2"/>
    <path class="d" d="M108,78H134M114,70V60M114,84V90"/>
  `,
  eol: `
    <path class="d" d="M28,66V112M18,112H38"/><rect class="f" x="2" y="26" width="52" height="40" rx="4"/>
    <path class="d" d="M9,56l8,-3 6,-15 7,9 7,-5 10,-6"/><rect class="f" x="68" y="14" width="8" height="98"/>
    <rect class="f" x="126" y="14" width="8" height="98"/>
    <rect class="g" x="62" y="6" width="78" height="12" rx="3"/>
    <path class="k" d="M76,56l8,5-8,5zM126,76l-8,5 8,5z"/><path class="d" d="M101,18v8"/>
    <circle class="k" cx="101" cy="30" r="4"/><path class="d thin dash" d="M98,35l-8,11M104,35l8,11"/>
    <rect class="k" x="89" y="50" width="24" height="50" rx="2"/>
    <path class="d" d="M89,80H113M94,72V62M94,86V92"/><path class="d" d="M54,58C64,58 56,94 89,94"/>
  `,
  pack: `
    <path class="f" d="M26,112V18a8,8 0 0 1 8,-8H98a8,8 0 0 1 8,8V112H97V22a3,3 0 0 0 -3,-3H38a3,3 0 0 0 -3,3V112z"/>
    <rect class="g" x="50" y="2" width="32" height="11" rx="2"/>
    <rect class="c" x="48" y="40" width="36" height="60" rx="1"/>
    <path class="d" d="M48,58H84M48,86H84M66,40V58"/>
    <path class="d" d="M60,79V66m-4,4l4,-4 4,4M72,79V66m-4,4l4,-4 4,4"/>
    <rect class="g" x="114" y="46" width="18" height="54" rx="2"/>
    <path class="d thin" d="M114,54H132M114,92H132M120,46V40M126,46V40"/>
    <path class="d dash" d="M114,60L84,66M114,86L84,80"/>
  `,
  compressor: `
    <path class="d" d="M20,56V64M14,64H26M74,56V64M68,64H80"/>
    <rect class="g" x="4" y="34" width="86" height="23" rx="11.5"/>
    <rect class="f" x="14" y="14" width="30" height="20" rx="3"/>
    <path class="d thin" d="M20,14v20M26,14v20M32,14v20M38,14v20"/><circle class="f" cx="62" cy="22" r="13"/>
    <circle class="c" cx="62" cy="22" r="4"/><path class="d thin" d="M62,9v9M62,26v9M49,22h9M66,22h9"/>
    <circle class="c" cx="84" cy="24" r="6"/><path class="d" d="M84,30v6M84,24l2,-3"/>
  `,
  chiller: `
    <rect class="f" x="4" y="8" width="70" height="52" rx="3"/><circle class="c" cx="22" cy="34" r="14"/>
    <circle class="c" cx="56" cy="34" r="14"/>
    <path class="k thin" d="M22,34c-2,-8 3,-11 6,-11 1,4 -1,9 -6,11zM22,34c8,2 9,7 7,9 -4,-1 -7,-4 -7,-9zM22,34c-7,3 -11,0 -11,-3 4,-2 8,-1 11,3zM56,34c-2,-8 3,-11 6,-11 1,4 -1,9 -6,11zM56,34c8,2 9,7 7,9 -4,-1 -7,-4 -7,-9zM56,34c-7,3 -11,0 -11,-3 4,-2 8,-1 11,3z"/>
    <path class="d" d="M10,60v4M68,60v4M10,14h58"/>
    <path class="d" d="M74,24H92m-4,-4l4,4-4,4M92,48H74m4,-4l-4,4 4,4"/>
  `,
  cassette: `
    <rect class="g" x="4" y="6" width="86" height="56" rx="6"/>
    <rect class="c" x="11" y="12" width="72" height="34" rx="3"/><path class="d thin" d="M16,20H78"/>
    <rect class="f" x="20" y="25" width="54" height="18" rx="9"/><circle class="c" cx="31" cy="34" r="6"/>
    <circle class="c" cx="63" cy="34" r="6"/>
    <path class="d thin" d="M31,28v3M31,37v3M25,34h3M34,34h3M63,28v3M63,37v3M57,34h3M66,34h3"/>
    <path class="d" d="M24,62L28,53H66L70,62"/>
  `,
  machine: `
    <rect class="f" x="22" y="40" width="96" height="72" rx="3"/><rect class="g" x="30" y="14" width="44" height="26" rx="3"/>
    <path class="d thin" d="M37,22h30M37,28h30M37,34h18"/><rect class="c" x="86" y="20" width="26" height="20" rx="2"/>
    <circle class="c" cx="99" cy="30" r="5"/><path class="d thin" d="M99,30l3,-3"/>
    <rect class="c" x="46" y="56" width="48" height="44" rx="3"/><circle class="g" cx="70" cy="78" r="14"/>
    <circle class="c" cx="70" cy="78" r="5"/><path class="d thin" d="M70,64v8M70,84v8M56,78h8M76,78h8"/>
    <path class="d thin" d="M28,54h12M28,62h12M28,70h12M100,54h12M100,62h12M100,70h12"/>
  `,
};

/** Drawings of utilities are smaller than those of stations. */
const SMALL = new Set(['compressor', 'chiller', 'cassette']);

/** The drawing's name if there is one, else the general machine. */
export const drawingOf = (name) => (name in MACHINES ? name : 'machine');

/** The view box of a drawing. */
export const boxOf = (name) => (SMALL.has(name) ? '0 0 96 68' : '0 0 140 112');

/** A drawing as an SVG element's markup. It says nothing the name beside it does not say. */
export function picture(name, extra = '') {
  const known = drawingOf(name);
  return `<svg class="pic ${SMALL.has(known) ? 'small' : ''} ${extra}" viewBox="${boxOf(known)}" aria-hidden="true">${MACHINES[known]}</svg>`;
}
