import assert from 'node:assert/strict';
import test from 'node:test';

import { byMicrograph, initials, others, whereabouts } from '../../static/people.js';
import { Presence } from '../../static/presence.js';
import { createStore } from '../../static/state.js';

const person = (client, name, micrograph = null, looking = false) => ({ client, name, looking, micrograph });

test('initials are short and tell guests apart', () => {
  const found = ['Ada Lovelace', 'ada', 'Guest 3', 'Guest 12', 'Anna von Sachsen', '', '😀 b', 'Team 2026'].map(initials);
  assert.deepEqual(found, ['AL', 'A', 'G3', 'G12', 'AS', '?', '😀B', 'T2']);
});

test('others are all but this page, and are found by micrograph', () => {
  const people = [person('me', 'I', 1), person('a', 'Ada', 1), person('b', 'Bo', 1), person('c', 'Cy')];
  const rest = others(people, 'me');
  assert.deepEqual(
    rest.map(({ name }) => name),
    ['Ada', 'Bo', 'Cy'],
  );
  assert.deepEqual([...byMicrograph(rest)], [[1, ['Ada', 'Bo']]]);
});

test('where somebody is stands in words', () => {
  assert.equal(whereabouts(person('a', 'Ada', 1), '0001'), 'Ada, on 0001');
  assert.equal(whereabouts(person('a', 'Ada', null, true), null), 'Ada, looking only');
});

/** A presence on a line that notes what is said, with a rest that the test ends. */
function present() {
  globalThis.localStorage = /** @type {any} */ ({ getItem: () => null, setItem: () => {}, removeItem: () => {} });
  const store = createStore({ current: 1, me: {}, people: [] }, (flush) => flush());
  const said = [];
  const rests = [];
  const presence = new Presence(/** @type {any} */ (store), 'me', (run) => rests.push(run));
  const line = { connected: true, emit: (_event, body) => said.push(body) };
  return { store, said, rests, presence, line };
}

test('what changes while the line rests is said once, as it is in the end', () => {
  const { store, said, rests, presence, line } = present();
  presence.begin(line);
  for (const current of [2, 3, 4]) store.set({ current });
  assert.deepEqual(said, [{ client: 'me', name: '', micrograph: 1 }]);
  rests.shift()();
  assert.deepEqual(said.slice(1), [{ client: 'me', name: '', micrograph: 4 }]);
  rests.shift()();
  assert.equal(said.length, 2);
});

test('a guest is called as the server says, and whoever has a name is called by it', () => {
  const { store, said, rests, presence, line } = present();
  presence.begin(line);
  presence.hear({ people: [person('me', 'Guest 4', 1), person('a', 'Ada', 1)] });
  assert.equal(presence.name, 'Guest 4');
  assert.equal(said.length, 1, 'the name of a guest is not said back');
  presence.rename('  Grace Hopper ');
  rests.shift()();
  assert.equal(said.at(-1).name, 'Grace Hopper');
  presence.hear({ people: [person('me', 'Guest 4', 1)] });
  assert.equal(store.state.me.name, 'Grace Hopper');
});

test('after an absence everything is said again, and nothing without a line', () => {
  const { store, said, rests, presence, line } = present();
  store.set({ current: 5 });
  assert.equal(said.length, 0);
  presence.begin(line);
  rests.shift()();
  line.connected = false;
  store.set({ current: 6 });
  line.connected = true;
  presence.begin(line);
  assert.deepEqual(
    said.map(({ micrograph }) => micrograph),
    [5, 6],
  );
});
