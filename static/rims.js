/**
 * Tiles that join without a seam where they are enlarged: the rim of each shows the outermost pixels of its neighbours,
 * so that both are smoothed over the same values. Knows no addresses.
 *
 * @typedef {import('./tiles.js').Tile} Tile
 * @typedef {[number, number]} Side which neighbour: columns and rows from here, -1 to 1
 */

/** @type {readonly Side[]} */
export const SIDES = Object.freeze([
  [-1, 0],
  [1, 0],
  [0, -1],
  [0, 1],
]);

/**
 * The line of a neighbour that touches a tile, in its own pixels.
 * @param {Tile} tile the neighbour
 * @param {Side} side where it lies
 * @returns {Uint8Array}
 */
export function touching({ width, height, grey }, [x, y]) {
  if (y) return grey.subarray(y < 0 ? (height - 1) * width : 0, y < 0 ? height * width : width);
  const column = x < 0 ? width - 1 : 0;
  return Uint8Array.from({ length: height }, (_, row) => grey[row * width + column]);
}

/**
 * Paint a neighbour's line on the rim of a coloured tile.
 * @param {OffscreenCanvas} canvas the tile with its rim
 * @param {Tile} neighbour
 * @param {Side} side
 * @param {Uint8ClampedArray} table of 256
 */
export function joinRim(canvas, neighbour, side, table) {
  const [x, y] = side;
  const line = touching(neighbour, side);
  const length = Math.min(line.length, (x ? canvas.height : canvas.width) - 2);
  const image = new ImageData(x ? 1 : length, x ? length : 1);
  const out = new Int32Array(image.data.buffer);
  for (let i = 0; i < length; i++) out[i] = 0xff000000 | (table[line[i]] * 0x010101);
  const at = (/** @type {number} */ way, /** @type {number} */ size) => (way < 0 ? 0 : way > 0 ? size - 1 : 1);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.putImageData(image, at(x, canvas.width), at(y, canvas.height));
}
