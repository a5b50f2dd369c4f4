import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabelLoading } from '../../static/label-loading.js';

const away = () => Object.assign(new Error('no answer'), { status: 0 });

/** Questions that are answered when and as the test says. */
function setUp() {
  /** @type {{micrograph: number, resolve: (answer: string) => void, reject: (error: any) => void}[]} */
  const questions = [];
  const seen = {
    questions,
    /** @type {[number, string][]} */ received: [],
    /** @type {any[]} */ reported: [],
    /** @type {{run: () => void, ms: number}[]} */ timers: [],
  };
  const loading = new LabelLoading({
    ask: (micrograph) => new Promise((resolve, reject) => questions.push({ micrograph, resolve, reject })),
    receive: (micrograph, /** @type {string} */ answer) => seen.received.push([micrograph, answer]),
    report: (error) => seen.reported.push(error),
    later: (run, ms) => seen.timers.push({ run, ms }),
  });
  return { loading, seen };
}
const rest = () => new Promise((done) => setImmediate(done));

test('all who want the same ask once, and another micrograph is another question', async () => {
  const { loading, seen } = setUp();
  const both = [loading.load(1), loading.load(1), loading.load(2)];
  assert.deepEqual(seen.questions.map(({ micrograph }) => micrograph), [1, 2]);
  seen.questions.forEach(({ resolve }) => resolve('labels'));
  await Promise.all(both);
  assert.deepEqual(seen.received, [[1, 'labels'], [2, 'labels']]);
});

test('an answer that a later question has overtaken counts no more', async () => {
  const { loading, seen } = setUp();
  void loading.load(1);
  void loading.anew(1);
  seen.questions[1].resolve('late');
  await rest();
  seen.questions[0].resolve('early');
  await rest();
  assert.deepEqual(seen.received, [[1, 'late']]);
});

test('a failed question is asked anew by the next who wants it', async () => {
  const { loading, seen } = setUp();
  const first = loading.load(1);
  seen.questions[0].reject(away());
  await assert.rejects(first);
  void loading.load(1);
  assert.equal(seen.questions.length, 2);
});

test('what must be known is asked for until an answer comes, ever more slowly, by one timer', async () => {
  const { loading, seen } = setUp();
  void loading.surely(1);
  void loading.surely(1);
  for (let tries = 0; tries < 6; tries++) {
    seen.questions.splice(0).forEach(({ reject }) => reject(away()));
    await rest();
    assert.equal(seen.timers.length, tries + 1);
    seen.timers[tries].run();
  }
  assert.deepEqual(seen.timers.map(({ ms }) => ms), [500, 1000, 2000, 4000, 8000, 8000]);
  seen.questions[0].resolve('labels');
  await rest();
  assert.deepEqual(seen.received, [[1, 'labels']]);
  assert.deepEqual(seen.reported, []);
});

test('a refusal is reported and not asked again', async () => {
  const { loading, seen } = setUp();
  void loading.surely(1);
  const gone = Object.assign(new Error('no such micrograph'), { status: 404 });
  seen.questions[0].reject(gone);
  await rest();
  assert.deepEqual([seen.reported, seen.timers], [[gone], []]);
});
