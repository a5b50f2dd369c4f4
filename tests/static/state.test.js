import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStore } from '../../static/state.js';

/** A store whose frames are drawn by hand. */
function setUp() {
  /** @type {(() => void)[]} */
  const frames = [];
  const store = createStore({ a: 1, b: 2, map: new Map() }, (flush) => frames.push(flush));
  return { store, frames, frame: () => frames.shift()?.() };
}

test('many changes are one frame', () => {
  const { store, frames, frame } = setUp();
  let drawn = 0;
  store.subscribe(['a', 'b'], () => (drawn += 1));
  store.set({ a: 2 });
  store.set({ a: 3, b: 4 });
  assert.equal(frames.length, 1);
  frame();
  assert.equal(drawn, 1);
  assert.deepEqual([store.state.a, store.state.b], [3, 4]);
});

test('only who depends on a change is told', () => {
  const { store, frame } = setUp();
  /** @type {string[]} */
  const told = [];
  store.subscribe(['a'], () => told.push('a'));
  store.subscribe(['b'], () => told.push('b'));
  store.set({ b: 9 });
  frame();
  assert.deepEqual(told, ['b']);
});

test('the same value again is no change', () => {
  const { store, frames } = setUp();
  store.set({ a: 1 });
  assert.equal(frames.length, 0);
});

test('a value changed in place is told by touch', () => {
  const { store, frame } = setUp();
  let size = 0;
  store.subscribe(['map'], (state) => (size = state.map.size));
  store.state.map.set('x', 1);
  store.touch('map');
  frame();
  assert.equal(size, 1);
});

test('a change made while drawing is drawn in the next frame', () => {
  const { store, frames, frame } = setUp();
  store.subscribe(['a'], () => store.set({ b: store.state.b + 1 }));
  store.set({ a: 5 });
  frame();
  assert.equal(frames.length, 1);
});

test('who unsubscribed hears nothing', () => {
  const { store, frame } = setUp();
  let drawn = 0;
  store.subscribe(['a'], () => (drawn += 1))();
  store.set({ a: 7 });
  frame();
  assert.equal(drawn, 0);
});
