import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fold, isPaused, newRun, part, place } from '../../static/job.js';

/** @type {any} */
const JOB = { id: 'j', kind: 'train', state: 'running', phase: 'starting', error: null };
const EVENTS = [
  { seq: 1, event: 'started', pid: 7, labels: 60 },
  { seq: 2, event: 'preparing', done: 1, total: 4 },
  { seq: 3, event: 'step', step: 10, steps: 100, loss: 0.9, ge_penalty: 0.2, seconds_left: 9, steps_per_second: 10 },
  { seq: 4, event: 'picks', micrograph: 1, count: 5, final: false, step: 10 },
  { seq: 5, event: 'step', step: 20, steps: 100, loss: 0.5, ge_penalty: 0.1, seconds_left: 8, steps_per_second: 10 },
  { seq: 6, event: 'model', steps: 100, seconds: 10 },
  { seq: 7, event: 'picks', micrograph: 1, count: 7, final: true, step: 100, done: 1, total: 4, seconds_left: 3 },
  { seq: 8, event: 'skipped', micrograph: 2, error: { code: 'bad_micrograph' } },
  { seq: 9, event: 'finished', outcome: 'done', error: null, seconds: 14 },
];
const after = (/** @type {number} */ count) => EVENTS.slice(0, count).reduce(fold, newRun(JOB));

test('the phases follow the events', () => {
  const phases = EVENTS.map((_, i) => after(i + 1).phase);
  assert.deepEqual(phases, [
    'preparing',
    'preparing',
    'training',
    'training',
    'training',
    'picking',
    'picking',
    'picking',
    'finished',
  ]);
});

test('the curve holds every step once', () => {
  const run = after(5);
  assert.deepEqual(run.curve, { step: [10, 20], loss: [0.9, 0.5], penalty: [0.2, 0.1] });
  assert.deepEqual(fold(run, EVENTS[4]).curve.step, [10, 20]);
});

test('the same event twice changes nothing', () => {
  const run = after(5);
  assert.equal(fold(run, EVENTS[2]), run);
});

test('events are next, old or beyond a gap', () => {
  const run = after(3);
  assert.deepEqual(
    [2, 3, 4, 5].map((seq) => place(run, { seq, event: 'step' })),
    ['old', 'old', 'next', 'gap'],
  );
});

test('live picks do not end the training phase', () => {
  assert.equal(after(4).picking, null);
});

test('the end says how it ended', () => {
  const error = { code: 'out_of_memory', found: 'x' };
  const failed = fold(after(5), { seq: 6, event: 'finished', outcome: 'failed', error });
  assert.deepEqual([failed.state, failed.phase, failed.error, failed.seconds], ['failed', 'finished', error, null]);
  assert.deepEqual([after(9).state, after(9).seconds], ['done', 14]);
});

test('an event that this page does not know is passed over', () => {
  assert.equal(fold(after(1), { seq: 2, event: 'confetti' }).seq, 2);
});

test('progress is that of the phase', () => {
  assert.deepEqual(
    [0, 2, 3, 7, 9].map((count) => part(after(count))),
    [0, 0.25, 0.1, 0.25, 1],
  );
});

const HELD_OUT = [
  { seq: 4, event: 'held_out', step: 10, average_precision: 0.5, best: true, best_step: 10 },
  { seq: 5, event: 'held_out', step: 20, average_precision: 0.7, best: true, best_step: 20 },
  { seq: 6, event: 'held_out', step: 30, average_precision: null, best: false, best_step: 20 },
];
const checked = () => HELD_OUT.reduce(fold, after(3));

test('held-out checks make a curve; the last and the best are known', () => {
  const run = checked();
  assert.deepEqual(run.heldOut, { step: [10, 20, 30], average: [0.5, 0.7, null] });
  assert.deepEqual([run.last?.step, run.best?.step, run.phase], [30, 20, 'training']);
});

test('the kept state is the best, with what is said of it at the end', () => {
  const facts = { average_precision: 0.72, micrographs: 1 };
  assert.equal(fold(checked(), { seq: 7, event: 'model', held_out: facts }).best, facts);
  assert.equal(fold(checked(), { seq: 7, event: 'model', held_out: null }).best?.step, 20);
});

test('a pause is a phase of its own and keeps the progress', () => {
  const paused = fold(after(3), { seq: 4, event: 'paused', step: 10 });
  assert.deepEqual([paused.phase, isPaused(paused), part(paused)], ['paused', true, 0.1]);
  const on = fold(paused, { seq: 5, event: 'resumed', step: 10 });
  assert.deepEqual([on.phase, isPaused(on)], ['training', false]);
  const picking = fold(after(7), { seq: 8, event: 'paused', step: 100 });
  assert.deepEqual([part(picking), fold(picking, { seq: 9, event: 'resumed', step: 100 }).phase], [0.25, 'picking']);
  const cancelled = fold(paused, { seq: 5, event: 'finished', outcome: 'cancelled', error: null });
  assert.equal(isPaused(cancelled), false);
});
