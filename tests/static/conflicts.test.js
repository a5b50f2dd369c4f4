import assert from 'node:assert/strict';
import test from 'node:test';

import { Annotator } from '../../static/annotate.js';

const label = (id, x, kind = 'positive') => ({ id, x, y: 0, label: kind, source: 'click' });
const move = (id, x) => ({ op_id: `move ${id} ${x}`, kind: 'move', pick_id: id, x, y: 0 });
const remove = (id) => ({ op_id: `remove ${id}`, kind: 'remove', pick_id: id });
const set = (one) => ({ op_id: `set ${one.id}`, kind: 'add', pick_id: one.id, ...one });

/** My page on micrograph 1 with labels a at 1, b at 2 and c at 3; the test says when something is acknowledged. */
function page() {
  const state = { labels: new Map(), filaments: new Map(), exclusions: new Map(), project: null, message: null };
  const store = { state, set: (patch) => Object.assign(state, patch), touch: () => {} };
  let waiting = [];
  const outbox = { pending: () => waiting, push: (_micrograph, operations) => waiting.push(...operations) };
  const annotator = new Annotator(/** @type {any} */ (store), outbox, 'me', () => {});
  annotator.receive(1, { revision: 1, labels: [label('a', 1), label('b', 2), label('c', 3)], filaments: [], exclusions: [] });
  let revision = 1;
  const acknowledge = () => {
    const operations = waiting;
    waiting = [];
    annotator.acknowledged(1, operations, { revision: ++revision, applied: operations.map((one) => one.op_id), repeated: [], refused: [] });
  };
  const ada = (...operations) => annotator.hear({ micrograph: 1, revision: ++revision, client: 'ada', who: 'Ada', operations });
  const places = () => [...state.labels.get(1).values()].map(({ id, x }) => `${id} ${x}`).sort();
  return { annotator, state, acknowledge, ada, places };
}

test('whoever moved a label that another then removed is told, and brings theirs back', () => {
  const { annotator, state, acknowledge, ada, places } = page();
  annotator.move(1, 'a', 10);
  acknowledge();
  ada(remove('a'));
  assert.equal(state.message.text, 'Ada removed the label that you moved.');
  assert.deepEqual(places(), ['b 2', 'c 3']);
  state.message.action.run();
  assert.deepEqual(places(), ['a 10', 'b 2', 'c 3']);
  annotator.travel(1, 'undo');
  assert.deepEqual(places(), ['b 2', 'c 3'], 'bringing mine back is a step of its own');
});

test('it is told also where my move is still on its way, since it will find nothing to move', () => {
  const { annotator, state, ada } = page();
  annotator.move(1, 'a', 10);
  ada(remove('a'));
  assert.equal(state.message.text, 'Ada removed the label that you moved.');
});

test('a label that another takes away while it is in my hand is told when I let go', () => {
  const { annotator, state, ada, places } = page();
  ada(remove('a'));
  assert.equal(state.message, null);
  annotator.move(1, 'a', 10);
  assert.equal(state.message.text, 'Ada removed the label that you moved.');
  state.message.action.run();
  assert.deepEqual(places(), ['a 10', 'b 2', 'c 3']);
});

test('a later move and a label brought back overrule me, and several are one message', () => {
  const { annotator, state, acknowledge, ada } = page();
  annotator.move(1, 'a', 10);
  annotator.move(1, 'b', 20);
  acknowledge();
  ada(move('a', 11), move('b', 21));
  assert.equal(state.message.text, 'Ada moved 2 labels that you moved.');
  annotator.remove({ kind: 'label', micrograph: 1, id: 'c' });
  acknowledge();
  ada(set(label('c', 3)));
  assert.equal(state.message.text, 'Ada brought back the label that you removed.');
  assert.deepEqual(state.message.action.text, 'Bring mine back');
});

test('nobody is told of what comes to the same, of other labels, of an earlier change, or of a fresh label', () => {
  const { annotator, state, acknowledge, ada, places } = page();
  annotator.move(1, 'a', 10);
  ada(move('a', 5));
  assert.equal(state.message, null, 'mine is on its way and comes later');
  acknowledge();
  ada(move('a', 10), remove('b'));
  const { id } = annotator.add(1, 50, 0);
  acknowledge();
  ada(remove(id));
  assert.equal(state.message, null);
  assert.deepEqual(places(), ['a 10', 'c 3']);
});

test('after a minute a change of another is no conflict any more', () => {
  const { annotator, state, acknowledge, ada } = page();
  let now = 0;
  annotator.own.now = () => now;
  annotator.move(1, 'a', 10);
  annotator.move(1, 'b', 20);
  acknowledge();
  now = 59_000;
  ada(move('b', 21));
  assert.match(state.message.text, /that you moved/);
  state.message = null;
  now = 61_000;
  ada(remove('a'));
  assert.equal(state.message, null);
});

test('after an absence it is told without a name', () => {
  const { annotator, state, acknowledge } = page();
  annotator.move(1, 'a', 10);
  acknowledge();
  annotator.receive(1, { revision: 9, labels: [label('b', 2), label('c', 3)], filaments: [], exclusions: [] });
  assert.equal(state.message.text, 'Somebody else removed the label that you moved.');
});

test('undo of my move leaves a label alone that another has moved since, and says so', () => {
  const { annotator, state, acknowledge, ada, places } = page();
  annotator.move(1, 'a', 10);
  acknowledge();
  ada(move('a', 77));
  annotator.travel(1, 'undo');
  assert.deepEqual(places(), ['a 77', 'b 2', 'c 3']);
  assert.match(state.message.text, /changed by Ada since/);
});

test('undo of a group takes back what still stands, and redo does not touch the rest either', () => {
  const { annotator, state, acknowledge, ada, places } = page();
  annotator.perform(1, [move('a', 10), move('b', 20), remove('c')]);
  acknowledge();
  ada(move('b', 77));
  annotator.travel(1, 'undo');
  assert.deepEqual(places(), ['a 1', 'b 77', 'c 3']);
  assert.match(state.message.text, /^1 of 3 were changed by Ada/);
  annotator.travel(1, 'redo');
  assert.deepEqual(places(), ['a 10', 'b 77']);
});

