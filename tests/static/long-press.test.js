import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { LONG_MS, LongPress, QUIET_MS } from '../../static/long-press.js';

/** @param {boolean} still */
function resting(still) {
  mock.timers.enable({ apis: ['setTimeout'] });
  /** @type {any} */ (globalThis).requestAnimationFrame = () => 1;
  /** @type {any} */ (globalThis).cancelAnimationFrame = () => undefined;
  /** @type {(number | string)[]} */
  const told = [];
  const press = new LongPress(() => still);
  press.begin((share) => told.push(share), () => told.push('done'));
  return { press, told };
}

test('a finger that rests is quiet, then announced, then a long press once', () => {
  const { told } = resting(true);
  mock.timers.tick(QUIET_MS - 1);
  assert.deepEqual(told, []);
  mock.timers.tick(1);
  assert.deepEqual(told, [1]);
  mock.timers.tick(LONG_MS - QUIET_MS - 1);
  assert.deepEqual(told, [1]);
  mock.timers.tick(1);
  assert.deepEqual(told, [1, 'done']);
  mock.timers.tick(10 * LONG_MS);
  assert.deepEqual(told, [1, 'done']);
  mock.timers.reset();
});

test('a finger that goes or moves is no long press, before it is announced or after', () => {
  for (const ms of [QUIET_MS / 2, (QUIET_MS + LONG_MS) / 2]) {
    const { press, told } = resting(false);
    mock.timers.tick(ms);
    press.cancel();
    mock.timers.tick(10 * LONG_MS);
    assert.ok(!told.includes('done'));
    mock.timers.reset();
  }
});

test('where motion is wanted the announcement begins small', () => {
  const { told } = resting(false);
  mock.timers.tick(QUIET_MS);
  assert.ok(Number(told[0]) > 0 && Number(told[0]) < 0.5);
  mock.timers.reset();
});
