import assert from 'node:assert/strict';
import { test } from 'node:test';
import { averagePrecision, bestLine, boundNote, precisionAndRecall, unmeasured } from '../../static/heldout.js';

const FACTS = {
  step: 40,
  micrographs: 2,
  labels: 24,
  average_precision: 0.8449,
  precision: 0.83,
  recall: 0.905,
  threshold: 0,
  lower_bound: true,
  best: true,
  best_step: 32,
};
const EXACT = { ...FACTS, lower_bound: false };
const plain = (/** @type {string} */ text) => text.replaceAll('\u00a0', ' ');

test('what is only a lower bound says so, recall never is one', () => {
  assert.equal(plain(averagePrecision(FACTS)), '≥ 0.84');
  assert.equal(averagePrecision(EXACT), '0.84');
  assert.equal(
    plain(precisionAndRecall(FACTS)),
    'precision ≥ 0.83 · recall 0.91 at 0.0, on 2 micrographs with 24 labels',
  );
  assert.match(precisionAndRecall({ ...EXACT, micrographs: 1, labels: 1 }), /precision 0.83 .* 1 micrograph with 1 label$/);
});

test('figures that there are none of are dashes', () => {
  assert.match(precisionAndRecall({ ...FACTS, precision: null, recall: null }), /^precision – · recall – at 0.0/);
  assert.equal(averagePrecision({ ...EXACT, average_precision: null }), '–');
});

test('a bound says what would make it exact', () => {
  assert.match(boundNote(FACTS), /once those micrographs are marked/);
  assert.match(boundNote({ ...FACTS, micrographs: 1 }), /once that micrograph is marked/);
  assert.equal(boundNote(EXACT), '');
});

test('the best names its step', () => {
  assert.equal(plain(bestLine(FACTS)), 'best ≥ 0.84 at 32');
  assert.match(bestLine({ ...EXACT, best_step: undefined }), /at 40$/);
});

/** @param {object} changes @returns {any} */
const run = (changes) => ({ phase: 'training', settings: {}, started: { micrographs: 3 }, ...changes });

test('one labeled micrograph, or none set aside, asks for one more', () => {
  for (const started of [{ micrographs: 1 }, { micrographs: 3, held_out: [] }])
    assert.match(unmeasured(run({ started })), /label one more/);
});

test('what may still come is waited for, until it cannot come any more', () => {
  for (const started of [null, { micrographs: 2 }, { micrographs: 3, held_out: [2] }])
    assert.equal(unmeasured(run({ started })), '');
  assert.match(unmeasured(run({ phase: 'finished' })), /label one more/);
});

test('who switched it off is not told to label', () => {
  assert.match(unmeasured(run({ settings: { held_out: 'none' } })), /switched off/);
});
