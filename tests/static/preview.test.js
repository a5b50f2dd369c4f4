import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gathered, regionOf } from '../../static/preview.js';

const RAW = { width: 40, height: 24, levels: 3, scale_x: 1, scale_y: 1, origin_x: -0.5, origin_y: -0.5 };
const ALL = { left: -0.5, top: -0.5, right: 39.5, bottom: 23.5 };

test('a region holds what is seen and what the filter looks at beside it, from whole blocks on', () => {
  const seen = { left: 15.5, top: 7.5, right: 19.5, bottom: 11.5 };
  assert.deepEqual(regionOf(RAW, 0, seen, { low: 8, high: null }), { z: 0, by: 2, left: 10, top: 2, right: 26, bottom: 18 });
  assert.deepEqual(regionOf(RAW, 1, seen, { low: null, high: 40 }), { z: 1, by: 1, left: 7, top: 3, right: 11, bottom: 7 });
  assert.deepEqual(regionOf(RAW, 0, ALL, { low: 8, high: 12 }), { z: 0, by: 2, left: 0, top: 0, right: 40, bottom: 24 });
});

test('a large screen is previewed coarsely rather than late', () => {
  const raw = { ...RAW, width: 4096, height: 4096 };
  const region = regionOf(raw, 0, { left: -0.5, top: -0.5, right: 1999.5, bottom: 1599.5 }, { low: null, high: 400 });
  assert.equal(region.by, 4);
});

test('greys of several tiles come together in place, and a missing one is taken from the coarsest level', () => {
  const size = 16;
  const tileAt = ({ z, x, y }) => {
    if (z !== 0 || (x === 1 && y === 1)) return undefined;
    const [width, height] = [Math.min(size, 40 - x * size), Math.min(size, 24 - y * size)];
    const grey = Uint8Array.from({ length: width * height }, (_, i) => x * size + (i % width) + 2 * (y * size + Math.floor(i / width)));
    return { width, height, grey };
  };
  const coarsest = { width: 10, height: 6, grey: Uint8Array.from({ length: 60 }, (_, i) => 100 + i) };
  const { width, height, values } = gathered({ z: 0, left: 10, top: 12, right: 36, bottom: 20 }, size, tileAt, coarsest, 2);
  assert.deepEqual([width, height], [26, 8]);
  for (let y = 12; y < 20; y++)
    for (let x = 10; x < 36; x++) {
      const missing = x >= 16 && x < 32 && y >= 16;
      const wanted = missing ? 100 + (y >> 2) * 10 + (x >> 2) : x + 2 * y;
      assert.equal(values[(y - 12) * 26 + (x - 10)], wanted, `${x}, ${y}`);
    }
});
