/**
 * The micrograph on the canvas: decoded tiles, coloured by a lookup table, the coarse ones until the fine ones come.
 * Contrast is applied here, in the browser: moving a handle asks the server for nothing.
 */
import * as api from './api.js';
import { greyWindow, lookupTable, paint } from './contrast.js';
import { filterFromName } from './filter.js';
import { contrastOf, otherLayer, shownLayer, sides } from './layers.js';
import { Pace } from './pace.js';
import { inTurn } from './panes.js';
import { Preview } from './preview.js';
import { SIDES, joinRim } from './rims.js';
import { pixelSize } from './scales.js';
import { TileStore, levelFor, tileRect, tileUrl, tilesIn } from './tiles.js';
import { toScreen, visibleRect } from './viewport.js';

/**
 * @typedef {import('./types.js').State} State
 * @typedef {import('./tiles.js').Address} Address
 * @typedef {{canvas: OffscreenCanvas, table: Uint8ClampedArray, tile: import('./tiles.js').Tile, joined?: Set<string>}} Coloured
 */

/** Coloured tiles that are kept; more than any screen shows. */
const COLOURED = 72;
/** From this many device px per tile pixel on, single pixels are shown as squares. */
const SHOW_PIXELS_FROM = 4;
/** How far beyond the canvas tiles are fetched ahead, as a part of its size. */
const AHEAD = 0.35;

/** @param {string} url @param {AbortSignal} signal @returns {Promise<import('./tiles.js').Tile>} */
export async function fetchTile(url, signal) {
  const bitmap = await createImageBitmap(await api.image(url, signal), { colorSpaceConversion: 'none' });
  const { width, height } = bitmap;
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
    new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  );
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const rgba = context.getImageData(0, 0, width, height).data;
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++) grey[i] = rgba[i * 4];
  return { width, height, grey };
}

/**
 * The tile in colour, with its rim.
 * @param {import('./tiles.js').Tile} tile
 * @param {Uint8ClampedArray} table
 * @param {OffscreenCanvas} [canvas] used again
 */
export function colourTile(tile, table, canvas = new OffscreenCanvas(tile.width + 2, tile.height + 2)) {
  const image = new ImageData(canvas.width, canvas.height);
  paint(tile, table, new Uint32Array(image.data.buffer));
  /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d')).putImageData(image, 0, 0);
  return canvas;
}

export class Viewer {
  /** @param {import('./state.js').Store<State>} store */
  constructor(store) {
    this.store = store;
    this.tiles = new TileStore(fetchTile, () => store.set({ tiles: store.state.tiles + 1 }));
    /** @type {Map<string, Coloured>} in the order of last use */
    this.coloured = new Map();
    /** @type {Map<string, {key: string, table: Uint8ClampedArray}>} the last of each layer */
    this.tables = new Map();
    this.preview = new Preview(this.tiles);
    this.pace = new Pace(() => store.set({ tiles: store.state.tiles + 1 }));
    /** What the panes of the frame under way need, a list from each. @type {{view: string[][], ahead: string[][], preview: boolean}} */
    this.needs = { view: [], ahead: [], preview: false };
    /** Of the filtered layer that has been seen whole: no preview stands for it any more. */
    this.settled = '';
  }

  /**
   * Grey values to what is seen. The same table is answered as long as nothing has changed: tiles are kept in its colours.
   * @param {string} name of the layer
   * @param {import('./types.js').Layer} layer
   * @param {import('./contrast.js').Contrast} contrast
   */
  table(name, layer, contrast) {
    const window = greyWindow(contrast, layer);
    const key = `${window.low}|${window.high}|${contrast.gamma}|${contrast.invert}`;
    let kept = this.tables.get(name);
    if (kept?.key !== key) kept = { key, table: lookupTable(window, contrast.gamma, contrast.invert) };
    this.tables.set(name, kept);
    return kept.table;
  }

  /** Nothing that the canvas shows is still to come. */
  get complete() {
    const { view } = this.store.state;
    const stands = sides(this.store.state).some((name) => {
      const shown = view?.layers[shownLayer(view, name)];
      return shown?.preview && !shown.failed;
    });
    return Boolean(view) && !stands && !this.tiles.waiting('view');
  }

  /** @param {import('./stage.js').Seen} seen */
  begin({ state }) {
    if (this.tiles.smaller) this.pace.see(state.viewport);
    this.tiles.improves = !this.tiles.smaller || this.pace.restsLong;
    this.needs = { view: [], ahead: [], preview: false };
  }

  /** @param {import('./stage.js').Frame} frame */
  draw(frame) {
    this.drawLayer(frame, frame.layer, contrastOf(frame.state, frame.layer));
  }

  /** @param {import('./stage.js').Seen} seen */
  end(seen) {
    this.tiles.want('view', inTurn(this.needs.view));
    this.tiles.want('ahead', inTurn(this.needs.ahead));
    if (!this.needs.preview) this.preview.rest();
    this.askForOther(seen);
  }

  /** While one goes to and fro between two layers, the tiles of both are at hand. @param {import('./stage.js').Seen} seen */
  askForOther({ ratio, state }) {
    const { view, viewport, blinking } = state;
    const name = blinking ? otherLayer(state) : null;
    if (!view || !viewport || !name || view.layers[name].preview) return this.tiles.want('other', []);
    const layer = view.layers[name];
    const tiles = tilesIn(layer, levelFor(layer, viewport.zoom * ratio), visibleRect(viewport), view.tile_size);
    this.tiles.want('other', tiles.map((tile) => tileUrl(view, name, tile)));
  }

  /**
   * Any layer of the open micrograph in any contrast, where the viewport looks.
   * @param {import('./stage.js').Frame} frame
   * @param {string} name one of the layers that the micrograph has
   * @param {import('./contrast.js').Contrast} contrast
   */
  drawLayer(frame, name, contrast) {
    const { context, ratio, state: { view, viewport } } = frame;
    if (!view || !viewport) return;
    const layer = view.layers[name];
    if (layer.preview) return this.drawPreview(frame, layer, contrast);
    const table = this.table(name, layer, contrast);
    const fine = levelFor(layer, viewport.zoom * ratio);
    const rect = visibleRect(viewport);
    const visible = tilesIn(layer, fine, rect, view.tile_size);
    const complete = visible.every((tile) => this.tiles.get(tileUrl(view, name, tile)));
    const coarser = this.tiles.smaller && !complete ? tilesIn(layer, Math.min(fine + 1, layer.levels - 1), rect, view.tile_size) : [];
    const finer = coarser.length && !this.pace.rests ? [] : visible;
    this.ask(view, name, { fine, visible: [...coarser, ...finer], rect });
    if (layer.name && this.settled !== layer.revision) {
      if (!complete) return this.drawPreview(frame, layer, contrast);
      this.settled = layer.revision;
    }
    const coarsest = complete ? fine : layer.levels - 1;
    context.save();
    clipToLayer(context, ratio, viewport, tileRect(layer, { z: 0, x: 0, y: 0 }, Math.max(layer.width, layer.height)));
    for (let z = coarsest; z >= fine; z--) {
      for (const address of z === fine ? visible : tilesIn(layer, z, rect, view.tile_size)) {
        const canvas = this.colour(tileUrl(view, name, address), table);
        if (canvas && layer.name) this.join(view, name, address, table);
        if (canvas) drawTile(context, ratio, viewport, canvas, tileRect(layer, address, view.tile_size), Boolean(layer.name));
      }
    }
    context.restore();
  }

  /**
   * What a filter will look like, until its tiles are there.
   * @param {import('./stage.js').Frame} frame @param {import('./types.js').Layer} layer
   * @param {import('./contrast.js').Contrast} contrast
   */
  drawPreview(frame, layer, contrast) {
    const { context, ratio, state } = frame;
    this.needs.preview = true;
    const size = pixelSize(state);
    const filter = filterFromName(layer.name?.replace('filtered-', '') ?? null);
    if (!state.view || !state.viewport || !size || !filter) return;
    const { width, height } = state.view;
    context.save();
    clipToLayer(context, ratio, state.viewport, { left: -0.5, top: -0.5, right: width - 0.5, bottom: height - 0.5 });
    const inPx = (/** @type {number | null} */ length) => length && length / size;
    this.preview.draw(frame, { low: inPx(filter.low_pass), high: inPx(filter.high_pass) }, contrast);
    context.restore();
  }

  /**
   * Coarse first, then what is seen from the middle outwards, then what lies just beyond the edge.
   * @param {import('./types.js').View} view @param {string} name
   * @param {{fine: number, visible: Address[], rect: import('./viewport.js').Rect}} need
   */
  ask(view, name, { fine, visible, rect }) {
    const layer = view.layers[name];
    const [marginX, marginY] = [(rect.right - rect.left) * AHEAD, (rect.bottom - rect.top) * AHEAD];
    const wide = {
      left: rect.left - marginX,
      top: rect.top - marginY,
      right: rect.right + marginX,
      bottom: rect.bottom + marginY,
    };
    const urls = (/** @type {Address[]} */ tiles) => tiles.map((tile) => tileUrl(view, name, tile));
    this.needs.view.push(urls([...tilesIn(layer, layer.levels - 1, rect, view.tile_size), ...visible]));
    if (!this.tiles.smaller) this.needs.ahead.push(urls(tilesIn(layer, fine, wide, view.tile_size)));
  }

  /** @param {string} url @param {Uint8ClampedArray} table @returns {OffscreenCanvas | null} */
  colour(url, table) {
    const tile = this.tiles.get(url);
    if (!tile) return null;
    const old = this.coloured.get(url);
    this.coloured.delete(url);
    const isSame = old?.table === table && old.tile === tile;
    const canvas = isSame ? old.canvas : colourTile(tile, table, old?.canvas);
    this.coloured.set(url, isSame ? old : { canvas, table, tile });
    if (this.coloured.size > COLOURED) this.coloured.delete([...this.coloured.keys()][0]);
    return canvas;
  }

  /**
   * Enlarged pixels that were filtered would show where tiles meet.
   * @param {import('./types.js').View} view @param {string} name @param {Address} address
   * @param {Uint8ClampedArray} table
   */
  join(view, name, { z, x, y }, table) {
    const coloured = this.coloured.get(tileUrl(view, name, { z, x, y }));
    for (const side of coloured ? SIDES : []) {
      const url = tileUrl(view, name, { z, x: x + side[0], y: y + side[1] });
      const neighbour = coloured?.joined?.has(url) ? undefined : this.tiles.get(url);
      if (!coloured || !neighbour) continue;
      joinRim(coloured.canvas, neighbour, side, table);
      (coloured.joined ??= new Set()).add(url);
    }
  }
}

/**
 * @param {CanvasRenderingContext2D} context in device px
 * @param {number} ratio
 * @param {import('./viewport.js').Viewport} viewport
 * @param {OffscreenCanvas} canvas the tile with its rim
 * @param {import('./viewport.js').Rect} covers what the tile covers without it, micrograph px
 * @param {boolean} smooth what was filtered has no pixels to be shown
 */
function drawTile(context, ratio, viewport, canvas, { left, top, right, bottom }, smooth) {
  const [tilePixelX, tilePixelY] = [(right - left) / (canvas.width - 2), (bottom - top) / (canvas.height - 2)];
  const corner = toScreen(viewport, left - tilePixelX, top - tilePixelY);
  const scale = viewport.zoom * ratio;
  context.imageSmoothingEnabled = smooth || tilePixelX * scale < SHOW_PIXELS_FROM;
  const [width, height] = [canvas.width * tilePixelX * scale, canvas.height * tilePixelY * scale];
  context.drawImage(canvas, corner.x * ratio, corner.y * ratio, width, height);
}

/**
 * The rims of the outermost tiles lie outside.
 * @param {CanvasRenderingContext2D} context
 * @param {number} ratio
 * @param {import('./viewport.js').Viewport} viewport
 * @param {import('./viewport.js').Rect} rect
 */
function clipToLayer(context, ratio, viewport, { left, top, right, bottom }) {
  const corner = toScreen(viewport, left, top);
  const scale = viewport.zoom * ratio;
  context.beginPath();
  context.rect(corner.x * ratio, corner.y * ratio, (right - left) * scale, (bottom - top) * scale);
  context.clip();
}
