/** Numbers as people read them, units always; the length of a scale bar. Pure. */

const ANGSTROM_PER_NM = 10;
const NICE = [1, 2, 5];

/** @param {number} value @param {number} [digits] significant digits */
export function short(value, digits = 3) {
  if (!Number.isFinite(value)) return '–';
  return String(Number(value.toPrecision(digits)));
}

/**
 * A long name whose end, where names differ, can still be read.
 * @param {string} name
 * @param {number} most characters
 */
export function shortName(name, most) {
  const characters = [...name];
  if (characters.length <= most) return name;
  const tail = Math.ceil((most - 1) * 0.6);
  return `${characters.slice(0, most - 1 - tail).join('')}…${characters.slice(-tail).join('')}`;
}

/** @param {number} count */
export function whole(count) {
  return Math.round(count).toLocaleString('en');
}

/** @param {number} count @param {string} one @param {string} [many] */
export function plural(count, one, many = `${one}s`) {
  return `${whole(count)} ${count === 1 ? one : many}`;
}

/** Time left, from seconds: 0:04, 1:20:00. @param {number} seconds */
export function clock(seconds) {
  const left = Math.max(0, Math.ceil(seconds));
  const [hours, minutes, rest] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
  const tail = `${String(rest).padStart(2, '0')}`;
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}

/** Signed, with the real minus. @param {number} value @param {number} [decimals] */
export function signed(value, decimals = 2) {
  return value.toFixed(decimals).replace(/^-(?=.*[1-9])/, '−').replace(/^-/, '');
}

/**
 * A round length that fills at most `widest` CSS px.
 * @param {number} zoom CSS px per micrograph px @param {number | null} pixelSize Å per px, null when unknown @param
 *   {number} widest
 * @returns {{length: number, text: string}} length in CSS px
 */
export function scaleBar(zoom, pixelSize, widest) {
  const unitsPerPx = pixelSize ? pixelSize / ANGSTROM_PER_NM : 1;
  const most = (widest / zoom) * unitsPerPx;
  const power = 10 ** Math.floor(Math.log10(most));
  const value = power * (NICE.findLast((step) => step * power <= most) ?? 1);
  return { length: (value / unitsPerPx) * zoom, text: `${short(value)} ${pixelSize ? 'nm' : 'px'}` };
}

/** A place, to a tenth of a pixel. @param {import('./types.js').Point} at px */
export function inPixels({ x, y }) {
  return `${signed(x, 1)}, ${signed(y, 1)} px`;
}

/** A place in whole Å. @param {import('./types.js').Point} at px @param {number} pixelSize Å per px */
export function inAngstrom({ x, y }, pixelSize) {
  return `${signed(x * pixelSize, 0)}, ${signed(y * pixelSize, 0)} Å`;
}

/** As many decimals as a step tells apart. @param {number} value @param {number} step */
export function toDigits(value, step) {
  return signed(value, Math.min(Math.max(Math.ceil(-Math.log10(step)), 0), 6));
}

/** @param {string} text */
function asSentence(text) {
  const end = /[.!?]$/.test(text) ? '' : '.';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${end}`;
}

/** An error as sentences for a person. @param {import('./types.js').ApiError} error */
export function sentence({ found, expected, action, code, id }) {
  const parts = [found, expected && `expected ${expected}`].filter(Boolean).join('; ');
  const told = [parts || `error ${code}`, action].filter(Boolean).map((text) => asSentence(String(text)));
  return [...told, id && `(error id ${id})`].filter(Boolean).join(' ');
}
