/**
 * The line that says where the cursor is, in px and Å, and how dense the picture is there. The middle of the view is the
 * cursor of whoever works with the keyboard. Reads tiles that are here, asks for none.
 */
import { density } from '../contrast.js';
import { byId, say } from '../dom.js';
import { shownLayer, sides } from '../layers.js';
import { pixelSize } from '../scales.js';
import { levelFor, tileUrl } from '../tiles.js';
import { inAngstrom, inPixels, toDigits } from '../units.js';

/**
 * @typedef {import('../types.js').State} State
 * @typedef {import('../types.js').Point} Point
 */

/** Where the hand or the keyboard aims, micrograph px. @param {State} state @returns {Point | null} */
export function aimedAt({ cursor, crosshair, viewport }) {
  return crosshair && viewport ? { x: viewport.cx, y: viewport.cy } : cursor;
}

export class CursorLine {
  /** @param {import('../state.js').Store<State>} store @param {import('../tiles.js').TileStore} tiles */
  constructor(store, tiles) {
    this.store = store;
    this.tiles = tiles;
    store.subscribe(['cursor', 'crosshair', 'viewport', 'project', 'view', 'layer', 'second', 'tiles'], () => this.draw());
  }

  draw() {
    const { state } = this.store;
    const at = aimedAt(state);
    const size = pixelSize(state);
    const densities = at ? sides(state).map((name) => this.densityText(at, name)).filter(Boolean) : [];
    const parts = at ? [inPixels(at), size ? inAngstrom(at, size) : '', densities.length ? `density ${densities.join(' | ')}` : ''] : [];
    say(byId('cursor'), parts.filter(Boolean).join(' · '));
  }

  /**
   * As a pane shows it: the mean of what is one pixel on the screen, to a 255th of the layer's range.
   * @param {Point} at micrograph px
   * @param {string} wanted the layer that the pane was asked for
   */
  densityText({ x, y }, wanted) {
    const { view, viewport } = this.store.state;
    const name = shownLayer(view, wanted);
    const layer = view?.layers[name];
    if (!view || !viewport || !layer || layer.preview) return '';
    const z = levelFor(layer, viewport.zoom * window.devicePixelRatio);
    const [px, py] = [
      Math.floor((x - layer.origin_x) / (layer.scale_x * 2 ** z)),
      Math.floor((y - layer.origin_y) / (layer.scale_y * 2 ** z)),
    ];
    const size = view.tile_size;
    const address = { z, x: Math.floor(px / size), y: Math.floor(py / size) };
    const tile = px >= 0 && py >= 0 ? this.tiles.peek(tileUrl(view, name, address)) : undefined;
    const [inX, inY] = [px - address.x * size, py - address.y * size];
    if (!tile || inX >= tile.width || inY >= tile.height) return '';
    const grey = tile.grey[inY * tile.width + inX];
    // What lies beyond the range was cut off when the tile was made.
    const bound = grey === 0 ? '≤ ' : grey === 255 ? '≥ ' : '';
    return `${bound}${toDigits(density(layer, grey), (layer.high - layer.low) / 255)}`;
  }
}
