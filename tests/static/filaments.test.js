import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coverer, nearestEnd, nearestLine, particlesOn, pointsAlong, shifted, touches, withEnd } from '../../static/filaments.js';
import { COVERED, SHOWN, classify } from '../../static/picks.js';

const line = (id, ...ends) => ({ id, ends, source: 'click' });
const [FLAT, STEEP] = [line('flat', [0, 0], [10, 0]), line('steep', [0, 5], [0, 25])];

// The same numbers as in tests/topazcore/test_filaments.py.
test('the first particle stands at the start and the others at the spacing', () => {
  assert.deepEqual(pointsAlong([[0, 0], [10, 0]], 5), [[0, 0], [5, 0], [10, 0]]);
  assert.deepEqual(pointsAlong([[10, 0], [0, 0]], 4), [[10, 0], [6, 0], [2, 0]]);
  assert.deepEqual(pointsAlong([[1, 1], [4, 5]], 2.5), [[1, 1], [2.5, 3], [4, 5]]);
  assert.deepEqual(pointsAlong([[0, 0], [0, 9.9]], 10), [[0, 0]]);
  assert.equal(particlesOn([[0, 0], [0, 0.3]], 0.1), 4);
});

test('the nearest line and the nearest end are found within reach', () => {
  assert.equal(nearestLine([FLAT, STEEP], { x: 5, y: 3 }, 4)?.id, 'flat');
  assert.equal(nearestLine([FLAT, STEEP], { x: 3, y: 9 }, 4)?.id, 'steep');
  assert.equal(nearestLine([FLAT, STEEP], { x: 5, y: 5 }, 4), null);
  assert.deepEqual(nearestEnd([FLAT, STEEP], { x: 9, y: 1 }, 2), { filament: FLAT, which: 1 });
  assert.equal(nearestEnd([FLAT, STEEP], { x: 5, y: 0 }, 2), null);
});

test('a brush touches a filament anywhere along it', () => {
  const near = (at) => (x, y) => Math.hypot(x - at[0], y - at[1]) <= 2;
  assert.equal(touches(FLAT.ends, near([5, 1]), 1), true);
  assert.equal(touches(FLAT.ends, near([10.5, 0]), 40), true);
  assert.equal(touches(FLAT.ends, near([5, 3]), 1), false);
});

test('it moves as a whole or by one end, to a tenth of a pixel', () => {
  assert.deepEqual(shifted(FLAT.ends, { x: 1.04, y: -2 }), [[1, -2], [11, -2]]);
  assert.deepEqual(withEnd(FLAT.ends, 1, { x: 8.26, y: 1 }), [[0, 0], [8.3, 1]]);
  assert.deepEqual(withEnd(FLAT.ends, 0, { x: 1, y: 1 }), [[1, 1], [10, 0]]);
});

test('picks beside a filament are covered, those beyond half a diameter are not', () => {
  const picks = { x: new Float64Array([5, 5, 14]), y: new Float64Array([4, 4.1, 0]), score: new Float64Array([3, 2, 1]) };
  assert.deepEqual([...classify(picks, [], 4, undefined, coverer([FLAT], 4))], [COVERED, SHOWN, COVERED]);
});
