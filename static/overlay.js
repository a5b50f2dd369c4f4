/**
 * Labels, picks and exclusions over the micrograph. All of them are drawn once into a bitmap that is larger than the view and is
 * moved with it; it is drawn again when they change, when the view leaves it, and when a zoom has come to rest. Only
 * what a hand or the cursor touches is drawn each frame.
 */
import { drawFilaments } from './filament-drawing.js';
import { drawGroup, drawHandwork } from './handwork.js';
import { drawExclusions } from './hatching.js';
import { addAround, addMark, lineOf } from './marks.js';
import { Rings } from './rings.js';
import { diameterPx, marginPx, spacingPx } from './scales.js';
import { placeOf } from './targets.js';
import { toScreen, visibleRect } from './viewport.js';

/**
 * @typedef {import('./types.js').State} State
 * @typedef {import('./types.js').Label} Label
 * @typedef {import('./viewport.js').Viewport} Viewport
 * @typedef {import('./viewport.js').Rect} Rect
 * @typedef {{viewport: Viewport, key: unknown[], took: number}} Drawn
 * @typedef {{context: OffscreenCanvasRenderingContext2D, at: (x: number, y: number) => import('./types.js').Point,
 *   radius: number, mark: import('./marks.js').Mark, rect: Rect, ratio: number}} Sheet radius in CSS px; ratio is device px
 *   of one
 */

/** How far the bitmap reaches beyond the canvas on each side, as a part of its size. */
const MARGIN = 0.3;
/** A redraw quicker than this is done in every frame of a zoom; a slower one waits until the zoom rests. */
const QUICK_MS = 5;
const REST_MS = 90;
const SMALLEST_RADIUS = 2.5;
const CROSS = 14;
/** Device px by which the bitmap may be displaced without being drawn again. */
const OFF_GRID = 0.05;

/** The colours of the stylesheet, read again when the theme changes. */
function readInk() {
  const style = getComputedStyle(document.documentElement);
  const token = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  return {
    label: token('ink-label'),
    pick: token('ink-pick'),
    removed: token('ink-removed'),
    exclusion: token('ink-exclusion'),
    paper: token('ink-paper'),
    text: token('ink-text'),
  };
}

export class Overlay {
  /** @param {import('./state.js').Store<State>} store */
  constructor(store) {
    this.store = store;
    this.bitmap = new OffscreenCanvas(1, 1);
    /** @type {Drawn | null} */
    this.drawn = null;
    this.ink = readInk();
    this.rings = new Rings();
    this.timer = 0;
  }

  /** @param {import('./stage.js').Frame} frame */
  draw(frame) {
    const { state } = frame;
    if (state.hidden || !state.viewport) return;
    this.update(frame);
    this.move(frame);
    this.drawLive(frame);
  }

  /** What the bitmap shows, apart from where. @param {State} state @param {number} ratio */
  key(state, ratio) {
    const { current, labels, picks, threshold, drag } = state;
    const id = current ?? -1;
    const dragged = drag && 'id' in drag ? drag.id : null;
    const group = state.selected?.kind === 'group' ? state.selected : null;
    const drawn = [labels.get(id), picks.get(id), state.exclusions.get(id), state.filaments.get(id), group];
    return [...drawn, state.marks, threshold, dragged, diameterPx(state), marginPx(state), spacingPx(state), ratio];
  }

  /** @param {import('./stage.js').Frame} frame */
  update({ state, ratio }) {
    const viewport = /** @type {Viewport} */ (state.viewport);
    const key = this.key(state, ratio);
    const same = this.drawn !== null && key.every((part, i) => part === this.drawn?.key[i]);
    if (same && this.drawn && covers(this.drawn.viewport, viewport)) {
      if (onGrid(this.drawn.viewport, viewport, ratio)) return;
      if (this.drawn.took > QUICK_MS) return this.later();
    }
    const began = performance.now();
    this.render(state, viewport, ratio);
    this.drawn = { viewport, key, took: performance.now() - began };
  }

  /** Draw sharply, and exactly in place, when the view rests. */
  later() {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.drawn = null;
      this.store.touch('viewport');
    }, REST_MS);
  }

  /** @param {State} state @param {Viewport} viewport @param {number} ratio */
  render(state, viewport, ratio) {
    const sheet = this.sheet(state, viewport, ratio);
    const id = state.current ?? -1;
    const set = state.picks.get(id);
    if (set) this.rings.draw(sheet, set, state.threshold, this.ink.pick);
    const exclusions = state.exclusions.get(id)?.values() ?? [];
    drawExclusions(sheet, exclusions, marginPx(state) * viewport.zoom, this.ink.exclusion);
    const drag = state.drag;
    const dragged = drag && 'id' in drag ? drag.id : null;
    const labels = [...(state.labels.get(id)?.values() ?? [])].filter(
      (label) => label.id !== dragged && inside(sheet.rect, label),
    );
    const lines = [...(state.filaments.get(id)?.values() ?? [])].filter((line) => line.id !== dragged);
    const look = { radius: sheet.radius, spacing: spacingPx(state), zoom: viewport.zoom, ink: this.ink.label };
    drawFilaments(sheet.context, lines.map(({ ends }) => ends), sheet.at, look);
    this.drawLabels(sheet, labels);
    drawGroup(sheet, state, this.ink.text);
  }

  /**
   * A clean bitmap around the view, in CSS px.
   * @param {State} state
   * @param {Viewport} viewport
   * @param {number} ratio
   * @returns {Sheet}
   */
  sheet(state, viewport, ratio) {
    const large = widened(viewport, ratio);
    const [width, height] = [Math.round(large.width * ratio), Math.round(large.height * ratio)];
    if (this.bitmap.width !== width) this.bitmap.width = width;
    if (this.bitmap.height !== height) this.bitmap.height = height;
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (this.bitmap.getContext('2d'));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, large.width, large.height);
    const radius = Math.max((diameterPx(state) / 2) * viewport.zoom, SMALLEST_RADIUS);
    const reach = radius / viewport.zoom;
    const { left, top, right, bottom } = visibleRect(large);
    const rect = { left: left - reach, top: top - reach, right: right + reach, bottom: bottom + reach };
    return { context, at: (x, y) => toScreen(large, x, y), radius, mark: state.marks, rect, ratio };
  }

  /** @param {Sheet} sheet @param {Label[]} labels */
  drawLabels({ context, at, radius, mark }, labels) {
    for (const sign of /** @type {const} */ (['positive', 'negative'])) {
      context.beginPath();
      for (const label of labels) {
        if (label.label !== sign) continue;
        const { x, y } = at(label.x, label.y);
        addMark(context, mark, x, y, radius);
      }
      this.stroke(context, sign, mark);
    }
  }

  /**
   * A label is a strong line, a removed pick a dashed one.
   * @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} context
   * @param {import('./types.js').Sign} sign
   * @param {import('./marks.js').Mark} mark of which a dot is too small for dashes: that of a removed pick is hollow
   */
  stroke(context, sign, mark) {
    context.setLineDash(sign === 'negative' && mark !== 'dot' ? [4, 3] : []);
    context.lineWidth = sign === 'negative' ? 1.5 : lineOf(mark, 2.2);
    context.strokeStyle = sign === 'negative' ? this.ink.removed : this.ink.label;
    context.stroke();
    context.setLineDash([]);
  }

  /** @param {import('./stage.js').Frame} frame */
  move({ context, ratio, state }) {
    const viewport = /** @type {Viewport} */ (state.viewport);
    const from = this.drawn?.viewport;
    if (!from) return;
    const large = widened(from, ratio);
    const scale = viewport.zoom / from.zoom;
    const corner = toScreen(viewport, visibleRect(large).left, visibleRect(large).top);
    context.imageSmoothingEnabled = scale !== 1;
    const [x, y] = [corner.x * ratio, corner.y * ratio];
    const [width, height] = [this.bitmap.width * scale, this.bitmap.height * scale];
    context.drawImage(this.bitmap, Math.round(x), Math.round(y), Math.round(width), Math.round(height));
    context.imageSmoothingEnabled = true;
  }

  /** What is dragged, selected or under the cursor. @param {import('./stage.js').Frame} frame */
  drawLive({ context, ratio, state }) {
    context.save();
    context.scale(ratio, ratio);
    const viewport = /** @type {Viewport} */ (state.viewport);
    const radius = Math.max((diameterPx(state) / 2) * viewport.zoom, SMALLEST_RADIUS);
    const { drag, selected, hover } = state;
    if (state.crosshair) this.cross(context, viewport);
    if (drag && 'x' in drag) this.ring(context, toScreen(viewport, drag.x, drag.y), radius, this.ink.label);
    drawHandwork(context, state, radius, this.ink);
    const chosen = drag ? null : placeOf(state, selected);
    if (chosen) this.ring(context, toScreen(viewport, chosen.x, chosen.y), radius + 3, this.ink.text);
    const hovered = placeOf(state, hover);
    if (hovered && !drag) this.ring(context, toScreen(viewport, hovered.x, hovered.y), radius, this.ink.text);
    if (hover?.kind === 'pick' && hovered)
      this.tag(context, toScreen(viewport, hover.x, hover.y), radius, hover.score.toFixed(2));
    context.restore();
  }

  /** Where Enter would add a label. @param {CanvasRenderingContext2D} context @param {Viewport} viewport */
  cross(context, { width, height }) {
    context.beginPath();
    for (const [x, y] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      context.moveTo(width / 2 + 4 * x, height / 2 + 4 * y);
      context.lineTo(width / 2 + CROSS * x, height / 2 + CROSS * y);
    }
    context.lineWidth = 2;
    context.strokeStyle = this.ink.label;
    context.stroke();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {import('./types.js').Point} at
   * @param {number} radius
   * @param {string} colour
   */
  ring(context, at, radius, colour) {
    context.beginPath();
    addAround(context, this.store.state.marks, at.x, at.y, radius);
    context.lineWidth = 1.5;
    context.strokeStyle = colour;
    context.stroke();
  }

  /**
   * The score beside a pick.
   * @param {CanvasRenderingContext2D} context
   * @param {import('./types.js').Point} at
   * @param {number} radius
   * @param {string} text
   */
  tag(context, at, radius, text) {
    context.font = '12px system-ui, sans-serif';
    const width = context.measureText(text).width + 10;
    const [x, y] = [at.x + radius * 0.72 + 4, at.y - radius * 0.72 - 18];
    context.fillStyle = this.ink.paper;
    context.beginPath();
    context.roundRect(x, y, width, 18, 4);
    context.fill();
    context.fillStyle = this.ink.pick;
    context.fillText(text, x + 5, y + 13);
  }

  /** The theme changed. */
  recolour() {
    this.ink = readInk();
    this.drawn = null;
    this.store.touch('viewport');
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

/** @param {Rect} rect @param {import('./types.js').Point} at */
function inside(rect, { x, y }) {
  return x >= rect.left && x <= rect.right && y >= rect.top && y <= rect.bottom;
}
