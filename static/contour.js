/**
 * The outline of a brush's stroke: all places within a radius of a line. Pure.
 *
 * Distances to the line are taken on a grid and the outline is followed where they equal the radius (marching squares,
 * with the crossings interpolated). A stroke that closes on itself leaves a hole, which is joined to the outer line by
 * a slit of no width and runs the other way round: so one outline winds around the painted places and no others.
 *
 * @typedef {import('./types.js').Point} Point
 * @typedef {{distance: Float64Array, columns: number, rows: number, left: number, top: number, cell: number}} Field
 */
import { simplified, squaredDistance } from './exclusions.js';

/** Grid cells per radius: corners of the outline are then within a hundredth of the radius. */
const CELLS_PER_RADIUS = 5;
/** A longer stroke is followed on a coarser grid. */
const MOST_CELLS = 400_000;

/** How far the outline may lie off, as a part of the radius: that saves nine corners in ten. */
const TOLERANCE = 0.015;

/**
 * @param {Point[]} line at least one point, px
 * @param {number} radius px
 * @returns {Point[]} one closed outline
 */
export function strokeOutline(line, radius) {
  const field = distanceField(line, radius);
  const loops = loopsOf(field, radius).map((loop) => simplified([...loop, loop[0]], TOLERANCE * radius).slice(0, -1));
  loops.sort((a, b) => Math.abs(area(b)) - Math.abs(area(a)));
  return loops.reduce((outline, hole) => joined(outline, hole));
}

/** @param {Point[]} line @param {number} radius @returns {Field} */
function distanceField(line, radius) {
  const xs = line.map(({ x }) => x);
  const ys = line.map(({ y }) => y);
  const [left, right] = [Math.min(...xs) - radius, Math.max(...xs) + radius];
  const [top, bottom] = [Math.min(...ys) - radius, Math.max(...ys) + radius];
  const area = (right - left) * (bottom - top);
  const cell = Math.max(radius / CELLS_PER_RADIUS, Math.sqrt(area / MOST_CELLS));
  // Two cells of room, so that the outline never meets the rim of the grid.
  const columns = Math.ceil((right - left) / cell) + 5;
  const rows = Math.ceil((bottom - top) / cell) + 5;
  const distance = new Float64Array(columns * rows).fill(Infinity);
  const field = { distance, columns, rows, left: left - 2 * cell, top: top - 2 * cell, cell };
  line.forEach((end, i) => lower(field, line[Math.max(i - 1, 0)], end, radius + 2 * cell));
  return field;
}

/** Distances to one edge, where they are at most `reach`. @param {Field} field @param {Point} start @param {Point} end @param {number} reach */
function lower({ distance, columns, rows, left, top, cell }, start, end, reach) {
  const column = (/** @type {number} */ x) => (x - left) / cell;
  const row = (/** @type {number} */ y) => (y - top) / cell;
  const [firstColumn, lastColumn] = within(column(Math.min(start.x, end.x) - reach), column(Math.max(start.x, end.x) + reach), columns);
  const [firstRow, lastRow] = within(row(Math.min(start.y, end.y) - reach), row(Math.max(start.y, end.y) + reach), rows);
  for (let j = firstRow; j <= lastRow; j++) {
    for (let i = firstColumn; i <= lastColumn; i++) {
      const found = Math.sqrt(squaredDistance([start.x, start.y], [end.x, end.y], left + i * cell, top + j * cell));
      if (found < distance[j * columns + i]) distance[j * columns + i] = found;
    }
  }
}

/** @param {number} low @param {number} high @param {number} size */
function within(low, high, size) {
  return [Math.max(Math.ceil(low), 0), Math.min(Math.floor(high), size - 1)];
}

/**
 * By which of a cell's corners lie inside (1 upper left, 2 upper right, 4 lower right, 8 lower left): the sides
 * (0 upper, 1 right, 2 lower, 3 left) at which the outline enters and leaves, with the inside on its right.
 * @type {Record<number, [number, number][]>}
 */
const CROSSINGS = {
  1: [[0, 3]],
  2: [[1, 0]],
  3: [[1, 3]],
  4: [[2, 1]],
  5: [[0, 3], [2, 1]],
  6: [[2, 0]],
  7: [[2, 3]],
  8: [[3, 2]],
  9: [[0, 2]],
  10: [[1, 0], [3, 2]],
  11: [[1, 2]],
  12: [[3, 1]],
  13: [[0, 1]],
  14: [[3, 0]],
};

/**
 * The outlines at one distance, outer ones and holes in opposite directions.
 * @param {Field} field @param {number} level @returns {Point[][]}
 */
function loopsOf(field, level) {
  const next = segmentsOf(field, level);
  const loops = [];
  while (next.size) {
    const [first] = next.keys();
    const loop = [];
    for (let edge = first; next.has(edge); ) {
      loop.push(crossing(field, level, edge));
      const following = /** @type {number} */ (next.get(edge));
      next.delete(edge);
      edge = following;
    }
    loops.push(loop);
  }
  return loops;
}

/** From each crossed edge of the grid to the next one of its outline. @param {Field} field @param {number} level */
function segmentsOf({ distance, columns, rows }, level) {
  /** @type {Map<number, number>} */
  const next = new Map();
  for (let j = 0; j < rows - 1; j++) {
    for (let i = 0; i < columns - 1; i++) {
      const at = j * columns + i;
      const corners = [at, at + 1, at + columns + 1, at + columns];
      const inside = corners.reduce((bits, corner, k) => bits | (Number(distance[corner] <= level) << k), 0);
      // An edge is named by the node it starts at and its direction: 0 to the right, 1 downwards.
      const sides = [2 * at, 2 * (at + 1) + 1, 2 * (at + columns), 2 * at + 1];
      for (const [from, to] of CROSSINGS[inside] ?? []) next.set(sides[from], sides[to]);
    }
  }
  return next;
}

/** Where the outline crosses an edge of the grid, px. @param {Field} field @param {number} level @param {number} edge @returns {Point} */
function crossing({ distance, columns, left, top, cell }, level, edge) {
  const node = edge >> 1;
  const down = edge & 1;
  const other = node + (down ? columns : 1);
  const [a, b] = [distance[node], distance[other]];
  // Beyond the reach of the line distances are not known; the crossing is then the middle.
  const part = Number.isFinite(a) && Number.isFinite(b) ? (level - a) / (b - a) : 0.5;
  const [i, j] = [node % columns, Math.floor(node / columns)];
  return { x: left + (i + (down ? 0 : part)) * cell, y: top + (j + (down ? part : 0)) * cell };
}

/** Twice the signed area. @param {Point[]} loop */
function area(loop) {
  return loop.reduce((sum, { x, y }, i) => {
    const next = loop[(i + 1) % loop.length];
    return sum + x * next.y - next.x * y;
  }, 0);
}

/** One outline that also goes around a hole. @param {Point[]} outline @param {Point[]} hole @returns {Point[]} */
function joined(outline, hole) {
  let [from, to, least] = [0, 0, Infinity];
  outline.forEach((a, i) =>
    hole.forEach((b, j) => {
      const length = (a.x - b.x) ** 2 + (a.y - b.y) ** 2;
      if (length < least) [from, to, least] = [i, j, length];
    }),
  );
  const around = [...hole.slice(to), ...hole.slice(0, to + 1)];
  return [...outline.slice(0, from + 1), ...around, ...outline.slice(from)];
}
