import assert from 'node:assert/strict';
import { test } from 'node:test';
import { highPass, less, lowPass, reach, reduced, spreadBeyond, startingWindow, step, widened } from '../../static/smooth.js';

/** @param {number} width @param {number} height @param {(x: number, y: number) => number} value */
function plane(width, height, value) {
  const values = Float32Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width)));
  return { width, height, values };
}

const wave = (/** @type {number} */ length) => (/** @type {number} */ x) => Math.cos((2 * Math.PI * x) / length);

/** The largest value of the middle half. @param {import('../../static/smooth.js').Plane} of */
function amplitude({ width, height, values }) {
  let most = 0;
  for (let y = height >> 2; y < height - (height >> 2); y++)
    for (let x = width >> 2; x < width - (width >> 2); x++) most = Math.max(most, Math.abs(values[y * width + x]));
  return most;
}

test('a wave at the length of the low-pass is halved, across and down', () => {
  const across = plane(96, 64, wave(6));
  const down = plane(64, 96, (_, y) => wave(6)(y));
  for (const each of [across, down]) assert.ok(Math.abs(amplitude(lowPass(each, 6)) - 0.5) < 0.03);
});

test('a low-pass keeps what is much coarser and takes what is much finer', () => {
  assert.ok(amplitude(lowPass(plane(96, 40, wave(48)), 4)) > 0.98);
  assert.ok(amplitude(lowPass(plane(96, 40, wave(3)), 7.5)) < 0.03);
});

test('a high-pass takes what is much coarser and keeps what is much finer', () => {
  assert.ok(amplitude(highPass(plane(512, 40, wave(400)), 40)) < 0.03);
  assert.ok(Math.abs(amplitude(highPass(plane(512, 40, wave(5)), 60)) - 1) < 0.03);
});

test('nothing moves: a spot keeps its centre', () => {
  const spot = plane(64, 48, (x, y) => Math.exp(-((x - 30) ** 2 + (y - 21) ** 2) / 18));
  for (const made of [lowPass(spot, 6), highPass(spot, 60)]) {
    const top = made.values.indexOf(Math.max(...made.values));
    assert.deepEqual([top % 64, Math.floor(top / 64)], [30, 21]);
    assert.ok(Math.abs(made.values[21 * 64 + 29] - made.values[21 * 64 + 31]) < 0.01);
  }
});

test('a constant stays under a low-pass and vanishes under a high-pass, up to the edges', () => {
  const flat = plane(33, 21, () => 7);
  assert.ok(lowPass(flat, 5).values.every((value) => Math.abs(value - 7) < 1e-4));
  assert.ok(highPass(flat, 30).values.every((value) => Math.abs(value) < 1e-4));
});

test('blocks are averaged, those at the edge over what is there', () => {
  const made = reduced({ width: 3, height: 3, values: Uint8Array.from([1, 3, 10, 5, 7, 20, 30, 50, 9]) }, 2);
  assert.deepEqual([made.width, made.height, [...made.values]], [2, 2, [4, 15, 40, 9]]);
  assert.deepEqual([...reduced({ width: 2, height: 1, values: Uint8Array.of(4, 5) }, 1).values], [4, 5]);
});

test('as many samples are averaged as leave four for each wavelength', () => {
  assert.deepEqual([1, 7.9, 8, 16, 100].map(step), [1, 1, 2, 4, 16]);
  assert.ok(reach(100) >= 46 && reach(100) <= 48);
});

test('a coarser plane is taken away at the same places', () => {
  const fine = plane(8, 2, (x) => x);
  // Samples of 4: their middles are at 1.5 + 4 i of the fine ones, which begin at 4.
  const coarse = plane(4, 1, (x) => 1.5 + 4 * x);
  const { values } = less(fine, coarse, { scale: 1 / 4, x: 1, y: 0 });
  assert.deepEqual([...values].map((value) => Math.round(value * 1e4) / 1e4), Array(16).fill(-4));
});

test('the first window leaves out what is far away', () => {
  const values = Float32Array.from({ length: 10_001 }, (_, i) => (i - 5000) / 1000);
  const { low, high } = startingWindow(values);
  assert.ok(Math.abs(low + 4.95) < 0.02 && Math.abs(high - 4.95) < 0.02);
  values.fill(1e6, 0, 80);
  assert.ok(startingWindow(values).high < 20);
  const flat = startingWindow(new Float32Array(10).fill(3));
  assert.ok(flat.low < 3 && flat.high > 3);
});

test('the contrast of a part is widened to that of the whole', () => {
  const calm = plane(40, 40, (x, y) => ((x * 7 + y * 13) % 11) * (x < 20 ? 1 : 1.5));
  const ratio = spreadBeyond(calm, { left: 0, top: 0, right: 20, bottom: 40 });
  assert.ok(ratio > 1.1 && ratio <= 1.5, String(ratio));
  assert.equal(spreadBeyond(calm, { left: 0, top: 0, right: 40, bottom: 40 }), 1);
  assert.equal(spreadBeyond(calm, { left: 3, top: 3, right: 9, bottom: 9 }), 1);
  assert.deepEqual(widened({ low: 10, high: 20 }, 1.5), { low: 7.5, high: 22.5 });
});
