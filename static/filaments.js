/**
 * Filaments as geometry: the particles along them, how far a point is, which part a hand has hold of. Pure.
 *
 * The particles stand where topazcore/filaments.py puts them, so what is counted here is what a training takes and an export
 * holds.
 *
 * @typedef {import('./types.js').Corner} Corner
 * @typedef {import('./types.js').Ends} Ends
 * @typedef {import('./types.js').Filament} Filament
 * @typedef {import('./types.js').Point} Point
 */
import { squaredDistance } from './exclusions.js';

/** The server takes no shorter ones (docs/api.md), px. */
export const SHORTEST_PX = 1;
/** A last particle just at the end is not lost to rounding; of a pixel's length. */
const ROUNDING = 1e-9;
/** Ends are kept to a tenth of a pixel. */
const STEPS_PER_PX = 10;

/** @param {Ends} ends px */
export function lengthOf([start, end]) {
  return Math.hypot(end[0] - start[0], end[1] - start[1]);
}

/** How many particles a filament stands for. @param {Ends} ends @param {number} spacing px */
export function particlesOn(ends, spacing) {
  return Math.floor(lengthOf(ends) / spacing + ROUNDING) + 1;
}

/** Where they stand: the first at the start. @param {Ends} ends @param {number} spacing px @returns {Corner[]} */
export function pointsAlong(ends, spacing) {
  const [start, end] = ends;
  const length = lengthOf(ends) || 1;
  return Array.from({ length: particlesOn(ends, spacing) }, (_, i) => [
    start[0] + (i * spacing * (end[0] - start[0])) / length,
    start[1] + (i * spacing * (end[1] - start[1])) / length,
  ]);
}

/**
 * A test for many points: whether one is as near to a filament as to be the same particle.
 * @param {Iterable<Filament>} filaments @param {number} radius px
 * @returns {(x: number, y: number) => boolean}
 */
export function coverer(filaments, radius) {
  const all = [...filaments].map(({ ends }) => ends);
  return (x, y) => all.some(([start, end]) => squaredDistance(start, end, x, y) <= radius ** 2);
}

/**
 * The filament whose line is nearest to a point, within a distance.
 * @param {Iterable<Filament>} filaments @param {Point} at px @param {number} reach px
 * @returns {Filament | null}
 */
export function nearestLine(filaments, { x, y }, reach) {
  let best = null;
  let limit = reach ** 2;
  for (const one of filaments) {
    const distance = squaredDistance(...one.ends, x, y);
    if (distance <= limit) [best, limit] = [one, distance];
  }
  return best;
}

/**
 * The end that is nearest to a point, within a distance.
 * @param {Iterable<Filament>} filaments @param {Point} at px @param {number} reach px
 * @returns {{filament: Filament, which: 0 | 1} | null}
 */
export function nearestEnd(filaments, { x, y }, reach) {
  /** @type {{filament: Filament, which: 0 | 1} | null} */
  let best = null;
  let limit = reach;
  for (const filament of filaments) {
    for (const which of /** @type {const} */ ([0, 1])) {
      const distance = Math.hypot(filament.ends[which][0] - x, filament.ends[which][1] - y);
      if (distance <= limit) [best, limit] = [{ filament, which }, distance];
    }
  }
  return best;
}

/** Whether a region holds any of the filament. @param {Ends} ends @param {(x: number, y: number) => boolean} holds @param {number} step px */
export function touches(ends, holds, step) {
  return holds(...ends[1]) || pointsAlong(ends, Math.max(step, SHORTEST_PX)).some(([x, y]) => holds(x, y));
}

/** All of it moved. @param {Ends} ends @param {Point} by @returns {Ends} */
export function shifted(ends, { x, y }) {
  return asEnds(
    ...ends.map((end) => ({ x: end[0] + x, y: end[1] + y })),
  );
}

/** With another end. @param {Ends} ends @param {0 | 1} which @param {Point} place @returns {Ends} */
export function withEnd(ends, which, place) {
  const [moved] = asEnds(place, place);
  return which ? [ends[0], moved] : [moved, ends[1]];
}

/** Two points as they are kept. @param {...Point} points start and end @returns {Ends} */
export function asEnds(...points) {
  const round = (/** @type {number} */ value) => Math.round(value * STEPS_PER_PX) / STEPS_PER_PX;
  const [start, end] = points.map(({ x, y }) => /** @type {Corner} */ ([round(x), round(y)]));
  return [start, end];
}
