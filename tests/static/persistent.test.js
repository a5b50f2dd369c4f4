import assert from 'node:assert/strict';
import { test } from 'node:test';
import { untilAnswered } from '../../static/persistent.js';

/** A line that fails some times, and notes how long was waited. @param {number} failures @param {number} [status] */
function line(failures, status = 0) {
  /** @type {number[]} */
  const waits = [];
  let asked = 0;
  return {
    waits,
    ask: async () => {
      if (asked++ < failures) throw Object.assign(new Error('failed'), { status });
      return 'answer';
    },
    pause: async (/** @type {number} */ ms) => void waits.push(ms),
  };
}

test('an answer that comes at once is the answer', async () => {
  const { ask, pause, waits } = line(0);
  assert.equal(await untilAnswered(ask, () => true, pause), 'answer');
  assert.deepEqual(waits, []);
});

test('a line without answers is tried ever more slowly, up to a limit', async () => {
  const { ask, pause, waits } = line(6);
  assert.equal(await untilAnswered(ask, () => true, pause), 'answer');
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 8000]);
});

test('what the server refuses is not asked again', async () => {
  const { ask, pause, waits } = line(1, 404);
  await assert.rejects(untilAnswered(ask, () => true, pause), { status: 404 });
  assert.deepEqual(waits, []);
});

test('nobody asks for what is not wanted any more', async () => {
  const { ask, pause, waits } = line(9);
  assert.equal(await untilAnswered(ask, () => waits.length < 2, pause), undefined);
  assert.deepEqual(waits, [500, 1000]);
});
