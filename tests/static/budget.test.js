import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget } from '../../static/budget.js';

/** @param {Record<number, number>} held */
function holding(held) {
  const budget = new Budget(100);
  Object.entries(held).forEach(([id, picks]) => budget.hold(Number(id), picks));
  return budget;
}

test('while there is room everything is fetched', () => {
  assert.equal(holding({ 1: 60 }).admits(999, 1), true);
});

test('when it is full only what is nearer than something held is fetched', () => {
  const budget = holding({ 1: 60, 5: 60 });
  assert.deepEqual([budget.admits(4, 1), budget.admits(5, 1), budget.admits(9, 1)], [true, false, false]);
});

test('the farthest go while the rest is as many as there may be, and the nearest stays whatever its size', () => {
  assert.deepEqual(holding({ 1: 40, 5: 40, 9: 40, 12: 40 }).surplus(5), [12]);
  assert.deepEqual(holding({ 1: 90, 5: 20 }).surplus(1), []);
  assert.deepEqual(holding({ 1: 500 }).surplus(1), []);
  assert.deepEqual(holding({ 1: 500, 2: 1 }).surplus(1), [2]);
  assert.deepEqual(holding({ 1: 50, 2: 50 }).surplus(1), []);
});

test('holding anew replaces, and what is dropped no longer counts', () => {
  const budget = holding({ 1: 40, 2: 70 });
  budget.hold(2, 10);
  assert.equal(budget.total, 50);
  budget.drop(1);
  budget.drop(7);
  assert.deepEqual([budget.total, [...budget.held.keys()]], [10, [2]]);
});
