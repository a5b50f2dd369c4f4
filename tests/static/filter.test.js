import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  OFF,
  STEPS,
  USUAL,
  filterFromName,
  filterName,
  filterText,
  fromStored,
  isOff,
  lengthAt,
  lengthTyped,
  limits,
  limitsText,
  stepOf,
  usable,
  withSide,
} from '../../static/filter.js';

const BOTH = { low_pass: 20, high_pass: 400 };

test('a slider is off at its left end and filters more and more to the right', () => {
  for (const side of ['low_pass', 'high_pass']) {
    assert.equal(lengthAt(side, 0), null);
    assert.equal(stepOf(side, null), 0);
    for (let step = 1; step <= STEPS; step++) assert.ok(Math.abs(stepOf(side, lengthAt(side, step)) - step) <= 1);
  }
  assert.deepEqual([lengthAt('low_pass', 1), lengthAt('low_pass', STEPS)], [4, 200]);
  assert.deepEqual([lengthAt('high_pass', 1), lengthAt('high_pass', STEPS)], [2000, 50]);
  assert.deepEqual([stepOf('low_pass', 1), stepOf('low_pass', 5000)], [1, STEPS]);
});

test('the low-pass stays finer than the high-pass and coarser than 2 px', () => {
  assert.deepEqual(withSide(BOTH, 'low_pass', 500, 2), { low_pass: 363.6, high_pass: 400 });
  assert.deepEqual(withSide(BOTH, 'low_pass', 1, 2), { low_pass: 4, high_pass: 400 });
  assert.deepEqual(withSide(BOTH, 'high_pass', 10, 2), { low_pass: 20, high_pass: 22 });
  assert.deepEqual(withSide(BOTH, 'high_pass', null, 2), { low_pass: 20, high_pass: null });
  assert.deepEqual(limits(USUAL, 'low_pass', 1.06), { from: 2.2, to: 100_000 });
});

test('what was typed is taken when it can be, and nothing is off', () => {
  const range = limits(BOTH, 'low_pass', 2);
  assert.equal(lengthTyped('25', range), 25);
  assert.equal(lengthTyped('25.04', range), 25);
  assert.equal(lengthTyped(' ', range), null);
  for (const text of ['3', '400', '-5', 'x', 'NaN', 'Infinity']) assert.equal(lengthTyped(text, range), undefined, text);
  assert.equal(limitsText('low_pass', range), 'A low-pass here is 4 to 363.6 Å; empty is off.');
});

test('without a pixel size, or finer than two pixels, nothing is filtered', () => {
  assert.ok(isOff(usable(BOTH, null)));
  assert.deepEqual(usable(BOTH, 11), { low_pass: null, high_pass: 400 });
  assert.deepEqual(usable(BOTH, 10), BOTH);
  assert.ok(isOff(OFF) && !isOff(USUAL));
});

test('its name is what the server and the address call it, its text says what it does', () => {
  assert.deepEqual([BOTH, USUAL, OFF].map(filterName), ['20-400', '20-off', 'off-off']);
  assert.deepEqual([BOTH, USUAL, OFF].map(filterText), ['20–400 Å', 'low-pass 20 Å', 'filtered']);
  assert.equal(filterText({ low_pass: null, high_pass: 300.5 }), 'high-pass 300.5 Å');
  for (const filter of [BOTH, USUAL, { low_pass: null, high_pass: 300.5 }])
    assert.deepEqual(filterFromName(filterName(filter)), filter);
});

test('what anybody may have written is read with care', () => {
  assert.deepEqual(fromStored(BOTH), BOTH);
  assert.deepEqual(fromStored({ low_pass: 20 }), USUAL);
  for (const bad of [null, undefined, { low_pass: 'x' }, { low_pass: -1 }, { low_pass: 40, high_pass: 20 }, { high_pass: NaN }])
    assert.equal(fromStored(bad), null);
  for (const bad of [null, '', '20', '20-', '40-20', '0-0', '1e3-off', '<b>-off']) assert.equal(filterFromName(bad), null);
});
