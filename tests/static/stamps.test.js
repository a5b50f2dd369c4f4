import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHASES, phaseOf, press, stampOf } from '../../static/stamps.js';

const GREEN = 0x00ff00;
const [STRONG, HALF] = [0, 1];

/** A cross of 3 x 3 px, its middle half as strong, for a sheet of a width. */
function cross(width) {
  const alpha = [0, 200, 0, 200, 100, 200, 0, 200, 0];
  return stampOf(Uint8ClampedArray.from(alpha.flatMap((value) => [9, 9, 9, value])), 3, { rgb: GREEN, strengths: [1, 0.5], width });
}

function sheet(width, height) {
  return { data: new Int32Array(width * height), width, height };
}

const alphas = ({ data }) => [...data].map((pixel) => pixel >>> 24);

test('a stamp holds the inked pixels only, relative to its middle', () => {
  const { dx, dy, steps, colours, reach } = cross(10);
  assert.deepEqual([[...dx], [...dy]], [[0, -1, 0, 1, 0], [-1, 0, 0, 0, 1]]);
  assert.deepEqual([[...steps], reach], [[-10, -1, 0, 1, 10], 1]);
  assert.deepEqual([...colours[HALF]].map((colour) => colour >>> 24), [100, 100, 50, 100, 100]);
});

test('a place is split into its pixel and the nearest quarter of it', () => {
  assert.equal(PHASES, 4);
  assert.deepEqual(phaseOf(7), { pixel: 7, phase: 0 });
  assert.deepEqual(phaseOf(7.3), { pixel: 7, phase: 1 });
  assert.deepEqual(phaseOf(7.9), { pixel: 8, phase: 0 });
  assert.deepEqual(phaseOf(-0.25), { pixel: -1, phase: 3 });
});

test('a mark is pressed in its colour, as strong as asked', () => {
  const pixels = sheet(3, 3);
  press(pixels, cross(3), { x: 1, y: 1 }, HALF);
  assert.deepEqual(alphas(pixels), [0, 100, 0, 100, 50, 100, 0, 100, 0]);
  assert.equal(pixels.data[1] & 0xffffff, GREEN);
});

test('where marks overlap the stronger is seen, whichever came first', () => {
  for (const strengths of [[STRONG, HALF], [HALF, STRONG]]) {
    const pixels = sheet(4, 3);
    strengths.forEach((strength) => press(pixels, cross(4), { x: 1, y: 1 }, strength));
    assert.deepEqual(alphas(pixels), [0, 200, 0, 0, 200, 100, 200, 0, 0, 200, 0, 0]);
  }
});

test('a mark over the edge is cut there and does not come back on the other side', () => {
  const pixels = sheet(3, 3);
  press(pixels, cross(3), { x: 2, y: 0 }, STRONG);
  assert.deepEqual(alphas(pixels), [0, 200, 100, 0, 0, 200, 0, 0, 0]);
  const outside = sheet(3, 3);
  press(outside, cross(3), { x: -2, y: 9 }, STRONG);
  assert.deepEqual(alphas(outside), Array(9).fill(0));
});
