import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEUTRAL, density, fromStored, greyWindow, lookupTable, paint, withHandle } from '../../static/contrast.js';

/** @type {any} */
const LAYER = { low: -1, high: 3, auto_low: 40, auto_high: 200 };

test('the neutral contrast is the automatic window', () => {
  assert.deepEqual(greyWindow(NEUTRAL, LAYER), { low: 40, high: 200 });
});

test('a table goes from black at low to white at high', () => {
  const table = lookupTable({ low: 40, high: 200 }, 1, false);
  assert.deepEqual([table[0], table[40], table[120], table[200], table[255]], [0, 0, 128, 255, 255]);
});

test('inversion mirrors it, gamma above 1 brightens', () => {
  const inverted = lookupTable({ low: 0, high: 255 }, 1, true);
  assert.deepEqual([inverted[0], inverted[255]], [255, 0]);
  assert.ok(lookupTable({ low: 0, high: 255 }, 2, false)[64] > 64);
});

test('a handle goes where it is dragged and never past the other', () => {
  assert.deepEqual(greyWindow(withHandle(NEUTRAL, LAYER, 'low', 100), LAYER), { low: 100, high: 200 });
  assert.deepEqual(greyWindow(withHandle(NEUTRAL, LAYER, 'low', 999), LAYER), { low: 198, high: 200 });
  assert.deepEqual(greyWindow(withHandle(NEUTRAL, LAYER, 'high', -50), LAYER), { low: 40, high: 42 });
  assert.equal(greyWindow(withHandle(NEUTRAL, LAYER, 'high', 999), LAYER).high, 255);
});

test('a flat micrograph has a window all the same', () => {
  const flat = /** @type {any} */ ({ auto_low: 7, auto_high: 7 });
  const { low, high } = greyWindow(NEUTRAL, flat);
  assert.ok(high > low);
});

test('grey values are densities', () => {
  assert.deepEqual([density(LAYER, 0), density(LAYER, 255)], [-1, 3]);
});

test('pixels are painted grey and opaque, the outermost once more as a rim', () => {
  const rgba = new Uint32Array(4 * 3);
  paint({ width: 2, height: 1, grey: Uint8Array.of(0, 255) }, lookupTable({ low: 0, high: 255 }, 1, true), rgba);
  const row = [0xffffffff, 0xffffffff, 0xff000000, 0xff000000];
  assert.deepEqual([...rgba], [...row, ...row, ...row]);
});

test('every pixel of a row of any length is painted', () => {
  const table = Uint8ClampedArray.from({ length: 256 }, (_, grey) => 255 - grey);
  for (const width of [3, 4, 6, 9]) {
    const grey = Uint8Array.from({ length: 2 * width }, (_, i) => i);
    const rgba = new Uint32Array((width + 2) * 4);
    paint({ width, height: 2, grey }, table, rgba);
    const rows = [0, 1].map((y) => [...rgba.slice((y + 1) * (width + 2) + 1).slice(0, width)].map((pixel) => pixel & 255));
    assert.deepEqual(rows.flat(), [...grey].map((value) => 255 - value));
  }
});

for (const stored of [
  undefined,
  null,
  3,
  {},
  { low: 0 },
  { low: 1, high: 0, gamma: 1 },
  { low: 0, high: 1, gamma: 0 },
  { low: '0', high: 1, gamma: 1 },
  { low: NaN, high: 1, gamma: 1 },
]) {
  test(`stored contrast ${JSON.stringify(stored)} is replaced`, () => assert.deepEqual(fromStored(stored), NEUTRAL));
}

test('a usable stored contrast is kept', () => {
  const contrast = { low: 0.1, high: 0.8, gamma: 1.5, invert: true };
  assert.deepEqual(fromStored(contrast), contrast);
});
