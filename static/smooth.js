/**
 * A rough band-pass of what is seen, quick enough to follow a hand: Gaussians that are at one half where the server's
 * edges are, over grey values averaged as far as the filter allows. Pure arithmetic; knows no tiles and no canvas.
 *
 * @typedef {{width: number, height: number, values: Float32Array}} Plane
 * @typedef {{width: number, height: number, values: Uint8Array}} Greys
 */

/** Standard deviation of the Gaussian whose transfer is one half at wavelength 1: sqrt(ln 2 / 2) / pi. */
const SIGMA = Math.sqrt(Math.LN2 / 2) / Math.PI;
/** Samples for each wavelength that are enough: the average over them is hardly felt. */
const SAMPLES = 4;
const REACH = 2.5;
/** Weights of half a Gaussian, and samples beyond the edge that they need. */
const WEIGHTS = 5;
const EDGE = WEIGHTS - 1;
/** Values that a window is worked out from, and where it ends: as server/contrast.py has it. */
const SAMPLED = 8_000;
/** Samples of a part that tell its spread, and how much the whole may differ from it. */
const FEWEST = 100;
const MOST_SPREAD = 2;
const PERCENT = [0.5, 25, 50, 75, 99.5];
const SIGMAS = 4;
const SIGMAS_BETWEEN_QUARTERS = 1.349;

/** How many samples may be averaged into one under a low-pass, a power of 2. @param {number} wavelength in samples */
export function step(wavelength) {
  return 2 ** Math.max(Math.floor(Math.log2(wavelength / SAMPLES)), 0);
}

/** How far beyond a place the filter looks. @param {number} wavelength */
export function reach(wavelength) {
  return Math.ceil(REACH * SIGMA * wavelength);
}

/** Means of blocks of `by` x `by` samples, a power of 2; cut ones at the edge. @param {Plane | Greys} plane @param {number} by @returns {Plane} */
export function reduced({ width, height, values }, by) {
  if (by === 1) return { width, height, values: new Float32Array(values) };
  const small = { width: Math.ceil(width / by), height: Math.ceil(height / by) };
  const sums = new Float32Array(small.width * small.height);
  const shift = Math.log2(by);
  for (let y = 0; y < height; y++) {
    const row = (y >> shift) * small.width;
    for (let x = 0, at = y * width; x < width; at++, x++) sums[row + (x >> shift)] += values[at];
  }
  for (let y = 0; y < small.height; y++) {
    const rows = Math.min(by, height - y * by);
    for (let x = 0; x < small.width; x++) sums[y * small.width + x] /= rows * Math.min(by, width - x * by);
  }
  return { ...small, values: sums };
}

/**
 * Half of a Gaussian, the middle first, its whole sum 1. After `step` no Gaussian is wider, so five weights do.
 * @param {number} sigma samples
 */
function kernel(sigma) {
  const half = Array.from({ length: WEIGHTS }, (_, i) => Math.exp(-(i * i) / (2 * sigma * sigma)));
  const sum = 2 * half.reduce((a, b) => a + b, 0) - half[0];
  return half.map((value) => value / sum);
}

/** A sample beyond the edge is that of the mirror image. @param {number} i @param {number} length */
function mirrored(i, length) {
  const folded = i < 0 ? -1 - i : i >= length ? 2 * length - 1 - i : i;
  return Math.min(Math.max(folded, 0), length - 1);
}

/** What a low-pass leaves. @param {Plane} plane @param {number} wavelength samples, less than 2 * SAMPLES @returns {Plane} */
export function lowPass({ width, height, values }, wavelength) {
  const half = kernel(SIGMA * wavelength);
  const across = new Float32Array(values.length);
  const line = new Float32Array(width + 2 * EDGE);
  for (let y = 0; y < height; y++) {
    line.set(values.subarray(y * width, (y + 1) * width), EDGE);
    for (let i = 0; i < EDGE; i++) {
      line[i] = line[EDGE + mirrored(i - EDGE, width)];
      line[EDGE + width + i] = line[EDGE + mirrored(width + i, width)];
    }
    weigh(across, y * width, line, [0, 1, 2, 3, 4, 5, 6, 7, 8], width, half);
  }
  const down = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    const rows = Array.from({ length: 2 * EDGE + 1 }, (_, i) => mirrored(y + i - EDGE, height) * width);
    weigh(down, y * width, across, rows, width, half);
  }
  return { width, height, values: down };
}

/**
 * A row of sums of nine terms, each of which begins somewhere else. Written out, which halves the time.
 * @param {Float32Array} out @param {number} to where the row begins
 * @param {Float32Array} v @param {number[]} starts of the terms, the middle one fifth
 * @param {number} width @param {number[]} half the weights, the middle one first
 */
function weigh(out, to, v, [a, b, c, d, e, f, g, h, i], width, [w0, w1, w2, w3, w4]) {
  for (let x = 0; x < width; x++) {
    out[to + x] =
      w0 * v[e + x] +
      w1 * (v[d + x] + v[f + x]) +
      w2 * (v[c + x] + v[g + x]) +
      w3 * (v[b + x] + v[h + x]) +
      w4 * (v[a + x] + v[i + x]);
  }
}

/** What a high-pass leaves: the values less their low-pass. @param {Plane} plane @param {number} wavelength samples @returns {Plane} */
export function highPass(plane, wavelength) {
  const by = step(wavelength);
  return less(plane, lowPass(reduced(plane, by), wavelength / by), { scale: 1 / by, x: 0, y: 0 });
}

/**
 * Values less those of a coarser plane at the same places, which are interpolated.
 * @param {Plane} plane
 * @param {Plane} coarse
 * @param {{scale: number, x: number, y: number}} place samples of `coarse` for one of `plane`, and where the latter begins
 * @returns {Plane}
 */
export function less({ width, height, values }, coarse, { scale, x, y }) {
  const left = new Float32Array(values.length);
  const [columns, parts] = interpolation(width, scale, x, coarse.width);
  const [rows, rowParts] = interpolation(height, scale, y, coarse.height);
  const line = new Float32Array(coarse.width + 1);
  for (let row = 0, at = 0; row < height; row++) {
    const [above, part] = [rows[row] * coarse.width, rowParts[row]];
    const below = part > 0 ? above + coarse.width : above;
    for (let i = 0; i < coarse.width; i++)
      line[i] = coarse.values[above + i] * (1 - part) + coarse.values[below + i] * part;
    line[coarse.width] = line[coarse.width - 1];
    for (let i = 0; i < width; i++, at++) {
      const from = columns[i];
      left[at] = values[at] - line[from] - (line[from + 1] - line[from]) * parts[i];
    }
  }
  return { width, height, values: left };
}

/**
 * Between which samples of a coarser line each sample of a fine one lies.
 * @param {number} length @param {number} scale @param {number} offset @param {number} coarse samples of the coarser one
 * @returns {[Int32Array, Float32Array]} the sample before, and how far on to the next
 */
function interpolation(length, scale, offset, coarse) {
  const before = new Int32Array(length);
  const parts = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const at = Math.min(Math.max((i + 0.5) * scale + offset - 0.5, 0), coarse - 1);
    before[i] = Math.floor(at);
    parts[i] = at - before[i];
  }
  return [before, parts];
}

/**
 * How much more the whole of a plane differs than a part of it: where only the part is seen, its contrast is still to be
 * that of the whole. 1 where the part is too small to tell.
 * @param {Plane} plane
 * @param {{left: number, top: number, right: number, bottom: number}} part samples
 */
export function spreadBeyond({ width, height, values }, { left, top, right, bottom }) {
  const [x0, x1] = [Math.max(Math.floor(left), 0), Math.min(Math.ceil(right), width)];
  const [y0, y1] = [Math.max(Math.floor(top), 0), Math.min(Math.ceil(bottom), height)];
  const across = Math.max(x1 - x0, 0);
  const part = new Float32Array(across * Math.max(y1 - y0, 0));
  if (part.length < FEWEST) return 1;
  for (let y = y0; y < y1; y++) part.set(values.subarray(y * width + x0, y * width + x1), (y - y0) * across);
  const span = (/** @type {{low: number, high: number}} */ { low, high }) => high - low;
  const ratio = span(startingWindow(values)) / span(startingWindow(part));
  return Math.min(Math.max(ratio, 1 / MOST_SPREAD), MOST_SPREAD);
}

/** A window as many times as wide. @param {{low: number, high: number}} window @param {number} by */
export function widened({ low, high }, by) {
  const more = ((high - low) * (by - 1)) / 2;
  return { low: low - more, high: high + more };
}

/**
 * The contrast that a picture starts with: almost all of it, but no further out than four standard deviations.
 * @param {Float32Array} values @returns {{low: number, high: number}}
 */
export function startingWindow(values) {
  const every = Math.max(1, Math.floor(values.length / SAMPLED));
  const some = Float32Array.from({ length: Math.ceil(values.length / every) }, (_, i) => values[i * every]).sort();
  const [low, quarter, middle, threeQuarters, high] = PERCENT.map(
    (percent) => some[Math.min(Math.floor((percent / 100) * some.length), some.length - 1)],
  );
  const far = (SIGMAS * (threeQuarters - quarter)) / SIGMAS_BETWEEN_QUARTERS;
  const window = { low: Math.max(low, middle - far), high: Math.min(high, middle + far) };
  return window.high > window.low ? window : { low: low - 0.5, high: low + 0.5 };
}
