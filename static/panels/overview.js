/**
 * The whole micrograph, small, with a frame where the view lies; a click or a drag in it moves the view. Shown while the
 * view leaves something out. Its picture is the coarsest tile of what the canvas shows: it asks for nothing itself.
 */
import { byId, sharp } from '../dom.js';
import { contrastOf, shownLayer } from '../layers.js';
import { frameOf, leavesOut, movedTo, pictureSize } from '../minimap.js';
import { tileUrl } from '../tiles.js';

/** @typedef {import('../types.js').State} State */

const LONGEST_PX = 132;
const EXCLUDED_ALPHA = 0.4;

export class Overview {
  /** @param {import('../state.js').Store<State>} store @param {import('../viewer.js').Viewer} viewer */
  constructor(store, viewer) {
    this.store = store;
    this.viewer = viewer;
    this.box = /** @type {HTMLDetailsElement} */ (byId('overview'));
    this.canvas = /** @type {HTMLCanvasElement} */ (byId('overview-picture'));
    this.listen();
    store.subscribe(['viewport', 'view', 'layer', 'contrast', 'tiles', 'exclusions', 'current'], () => this.draw());
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      this.moveTo(event);
    });
    canvas.addEventListener('pointermove', (event) => canvas.hasPointerCapture(event.pointerId) && this.moveTo(event));
    this.box.addEventListener('toggle', () => this.draw());
  }

  fold() {
    this.box.open = !this.box.open;
  }

  /** @param {PointerEvent} event */
  moveTo({ clientX, clientY }) {
    const { viewport, view } = this.store.state;
    if (!viewport || !view) return;
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const at = { x: clientX - left, y: clientY - top };
    this.store.set({ viewport: movedTo(viewport, view, { width, height }, at) });
  }

  draw() {
    const { viewport, view } = this.store.state;
    this.box.hidden = !viewport || !view || !leavesOut(viewport, view);
    if (!viewport || !view || this.box.hidden || !this.box.open) return;
    const size = pictureSize(view, LONGEST_PX);
    this.fit(size);
    const { context } = sharp(this.canvas);
    this.drawPicture(context, size);
    this.drawExclusions(context, size.width / view.width);
    this.drawFrame(context, size, frameOf(viewport, view, size));
  }

  /** @param {import('../viewport.js').Size} size CSS px */
  fit({ width, height }) {
    const { style } = this.canvas;
    if (style.width !== `${width}px`) style.width = `${width}px`;
    if (style.height !== `${height}px`) style.height = `${height}px`;
  }

  /** @param {CanvasRenderingContext2D} context @param {import('../viewport.js').Size} size */
  drawPicture(context, { width, height }) {
    const { state } = this.store;
    const view = /** @type {import('../types.js').View} */ (state.view);
    const shown = shownLayer(view, state.layer);
    for (const name of [shown, 'raw']) {
      const layer = view.layers[name];
      if (!layer || layer.preview) continue;
      const table = this.viewer.table(name, layer, contrastOf(state, name));
      const tile = this.viewer.colour(tileUrl(view, name, { z: layer.levels - 1, x: 0, y: 0 }), table);
      // Without the rim that lets neighbouring tiles overlap.
      if (tile) return context.drawImage(tile, 1, 1, tile.width - 2, tile.height - 2, 0, 0, width, height);
    }
    return undefined;
  }

  /** @param {CanvasRenderingContext2D} context @param {number} scale CSS px of one micrograph px */
  drawExclusions(context, scale) {
    const { exclusions, current } = this.store.state;
    context.save();
    context.globalAlpha = EXCLUDED_ALPHA;
    context.fillStyle = getComputedStyle(this.box).getPropertyValue('--ink-exclusion');
    for (const { outline } of exclusions.get(current ?? -1)?.values() ?? []) {
      context.beginPath();
      outline.forEach(([x, y]) => context.lineTo((x + 0.5) * scale, (y + 0.5) * scale));
      context.fill();
    }
    context.restore();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {import('../viewport.js').Size} size
   * @param {import('../viewport.js').Rect} frame
   */
  drawFrame(context, { width, height }, { left, top, right, bottom }) {
    context.fillStyle = '#0a0c0f80';
    context.beginPath();
    context.rect(0, 0, width, height);
    context.rect(left, top, right - left, bottom - top);
    context.fill('evenodd');
    context.strokeStyle = '#ffffff';
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, top + 0.5, right - left - 1, bottom - top - 1);
  }
}
