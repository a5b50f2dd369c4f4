/**
 * The canvas as a whole: its size and resolution, and one frame drawn from tiles, then labels and picks, in one pane or in
 * two side by side. Knows neither what tiles are nor what a click means.
 */
import { shownLayer, sides } from './layers.js';
import { paneAt, panesOf, rearranged } from './panes.js';
import { clamp, fit, resized } from './viewport.js';

/**
 * @typedef {import('./types.js').State} State
 * @typedef {{ratio: number, state: State}} Seen what all panes have in common; ratio is device px of a CSS px
 * @typedef {Seen & {context: CanvasRenderingContext2D, layer: string}} Frame one pane: (0, 0) of the context, in device px, is
 *   its corner
 *
 * @typedef {object} Drawer
 * @property {(frame: Frame) => void} draw once for each pane
 * @property {(seen: Seen) => void} [begin] before the first of them
 * @property {(seen: Seen) => void} [end] after the last
 */

/** Everything that a frame depends on. @type {(keyof State)[]} */
const DEPENDS_ON = [
  'viewport',
  'view',
  'layer',
  'second',
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

  /** Of one pane, CSS px. */
  get size() {
    return { width: this.panes[0].width, height: this.whole.height };
  }

  get whole() {
    const { width, height } = this.canvas.getBoundingClientRect();
    return { width, height };
  }

  /** Device px of the canvas per CSS px. */
  get ratio() {
    return this.canvas.width / (this.whole.width || 1);
  }

  get panes() {
    return panesOf(this.whole.width, sides(this.store.state).length, this.ratio);
  }

  /** The left edge of the pane at a place across the canvas, CSS px. @param {number} x */
  leftOf(x) {
    return paneAt(this.panes, x).left;
  }

  /** Layers for the panes, which may be more or fewer than before. @param {Pick<State, 'layer' | 'second'>} layers */
  show(layers) {
    this.store.set(layers);
    const { viewport, view } = this.store.state;
    if (viewport && view && viewport.width !== this.size.width)
      this.store.set({ viewport: rearranged(viewport, this.size, view) });
  }

  resize() {
    const { width, height } = this.whole;
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
    for (const drawer of this.drawers) drawer.begin?.({ ratio, state });
    sides(state).forEach((layer, i) => this.drawPane(this.panes[i], shownLayer(state.view, layer)));
    for (const drawer of this.drawers) drawer.end?.({ ratio, state });
  }

  /** @param {import('./panes.js').Pane} pane @param {string} layer */
  drawPane({ left, width }, layer) {
    const { context, ratio, store: { state } } = this;
    context.save();
    context.translate(Math.round(left * ratio), 0);
    context.beginPath();
    context.rect(0, 0, Math.round(width * ratio), this.canvas.height);
    context.clip();
    for (const drawer of this.drawers) drawer.draw({ context, ratio, state, layer });
    context.restore();
  }
}
