/** What is dragged, selected or under the cursor, and where the keyboard aims: drawn in each frame. Changes nothing. */
import { drawHandwork } from './handwork.js';
import { addAround } from './marks.js';
import { radiusOf } from './sheets.js';
import { placeOf } from './targets.js';
import { toScreen } from './viewport.js';

/**
 * @typedef {import('./types.js').State} State
 * @typedef {import('./types.js').Point} Point
 * @typedef {import('./ink.js').Ink} Ink
 */

const CROSS = 14;
const CROSS_GAP = 4;
/** A ring around what is selected lies so far outside of its circle, CSS px. */
const AROUND = 3;
const TAG_HEIGHT = 18;

/** @param {CanvasRenderingContext2D} context in CSS px @param {State} state @param {Ink} ink */
export function drawLive(context, state, ink) {
  const { viewport, drag, selected, hover } = state;
  if (!viewport) return;
  const radius = radiusOf(state, viewport.zoom);
  const at = (/** @type {Point} */ { x, y }) => toScreen(viewport, x, y);
  const ring = (/** @type {Point} */ place, /** @type {number} */ size, /** @type {string} */ colour) =>
    drawRing(context, state.marks, at(place), size, colour);
  if (state.crosshair) drawCross(context, viewport, ink.label);
  if (drag && 'x' in drag) ring(drag, radius, ink.label);
  drawHandwork(context, state, radius, ink);
  const chosen = drag ? null : placeOf(state, selected);
  if (chosen) ring(chosen, radius + AROUND, ink.text);
  const hovered = drag ? null : placeOf(state, hover);
  if (hovered) ring(hovered, radius, ink.text);
  if (hover?.kind === 'pick' && placeOf(state, hover)) drawTag(context, at(hover), radius, hover.score.toFixed(2), ink);
}

/**
 * Where Enter would add a label.
 * @param {CanvasRenderingContext2D} context @param {import('./viewport.js').Viewport} viewport @param {string} colour
 */
function drawCross(context, { width, height }, colour) {
  context.beginPath();
  for (const [x, y] of [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ]) {
    context.moveTo(width / 2 + CROSS_GAP * x, height / 2 + CROSS_GAP * y);
    context.lineTo(width / 2 + CROSS * x, height / 2 + CROSS * y);
  }
  context.lineWidth = 2;
  context.strokeStyle = colour;
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import('./marks.js').Mark} mark
 * @param {Point} at
 * @param {number} radius
 * @param {string} colour
 */
function drawRing(context, mark, at, radius, colour) {
  context.beginPath();
  addAround(context, mark, at.x, at.y, radius);
  context.lineWidth = 1.5;
  context.strokeStyle = colour;
  context.stroke();
}

/**
 * The score beside a pick.
 * @param {CanvasRenderingContext2D} context
 * @param {Point} at
 * @param {number} radius
 * @param {string} text
 * @param {Ink} ink
 */
function drawTag(context, at, radius, text, ink) {
  context.font = '12px system-ui, sans-serif';
  const width = context.measureText(text).width + 10;
  const [x, y] = [at.x + radius * 0.72 + 4, at.y - radius * 0.72 - TAG_HEIGHT];
  context.fillStyle = ink.paper;
  context.beginPath();
  context.roundRect(x, y, width, TAG_HEIGHT, 4);
  context.fill();
  context.fillStyle = ink.pick;
  context.fillText(text, x + 5, y + 13);
}
