/**
 * The people who have this project open, in words and initials. Pure.
 *
 * @typedef {object} Person one open page
 * @property {string} client the id of that page
 * @property {string} name
 * @property {boolean} looking by the link for looking only
 * @property {number | null} micrograph that they look at
 */

/** The most letters of a name that the server keeps. */
export const LONGEST_NAME = 40;
const DIGITS = /^\d{1,2}$/;

/** Ada Lovelace is AL, Ada is A, Guest 3 is G3. @param {string} name */
export function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  if (!words.length) return '?';
  const letter = (/** @type {string} */ word) => [...word][0].toUpperCase();
  const last = words.length > 1 ? words[words.length - 1] : '';
  return letter(words[0]) + (DIGITS.test(last) ? last : last && letter(last));
}

/** @param {readonly Person[]} people @param {string} client mine @returns {Person[]} */
export function others(people, client) {
  return people.filter((person) => person.client !== client);
}

/**
 * Where somebody is, in words.
 * @param {Person} person
 * @param {string | null} place the name of their micrograph, where it is known
 */
export function whereabouts({ name, looking }, place) {
  return [name, looking && 'looking only', place && `on ${place}`].filter(Boolean).join(', ');
}

/** The names of those on each micrograph. @param {readonly Person[]} people @returns {Map<number, string[]>} */
export function byMicrograph(people) {
  /** @type {Map<number, string[]>} */
  const found = new Map();
  for (const { name, micrograph } of people) {
    if (micrograph !== null) found.set(micrograph, [...(found.get(micrograph) ?? []), name]);
  }
  return found;
}
