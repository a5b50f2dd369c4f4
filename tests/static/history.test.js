import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY, extend, record, redo, undo } from '../../static/history.js';

/** @returns {any} */
const step = (/** @type {string} */ name) => ({ forward: [{ op_id: name }], backward: [{ op_id: `undo ${name}` }] });

test('nothing can be undone or redone at first', () => {
  assert.equal(undo(EMPTY), null);
  assert.equal(redo(EMPTY), null);
});

test('steps come back in reverse order and go forward again', () => {
  const history = record(record(EMPTY, step('a')), step('b'));
  const first = undo(history);
  const second = undo(/** @type {any} */ (first).history);
  assert.deepEqual([first?.step, second?.step], [step('b'), step('a')]);
  assert.deepEqual(redo(/** @type {any} */ (second).history)?.step, step('a'));
});

test('a new step after an undo forgets what could be redone', () => {
  const undone = /** @type {any} */ (undo(record(EMPTY, step('a')))).history;
  assert.deepEqual(record(undone, step('b')), { undo: [step('b')], redo: [] });
});

test('a step without operations is none', () => {
  assert.equal(record(EMPTY, { forward: [], backward: [] }), EMPTY);
});

test('a step that goes on ends where the newest part ends and begins where it began', () => {
  const history = extend(record(record(EMPTY, step('a')), step('b')), step('more of b'));
  assert.equal(history.undo.length, 2);
  assert.deepEqual(undo(history)?.step, { forward: step('more of b').forward, backward: step('b').backward });
});

test('the depth is bounded and the newest stay', () => {
  let history = EMPTY;
  for (let i = 0; i < 1500; i++) history = record(history, step(String(i)));
  assert.equal(history.undo.length, 1000);
  assert.deepEqual(history.undo.at(-1), step('1499'));
});
