/**
 * Picks as columns: which are shown, how many lie above a threshold, which are the least sure. Pure.
 *
 * The rule of docs/api.md: a removed pick is a negative label, and a pick within half a diameter of a negative
 * label is neither shown nor exported. A pick within half a diameter of a positive label counts, and is drawn
 * as a dot inside the label's circle instead of a second circle. A pick in an exclusion, or in its margin, is neither
 * shown nor exported.
 *
 * @typedef {import('./types.js').Picks} Picks
 * @typedef {import('./types.js').Label} Label
 */

export const SHOWN = 0;
export const REMOVED = 1;
export const COVERED = 2;
export const EXCLUDED = 3;

/** Outliers of the score, as a part of all: one odd pick must not press the histogram flat. */
const OUTLIERS = 0.004;
const FINE_BINS = 1000;

/**
 * @param {{job: string, kind: import('./types.js').JobKind, final: boolean, step: number, x: number[], y: number[], score: number[]}} answer
 * @returns {Picks}
 */
export function fromAnswer({ job, kind, final, step, x, y, score }) {
  const columns = { x: Float64Array.from(x), y: Float64Array.from(y), score: Float64Array.from(score) };
  return { job, kind, final, step, ...columns };
}

/** What such picks are called. @param {Pick<Picks, 'kind'> | null | undefined} picks */
export function noun(picks) {
  return picks?.kind === 'suggest' ? 'suggestion' : 'pick';
}

/**
 * Labels in square cells of one radius, so that only nine cells are looked at.
 * @param {Iterable<Label>} labels
 * @param {number} radius
 */
function gridOf(labels, radius) {
  /** @type {Map<string, Label[]>} */
  const cells = new Map();
  for (const label of labels) {
    const key = `${Math.floor(label.x / radius)},${Math.floor(label.y / radius)}`;
    const cell = cells.get(key);
    if (cell) cell.push(label);
    else cells.set(key, [label]);
  }
  return cells;
}

/** @param {Map<string, Label[]>} cells @param {number} radius @param {number} x @param {number} y */
function classAt(cells, radius, x, y) {
  let found = SHOWN;
  const column = Math.floor(x / radius);
  const row = Math.floor(y / radius);
  for (let j = row - 1; j <= row + 1; j++) {
    for (let i = column - 1; i <= column + 1; i++) {
      for (const label of cells.get(`${i},${j}`) ?? []) {
        if (Math.hypot(label.x - x, label.y - y) > radius) continue;
        if (label.label === 'negative') return REMOVED;
        found = COVERED;
      }
    }
  }
  return found;
}

/**
 * Which picks are shown (0), removed (1), covered by a positive label (2) or excluded (3).
 * @param {Picks} picks @param {Iterable<Label>} labels @param {number} radius half a diameter, px
 * @param {(x: number, y: number) => boolean} [excluded] whether a place is in an exclusion
 * @param {(x: number, y: number) => boolean} [covered] whether it is on a filament
 * @returns {Uint8Array}
 */
export function classify(picks, labels, radius, excluded, covered) {
  const classes = new Uint8Array(picks.x.length);
  const cells = gridOf(labels, radius);
  if (!cells.size && !excluded && !covered) return classes;
  for (let i = 0; i < classes.length; i++) {
    const [x, y] = [picks.x[i], picks.y[i]];
    classes[i] = excluded?.(x, y) ? EXCLUDED : classAt(cells, radius, x, y);
    if (classes[i] === SHOWN && covered?.(x, y)) classes[i] = COVERED;
  }
  return classes;
}

/**
 * The scores that count, still falling.
 * @param {Picks} picks
 * @param {Uint8Array} classes
 * @param {boolean} [uncovered] leave covered ones out too
 * @returns {Float64Array}
 */
export function countedScores(picks, classes, uncovered = false) {
  return picks.score.filter((_, i) => classes[i] === SHOWN || (classes[i] === COVERED && !uncovered));
}

/**
 * How many of falling scores are at or above the threshold.
 * @param {ArrayLike<number>} scores
 * @param {number} threshold
 */
export function countAbove(scores, threshold) {
  let [low, high] = [0, scores.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (scores[middle] >= threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The shown pick whose centre is nearest to a point, within a radius; -1 if none.
 * @param {Picks} picks @param {Uint8Array} classes @param {number} threshold
 * @param {import('./types.js').Point} at @param {number} radius px
 */
export function nearestPick(picks, classes, threshold, at, radius) {
  let [best, limit] = [-1, radius];
  const end = countAbove(picks.score, threshold);
  for (let i = 0; i < end; i++) {
    if (classes[i] !== SHOWN) continue;
    const distance = Math.hypot(picks.x[i] - at.x, picks.y[i] - at.y);
    if (distance <= limit) [best, limit] = [i, distance];
  }
  return best;
}

/**
 * The range of scores to show: all but the few outliers, and always the default threshold with some room.
 * @param {ArrayLike<number>[]} columns falling scores
 * @returns {{low: number, high: number}}
 */
export function scoreRange(columns) {
  let [low, high, total] = [-1, 1, 0];
  for (const scores of columns) {
    if (!scores.length) continue;
    total += scores.length;
    high = Math.max(high, scores[0]);
    low = Math.min(low, scores[scores.length - 1]);
  }
  const step = (high - low) / FINE_BINS;
  const counts = histogram(columns, { low, high }, FINE_BINS);
  const below = outliers(counts, total * OUTLIERS);
  const above = outliers(counts.reverse(), total * OUTLIERS);
  return {
    low: outwards(Math.min(low + below * step, -1), Math.floor),
    high: outwards(Math.max(high - above * step, 1), Math.ceil),
  };
}

/** How many bins from the start hold no more than a few. @param {Uint32Array} counts @param {number} few */
function outliers(counts, few) {
  let sum = 0;
  const index = counts.findIndex((count) => (sum += count) > few);
  return Math.max(index, 0);
}

/** @param {number} value @param {(value: number) => number} round */
function outwards(value, round) {
  return round(value * 10) / 10;
}

/** @param {Iterable<ArrayLike<number>>} columns @param {{low: number, high: number}} range @param {number} bins */
export function histogram(columns, { low, high }, bins) {
  const counts = new Uint32Array(bins);
  const scale = bins / (high - low);
  for (const scores of columns) {
    for (let i = 0; i < scores.length; i++) {
      counts[Math.min(bins - 1, Math.max(0, Math.floor((scores[i] - low) * scale)))] += 1;
    }
  }
  return counts;
}

/**
 * The picks that the model is least sure of: nearest to the threshold, neither labelled nor removed.
 * @param {Iterable<{micrograph: number, picks: Picks, classes: Uint8Array}>} sets
 * @param {number} threshold @param {number} wanted
 * @returns {{micrograph: number, index: number, x: number, y: number, score: number}[]}
 */
export function borderline(sets, threshold, wanted) {
  const found = [];
  for (const { micrograph, picks, classes } of sets) {
    const middle = countAbove(picks.score, threshold);
    const near = [...open(classes, middle, 1, wanted), ...open(classes, middle - 1, -1, wanted)];
    for (const index of near) {
      found.push({ micrograph, index, x: picks.x[index], y: picks.y[index], score: picks.score[index] });
    }
  }
  found.sort((a, b) => Math.abs(a.score - threshold) - Math.abs(b.score - threshold));
  return found.slice(0, wanted);
}

/**
 * Up to `wanted` indices of shown picks, walking from `start`.
 * @param {Uint8Array} classes
 * @param {number} start
 * @param {number} step
 * @param {number} wanted
 */
function open(classes, start, step, wanted) {
  const indices = [];
  for (let i = start; i >= 0 && i < classes.length && indices.length < wanted; i += step) {
    if (classes[i] === SHOWN) indices.push(i);
  }
  return indices;
}
