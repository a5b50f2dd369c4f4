/**
 * Thousands of equal marks of one colour, written pixel by pixel. The strokes of a canvas cost some microseconds for
 * each circle and must be repeated whenever the threshold moves; a stamp costs as many writes as it has pixels. Where
 * marks overlap, the stronger one is seen, as in one path. Pure: what a stamp looks like is the caller's.
 *
 * @typedef {{dx: Int16Array, dy: Int16Array, steps: Int32Array, colours: Int32Array[], reach: number}} Stamp the pixels
 *   of a mark relative to the one that holds its centre, also as `steps` through the sheet, and their colour by strength;
 *   `reach` is how far they go
 * @typedef {{data: Int32Array, width: number, height: number}} Pixels RGBA, little-endian
 */

/** Places within a pixel, along each axis, that have stamps of their own: a mark is at most an eighth of a pixel off. */
export const PHASES = 4;

/**
 * The pixels of a square image that are not clear.
 * @param {Uint8ClampedArray} rgba of side x side; only its alpha counts
 * @param {number} side odd; the middle pixel holds the centre
 * @param {{rgb: number, strengths: number[], width: number}} use `rgb` is red | green << 8 | blue << 16, `strengths` are
 *   parts of one, `width` is that of the sheet
 * @returns {Stamp}
 */
export function stampOf(rgba, side, { rgb, strengths, width }) {
  const reach = (side - 1) / 2;
  const inked = Array.from({ length: side * side }, (_, i) => i).filter((i) => rgba[4 * i + 3]);
  const dx = Int16Array.from(inked, (i) => (i % side) - reach);
  const dy = Int16Array.from(inked, (i) => Math.floor(i / side) - reach);
  const steps = Int32Array.from(dx, (x, i) => dy[i] * width + x);
  const coloured = (/** @type {number} */ strength) =>
    Int32Array.from(inked, (i) => rgb | (Math.round(rgba[4 * i + 3] * strength) << 24));
  return { dx, dy, steps, colours: strengths.map(coloured), reach };
}

/**
 * The pixel that holds a place, and which of the phases within it is nearest.
 * @param {number} place px, pixel centres at halves
 */
export function phaseOf(place) {
  const steps = Math.round(place * PHASES);
  const pixel = Math.floor(steps / PHASES);
  return { pixel, phase: steps - pixel * PHASES };
}

/**
 * @param {Pixels} pixels of the width that the stamp was made for
 * @param {Stamp} stamp
 * @param {{x: number, y: number}} at the pixel of the centre
 * @param {number} strength an index
 */
export function press(pixels, stamp, at, strength) {
  const { width, height } = pixels;
  const { reach } = stamp;
  const whole = at.x >= reach && at.y >= reach && at.x + reach < width && at.y + reach < height;
  if (whole) pressWhole(pixels.data, stamp.steps, stamp.colours[strength], at.y * width + at.x);
  else pressCut(pixels, stamp, at, strength);
}

/** The hot one. @param {Int32Array} data @param {Int32Array} steps @param {Int32Array} colours @param {number} centre */
function pressWhole(data, steps, colours, centre) {
  for (let i = 0; i < steps.length; i++) {
    const place = centre + steps[i];
    if (data[place] >>> 24 < colours[i] >>> 24) data[place] = colours[i];
  }
}

/** Over the edge. @param {Pixels} pixels @param {Stamp} stamp @param {{x: number, y: number}} at @param {number} strength */
function pressCut({ data, width, height }, { dx, dy, colours }, { x, y }, strength) {
  for (let i = 0; i < dx.length; i++) {
    const [column, row] = [x + dx[i], y + dy[i]];
    if (column < 0 || row < 0 || column >= width || row >= height) continue;
    const place = row * width + column;
    if (data[place] >>> 24 < colours[strength][i] >>> 24) data[place] = colours[strength][i];
  }
}
