/**
 * The history of a micrograph's labels and exclusions as a person reads it, and the way back to any point of it. Pure.
 *
 * @typedef {import('./types.js').Operation} Operation
 * @typedef {import('./types.js').Annotation} Annotation
 * @typedef {{seq: number, time: number, client: string, who: string, added: number, moved: number, removed: number, excluded: number,
 *   labels: number, filaments: number, exclusions: number}} Step operations of one page without a pause; `time` in seconds since 1970,
 *   `labels` and `exclusions` how many there were then
 */
import { removeOperation, setOperation } from './labels.js';
import { plural } from './units.js';

/** @param {Step} step */
export function described({ added, moved, removed, excluded }) {
  const parts = [
    [added, 'added'],
    [moved, 'moved'],
    [removed, 'removed'],
    [excluded, 'excluded'],
  ];
  return parts
    .filter(([number]) => number)
    .map(([number, what]) => `${number} ${what}`)
    .join(', ');
}

/** The hour of today, or day and hour. @param {number} time seconds since 1970 @param {Date} now @param {string} [locale] */
export function when(time, now, locale) {
  const date = new Date(time * 1000);
  const hour = date.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' });
  const isToday = date.toDateString() === now.toDateString();
  return isToday ? hour : `${date.toLocaleDateString(locale, { day: 'numeric', month: 'short' })}, ${hour}`;
}

/** Who did it: nobody is named where it was this page. @param {Step} step @param {string} mine the id of this page */
export function by({ client, who }, mine) {
  if (client === mine) return '';
  if (client === 'import') return 'from a file';
  return who || 'another page';
}

/** How much there was then. @param {Step} step */
export function there({ labels, filaments, exclusions }) {
  const lines = filaments ? `, ${plural(filaments, 'filament')}` : '';
  return plural(labels, 'label') + lines + (exclusions ? `, ${plural(exclusions, 'exclusion')}` : '');
}

/**
 * The operations that turn what is there into what was there at another time.
 * @param {Map<string, Annotation>} now
 * @param {Annotation[]} then
 * @returns {Operation[]}
 */
export function backTo(now, then) {
  const wanted = new Set(then.map(({ id }) => id));
  const gone = [...now.keys()].filter((id) => !wanted.has(id));
  const other = then.filter((one) => !isSame(one, now.get(one.id)));
  return [...gone.map(removeOperation), ...other.map(setOperation)];
}

/** @param {Annotation} one @param {Annotation | undefined} other */
export function isSame(one, other) {
  const [a, b] = [/** @type {any} */ (one), /** @type {any} */ (other ?? {})];
  const alike = ['x', 'y', 'label', 'source'].every((key) => a[key] === b[key]);
  return alike && ['outline', 'ends'].every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]));
}

/** What going back did. @param {Operation[]} operations @param {string} time */
export function restored(operations, time) {
  if (!operations.length) return `It is as at ${time} already.`;
  const removed = operations.filter(({ kind }) => kind === 'remove').length;
  const set = operations.length - removed;
  const parts = [set && `${set} brought back or moved`, removed && `${removed} removed`];
  return `As at ${time}: ${parts.filter(Boolean).join(', ')}. Undo takes that back.`;
}
