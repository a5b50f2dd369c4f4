import assert from 'node:assert/strict';
import test from 'node:test';

import { newest } from '../../static/newest.js';

/** A question that is answered when the test says so. */
function question() {
  /** @type {(value: string) => void} */
  let answer = () => {};
  /** @type {Promise<string>} */
  const promise = new Promise((resolve) => (answer = resolve));
  return { ask: () => promise, answer };
}

test('answers in order are given as they are', async () => {
  const inOrder = newest();
  assert.equal(await inOrder(async () => 'first'), 'first');
  assert.equal(await inOrder(async () => 'second'), 'second');
});

test('an early answer that comes late gives way to the later one', async () => {
  const inOrder = newest();
  const [early, late] = [question(), question()];
  const asked = [inOrder(early.ask), inOrder(late.ask)];
  late.answer('new');
  assert.equal(await asked[1], 'new');
  early.answer('old');
  assert.equal(await asked[0], 'new');
});

test('a question that failed leaves the answers before and after it', async () => {
  const inOrder = newest();
  await inOrder(async () => 'kept');
  await assert.rejects(inOrder(() => Promise.reject(new Error('away'))), /away/);
  const [slow, failing] = [question(), () => Promise.reject(new Error('away'))];
  const asked = inOrder(slow.ask);
  await assert.rejects(inOrder(failing), /away/);
  slow.answer('still good');
  assert.equal(await asked, 'still good');
});
