/**
 * Thousands of equal marks of one colour, written pixel by pixel. The strokes of a canvas cost some microseconds for
 * each circle and must be repeated whenever the threshold moves; a stamp costs as many writes as it has pixels. Where
 * marks overlap, the stronger one is seen, as in one path. Pure: what a stamp looks like is the caller's.
 *
 * @typedef {{dx: Int16Array, dy: Int16Array, alpha: Uint8Array, reach: number}} Stamp the pixels of a mark, relative to
 *   the one that holds its centre; `reach` is how far they go
 * @typedef {{data: Uint32Array, width: number, height: number}} Pixels RGBA, little-endian
 */

/** Places within a pixel, along each axis, that have stamps of their own: a mark is at most an eighth of a pixel off. */
export const PHASES = 4;

/**
 * The pixels of a square image that are not clear.
 * @param {Uint8ClampedArray} rgba of side x side
 * @param {number} side odd; the middle pixel holds the centre
 * @returns {Stamp}
 */
export function stampOf(rgba, side) {
  const reach = (side - 1) / 2;
  const inked = Array.from({ length: side * side }, (_, i) => i).filter((i) => rgba[4 * i + 3]);
  return {
    dx: Int16Array.from(inked, (i) => (i % side) - reach),
    dy: Int16Array.from(inked, (i) => Math.floor(i / side) - reach),
    alpha: Uint8Array.from(inked, (i) => rgba[4 * i + 3]),
    reach,
  };
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
 * @param {Pixels} pixels
 * @param {Stamp} stamp
 * @param {{x: number, y: number}} at the pixel of the centre
 * @param {{blue: number, green: number, red: number, strength: number}} ink strength 0 to 1
 */
export function press({ data, width, height }, { dx, dy, alpha, reach }, { x, y }, { red, green, blue, strength }) {
  const colour = red | (green << 8) | (blue << 16);
  const whole = x >= reach && y >= reach && x + reach < width && y + reach < height;
  for (let i = 0; i < alpha.length; i++) {
    const [column, row] = [x + dx[i], y + dy[i]];
    if (!whole && (column < 0 || row < 0 || column >= width || row >= height)) continue;
    const place = row * width + column;
    const seen = Math.round(alpha[i] * strength);
    if (data[place] >>> 24 < seen) data[place] = colour | (seen << 24);
  }
}
