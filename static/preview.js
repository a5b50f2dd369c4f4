/**
 * What a filter will look like, from the tiles of the raw layer that are here: it follows the hand, and is shown until the
 * server's own layer is there. Rough at the edges of the filter, true in place. Asks the server for nothing but raw tiles.
 */
import { lookupTable } from './contrast.js';
import { highPass, less, lowPass, reach, reduced, spreadBeyond, startingWindow, step, widened } from './smooth.js';
import { levelFor, levelSize, tileUrl, tilesIn } from './tiles.js';
import { toScreen, visibleRect } from './viewport.js';

/**
 * @typedef {import('./types.js').View} View
 * @typedef {import('./types.js').Layer} Layer
 * @typedef {import('./tiles.js').Tile} Tile
 * @typedef {import('./smooth.js').Plane} Plane
 * @typedef {{z: number, by: number, left: number, top: number, right: number, bottom: number}} Region whole px of a level, and
 *   how many of them, across and down, make one sample
 * @typedef {{low: number | null, high: number | null}} Lengths of the filter, micrograph px
 * @typedef {{key: string, plane: Plane, window: {low: number, high: number}}} Made
 */

const GREYS = 256;
/** Samples of a coarse level for each high-pass length that are enough. */
const ENOUGH = 4;
/** On a large screen the picture is coarser rather than late. */
const MOST_SAMPLES = 700_000;

export class Preview {
  /** @param {import('./tiles.js').TileStore} tiles */
  constructor(tiles) {
    this.tiles = tiles;
    this.asking = false;
    /** @type {Made | null} */
    this.made = null;
    /** @type {{made: Made, contrast: import('./contrast.js').Contrast, canvas: OffscreenCanvas} | null} */
    this.coloured = null;
  }

  /**
   * @param {import('./stage.js').Frame} frame
   * @param {Lengths} lengths
   * @param {import('./contrast.js').Contrast} contrast
   */
  draw({ context, ratio, state: { view, viewport } }, lengths, contrast) {
    if (!view || !viewport) return;
    const { raw } = view.layers;
    const z = levelFor(raw, viewport.zoom * ratio);
    const region = regionOf(raw, z, visibleRect(viewport), lengths);
    this.ask(view, region);
    const made = this.make(view, region, lengths);
    if (!made) return;
    const canvas = this.colour(made, contrast);
    const [size, scale] = [2 ** z, viewport.zoom * ratio * region.by];
    const corner = toScreen(viewport, region.left * size - 0.5, region.top * size - 0.5);
    const [width, height] = [canvas.width * size * scale, canvas.height * size * scale];
    context.imageSmoothingEnabled = true;
    context.drawImage(canvas, corner.x * ratio, corner.y * ratio, width, height);
  }

  /** @param {View} view @param {Region} region */
  ask(view, region) {
    this.asking = true;
    const urls = [...tilesOf(view, view.layers.raw.levels - 1), ...tilesOf(view, region.z, region)];
    this.tiles.want('preview', urls.map((tile) => tileUrl(view, 'raw', tile)));
  }

  /** Another layer is drawn: its tiles are not needed any more. */
  rest() {
    if (!this.asking) return;
    this.asking = false;
    this.made = this.coloured = null;
    this.tiles.want('preview', []);
  }

  /**
   * The filtered picture of a region; null as long as there is nothing to make it from.
   * @param {View} view @param {Region} region @param {Lengths} lengths
   * @returns {Made | null}
   */
  make(view, region, { low, high }) {
    const { raw } = view.layers;
    const tileAt = (/** @type {import('./tiles.js').Address} */ tile) => this.tiles.get(tileUrl(view, 'raw', tile));
    const here = tilesOf(view, region.z, region).filter(tileAt);
    const key = JSON.stringify([raw.revision, region, low, high, here.map(({ x, y }) => [x, y])]);
    if (this.made?.key === key) return this.made;
    const coarsest = tileAt({ z: raw.levels - 1, x: 0, y: 0 });
    if (!coarsest) return null;
    const greys = gathered(region, view.tile_size, tileAt, coarsest, raw.levels - 1);
    const size = 2 ** region.z;
    const smooth = lowPassed(greys, region.by, low && low / size);
    const plane = highPassed(smooth, { region, high, coarsest, z: raw.levels - 1 });
    const all = { z: raw.levels - 1, by: 1, left: 0, top: 0, right: coarsest.width, bottom: coarsest.height };
    const coarse = highPassed(reduced(asGreys(coarsest), 1), { region: all, high, coarsest, z: all.z });
    const spread = spreadBeyond(coarse, scaled(region, 2 ** (region.z - raw.levels + 1)));
    this.made = { key, plane, window: widened(startingWindow(plane.values), spread) };
    return this.made;
  }

  /** @param {Made} made @param {import('./contrast.js').Contrast} contrast */
  colour(made, contrast) {
    if (this.coloured?.made === made && this.coloured.contrast === contrast) return this.coloured.canvas;
    const { width, height, values } = made.plane;
    const canvas = this.coloured?.canvas ?? new OffscreenCanvas(width, height);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const image = new ImageData(width, height);
    const span = made.window.high - made.window.low;
    const start = made.window.low + contrast.low * span;
    const table = lookupTable({ low: 0, high: GREYS - 1 }, contrast.gamma, contrast.invert);
    const colours = Int32Array.from(table, (value) => 0xff000000 | (value * 0x010101));
    const out = new Int32Array(image.data.buffer);
    const factor = (GREYS - 1) / ((contrast.high - contrast.low) * span);
    for (let i = 0; i < out.length; i++) {
      const grey = (values[i] - start) * factor;
      out[i] = colours[grey > 0 ? (grey < GREYS - 1 ? (grey + 0.5) | 0 : GREYS - 1) : 0];
    }
    /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d')).putImageData(image, 0, 0);
    this.coloured = { made, contrast, canvas };
    return canvas;
  }
}

/**
 * The pixels of a level that a filtered picture of a rectangle is made from. It begins at whole blocks, so that the picture
 * does not change while it is moved.
 * @param {Layer} raw @param {number} z @param {import('./viewport.js').Rect} rect @param {Lengths} lengths
 * @returns {Region}
 */
export function regionOf(raw, z, { left, top, right, bottom }, { low, high }) {
  const size = 2 ** z;
  const seen = ((right - left) * (bottom - top)) / size ** 2;
  const affordable = 2 ** Math.max(Math.ceil(Math.log2(seen / MOST_SAMPLES) / 2), 0);
  const block = Math.max(low === null ? 1 : step(low / size), affordable);
  const local = high !== null && !isSeenCoarsely(high, raw.levels - 1) ? high : 0;
  const beyond = Math.max(reach((low ?? 0) / size), reach(local / size)) + block;
  const level = levelSize(raw, z);
  const from = (/** @type {number} */ edge, /** @type {number} */ length) =>
    Math.floor(Math.min(Math.max((edge + 0.5) / size - beyond, 0), length - 1) / block) * block;
  const to = (/** @type {number} */ edge, /** @type {number} */ length) =>
    Math.ceil(Math.min(Math.max((edge + 0.5) / size + beyond, 1), length));
  return {
    z,
    by: block,
    left: from(left, level.width),
    top: from(top, level.height),
    right: to(right, level.width),
    bottom: to(bottom, level.height),
  };
}

/** What a high-pass takes away can be seen on the coarsest level. @param {number} high px @param {number} z of that level */
function isSeenCoarsely(high, z) {
  return high / 2 ** z >= ENOUGH;
}

/** The tiles of a level, or of a region of it. @param {View} view @param {number} z @param {Region} [region] */
function tilesOf(view, z, region) {
  const { raw } = view.layers;
  const size = 2 ** z;
  const { left, top, right, bottom } = region ?? { left: 0, top: 0, right: raw.width / size, bottom: raw.height / size };
  const rect = { left: left * size - 0.5, top: top * size - 0.5, right: right * size - 0.5, bottom: bottom * size - 0.5 };
  return tilesIn(raw, z, rect, view.tile_size);
}

/**
 * The greys of a region; where a tile is missing, those of the coarsest level.
 * @param {Omit<Region, 'by'>} region
 * @param {number} size of tiles
 * @param {(address: import('./tiles.js').Address) => Tile | undefined} tileAt
 * @param {Tile} coarsest the only tile of its level
 * @param {number} coarsestZ
 * @returns {import('./smooth.js').Greys}
 */
export function gathered({ z, left, top, right, bottom }, size, tileAt, coarsest, coarsestZ) {
  const [width, height] = [Math.max(right - left, 1), Math.max(bottom - top, 1)];
  const values = new Uint8Array(width * height);
  const shift = coarsestZ - z;
  for (let tileY = Math.floor(top / size); tileY * size < bottom; tileY++) {
    for (let tileX = Math.floor(left / size); tileX * size < right; tileX++) {
      const tile = tileAt({ z, x: tileX, y: tileY });
      const [x0, x1] = [Math.max(tileX * size, left), Math.min((tileX + 1) * size, right)];
      const [y0, y1] = [Math.max(tileY * size, top), Math.min((tileY + 1) * size, bottom)];
      for (let y = y0; y < y1; y++) {
        const to = (y - top) * width - left;
        if (tile) {
          const from = (y - tileY * size) * tile.width - tileX * size;
          values.set(tile.grey.subarray(from + x0, from + x1), to + x0);
        } else {
          const from = Math.min(y >> shift, coarsest.height - 1) * coarsest.width;
          for (let x = x0; x < x1; x++) values[to + x] = coarsest.grey[from + Math.min(x >> shift, coarsest.width - 1)];
        }
      }
    }
  }
  return { width, height, values };
}

/** @param {import('./smooth.js').Greys} greys @param {number} by @param {number | null} length samples @returns {Plane} */
function lowPassed(greys, by, length) {
  const plane = reduced(greys, by);
  return length === null ? plane : lowPass(plane, length / by);
}

/**
 * A long high-pass takes away what the coarsest level shows, smoothed; a short one looks at the region alone.
 * @param {Plane} plane
 * @param {{region: Region, high: number | null, coarsest: Tile, z: number}} how
 * @returns {Plane}
 */
function highPassed(plane, { region, high, coarsest, z }) {
  if (high === null) return plane;
  const { by } = region;
  if (!isSeenCoarsely(high, z)) return highPass(plane, high / (by * 2 ** region.z));
  const block = step(high / 2 ** z);
  const smooth = lowPass(reduced(asGreys(coarsest), block), high / (2 ** z * block));
  const scale = 2 ** (region.z - z) / block;
  return less(plane, smooth, { scale: by * scale, x: region.left * scale, y: region.top * scale });
}

/** @param {Tile} tile @returns {import('./smooth.js').Greys} */
function asGreys({ width, height, grey }) {
  return { width, height, values: grey };
}

/** @param {Region} region @param {number} by @returns {import('./viewport.js').Rect} */
function scaled({ left, top, right, bottom }, by) {
  return { left: left * by, top: top * by, right: right * by, bottom: bottom * by };
}
