/**
 * The history of a micrograph's labels as a person reads it, and the way back to any point of it. Pure.
 *
 * @typedef {import('./types.js').Label} Label
 * @typedef {import('./types.js').Operation} Operation
 * @typedef {{seq: number, time: number, client: string, added: number, moved: number, removed: number, labels: number}}
 *   Step operations of one page without a pause; `time` in seconds since 1970, `labels` how many there were then
 */
import { addOperation, removeOperation } from './labels.js';
import { plural } from './units.js';

/** @param {Step} step */
export function described({ added, moved, removed }) {
  const parts = [
    [added, 'added'],
    [moved, 'moved'],
    [removed, 'removed'],
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

/**
 * The operations that turn labels into those of another time.
 * @param {Map<string, Label>} now
 * @param {Label[]} then
 * @returns {Operation[]}
 */
export function backTo(now, then) {
  const wanted = new Set(then.map(({ id }) => id));
  const gone = [...now.keys()].filter((id) => !wanted.has(id));
  const other = then.filter((label) => !isSame(label, now.get(label.id)));
  return [...gone.map(removeOperation), ...other.map((label) => addOperation(label, label.id))];
}

/** @param {Label} label @param {Label | undefined} other */
function isSame(label, other) {
  return Boolean(other) && /** @type {const} */ (['x', 'y', 'label', 'source']).every((key) => label[key] === other?.[key]);
}

/** What going back did. @param {Operation[]} operations @param {string} time */
export function restored(operations, time) {
  if (!operations.length) return `The labels are those of ${time} already.`;
  const removed = operations.filter(({ kind }) => kind === 'remove').length;
  const set = operations.length - removed;
  const parts = [set && `${plural(set, 'label')} brought back or moved`, removed && `${plural(removed, 'label')} removed`];
  return `As at ${time}: ${parts.filter(Boolean).join(', ')}. Undo takes that back.`;
}
