/**
 * Settings of a training as the Train form shows and reads them. Pure; which there are, their ranges and defaults are
 * the server's to say.
 *
 * @typedef {object} Setting
 * @property {string} group
 * @property {string} name
 * @property {string} label
 * @property {string} unit
 * @property {"number" | "whole" | "choice"} kind
 * @property {number | null} low
 * @property {number | null} high
 * @property {{value: string, label: string}[]} choices
 * @property {number | string | null} default null where it is derived from other things
 * @property {string} unset what stands for a default of null
 * @property {string} help
 *
 * @typedef {Record<string, number | string | boolean>} Given only what differs from the default
 */
import { short } from './units.js';

export const WARM_START = 'warm_start';

/**
 * What an empty field means.
 * @param {Setting} setting
 * @param {Record<string, any> | null | undefined} derived what follows from the project's labels and sizes
 */
export function placeholder({ name, default: value, unset }, derived) {
  if (value !== null) return String(value);
  const known = derived?.[name];
  return typeof known === 'number' ? short(known) : unset;
}

/**
 * What was typed: undefined for the default, NaN for what is out of range.
 * @param {Setting} setting
 * @param {string} text
 * @returns {number | string | undefined}
 */
export function read({ kind, low, high, default: usual }, text) {
  if (!text.trim()) return undefined;
  if (kind === 'choice') return text === usual ? undefined : text;
  const value = Number(text);
  const outside = !(value >= /** @type {number} */ (low) && value <= /** @type {number} */ (high));
  if (outside || (kind === 'whole' && !Number.isInteger(value))) return NaN;
  return value === usual ? undefined : value;
}

/** @param {Setting} setting */
export function rangeText({ label, kind, low, high, unit }) {
  const number = kind === 'whole' ? 'a whole number' : 'a number';
  const ends = [low, high].map((end) => short(end ?? NaN, 12)).join(' to ');
  return `${label} is ${number} from ${ends}${unit && ` ${unit}`}.`;
}

/** @param {Given} given @param {string} name @param {number | string | boolean | undefined} value @returns {Given} */
export function withSetting(given, name, value) {
  const { [name]: _, ...others } = given;
  return value === undefined ? others : { ...others, [name]: value };
}

/** Starting from the last model is on unless switched off. @param {Given} given */
export function asked(given) {
  return { ...given, [WARM_START]: given[WARM_START] ?? true };
}
