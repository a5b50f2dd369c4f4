/**
 * Small pictures around a pick of any micrograph, drawn from the same tiles as the canvas: as the model sees it where
 * that is known, since the full-size noise hides the particle.
 */
import * as api from './api.js';
import { RequestError } from './net.js';
import { greyWindow, lookupTable } from './contrast.js';
import { contrastOf, shownLayer } from './layers.js';
import { cutTile, levelFor, tileRect, tileUrl, tilesIn } from './tiles.js';
import { colourTile } from './viewer.js';

/** @typedef {import('./types.js').View} View */

export class Crops {
  /**
   * @param {import('./tiles.js').TileStore} tiles
   * @param {import('./state.js').Store<import('./types.js').State>} store
   */
  constructor(tiles, store) {
    this.tiles = tiles;
    this.store = store;
    /** @type {Map<number, View>} */
    this.views = new Map();
    /** @type {Set<number>} */
    this.asked = new Set();
  }

  /** @param {number} micrograph @returns {View | null} null until it has come */
  view(micrograph) {
    const { view } = this.store.state;
    if (view?.id === micrograph) return view;
    const known = this.views.get(micrograph);
    if (!known && !this.asked.has(micrograph)) void this.load(micrograph);
    return known ?? null;
  }

  /** @param {number} micrograph */
  async load(micrograph) {
    this.asked.add(micrograph);
    try {
      this.views.set(micrograph, await api.view(micrograph));
      this.store.set({ tiles: this.store.state.tiles + 1 });
    } catch (error) {
      // Without an answer the picture stays empty and is asked for again when it is drawn again.
      if (!(error instanceof RequestError)) throw error;
    } finally {
      this.asked.delete(micrograph);
    }
  }

  /**
   * The tiles under a square.
   * @param {View} view
   * @param {{x: number, y: number, side: number, pixels: number}} square `side` in px, `pixels` of the screen
   */
  need(view, { x, y, side, pixels }) {
    const rect = { left: x - side / 2, top: y - side / 2, right: x + side / 2, bottom: y + side / 2 };
    const name = shownLayer(view, 'model');
    const layer = view.layers[name];
    return { rect, name, layer, addresses: tilesIn(layer, levelFor(layer, pixels / side), rect, view.tile_size) };
  }

  /**
   * Ask for all tiles of several squares.
   * @param {{micrograph: number, x: number, y: number, side: number, pixels: number}[]} squares
   */
  want(squares) {
    const urls = squares.flatMap((square) => {
      const view = this.view(square.micrograph);
      if (!view) return [];
      const { name, addresses } = this.need(view, square);
      return addresses.map((address) => tileUrl(view, name, address));
    });
    this.tiles.want('crops', urls);
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{micrograph: number, x: number, y: number, side: number, pixels: number}} square
   */
  draw(canvas, square) {
    if (canvas.width !== square.pixels) canvas.width = square.pixels;
    if (canvas.height !== square.pixels) canvas.height = square.pixels;
    const view = this.view(square.micrograph);
    const context = canvas.getContext('2d');
    context?.clearRect(0, 0, square.pixels, square.pixels);
    if (!view || !context) return;
    const { rect, name, layer, addresses } = this.need(view, square);
    const contrast = contrastOf(this.store.state, name);
    const table = lookupTable(greyWindow(contrast, layer), contrast.gamma, contrast.invert);
    const scale = square.pixels / square.side;
    for (const address of addresses) {
      const tile = this.tiles.get(tileUrl(view, name, address));
      if (!tile) continue;
      const part = cutTile(tile, tileRect(layer, address, view.tile_size), rect);
      const { left, top, right, bottom } = part.rect;
      const { width, height } = part.tile;
      const [x, y] = [(left - rect.left) * scale, (top - rect.top) * scale];
      const image = colourTile(part.tile, table);
      context.drawImage(image, 1, 1, width, height, x, y, (right - left) * scale, (bottom - top) * scale);
    }
  }
}
