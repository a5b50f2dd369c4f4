import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox, memoryStorage } from '../../static/outbox.js';

/** @typedef {import('../../static/types.js').Operation} Operation */

/** @returns {any} */
const operation = (/** @type {string} */ id) => ({ op_id: id, kind: 'add', pick_id: `pick ${id}`, x: 1, y: 2 });
const unavailable = () => Object.assign(new Error('gone'), { status: 0, permanent: false });
const refused = () => Object.assign(new Error('not as it should be'), { status: 400, permanent: true });
const forbidden = () => Object.assign(new Error('no right'), { status: 403, permanent: false });
const notFound = () => Object.assign(new Error('no such micrograph'), { status: 404, permanent: true });
const tooLarge = () => Object.assign(new Error('too large'), { status: 413, permanent: false });

/** An outbox with a server that does as told. @param {{storage?: any, answers?: (() => any)[]}} [options] */
function setUp({ storage = memoryStorage(), answers = [] } = {}) {
  const seen = {
    /** @type {any[]} */ sent: [],
    /** @type {any[]} */ acknowledged: [],
    /** @type {any[]} */ lost: [],
    /** @type {(() => void)[]} */ timers: [],
    /** @type {number[]} */ waits: [],
  };
  const box = new Outbox({
    storage,
    send: async (micrograph, operations) => {
      seen.sent.push([micrograph, operations.map((one) => one.op_id)]);
      const fault = answers.shift()?.();
      if (fault) throw fault;
      return { revision: seen.sent.length, applied: operations.map((one) => one.op_id), refused: [] };
    },
    onChange: () => {},
    onAnswer: (micrograph, operations) => seen.acknowledged.push(...operations.map((one) => one.op_id)),
    onLost: (micrograph, operations) => seen.lost.push(...operations.map((one) => one.op_id)),
    later: (run, ms) => (seen.timers.push(run), seen.waits.push(ms)),
  });
  return { box, seen, storage };
}

test('nothing to send is saved', async () => {
  const { box, seen } = setUp();
  await box.load();
  assert.equal(box.status, 'saved');
  assert.deepEqual(seen.sent, []);
});

test('an operation is saving until it is acknowledged, then it is nowhere', async () => {
  const { box, seen, storage } = setUp();
  await box.load();
  box.push(1, [operation('a')]);
  assert.equal(box.status, 'saving');
  await box.flush();
  assert.equal(box.status, 'saved');
  assert.deepEqual(seen.acknowledged, ['a']);
  assert.deepEqual(await storage.all(), []);
});

test('what comes while a batch is on its way goes with the next one', async () => {
  const { box, seen } = setUp();
  box.push(1, [operation('a')]);
  box.push(1, [operation('b')]);
  box.push(1, [operation('c')]);
  await box.flush();
  assert.deepEqual(seen.sent, [
    [1, ['a']],
    [1, ['b', 'c']],
  ]);
});

test('a batch holds one micrograph, and each keeps its order', async () => {
  const { box, seen } = setUp();
  box.push(1, [operation('first')]);
  box.push(2, [operation('x')]);
  box.push(1, [operation('a')]);
  box.push(2, [operation('y')]);
  await box.flush();
  assert.deepEqual(seen.sent, [
    [1, ['first']],
    [2, ['x', 'y']],
    [1, ['a']],
  ]);
});

test('at most 500 operations go at once', async () => {
  const { box, seen } = setUp();
  box.push(
    1,
    Array.from({ length: 1201 }, (_, i) => operation(String(i))),
  );
  await box.flush();
  assert.deepEqual(
    seen.sent.map(([, ids]) => ids.length),
    [500, 500, 201],
  );
});

test('while the server is away everything waits, in order, and is sent when it is back', async () => {
  const { box, seen } = setUp({ answers: [unavailable] });
  box.push(1, [operation('a')]);
  await box.flush();
  assert.equal(box.status, 'offline');
  assert.deepEqual(
    box.pending(1).map((one) => one.op_id),
    ['a'],
  );
  seen.timers[0]();
  await box.flush();
  assert.equal(box.status, 'saved');
  assert.deepEqual(seen.acknowledged, ['a']);
});

test('waiting grows and is bounded, with one timer at a time', async () => {
  const { box, seen } = setUp({ answers: Array.from({ length: 9 }, () => unavailable) });
  box.push(1, [operation('a')]);
  await box.flush();
  await box.flush();
  assert.equal(seen.timers.length, 1, 'a try in between starts no second timer');
  for (let i = 0; i < 7; i++) {
    seen.timers[i]();
    await box.flush();
  }
  assert.deepEqual(seen.waits.slice(0, 3), [400, 1600, 3200]);
  assert.equal(seen.waits.at(-1), 10000);
});

test('a batch that can never be applied does not hold up the others', async () => {
  const { box, seen } = setUp({ answers: [refused] });
  box.push(1, [operation('bad')]);
  box.push(2, [operation('good')]);
  await box.flush();
  assert.deepEqual([seen.lost, seen.acknowledged, box.status], [['bad'], ['good'], 'saved']);
});

test('where the right to change anything is lost all is kept, nothing is tried again by itself, and later all goes', async () => {
  const { box, seen, storage } = setUp({ answers: [forbidden] });
  box.push(1, [operation('a')]);
  await box.flush();
  box.push(2, [operation('b')]);
  await box.flush();
  assert.deepEqual([box.status, box.size, box.refusal.status], ['refused', 2, 403]);
  assert.deepEqual([seen.sent.length, seen.timers.length, seen.lost.length], [1, 0, 0]);
  assert.equal((await storage.all()).length, 2);
  await box.tryAgain();
  assert.deepEqual([box.status, seen.acknowledged, box.refusal], ['saved', ['a', 'b'], null]);
});

test('what is of no micrograph is set aside and kept, and the others go on', async () => {
  const { box, seen } = setUp({ answers: [notFound] });
  box.push(1, [operation('lost')]);
  box.push(2, [operation('good')]);
  await box.flush();
  assert.deepEqual([seen.acknowledged, box.status, box.size, seen.lost], [['good'], 'refused', 1, []]);
  box.push(1, [operation('more')]);
  await box.flush();
  assert.deepEqual([seen.sent.length, box.size, seen.timers.length], [2, 2, 0]);
  await box.tryAgain();
  assert.deepEqual([seen.acknowledged, box.status], [['good', 'lost', 'more'], 'saved']);
});

test('what is set aside may be given up, and nothing else goes with it', async () => {
  const { box, storage } = setUp({ answers: [notFound, unavailable] });
  box.push(1, [operation('lost')]);
  box.push(2, [operation('waits')]);
  await box.flush();
  assert.deepEqual(box.discard(), [1]);
  assert.deepEqual(
    (await storage.all()).map(({ op_id: id }) => id),
    ['waits'],
  );
  assert.deepEqual([box.status, box.refusal], ['offline', null]);
});

test('a batch that is too large is halved', async () => {
  const { box, seen } = setUp({ answers: [tooLarge] });
  box.push(
    1,
    Array.from({ length: 400 }, (_, i) => operation(String(i))),
  );
  await box.flush();
  seen.timers[0]();
  await box.flush();
  assert.deepEqual(
    seen.sent.map(([, ids]) => ids.length),
    [400, 250, 150],
  );
});

test('what a closed page left behind is sent once by the next', async () => {
  const storage = memoryStorage();
  const closed = setUp({ storage, answers: [unavailable] });
  closed.box.push(1, [operation('a'), operation('b')]);
  await closed.box.flush();
  const opened = setUp({ storage });
  await opened.box.load();
  assert.deepEqual(opened.seen.sent, [[1, ['a', 'b']]]);
  assert.deepEqual(await storage.all(), []);
});

test('a storage that fails is left for memory and nothing is lost', async () => {
  const broken = {
    persistent: true,
    all: async () => [],
    add: async () => {
      throw new Error('quota');
    },
    remove: async () => {},
  };
  const { box, seen } = setUp({ storage: broken });
  box.push(1, [operation('a')]);
  await box.flush();
  assert.equal(box.storage.persistent, false);
  assert.deepEqual(seen.acknowledged, ['a']);
});

test('the order holds even when the clock stands still', async () => {
  const { box } = setUp({ answers: [unavailable] });
  box.push(1, [operation('a'), operation('b'), operation('c')]);
  const orders = box.entries.map(({ order }) => order);
  assert.deepEqual(
    orders,
    [...new Set(orders)].sort((a, b) => a - b),
  );
  await box.flush();
});
