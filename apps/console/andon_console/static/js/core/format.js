// How numbers, units, times and durations are written. Times are microseconds UTC, as everywhere in Andon.

const THIN = '\u2009';
const NONE = '–';

/** UCUM (https://ucum.org) as people write it. Whole codes first, then part by part. */
const WHOLE = {
  Cel: '°C', '[degF]': '°F', '%': '%', 1: '', '/min': '1/min', '[ppm]': 'ppm', '[ppb]': 'ppb', '[pH]': 'pH',
  deg: '°', Ohm: 'Ω', kOhm: 'kΩ', um: 'µm', us: 'µs', '[psi]': 'psi', '[in_i]': 'in', '[ft_i]': 'ft',
  '[lb_av]': 'lb', '[gal_us]': 'gal', '[hp]': 'hp', '[g]': 'g', "'": '′', "''": '″',
};
const RAISED = { 0: '⁰', 1: '¹', 2: '²', 3: '³', 4: '⁴', 5: '⁵', 6: '⁶', 7: '⁷', 8: '⁸', 9: '⁹', '-': '⁻', '+': '' };

/** A UCUM unit for the eye: `m/s2` becomes m/s², `kW.h` kW·h. */
export function unit(code) {
  if (code in WHOLE) return WHOLE[code];
  const noted = /^1?\{(.+)\}$/.exec(code);
  if (noted) return noted[1];
  if (/^kW\.h$|^W\.h$|^MW\.h$/.test(code)) return code.replace('.', '');
  return code.replace(/\{[^}]*\}/g, '').split(/([./])/).map((part) => {
    if (part === '.') return '·';
    if (part === '/') return '/';
    const split = /^(.*?[A-Za-z\]%])([+-]?\d+)?$/.exec(part);
    if (!split) return part;
    const atom = WHOLE[split[1]] ?? split[1];
    return atom + (split[2] ?? '').replace(/./g, (c) => RAISED[c] ?? c);
  }).join('');
}

/** Digits behind the point that suit a range of values. */
export function digitsFor(span) {
  if (!(span > 0)) return 2;
  return Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(span) - 0.5)));
}

/** Digits that suit a signal's range. */
export function signalDigits(spec) {
  if (!spec) return 2;
  // about four figures in all
  const before = Math.floor(Math.log10(Math.max(Math.abs(spec.maximum), Math.abs(spec.minimum), 1))) + 1;
  return Math.max(0, Math.min(3, digitsFor(spec.maximum - spec.minimum), 4 - before));
}

/** A number with so many digits, thousands apart. */
export function number(value, digits = 0) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  const zero = Object.is(value, -0) || Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value;
  return zero.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: Math.abs(zero) >= 10000 })
    .replace('-', '−').replace(/,/g, THIN);
}

/** A number and its unit, a thin space apart. */
export function quantity(value, code, digits = 0) {
  const shown = unit(code);
  return number(value, digits) + (shown ? THIN + shown : '');
}

/** A duration in seconds: 45 s, 4 min, 1 h 12 min, 2 d 3 h. */
export function duration(seconds) {
  const s = Math.max(0, seconds);
  if (s < 60) return `${Math.floor(s)}${THIN}s`;
  if (s < 3600) return `${Math.floor(s / 60)}${THIN}min`;
  if (s < 86400) return two(Math.floor(s / 3600), 'h', Math.floor((s % 3600) / 60), 'min');
  return two(Math.floor(s / 86400), 'd', Math.floor((s % 86400) / 3600), 'h');
}

const two = (a, unitA, b, unitB) => `${a}${THIN}${unitA}${b ? ` ${b}${THIN}${unitB}` : ''}`;

/** A short time of a cycle: 41.2 s, 186 s, 12 min. */
export function cycle(seconds) {
  if (seconds < 100) return `${number(seconds, 1)}${THIN}s`;
  return seconds < 1000 ? `${number(seconds, 0)}${THIN}s` : duration(seconds);
}

const formats = new Map();

/** A part of a time in a time zone; formatters are costly, so they are kept. */
export function clock(us, options, zone) {
  const key = JSON.stringify(options) + (zone ?? '');
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone }));
  return formats.get(key).format(us / 1000);
}

/** 14:05 */
export const hourMinute = (us, zone) => clock(us, { hour: '2-digit', minute: '2-digit' }, zone);
/** 14:05:09 */
export const hourSecond = (us, zone) => clock(us, { hour: '2-digit', minute: '2-digit', second: '2-digit' }, zone);
/** 23 Nov */
export const day = (us, zone) => clock(us, { day: 'numeric', month: 'short' }, zone);
/** Mon 23 Nov */
export const weekday = (us, zone) => clock(us, { weekday: 'short', day: 'numeric', month: 'short' }, zone).replace(',', '');
/** mon */
export const dayCode = (us, zone) => clock(us, { weekday: 'short' }, zone).toLowerCase().slice(0, 3);
/** 2026-11-23 */
export const dateCode = (us, zone) => clock(us, { year: 'numeric', month: '2-digit', day: '2-digit' }, zone).split('/').reverse().join('-');

/** Microseconds since the last midnight of the time zone. */
export function sinceMidnight(us, zone) {
  const [h, m, s] = hourSecond(us, zone).split(':').map(Number);
  return ((h % 24) * 3600 + m * 60 + s) * 1e6 + (us % 1e6);
}

/** A pace: 60×. */
export const pace = (value) => `${Number(value.toPrecision(3))}×`;
