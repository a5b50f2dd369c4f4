/**
 * The filter of the picture: a low-pass and a high-pass in Å, what they are called, what a slider and a number mean.
 * Pure; the filtering itself is the server's, and smooth.js does it roughly until the server has.
 *
 * @typedef {"low_pass" | "high_pass"} Side
 * @typedef {{low_pass: number | null, high_pass: number | null}} Filter Å; null is off
 */

/** What most people look for particles with. @type {Filter} */
export const USUAL = Object.freeze({ low_pass: 20, high_pass: null });
/** @type {Filter} */
export const OFF = Object.freeze({ low_pass: null, high_pass: null });
/** Steps of a slider: 0 is off, then from a weak filter to a strong one. */
export const STEPS = 100;
/** Where a slider begins and ends, Å; any other length can be typed. */
const RANGES = Object.freeze({ low_pass: [4, 200], high_pass: [2000, 50] });
const COARSEST = 100_000;
const FINEST_PX = 2;
/** How much coarser the high-pass is than the low-pass, at least: the edges are soft. */
const APART = 1.1;
const NAMES = Object.freeze({ low_pass: 'low-pass', high_pass: 'high-pass' });

/** As the server writes lengths: at most one decimal. @param {number} value */
function rounded(value) {
  return Math.round(value * 10) / 10;
}

/** Nothing is filtered. @param {Filter} filter */
export function isOff({ low_pass: low, high_pass: high }) {
  return low === null && high === null;
}

/**
 * The lengths that a side can have beside the other side as it is, Å.
 * @param {Filter} filter @param {Side} side @param {number} pixelSize Å per px
 */
export function limits(filter, side, pixelSize) {
  const finest = Math.ceil(FINEST_PX * pixelSize * 10) / 10;
  const { low_pass: low, high_pass: high } = filter;
  if (side === 'low_pass') return { from: finest, to: high === null ? COARSEST : Math.floor((high / APART) * 10) / 10 };
  return { from: low === null ? finest : Math.ceil(low * APART * 10) / 10, to: COARSEST };
}

/**
 * The filter with one side set, as near to the wish as the other side and the pixels allow.
 * @param {Filter} filter @param {Side} side @param {number | null} length Å @param {number} pixelSize Å per px
 * @returns {Filter}
 */
export function withSide(filter, side, length, pixelSize) {
  if (length === null) return { ...filter, [side]: null };
  const { from, to } = limits(filter, side, pixelSize);
  return { ...filter, [side]: rounded(Math.max(Math.min(length, to), from)) };
}

/** The filter as far as it makes sense with pixels of this size. @param {Filter} filter @param {number | null} pixelSize */
export function usable(filter, pixelSize) {
  if (!pixelSize) return OFF;
  const finest = FINEST_PX * pixelSize;
  const keep = (/** @type {number | null} */ length) => (length !== null && length >= finest ? length : null);
  return { low_pass: keep(filter.low_pass), high_pass: keep(filter.high_pass) };
}

/** Where the slider of a side stands. @param {Side} side @param {number | null} length Å */
export function stepOf(side, length) {
  if (length === null) return 0;
  const [weak, strong] = RANGES[side];
  const part = Math.log(length / weak) / Math.log(strong / weak);
  return Math.round(Math.min(Math.max(1 + part * (STEPS - 1), 1), STEPS));
}

/** What a slider means: a round length, or null for off. @param {Side} side @param {number} step */
export function lengthAt(side, step) {
  if (step < 1) return null;
  const [weak, strong] = RANGES[side];
  return Number((weak * (strong / weak) ** ((step - 1) / (STEPS - 1))).toPrecision(2));
}

/**
 * What was typed: null for nothing, undefined for what cannot be.
 * @param {string} text
 * @param {{from: number, to: number}} limits
 */
export function lengthTyped(text, { from, to }) {
  if (!text.trim()) return null;
  const value = rounded(Number(text));
  return value >= from && value <= to ? value : undefined;
}

/** @param {Side} side @param {{from: number, to: number}} limits */
export function limitsText(side, { from, to }) {
  const whole = (/** @type {number} */ value) => value.toLocaleString('en', { maximumFractionDigits: 1 });
  const name = NAMES[side];
  return `A ${name} here is ${whole(from)} to ${whole(to)} Å; empty is off.`;
}

/** What the filter does, in a few words. @param {Filter} filter */
export function filterText({ low_pass: low, high_pass: high }) {
  if (low !== null && high !== null) return `${low}–${high} Å`;
  if (low !== null) return `low-pass ${low} Å`;
  return high === null ? 'filtered' : `high-pass ${high} Å`;
}

/** As it stands in addresses: 20-400, 20-off. @param {Filter} filter */
export function filterName({ low_pass: low, high_pass: high }) {
  return `${low ?? 'off'}-${high ?? 'off'}`;
}

/** The filter of an address, or null when it holds none. @param {string | null} name @returns {Filter | null} */
export function filterFromName(name) {
  const parts = /^(off|\d+(?:\.\d)?)-(off|\d+(?:\.\d)?)$/.exec(name ?? '');
  if (!parts) return null;
  const [low, high] = parts.slice(1).map((part) => (part === 'off' ? null : Number(part)));
  return fromStored({ low_pass: low, high_pass: high });
}

/** A filter read from settings or addresses that anybody may have written; null when it makes no sense. @param {any} stored @returns {Filter | null} */
export function fromStored(stored) {
  const { low_pass: low = null, high_pass: high = null } = stored ?? {};
  const good = [low, high].every((side) => side === null || (Number.isFinite(side) && side > 0 && side <= COARSEST));
  if (!stored || !good || (low !== null && high !== null && low >= high)) return null;
  return { low_pass: low === null ? null : rounded(low), high_pass: high === null ? null : rounded(high) };
}
