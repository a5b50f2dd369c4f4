/**
 * What a hand is doing just now, over everything else: an outline that is not finished, a brush and what it has touched,
 * what is selected together. Knows nothing of what comes of it.
 */
import { drawAround, drawFilaments } from './filament-drawing.js';
import { rimPath } from './hatching.js';
import { addAround, circle } from './marks.js';
import { spacingPx } from './scales.js';
import { placeOf } from './targets.js';
import { toImage, toScreen } from './viewport.js';

/**
 * @typedef {import('./types.js').State} State
 * @typedef {import('./types.js').Sketch} Sketch
 * @typedef {import('./hatching.js').Context} Context
 * @typedef {import('./hatching.js').ToScreen} ToScreen
 * @typedef {{text: string, label: string, removed: string, exclusion: string}} Ink
 */

const LINE = 1.5;
const SKETCH_DASH = [4, 4];
const CORNER_RADIUS = 3;
const STROKE_ALPHA = 0.32;
/** A ring around what is selected lies so far outside of its circle, CSS px. */
const AROUND = 3;
/** The ring of a long press: its width, how far it lies outside of the circle, and its least radius, CSS px. */
const HOLD_WIDTH = 5;
const HOLD_AROUND = 7;
const FINGERTIP = 36;

/**
 * @param {CanvasRenderingContext2D} context in CSS px of the canvas
 * @param {State} state
 * @param {number} radius of circles, CSS px
 * @param {Ink} ink
 */
export function drawHandwork(context, state, radius, ink) {
  const { viewport, sketch, brush, mode } = state;
  if (!viewport) return;
  const at = (/** @type {number} */ x, /** @type {number} */ y) => toScreen(viewport, x, y);
  drawLines(context, state, at, radius, ink);
  if (sketch && sketch.use !== 'filament') drawSketch(context, sketch, at, sketch.use === 'select' ? ink.text : ink.exclusion);
  if (mode === 'paint') drawBrush(context, brush, at, ink.exclusion);
  if (mode === 'erase') drawBrush(context, brush, at, ink.removed);
  drawMembers({ context, at, radius, mark: state.marks }, state, brush.touched);
  stroke(context, ink.removed, 2 * LINE);
  drawAround(context, linesAmong(state, brush.touched), at, radius, ink.removed);
  drawChosen(context, state, at, ink.text);
  drawHolding(context, state, { at, radius }, ink.removed);
}

/**
 * That a long press is about to remove something: a ring that closes around it, wider than a fingertip.
 * @param {Context} context
 * @param {State} state
 * @param {{at: ToScreen, radius: number}} circles
 * @param {string} ink
 */
function drawHolding(context, state, { at, radius }, ink) {
  const { holding, exclusions } = state;
  if (!holding) return;
  const { target, share } = holding;
  const place = placeOf(state, target);
  context.lineWidth = HOLD_WIDTH;
  context.strokeStyle = ink;
  if (target.kind === 'exclusion') {
    const region = exclusions.get(target.micrograph)?.get(target.id);
    if (region) context.stroke(rimPath(region.outline, at));
  }
  if (!place) return;
  const { x, y } = at(place.x, place.y);
  context.beginPath();
  context.arc(x, y, Math.max(radius + HOLD_AROUND, FINGERTIP), -Math.PI / 2, (2 * share - 0.5) * Math.PI);
  context.stroke();
}

/**
 * The filament that is being drawn or dragged, or is selected or under the cursor.
 * @param {CanvasRenderingContext2D} context @param {State} state @param {ToScreen} at @param {number} radius CSS px @param {Ink} ink
 */
function drawLines(context, state, at, radius, ink) {
  const { drag, sketch, viewport, selected, hover } = state;
  const look = { radius, spacing: spacingPx(state), zoom: viewport?.zoom ?? 1, ink: ink.label };
  if (drag && 'ends' in drag) drawFilaments(context, [drag.ends], at, look);
  if (sketch?.use === 'filament') drawFilaments(context, [sketchedEnds(state, sketch)], at, look);
  if (drag) return;
  const chosen = [selected, hover].flatMap((one) => (one?.kind === 'filament' ? endsOf(state, one) : []));
  drawAround(context, chosen, at, radius + AROUND, ink.text);
}

/** From the start to the pointer, or to the keyboard's cursor. @param {State} state @param {Sketch} sketch @returns {import('./types.js').Ends} */
function sketchedEnds({ viewport, crosshair }, { corners: [start], to }) {
  const middle = viewport && crosshair ? toImage(viewport, viewport.width / 2, viewport.height / 2) : null;
  const end = middle ?? to ?? start;
  return [
    [start.x, start.y],
    [end.x, end.y],
  ];
}

/** @param {State} state @param {import('./types.js').FilamentTarget} target @returns {import('./types.js').Ends[]} none once it has gone */
function endsOf({ filaments }, { micrograph, id }) {
  const found = filaments.get(micrograph)?.get(id);
  return found ? [found.ends] : [];
}

/** Onto the sheet of labels. @param {import('./sheets.js').Sheet} sheet @param {State} state @param {string} ink */
export function drawGroup({ context, at, radius, mark }, state, ink) {
  if (state.selected?.kind !== 'group') return;
  drawMembers({ context, at, radius: radius + AROUND, mark }, state, state.selected.members);
  stroke(context, ink, LINE);
  drawAround(context, linesAmong(state, state.selected.members), at, radius + AROUND, ink);
}

/** @param {State} state @param {import('./types.js').Member[]} members @returns {import('./types.js').Ends[]} */
function linesAmong(state, members) {
  return members.flatMap((one) => (one.kind === 'filament' ? endsOf(state, one) : []));
}

/**
 * The path of marks around labels and picks.
 * @param {{context: Context, at: ToScreen, radius: number, mark: import('./marks.js').Mark}} sheet
 * @param {State} state
 * @param {import('./types.js').Member[]} members
 */
function drawMembers({ context, at, radius, mark }, state, members) {
  context.beginPath();
  for (const member of members) {
    const found = placeOf(state, member);
    if (!found) continue;
    const { x, y } = at(found.x, found.y);
    addAround(context, mark, x, y, radius);
  }
}

/** @param {Context} context @param {string} ink @param {number} width */
function stroke(context, ink, width) {
  context.lineWidth = width;
  context.strokeStyle = ink;
  context.stroke();
}

/** The exclusion that is selected. @param {Context} context @param {State} state @param {ToScreen} at @param {string} ink */
function drawChosen(context, { selected, exclusions }, at, ink) {
  const chosen = selected?.kind === 'exclusion' && exclusions.get(selected.micrograph)?.get(selected.id);
  if (!chosen) return;
  context.lineWidth = 2;
  context.strokeStyle = ink;
  context.stroke(rimPath(chosen.outline, at));
}

/**
 * An outline that is not finished.
 * @param {Context} context
 * @param {Sketch} sketch
 * @param {ToScreen} at
 * @param {string} ink
 */
function drawSketch(context, { corners, freehand, to }, at, ink) {
  const points = [...corners, ...(to ? [to] : [])].map(({ x, y }) => at(x, y));
  context.strokeStyle = context.fillStyle = ink;
  context.lineWidth = LINE;
  context.beginPath();
  points.forEach(({ x, y }) => context.lineTo(x, y));
  context.stroke();
  if (points.length > 2) drawClosing(context, points[points.length - 1], points[0]);
  if (!freehand) drawCorners(context, points.slice(0, corners.length));
}

/** @param {Context} context @param {import('./types.js').Point} from @param {import('./types.js').Point} to */
function drawClosing(context, from, to) {
  context.setLineDash(SKETCH_DASH);
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
  context.stroke();
  context.setLineDash([]);
}

/** @param {Context} context @param {import('./types.js').Point[]} corners the first, which closes, is larger */
function drawCorners(context, corners) {
  context.beginPath();
  corners.forEach(({ x, y }, i) => {
    circle(context, x, y, i ? CORNER_RADIUS : 2 * CORNER_RADIUS);
  });
  context.fill();
}

/**
 * The brush under the cursor, and the path of its stroke.
 * @param {Context} context
 * @param {import('./types.js').Brush} brush
 * @param {ToScreen} screen
 * @param {string} ink
 */
function drawBrush(context, { radius, at, path }, screen, ink) {
  context.strokeStyle = ink;
  if (path.length > 1) {
    context.save();
    context.globalAlpha = STROKE_ALPHA;
    context.lineWidth = 2 * radius;
    context.lineCap = context.lineJoin = 'round';
    context.beginPath();
    path.map(({ x, y }) => screen(x, y)).forEach(({ x, y }) => context.lineTo(x, y));
    context.stroke();
    context.restore();
  }
  if (!at) return;
  const { x, y } = screen(at.x, at.y);
  context.lineWidth = LINE;
  context.beginPath();
  circle(context, x, y, radius);
  context.stroke();
}
