/**
 * The marks that stand for labels and picks: a circle of the particle's diameter, a box of that side as extraction cuts
 * it, or a dot. Shapes only; colours, dashes and strengths are the same for all three.
 *
 * @typedef {"circle" | "dot" | "box"} Mark
 * @typedef {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | Path2D} Path
 */

/** In the order in which a key goes round. @type {readonly Mark[]} */
export const MARKS = Object.freeze(['circle', 'box', 'dot']);
/** A dot is as large at any zoom, CSS px; with its line around it has no hole. */
const DOT_RADIUS = 1.6;
const DOT_LINE = 3;
/** Rings around a dot need some room. */
const AROUND_DOT = 6;

/** What comes after a mark. @param {Mark} mark */
export function nextMark(mark) {
  return MARKS[(MARKS.indexOf(mark) + 1) % MARKS.length];
}

/** A mark read from settings that anybody may have written. @param {any} stored @returns {Mark} */
export function markFromStored(stored) {
  return MARKS.find((mark) => mark === stored) ?? 'circle';
}

/**
 * @param {Path} path
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
export function circle(path, x, y, radius) {
  path.moveTo(x + radius, y);
  path.arc(x, y, radius, 0, 2 * Math.PI);
}

/**
 * One mark more on a path.
 * @param {Path} path
 * @param {Mark} mark
 * @param {number} x
 * @param {number} y
 * @param {number} radius half of the diameter, in the units of the path
 */
export function addMark(path, mark, x, y, radius) {
  if (mark === 'box') path.rect(x - radius, y - radius, 2 * radius, 2 * radius);
  else circle(path, x, y, mark === 'dot' ? DOT_RADIUS : radius);
}

/**
 * Something around a mark, or in its place for a moment.
 * @param {Path} path
 * @param {Mark} mark
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
export function addAround(path, mark, x, y, radius) {
  if (mark === 'dot') circle(path, x, y, AROUND_DOT);
  else addMark(path, mark, x, y, radius);
}

/** The width of the line that draws a mark. @param {Mark} mark @param {number} usual */
export function lineOf(mark, usual) {
  return mark === 'dot' ? DOT_LINE : usual;
}

/** How far a place lies from the line of a mark. @param {Mark} mark @param {number} dx @param {number} dy @param {number} radius */
export function fromLine(mark, dx, dy, radius) {
  if (mark === 'dot') return Infinity;
  const far = mark === 'box' ? Math.max(Math.abs(dx), Math.abs(dy)) : Math.hypot(dx, dy);
  return Math.abs(far - radius);
}
