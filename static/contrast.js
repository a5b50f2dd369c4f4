/**
 * Grey values to what the eye sees: a lookup table of low, high, gamma and inversion. Pure.
 * Contrast is kept relative to each micrograph's automatic window (0 is its low end, 1 its high end), so that one
 * setting fits a whole project whose exposures differ.
 *
 * @typedef {{low: number, high: number, gamma: number, invert: boolean}} Contrast
 * @typedef {import('./types.js').Layer} Layer
 */

/** @type {Contrast} */
export const NEUTRAL = Object.freeze({ low: 0, high: 1, gamma: 1, invert: false });
/** The narrowest window, grey values. */
export const NARROWEST = 2;

/** @param {Pick<Layer, 'auto_low' | 'auto_high'>} layer */
function automatic({ auto_low: low, auto_high: high }) {
  return { low, span: Math.max(high - low, NARROWEST) };
}

/**
 * The window in grey values of this layer.
 * @param {Contrast} contrast
 * @param {Pick<Layer, 'auto_low' | 'auto_high'>} layer
 * @returns {{low: number, high: number}}
 */
export function greyWindow(contrast, layer) {
  const { low, span } = automatic(layer);
  const start = low + contrast.low * span;
  return { low: start, high: Math.max(low + contrast.high * span, start + NARROWEST) };
}

/**
 * A handle dragged to a grey value.
 * @param {Contrast} contrast
 * @param {Pick<Layer, 'auto_low' | 'auto_high'>} layer
 * @param {'low' | 'high'} end
 * @param {number} grey
 * @returns {Contrast}
 */
export function withHandle(contrast, layer, end, grey) {
  const { low, span } = automatic(layer);
  const other = greyWindow(contrast, layer)[end === 'low' ? 'high' : 'low'];
  const kept = end === 'low' ? Math.min(grey, other - NARROWEST) : Math.max(grey, other + NARROWEST);
  return { ...contrast, [end]: (Math.min(Math.max(kept, 0), 255) - low) / span };
}

/** The density of a grey value. @param {Pick<Layer, 'low' | 'high'>} layer @param {number} grey */
export function density(layer, grey) {
  return layer.low + (grey / 255) * (layer.high - layer.low);
}

/**
 * @param {{low: number, high: number}} window grey values
 * @param {number} gamma above 1 brightens
 * @param {boolean} invert
 * @returns {Uint8ClampedArray} of 256
 */
export function lookupTable({ low, high }, gamma, invert) {
  return Uint8ClampedArray.from({ length: 256 }, (_, grey) => {
    const part = Math.min(Math.max((grey - low) / (high - low), 0), 1) ** (1 / gamma);
    return 255 * (invert ? 1 - part : part);
  });
}

/**
 * Grey tile to RGBA with a rim of one pixel all around that repeats the outermost pixels. Neighbouring tiles overlap
 * by their
 * rims, so that no seam is seen wherever their edges fall on the screen.
 * @param {{width: number, height: number, grey: Uint8Array}} tile
 * @param {Uint8ClampedArray} table of 256
 * @param {Uint32Array} rgba of (width + 2) x (height + 2)
 */
export function paint({ width, height, grey }, table, rgba) {
  // Signed, since a small integer is what the browser's compiler handles best; four at once halve the time again.
  const colours = Int32Array.from(table, (value) => 0xff000000 | (value * 0x010101));
  const out = new Int32Array(rgba.buffer, rgba.byteOffset, rgba.length);
  const stride = width + 2;
  let from = 0;
  for (let y = 0; y < height; y++) {
    const row = (y + 1) * stride;
    const end = row + 1 + width;
    let to = row + 1;
    for (; to + 3 < end; to += 4, from += 4) {
      out[to] = colours[grey[from]];
      out[to + 1] = colours[grey[from + 1]];
      out[to + 2] = colours[grey[from + 2]];
      out[to + 3] = colours[grey[from + 3]];
    }
    for (; to < end; to++, from++) out[to] = colours[grey[from]];
    out[row] = out[row + 1];
    out[end] = out[end - 1];
  }
  rgba.copyWithin(0, stride, 2 * stride);
  rgba.copyWithin((height + 1) * stride, height * stride, (height + 1) * stride);
}

/** A contrast read from settings that anybody may have written. @param {any} stored @returns {Contrast} */
export function fromStored(stored) {
  const { low, high, gamma, invert } = stored ?? {};
  const usable = [low, high, gamma].every(Number.isFinite) && high > low && gamma >= 0.2 && gamma <= 5;
  return usable ? { low, high, gamma, invert: invert === true } : NEUTRAL;
}
