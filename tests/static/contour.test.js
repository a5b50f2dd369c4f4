import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strokeOutline } from '../../static/contour.js';
import { contains } from '../../static/exclusions.js';

/** @typedef {import('../../static/types.js').Point} Point */

const RADIUS = 20;

/** @param {Point[]} line */
const painted = (line, radius = RADIUS) => {
  const outline = strokeOutline(line, radius).map(({ x, y }) => /** @type {[number, number]} */ ([x, y]));
  return (/** @type {number} */ x, /** @type {number} */ y) => contains(outline, x, y);
};

/** @param {Point[]} line @param {number} x @param {number} y */
function distance(line, x, y) {
  let least = Infinity;
  line.forEach((end, i) => {
    const start = line[Math.max(i - 1, 0)];
    for (let k = 0; k <= 50; k++) {
      const [px, py] = [start.x + (k / 50) * (end.x - start.x), start.y + (k / 50) * (end.y - start.y)];
      least = Math.min(least, Math.hypot(px - x, py - y));
    }
  });
  return least;
}

/** @type {Record<string, Point[]>} */
const STROKES = {
  'a tap': [{ x: 50, y: 60 }],
  'a straight line': [{ x: 0, y: 0 }, { x: 200, y: 30 }],
  'a sharp turn': [{ x: 0, y: 0 }, { x: 150, y: 0 }, { x: 10, y: 12 }],
  'a ring, whose middle stays free': Array.from({ length: 41 }, (_, i) => ({
    x: 100 * Math.cos((i * Math.PI) / 20),
    y: 100 * Math.sin((i * Math.PI) / 20),
  })),
  'a figure of eight, with two holes': Array.from({ length: 81 }, (_, i) => ({
    x: 160 * Math.sin((i * Math.PI) / 40),
    y: 120 * Math.sin((i * Math.PI) / 20),
  })),
};

for (const [name, line] of Object.entries(STROKES)) {
  test(`${name}: painted is what lies within the radius, and nothing else`, () => {
    const inside = painted(line);
    let [checked, held] = [0, 0];
    for (let x = -250; x <= 250; x += 7.3) {
      for (let y = -250; y <= 250; y += 7.3) {
        const off = distance(line, x, y) - RADIUS;
        if (Math.abs(off) < RADIUS / 20) continue;
        assert.equal(inside(x, y), off < 0, `${x}, ${y}, ${off}`);
        checked += 1;
        held += Number(off < 0);
      }
    }
    assert.ok(checked > 4000 && held > 15, `${checked}, ${held}`);
  });
}

test('a stroke as long as the micrograph takes a coarser grid and still an outline', () => {
  const outline = strokeOutline([{ x: 0, y: 0 }, { x: 8000, y: 8000 }], 3);
  assert.ok(outline.length > 100 && outline.length < 20_000, String(outline.length));
});
