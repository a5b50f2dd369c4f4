/**
 * Snapshots of all labels in words: what one holds, and what going back to it would change or has changed. Pure.
 *
 * @typedef {object} Snapshot
 * @property {number} id
 * @property {string} name
 * @property {boolean} automatic kept when somebody went back
 * @property {string} who
 * @property {number} time seconds since 1970
 * @property {number} labels
 * @property {number} removed picks
 * @property {number} filaments
 * @property {number} exclusions
 * @property {number} labeled_micrographs
 *
 * @typedef {object} Difference
 * @property {number} set labels and exclusions that are brought back or put as they were
 * @property {number} removed
 * @property {number} micrographs on which anything changes
 * @property {number} marks of micrographs, complete or without particles
 * @property {number} outside what does not fit on a file that has changed
 * @property {number} came_later micrographs that the snapshot does not know
 * @property {number} missing micrographs among the changed ones whose file is gone
 */
import { when } from './timeline.js';
import { plural } from './units.js';

/** @param {(string | number | false)[]} parts @param {string} between */
function joined(parts, between) {
  return parts.filter(Boolean).join(between);
}

/** When, by whom, how much. @param {Snapshot} snapshot @param {Date} now @param {string} [locale] */
export function facts({ time, who, labels, labeled_micrographs: labeled, removed, filaments, exclusions }, now, locale) {
  const held = `${plural(labels, 'label')} on ${plural(labeled, 'micrograph')}`;
  const more = [filaments && plural(filaments, 'filament'), removed && plural(removed, 'removed pick'), exclusions && plural(exclusions, 'exclusion')];
  return joined([when(time, now, locale), who, held, ...more], ' · ');
}

/** What going back changes, in the present. @param {Difference} difference */
export function change({ set, removed, marks, micrographs }) {
  if (!micrographs) return 'Everything is as it was then: there is nothing to change.';
  const parts = [set && `${set} set`, removed && `${removed} removed`, marks && plural(marks, 'mark')];
  return `${joined(parts, ', ')} on ${plural(micrographs, 'micrograph')}.`;
}

/** What a person should know of micrographs that are not what they were. @param {Difference} difference */
export function remarks({ came_later: later, missing, outside }) {
  const came = later === 1 ? '1 micrograph came later and stays as it is.' : `${later} micrographs came later and stay as they are.`;
  const gone = `${plural(missing, 'file')} of them ${missing === 1 ? 'is' : 'are'} missing; the labels are there when the files are back.`;
  const unfit = `${outside} outside a file that has changed: left out.`;
  return joined([later && came, missing && gone, outside && unfit], ' ');
}

/** What was done. @param {string} name @param {Difference} difference */
export function wentBack(name, difference) {
  return joined([`Back to “${name}”:`, change(difference), remarks(difference)], ' ');
}
