/**
 * Exclusions on a bitmap: hatched, with their outline and margin, so that colour is not the only mark. Knows neither
 * which bitmap it is nor when it is drawn.
 */

import { rimOf } from './exclusions.js';

/**
 * @typedef {import('./sheets.js').Sheet} Sheet
 * @typedef {import('./types.js').Corner} Corner
 * @typedef {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} Context
 * @typedef {(x: number, y: number) => import('./types.js').Point} ToScreen px of the micrograph to CSS px
 */

/** From one line of the hatching to the next, along an axis, CSS px. */
const PERIOD = 9;
const LINE = 1.5;
const [HATCH_ALPHA, TINT_ALPHA, MARGIN_ALPHA] = [0.8, 0.14, 0.26];

/** The region as an area. @param {Corner[]} outline @param {ToScreen} at */
function outlinePath(outline, at) {
  const path = new Path2D();
  outline.forEach(([left, top], i) => {
    const { x, y } = at(left, top);
    if (i) path.lineTo(x, y);
    else path.moveTo(x, y);
  });
  path.closePath();
  return path;
}

/**
 * What bounds the region: a slit to a hole, which the outline runs along there and back, is no rim.
 * @param {Corner[]} outline @param {ToScreen} at
 */
export function rimPath(outline, at) {
  const path = new Path2D();
  for (const [start, end] of rimOf(outline)) {
    const [from, to] = [at(...start), at(...end)];
    path.moveTo(from.x, from.y);
    path.lineTo(to.x, to.y);
  }
  return path;
}

/**
 * @param {Sheet} sheet
 * @param {Iterable<import('./types.js').Exclusion>} exclusions
 * @param {number} margin CSS px
 * @param {string} ink
 */
export function drawExclusions({ context, at, ratio }, exclusions, margin, ink) {
  const outlines = [...exclusions].map(({ outline }) => outline);
  if (!outlines.length) return;
  const paths = outlines.map((outline) => outlinePath(outline, at));
  const pattern = hatching(context, ratio, ink, at(0, 0));
  context.save();
  context.strokeStyle = ink;
  context.lineJoin = 'round';
  if (margin > 0) paths.forEach((path) => band(context, path, margin));
  paths.forEach((path) => fill(context, path, ink, TINT_ALPHA));
  paths.forEach((path) => fill(context, path, pattern, HATCH_ALPHA));
  context.globalAlpha = 1;
  context.lineWidth = LINE;
  outlines.forEach((outline) => context.stroke(rimPath(outline, at)));
  context.restore();
}

/** @param {Context} context @param {Path2D} path @param {string | CanvasPattern} style @param {number} alpha */
function fill(context, path, style, alpha) {
  context.globalAlpha = alpha;
  context.fillStyle = style;
  context.fill(path);
}

/** The margin: what is near to the outline and outside. @param {Context} context @param {Path2D} path @param {number} margin */
function band(context, path, margin) {
  const outside = new Path2D();
  const { width, height } = context.canvas;
  outside.rect(0, 0, width, height);
  outside.addPath(path);
  context.save();
  context.clip(outside, 'evenodd');
  context.globalAlpha = MARGIN_ALPHA;
  context.lineWidth = 2 * margin;
  context.stroke(path);
  context.restore();
}

/**
 * Slanted lines that stay with the micrograph when it is moved.
 * @param {Context} context
 * @param {number} ratio
 * @param {string} ink
 * @param {import('./types.js').Point} origin CSS px
 */
function hatching(context, ratio, ink, origin) {
  const side = Math.round(PERIOD * ratio);
  const tile = new OffscreenCanvas(side, side);
  const drawing = /** @type {OffscreenCanvasRenderingContext2D} */ (tile.getContext('2d'));
  drawing.strokeStyle = ink;
  drawing.lineWidth = LINE * ratio;
  for (const shift of [-side, 0, side]) {
    drawing.moveTo(shift - side, 2 * side);
    drawing.lineTo(shift + 2 * side, -side);
  }
  drawing.stroke();
  const pattern = /** @type {CanvasPattern} */ (context.createPattern(tile, 'repeat'));
  const step = side / ratio;
  pattern.setTransform(new DOMMatrix([1 / ratio, 0, 0, 1 / ratio, origin.x % step, origin.y % step]));
  return pattern;
}
