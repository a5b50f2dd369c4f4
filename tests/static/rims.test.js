import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SIDES, touching } from '../../static/rims.js';

test('a neighbour gives the line that touches', () => {
  const tile = { width: 3, height: 2, grey: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  const lines = SIDES.map((side) => [...touching(tile, side)]);
  assert.deepEqual(lines, [[3, 6], [1, 4], [4, 5, 6], [1, 2, 3]]);
});
