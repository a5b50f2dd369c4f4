/**
 * What lies under a point of the canvas, or in a region of it: a label, a pick, the edge of a circle, an exclusion. Pure
 * reads of the state.
 */
import { smallestAt } from './exclusions.js';
import { nearestEnd, nearestLine, touches } from './filaments.js';
import { nearest } from './labels.js';
import { fromLine } from './marks.js';
import { SHOWN, countAbove, nearestPick } from './picks.js';
import { diameterPx } from './scales.js';
import { toImage } from './viewport.js';

/**
 * @typedef {import('./types.js').State} State
 * @typedef {import('./types.js').Point} Point
 * @typedef {import('./types.js').Target} Target
 */

/** How near to the line of a circle a pointer grips its edge, CSS px; smaller circles have no edge to grip. */
const GRIP = { mouse: 4, pen: 5, touch: 10 };
const END_GRIP = { mouse: 8, pen: 9, touch: 18 };
const GRIPPABLE_RADIUS = 13;

/**
 * @param {State} state
 * @param {Point} at CSS px
 * @returns {Target | null} the label or pick whose circle, or the filament whose band, holds the point
 */
export function targetAt(state, at) {
  const { viewport, view, current, hidden } = state;
  if (!viewport || !view || current === null || hidden) return null;
  const { x, y } = toImage(viewport, at.x, at.y);
  const radius = diameterPx(state) / 2;
  const label = nearest(state.labels.get(current)?.values() ?? [], x, y, radius);
  if (label) return { kind: 'label', micrograph: current, id: label.id };
  const reach = Math.max(radius, GRIP.mouse / viewport.zoom);
  const line = nearestLine(state.filaments.get(current)?.values() ?? [], { x, y }, reach);
  if (line) return { kind: 'filament', micrograph: current, id: line.id };
  return pickAt(state, current, { x, y }, radius);
}

/** The end of a filament that a pointer grips. @param {State} state @param {Point} at CSS px @param {string} type of pointer */
export function endAt({ viewport, current, hidden, filaments }, at, type) {
  if (!viewport || current === null || hidden) return null;
  const grip = END_GRIP[/** @type {keyof typeof END_GRIP} */ (type)] ?? END_GRIP.mouse;
  return nearestEnd(filaments.get(current)?.values() ?? [], toImage(viewport, at.x, at.y), grip / viewport.zoom);
}

/**
 * @param {State} state
 * @param {number} micrograph
 * @param {Point} at px
 * @param {number} radius px
 * @returns {Target | null}
 */
function pickAt(state, micrograph, at, radius) {
  const set = state.picks.get(micrograph);
  if (!set || !countAbove(set.picks.score, state.threshold)) return null;
  const i = nearestPick(set.picks, set.classes, state.threshold, at, radius);
  if (i < 0) return null;
  return { kind: 'pick', micrograph, x: set.picks.x[i], y: set.picks.y[i], score: set.picks.score[i] };
}

/**
 * The positive label whose line is under the point.
 * @param {State} state
 * @param {Point} at CSS px
 * @param {string} type of pointer
 * @returns {import('./types.js').Label | null}
 */
export function edgeAt(state, at, type) {
  const { viewport, current, hidden } = state;
  if (!viewport || current === null || hidden) return null;
  const radius = diameterPx(state) / 2;
  const grip = GRIP[/** @type {keyof typeof GRIP} */ (type)] ?? GRIP.mouse;
  if (radius * viewport.zoom < GRIPPABLE_RADIUS) return null;
  const { x, y } = toImage(viewport, at.x, at.y);
  for (const label of state.labels.get(current)?.values() ?? []) {
    const off = fromLine(state.marks, label.x - x, label.y - y, radius) * viewport.zoom;
    if (label.label === 'positive' && off <= grip) return label;
  }
  return null;
}

/**
 * Labels and shown picks of the open micrograph whose centres a region holds, and filaments of which it holds both ends,
 * or, for a brush, anything.
 * @param {State} state
 * @param {(x: number, y: number) => boolean} holds px
 * @param {number} [step] px, of a brush: what it may pass over along a filament
 * @returns {import('./types.js').Member[]}
 */
export function membersIn({ labels, filaments, picks, threshold, current }, holds, step) {
  const micrograph = current ?? -1;
  /** @type {import('./types.js').Member[]} */
  const found = [];
  for (const { id, x, y, label } of labels.get(micrograph)?.values() ?? []) {
    if (label === 'positive' && holds(x, y)) found.push({ kind: 'label', micrograph, id });
  }
  for (const { id, ends } of filaments.get(micrograph)?.values() ?? []) {
    const isIn = step === undefined ? ends.every(([x, y]) => holds(x, y)) : touches(ends, holds, step);
    if (isIn) found.push({ kind: 'filament', micrograph, id });
  }
  const set = picks.get(micrograph);
  for (let i = 0; set && i < countAbove(set.picks.score, threshold); i++) {
    const [x, y, score] = [set.picks.x[i], set.picks.y[i], set.picks.score[i]];
    if (set.classes[i] === SHOWN && holds(x, y)) found.push({ kind: 'pick', micrograph, x, y, score });
  }
  return found;
}

/** @param {State} state @param {Point} at CSS px @returns {Target | null} the exclusion that holds the point */
export function exclusionAt({ viewport, current, exclusions, hidden }, at) {
  if (!viewport || current === null || hidden) return null;
  const hit = smallestAt(exclusions.get(current)?.values() ?? [], toImage(viewport, at.x, at.y));
  return hit && { kind: 'exclusion', micrograph: current, id: hit.id };
}

/**
 * Where a target of the open micrograph lies; null of what is no circle.
 * @param {State} state
 * @param {import('./types.js').Target | null} target
 * @returns {import('./types.js').Point | null}
 */
export function placeOf(state, target) {
  if (!target || target.micrograph !== state.current) return null;
  if (target.kind === 'pick') return target;
  if (target.kind !== 'label') return null;
  return state.labels.get(target.micrograph)?.get(target.id) ?? null;
}
