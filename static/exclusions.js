/**
 * Exclusions as geometry: which points lie in one, and how a hand's line becomes an outline. Pure.
 *
 * The rule is that of topazcore/exclusions.py, operation by operation: inside is what the outline winds around, and with
 * a margin also what lies within that distance of the outline. So the page hides exactly the picks that the server
 * leaves out.
 *
 * @typedef {import('./types.js').Corner} Corner
 * @typedef {import('./types.js').Exclusion} Exclusion
 * @typedef {import('./types.js').Point} Point
 */

/** The server takes no more (docs/api.md). */
export const MOST_CORNERS = 2000;
/** Corners are kept to a tenth of a pixel. */
const STEPS_PER_PX = 10;
/** An outline that spans less in both directions is a slip of the hand, px. */
const SMALLEST_PX = 3;

/**
 * @param {Corner[]} outline
 * @param {number} x
 * @param {number} y
 * @param {number} [margin] px around the outline that count too
 */
export function contains(outline, x, y, margin = 0) {
  let winding = 0;
  for (let i = 0; i < outline.length; i++) {
    const start = outline[i];
    const end = outline[(i + 1) % outline.length];
    if (margin > 0 && squaredDistance(start, end, x, y) <= margin ** 2) return true;
    const direction = Number(start[1] <= y && y < end[1]) - Number(end[1] <= y && y < start[1]);
    if (direction && start[0] + (y - start[1]) * ((end[0] - start[0]) / (end[1] - start[1])) <= x) winding += direction;
  }
  return winding !== 0;
}

/** Of a point to an edge. @param {Corner} start @param {Corner} end @param {number} x @param {number} y */
export function squaredDistance([startX, startY], [endX, endY], x, y) {
  const [alongX, alongY] = [endX - startX, endY - startY];
  const length = alongX * alongX + alongY * alongY;
  const share = ((x - startX) * alongX + (y - startY) * alongY) / (length || 1);
  const part = Math.min(Math.max(share, 0), 1);
  return (x - startX - part * alongX) ** 2 + (y - startY - part * alongY) ** 2;
}

/** @param {Corner[]} outline @param {number} [margin] */
export function boxOf(outline, margin = 0) {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const [x, y] of outline) {
    box.left = Math.min(box.left, x - margin);
    box.top = Math.min(box.top, y - margin);
    box.right = Math.max(box.right, x + margin);
    box.bottom = Math.max(box.bottom, y + margin);
  }
  return box;
}

/**
 * A test for many points: whether one lies in any of some exclusions or within their margin.
 * @param {Iterable<Exclusion>} exclusions
 * @param {number} margin px
 * @returns {(x: number, y: number) => boolean}
 */
export function excluder(exclusions, margin) {
  const all = [...exclusions].map(({ outline }) => ({ outline, box: boxOf(outline, margin) }));
  return (x, y) =>
    all.some(
      ({ outline, box }) =>
        x >= box.left && x <= box.right && y >= box.top && y <= box.bottom && contains(outline, x, y, margin),
    );
}

/**
 * The exclusion that holds a point; of several the smallest, which could not be reached otherwise.
 * @param {Iterable<Exclusion>} exclusions
 * @param {Point} at px
 * @returns {Exclusion | null}
 */
export function smallestAt(exclusions, { x, y }) {
  const hit = [...exclusions].filter(({ outline }) => contains(outline, x, y));
  const size = ({ outline = /** @type {Corner[]} */ ([]) }) => {
    const { left, top, right, bottom } = boxOf(outline);
    return (right - left) * (bottom - top);
  };
  return hit.sort((a, b) => size(a) - size(b))[0] ?? null;
}

/**
 * A line with fewer corners that is nowhere farther from the drawn one than a tolerance (Ramer, Douglas and Peucker).
 * @param {Point[]} line
 * @param {number} tolerance px
 * @returns {Point[]}
 */
export function simplified(line, tolerance) {
  const kept = new Set([0, line.length - 1]);
  const spans = [[0, line.length - 1]];
  for (let span = spans.pop(); span; span = spans.pop()) {
    const [first, last] = span;
    const { index, distance } = farthest(line, first, last);
    if (distance <= tolerance) continue;
    kept.add(index);
    spans.push([first, index], [index, last]);
  }
  return line.filter((_, i) => kept.has(i));
}

/** @param {Point[]} line @param {number} first @param {number} last */
function farthest(line, first, last) {
  let [index, most] = [first, 0];
  const ends = /** @type {[Corner, Corner]} */ ([corner(line[first]), corner(line[last])]);
  for (let i = first + 1; i < last; i++) {
    const squared = squaredDistance(...ends, line[i].x, line[i].y);
    if (squared > most) [index, most] = [i, squared];
  }
  return { index, distance: Math.sqrt(most) };
}

/** @param {Point} point @returns {Corner} */
const corner = ({ x, y }) => [x, y];

/** Simplified as far as the server takes it. @param {Point[]} line @param {number} tolerance px @returns {Point[]} */
export function fitted(line, tolerance) {
  const fewer = simplified(line, tolerance);
  return fewer.length <= MOST_CORNERS ? fewer : fitted(fewer, 2 * tolerance);
}

/**
 * An outline to be kept, or null when the hand has drawn nothing that encloses anything.
 * @param {Point[]} points of a line, closed by an edge from the last to the first
 * @returns {Corner[] | null}
 */
export function asOutline(points) {
  const round = (/** @type {number} */ value) => Math.round(value * STEPS_PER_PX) / STEPS_PER_PX;
  /** @type {Corner[]} */
  const outline = points.map(({ x, y }) => [round(x), round(y)]);
  const { left, top, right, bottom } = boxOf(outline);
  return outline.length >= 3 && Math.max(right - left, bottom - top) >= SMALLEST_PX ? outline : null;
}

/**
 * Corners may lie beyond the micrograph, so that its own corners can be cut off, but not far (docs/api.md).
 * @param {Point} point px
 * @param {import('./viewport.js').Size} size of the micrograph
 * @returns {Point}
 */
export function nearMicrograph({ x, y }, { width, height }) {
  return { x: Math.min(Math.max(x, -width), 2 * width), y: Math.min(Math.max(y, -height), 2 * height) };
}
