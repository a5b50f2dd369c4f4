/**
 * A bitmap that is larger than the view and is moved with it. What it shows is drawn again when that changes, when the view
 * leaves it, and when a zoom has come to rest. Knows nothing of what it shows.
 */
import { toScreen, visibleRect } from './viewport.js';

/**
 * @typedef {import('./viewport.js').Viewport} Viewport
 * @typedef {{context: OffscreenCanvasRenderingContext2D, large: Viewport}} Clean what is drawn on: in CSS px, clear, and as large
 *   as the view with its margins
 * @typedef {{viewport: Viewport, ratio: number, key: unknown[], took: number, empty: boolean}} Drawn
 */

/** How far the bitmap reaches beyond the canvas on each side, as a part of its size. */
const MARGIN = 0.3;
/** A redraw quicker than this is done in every frame of a zoom; a slower one waits until the zoom rests. */
const QUICK_MS = 5;
const REST_MS = 90;
/** Device px by which the bitmap may be displaced without being drawn again. */
const OFF_GRID = 0.05;

export class Bitmap {
  /** @param {() => void} again asks for another frame */
  constructor(again) {
    this.again = again;
    this.canvas = new OffscreenCanvas(1, 1);
    /** @type {Drawn | null} */
    this.drawn = null;
    this.timer = 0;
  }

  /** What it shows is of no use any more. */
  forget() {
    this.drawn = null;
  }

  /**
   * Draw it anew where that is needed.
   * @param {Viewport} viewport
   * @param {number} ratio device px of a CSS px
   * @param {unknown[]} key what the bitmap shows, apart from where
   * @param {(clean: Clean) => boolean} paint answers whether there was anything to draw
   */
  update(viewport, ratio, key, paint) {
    const { drawn } = this;
    const same = drawn?.ratio === ratio && key.every((part, i) => part === drawn.key[i]);
    if (drawn && same && covers(drawn.viewport, viewport)) {
      if (drawn.empty || onGrid(drawn.viewport, viewport, ratio)) return;
      if (drawn.took > QUICK_MS) return this.later();
    }
    const began = performance.now();
    const empty = !paint(this.clean(viewport, ratio));
    this.drawn = { viewport, ratio, key, took: performance.now() - began, empty };
  }

  /** Draw sharply, and exactly in place, when the view rests. */
  later() {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.forget();
      this.again();
    }, REST_MS);
  }

  /** @param {Viewport} viewport @param {number} ratio @returns {Clean} */
  clean(viewport, ratio) {
    const large = widened(viewport, ratio);
    const [width, height] = [Math.round(large.width * ratio), Math.round(large.height * ratio)];
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (this.canvas.getContext('2d'));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, large.width, large.height);
    return { context, large };
  }

  /** Onto the canvas, where the view is now. @param {CanvasRenderingContext2D} context in device px @param {Viewport} viewport */
  place(context, viewport) {
    const { drawn, canvas } = this;
    if (!drawn || drawn.empty) return;
    const began = performance.now();
    const { left, top } = visibleRect(widened(drawn.viewport, drawn.ratio));
    const scale = viewport.zoom / drawn.viewport.zoom;
    const corner = toScreen(viewport, left, top);
    const [x, y] = [corner.x * drawn.ratio, corner.y * drawn.ratio];
    context.imageSmoothingEnabled = scale !== 1;
    context.drawImage(canvas, Math.round(x), Math.round(y), Math.round(canvas.width * scale), Math.round(canvas.height * scale));
    context.imageSmoothingEnabled = true;
    // Without a graphics card strokes are drawn only now, when their bitmap is looked at for the first time.
    drawn.took = Math.max(drawn.took, performance.now() - began);
  }
}

/**
 * A view whose margins are whole device px, so that the bitmap falls on the grid of the screen.
 * @param {Viewport} viewport
 * @param {number} ratio
 * @returns {Viewport}
 */
function widened(viewport, ratio) {
  const grown = (/** @type {number} */ length) => length + (2 * Math.ceil(length * ratio * MARGIN)) / ratio;
  return { ...viewport, width: grown(viewport.width), height: grown(viewport.height) };
}

/**
 * A bitmap drawn for one view, moved by whole device px, is exact for another.
 * @param {Viewport} from
 * @param {Viewport} view
 * @param {number} ratio
 */
function onGrid(from, view, ratio) {
  const off = (/** @type {number} */ distance) =>
    Math.abs(distance * ratio * view.zoom - Math.round(distance * ratio * view.zoom));
  return from.zoom === view.zoom && off(from.cx - view.cx) < OFF_GRID && off(from.cy - view.cy) < OFF_GRID;
}

/** The bitmap drawn for one view still holds all of another. @param {Viewport} from @param {Viewport} view */
function covers(from, view) {
  const [large, wanted] = [visibleRect(widened(from, 1)), visibleRect(view)];
  const within =
    large.left <= wanted.left &&
    large.top <= wanted.top &&
    large.right >= wanted.right &&
    large.bottom >= wanted.bottom;
  return within && from.width === view.width && from.height === view.height;
}
