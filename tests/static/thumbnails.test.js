import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Thumbnails } from '../../static/thumbnails.js';

const settled = () => new Promise((done) => setImmediate(done));

/** Thumbnails whose answers the test gives. */
function setUp() {
  /** @type {Map<string, {give: (picture: any) => void, fail: (error: any) => void, signal: AbortSignal}>} */
  const asked = new Map();
  /** @type {string[]} */
  const order = [];
  const thumbnails = new Thumbnails((url, signal) => {
    order.push(url);
    return new Promise((give, fail) => {
      signal.addEventListener('abort', () => fail(new DOMException('given up', 'AbortError')));
      asked.set(url, { give, fail, signal });
    });
  });
  /** @type {string[]} */
  const shown = [];
  const wish = (/** @type {string} */ url) => ({ url, show: (/** @type {any} */ picture) => shown.push(`${url}=${picture.id}`) });
  const want = (/** @type {string[]} */ ...urls) => thumbnails.want(urls.map(wish));
  const answer = async (/** @type {string} */ url, /** @type {any} */ picture = { id: 1 }) => {
    asked.get(url)?.give(picture);
    await settled();
  };
  return { asked, order, shown, want, answer, thumbnails };
}

test('two are asked for at once, in the order of need', async () => {
  const { order, shown, want, answer } = setUp();
  want('a', 'b', 'c');
  assert.deepEqual(order, ['a', 'b']);
  await answer('b');
  assert.deepEqual([order, shown], [['a', 'b', 'c'], ['b=1']]);
});

test('what is not wanted any more is given up, and makes room', async () => {
  const { asked, order, shown, want, answer } = setUp();
  want('a', 'b', 'c');
  want('c', 'd');
  assert.deepEqual([asked.get('a')?.signal.aborted, asked.get('b')?.signal.aborted], [true, true]);
  assert.deepEqual(order, ['a', 'b', 'c', 'd']);
  await settled();
  await answer('c');
  assert.deepEqual(shown, ['c=1']);
});

test('one that is on its way and still wanted is not asked for twice', async () => {
  const { order, shown, want, answer } = setUp();
  want('a');
  want('b', 'a');
  assert.deepEqual(order, ['a', 'b']);
  await answer('a');
  assert.deepEqual(shown, ['a=1']);
});

test('one that was given up is asked for anew when it is wanted again', async () => {
  const { order, shown, want, answer } = setUp();
  want('a');
  want();
  want('a');
  await settled();
  await answer('a', { id: 2 });
  assert.deepEqual([order, shown], [['a', 'a'], ['a=2']]);
});

test('one that has come is shown at once the next time', async () => {
  const { order, shown, want, answer } = setUp();
  want('a');
  await answer('a');
  want();
  want('a');
  assert.deepEqual([order, shown], [['a'], ['a=1', 'a=1']]);
});

test('what can never come is not asked for again, what failed by chance is', async () => {
  const { asked, order, want } = setUp();
  want('a', 'b');
  asked.get('a')?.fail(Object.assign(new Error(), { permanent: true }));
  asked.get('b')?.fail(new Error());
  await settled();
  want('a', 'b');
  assert.deepEqual(order, ['a', 'b', 'b']);
});

test('the oldest of many are let go', async () => {
  const { thumbnails } = setUp();
  let closed = 0;
  for (let i = 0; i < 310; i++) thumbnails.keep(`${i}`, { close: () => (closed += 1) });
  assert.equal(closed, 10);
  assert.equal(thumbnails.kept.has('9'), false);
  assert.equal(thumbnails.kept.has('10'), true);
});
