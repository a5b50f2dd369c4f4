/**
 * The canvas as a whole: its size and resolution, and one frame drawn from tiles, then labels and picks.
 * Knows neither what tiles are nor what a click means.
 */
import { shownLayer } from './layers.js';
import { clamp, fit, resized } from './viewport.js';

/**
 * @typedef {import('./types.js').State} State
 * @typedef {{context: CanvasRenderingContext2D, ratio: number, state: State, layer: string}} Frame
 * @typedef {{draw: (frame: Frame) => void}} Drawer
 */

/** Everything that a frame depends on. @type {(keyof State)[]} */
const DEPENDS_ON = [
  'viewport',
  'view',
  'layer',
  'blinking',
  'contrast',
  'tiles',
  'labels',
  'exclusions',
  'picks',
  'threshold',
  'hover',
  'selected',
  'drag',
  'holding',
  'sketch',
  'brush',
  'mode',
  'crosshair',
  'hidden',
  'marks',
  'project',
];

export class Stage {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import('./state.js').Store<State>} store
   * @param {Drawer[]} drawers lowest first
   */
  constructor(canvas, store, drawers) {
    this.canvas = canvas;
    this.store = store;
    this.drawers = drawers;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: false }));
    new ResizeObserver(() => this.resize()).observe(canvas);
    this.watchRatio();
    store.subscribe(DEPENDS_ON, () => this.draw());
    this.resize();
  }

  /** A window dragged to another screen, or a browser zoom, changes the resolution. */
  watchRatio() {
    const query = matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    query.addEventListener('change', () => (this.resize(), this.watchRatio()), { once: true });
  }

  get size() {
    const { width, height } = this.canvas.getBoundingClientRect();
    return { width, height };
  }

  /** Device px of the canvas per CSS px. */
  get ratio() {
    return this.canvas.width / (this.size.width || 1);
  }

  resize() {
    const { width, height } = this.size;
    this.canvas.width = Math.max(1, Math.round(width * window.devicePixelRatio));
    this.canvas.height = Math.max(1, Math.round(height * window.devicePixelRatio));
    const { viewport, view } = this.store.state;
    if (viewport && view) this.store.set({ viewport: clamp(resized(viewport, this.size), view) });
    this.draw();
  }

  /** A viewport that shows the whole of a micrograph. @param {import('./viewport.js').Size} image */
  fitted(image) {
    return fit(this.size, image);
  }

  draw() {
    const { context, canvas, ratio } = this;
    const { state } = this.store;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = getComputedStyle(canvas).backgroundColor;
    context.fillRect(0, 0, canvas.width, canvas.height);
    if (!state.viewport || !state.view) return;
    const layer = shownLayer(state.view, state.layer);
    for (const drawer of this.drawers) drawer.draw({ context, ratio, state, layer });
  }
}
