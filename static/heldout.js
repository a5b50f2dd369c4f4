/**
 * What the held-out micrographs say of a model, in words. Pure.
 * Where they are not complete a pick without a label may be a particle: precision is then a lower bound, and said so.
 *
 * @typedef {object} HeldOut the facts of one check during training, docs/architecture.md
 * @property {number} step
 * @property {number} micrographs
 * @property {number} labels
 * @property {number | null} average_precision
 * @property {number | null} precision
 * @property {number | null} recall
 * @property {number} threshold
 * @property {boolean} lower_bound
 * @property {boolean} [best]
 * @property {number} [best_step]
 */
import { plural, signed } from './units.js';

/** A share with two decimals, as a lower bound where it is one. @param {number | null} value @param {boolean} [bound] */
export function share(value, bound = false) {
  return value == null ? '–' : `${bound ? '≥\u00a0' : ''}${value.toFixed(2)}`;
}

/** @param {HeldOut} facts */
export function averagePrecision({ average_precision: value, lower_bound: bound }) {
  return share(value, bound);
}

/** @param {HeldOut} facts */
export function precisionAndRecall({ precision, recall, threshold, micrographs, labels, lower_bound: bound }) {
  const figures = `precision ${share(precision, bound)} · recall ${share(recall)} at ${signed(threshold, 1)}`;
  return `${figures}, on ${plural(micrographs, 'micrograph')} with ${plural(labels, 'label')}`;
}

/** Why a figure is only a bound, and what would make it exact; empty where it is exact. @param {HeldOut} facts */
export function boundNote({ lower_bound: bound, micrographs }) {
  if (!bound) return '';
  const which = micrographs === 1 ? 'that micrograph is' : 'those micrographs are';
  return `“≥”: not every particle there is labeled. Exact once ${which} marked as such.`;
}

/** Ten labels are left to learn from, or none is held out (`topazcore.heldout`). */
const TOO_FEW =
  'No micrograph was held out to measure precision and recall: label one more, so that ten labels stay on the others.';

/**
 * What to do where nothing was held out; empty while it may still come.
 * @param {{phase: string, settings: Record<string, any>, started: Record<string, any> | null}} run
 */
export function unmeasured({ phase, settings, started }) {
  if (settings.held_out === 'none') return 'No micrograph was held out: that is switched off under Advanced.';
  const none = started?.micrographs < 2 || started?.held_out?.length === 0;
  const over = phase === 'picking' || phase === 'finished';
  return none || over ? TOO_FEW : '';
}

/** The best so far and its step. @param {HeldOut} facts */
export function bestLine(facts) {
  return `best ${averagePrecision(facts)} at ${facts.best_step ?? facts.step}`;
}
