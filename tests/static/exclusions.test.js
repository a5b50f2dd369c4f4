import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asOutline, boxOf, contains, excluder, fitted, nearMicrograph, simplified, smallestAt } from '../../static/exclusions.js';

/** @typedef {import('../../static/types.js').Corner} Corner */

/** @type {Corner[]} */
const SQUARE = [
  [10, 10],
  [20, 10],
  [20, 20],
  [10, 20],
];
/** A star in one line: its middle is wound around twice. @type {Corner[]} */
const STAR = [
  [50, 0],
  [80, 95],
  [2, 35],
  [98, 35],
  [20, 95],
];
const points = (/** @type {number[][]} */ ...all) => all.map(([x, y]) => ({ x, y }));

test('inside is inside, whichever way round the outline was drawn', () => {
  for (const outline of [SQUARE, [...SQUARE].reverse()]) {
    assert.ok(contains(outline, 15, 15));
    for (const [x, y] of [[9, 15], [21, 15], [15, 9], [15, 21]]) assert.ok(!contains(outline, x, y), `${x}, ${y}`);
  }
});

test('the left and upper edge belong to it, the right and lower one do not: no point is in two neighbours', () => {
  assert.ok(contains(SQUARE, 10, 15) && contains(SQUARE, 15, 10));
  assert.ok(!contains(SQUARE, 20, 15) && !contains(SQUARE, 15, 20));
});

test('a line that crosses itself leaves no hole', () => {
  assert.ok(contains(STAR, 50, 50));
});

test('the margin is a distance: round at corners, its rim included', () => {
  assert.ok(contains(SQUARE, 7, 15, 3) && !contains(SQUARE, 6.9, 15, 3));
  assert.ok(contains(SQUARE, 7, 6, 5) && !contains(SQUARE, 6.9, 6, 5));
});

test('an excluder asks all exclusions, each with its margin', () => {
  const far = SQUARE.map(([x, y]) => /** @type {Corner} */ ([x + 100, y]));
  const excluded = excluder([{ id: 'a', outline: SQUARE }, { id: 'b', outline: far }], 2);
  assert.deepEqual([15, 115, 60, 21.9, 22.1].map((x) => excluded(x, 15)), [true, true, false, true, false]);
});

test('of two exclusions that hold a point the smaller one is meant', () => {
  const large = { id: 'large', outline: /** @type {Corner[]} */ ([[0, 0], [99, 0], [99, 99], [0, 99]]) };
  const small = { id: 'small', outline: SQUARE };
  assert.equal(smallestAt([large, small], { x: 15, y: 15 })?.id, 'small');
  assert.equal(smallestAt([small, large], { x: 50, y: 50 })?.id, 'large');
  assert.equal(smallestAt([small, large], { x: 150, y: 50 }), null);
});

test('a straight line keeps its ends, a bend its corner, and nothing is farther off than the tolerance', () => {
  assert.deepEqual(simplified(points([0, 0], [1, 0.1], [2, 0], [3, 0]), 0.2), points([0, 0], [3, 0]));
  assert.deepEqual(simplified(points([0, 0], [1, 0], [2, 0], [2, 5]), 0.2), points([0, 0], [2, 0], [2, 5]));
  const circle = Array.from({ length: 200 }, (_, i) => ({ x: 50 * Math.cos(i / 32), y: 50 * Math.sin(i / 32) }));
  const few = simplified(circle, 0.5);
  assert.ok(few.length < 40 && few.length > 8, String(few.length));
  for (let i = 1; i < few.length; i++) {
    const [a, b] = [few[i - 1], few[i]];
    const middle = Math.hypot((a.x + b.x) / 2, (a.y + b.y) / 2);
    assert.ok(50 - middle <= 0.5 + 1e-9);
  }
});

test('an outline is kept to a tenth of a pixel; what encloses nothing is none', () => {
  assert.deepEqual(asOutline(points([0, 0], [10.04, 0], [10.06, 9.99])), [[0, 0], [10, 0], [10.1, 10]]);
  assert.equal(asOutline(points([0, 0], [10, 0])), null);
  assert.equal(asOutline(points([0, 0], [1, 0], [1, 2])), null);
});

test('a line with more corners than the server takes is simplified further', () => {
  const zigzag = Array.from({ length: 5000 }, (_, i) => ({ x: i / 10, y: i % 2 }));
  const few = fitted(zigzag, 0.1);
  assert.ok(few.length >= 2 && few.length <= 2000, String(few.length));
});

test('corners stay near the micrograph', () => {
  const size = { width: 60, height: 40 };
  assert.deepEqual(nearMicrograph({ x: -70, y: 90 }, size), { x: -60, y: 80 });
  assert.deepEqual(nearMicrograph({ x: 5, y: -39 }, size), { x: 5, y: -39 });
});

test('the box of an outline has the margin on all sides', () => {
  assert.deepEqual(boxOf(SQUARE, 2), { left: 8, top: 8, right: 22, bottom: 22 });
});
