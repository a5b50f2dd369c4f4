import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addAround, addMark, fromLine, lineOf, markFromStored, nextMark } from '../../static/marks.js';

/** What was drawn, in words. @returns {any} */
function recorder() {
  /** @type {string[]} */
  const calls = [];
  return {
    calls,
    moveTo: () => {},
    arc: (/** @type {number[]} */ ...[x, y, radius]) => calls.push(`circle ${x} ${y} ${radius}`),
    rect: (/** @type {number[]} */ ...box) => calls.push(`box ${box.join(' ')}`),
  };
}

test('a key goes round all marks and comes back', () => {
  assert.deepEqual([nextMark('circle'), nextMark('box'), nextMark('dot')], ['box', 'dot', 'circle']);
});

test('what is no mark is a circle', () => {
  assert.deepEqual(['dot', 'star', undefined, 3].map(markFromStored), ['dot', 'circle', 'circle', 'circle']);
});

test('circles and boxes are as wide as the particle, dots as wide as ever', () => {
  const path = recorder();
  addMark(path, 'circle', 10, 20, 5);
  addMark(path, 'box', 10, 20, 5);
  addMark(path, 'dot', 10, 20, 5);
  addAround(path, 'dot', 10, 20, 5);
  assert.deepEqual(path.calls, ['circle 10 20 5', 'box 5 15 10 10', 'circle 10 20 1.6', 'circle 10 20 6']);
  assert.deepEqual([lineOf('circle', 1.5), lineOf('dot', 1.5)], [1.5, 3]);
});

test('the line of a box is where its sides are, a dot has none to grip', () => {
  assert.equal(fromLine('circle', 3, 4, 5), 0);
  assert.equal(fromLine('box', 5, 2, 5), 0);
  assert.equal(fromLine('box', 3, -4, 5), 1);
  assert.equal(fromLine('dot', 0, 0, 5), Infinity);
});
