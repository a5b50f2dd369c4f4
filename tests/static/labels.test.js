import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addOperation,
  again,
  apply,
  changed,
  count,
  excludeOperation,
  filamentOperation,
  inverse,
  merged,
  moveFilamentOperation,
  moveOperation,
  nearest,
  newId,
  nothingKnown,
  received,
  removeOperation,
  sorted,
} from '../../static/labels.js';

/** @typedef {import('../../static/types.js').Label} Label */

/** @returns {Label} */
const label = (/** @type {string} */ id, x = 0, y = 0, /** @type {any} */ sign = 'positive') => ({
  id,
  x,
  y,
  label: sign,
  source: 'click',
});
/** @returns {import('../../static/types.js').Exclusion} */
const exclusion = (/** @type {string} */ id, side = 9) => ({
  id,
  outline: [
    [0, 0],
    [side, 0],
    [0, side],
  ],
});
const exclude = (/** @type {string} */ id, side = 9) => excludeOperation(exclusion(id, side).outline, id);
const mapOf = (/** @type {import('../../static/types.js').Annotation[]} */ ...labels) => new Map(labels.map((one) => [one.id, one]));
const add = (/** @type {string} */ id, x = 0, y = 0) => addOperation(label(id, x, y), id);

test('ids are random, 36 characters, of version 4', () => {
  assert.match(newId(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(newId(), newId());
});

test('add, move and remove do what they say and leave the original alone', () => {
  const before = mapOf(label('a', 1, 2));
  const after = apply(before, [add('b', 3, 4), moveOperation('a', 5, 6), removeOperation('b')]);
  assert.deepEqual([...after.values()], [label('a', 5, 6)]);
  assert.deepEqual([...before.values()], [label('a', 1, 2)]);
});

test('moving or removing what is gone does nothing', () => {
  assert.equal(apply(new Map(), [moveOperation('x', 1, 1), removeOperation('x')]).size, 0);
});

test('adding an id that exists sets it', () => {
  const negative = addOperation(label('a', 1, 2, 'negative'), 'a');
  assert.equal(apply(mapOf(label('a', 1, 2)), [negative]).get('a')?.label, 'negative');
});

test('labels and exclusions share one space of ids, and a move is of labels alone', () => {
  const shown = apply(mapOf(label('a'), exclusion('b')), [exclude('a'), moveOperation('b', 1, 1), exclude('c')]);
  const { labels, exclusions } = sorted(shown);
  assert.deepEqual([labels.size, [...exclusions.keys()]], [0, ['a', 'b', 'c']]);
  assert.deepEqual(exclusions.get('b'), exclusion('b'));
});

/** Cases of undo: what was there, what was done. @type {[string, import('../../static/types.js').Annotation[], any[]][]} */
const UNDONE = [
  ['an added label', [], [add('a', 1, 2)]],
  ['a moved label', [label('a', 1, 2)], [moveOperation('a', 9, 9)]],
  ['a removed label', [label('a', 1, 2)], [removeOperation('a')]],
  ['a removed pick brought back', [label('a', 1, 2, 'negative')], [removeOperation('a')]],
  ['a removed pick turned into a label', [label('a', 1, 2, 'negative')], [addOperation(label('a', 1, 2), 'a')]],
  ['an exclusion', [], [exclude('a')]],
  ['an exclusion that was taken away', [exclusion('a', 5), label('b')], [removeOperation('a'), removeOperation('b')]],
  ['an exclusion drawn anew', [exclusion('a', 5)], [exclude('a', 7)]],
  ['a group on one label', [], [add('a', 1, 2), moveOperation('a', 3, 4), removeOperation('a'), add('a', 5, 6)]],
  [
    'a group on several labels',
    [label('a'), label('b', 7, 7)],
    [removeOperation('a'), moveOperation('b', 1, 1), add('c', 2, 2)],
  ],
];

for (const [name, labels, operations] of UNDONE) {
  test(`undo restores ${name}`, () => {
    const before = mapOf(...labels);
    const back = inverse(before, operations);
    const after = apply(apply(before, operations), back);
    assert.deepEqual(after, before);
  });
}

test('an operation that is done again has a new id of its own', () => {
  const operation = add('a', 1, 2);
  const second = again(operation);
  assert.notEqual(second.op_id, operation.op_id);
  assert.deepEqual({ ...second, op_id: '' }, { ...operation, op_id: '' });
});

test('what is shown is the base, then the log, then what is pending', () => {
  const known = changed(received(nothingKnown(), 3, [label('a', 1, 1)]), {
    revision: 4,
    client: 'other',
    operations: [add('b', 2, 2)],
  });
  const shown = merged(known, [moveOperation('b', 8, 8)]);
  assert.deepEqual([...shown.values()], [label('a', 1, 1), label('b', 8, 8)]);
});

test('a change that arrives twice, or is in the base already, counts once', () => {
  const base = received(nothingKnown(), 5, [label('a', 1, 1)]);
  const old = { revision: 5, client: 'other', operations: [removeOperation('a')] };
  assert.equal(changed(base, old), base);
  const once = changed(base, { ...old, revision: 6 });
  assert.equal(changed(once, { ...old, revision: 6 }), once);
});

test('changes that arrive in the wrong order are applied in the order of the store', () => {
  const first = { revision: 1, client: 'other', operations: [moveOperation('a', 1, 1)] };
  const second = { revision: 2, client: 'me', operations: [moveOperation('a', 2, 2)] };
  const base = received(nothingKnown(), 0, [label('a')]);
  for (const order of [
    [first, second],
    [second, first],
  ]) {
    const known = order.reduce((sofar, change) => changed(sofar, change), base);
    assert.deepEqual(merged(known, []).get('a'), label('a', 2, 2));
  }
});

test('an old answer does not take away what was acknowledged while it travelled', () => {
  const acknowledged = changed(nothingKnown(), { revision: 8, client: 'me', operations: [add('mine', 1, 1)] });
  const known = received(acknowledged, 7, [label('theirs', 2, 2)]);
  assert.deepEqual([...merged(known, []).keys()].sort(), ['mine', 'theirs']);
});

test('a store that went back to its backup is believed', () => {
  const known = changed(received(nothingKnown(), 8, [label('a')]), { revision: 9, client: 'other', operations: [add('b', 1, 1)] });
  assert.deepEqual([...merged(received(known, 5, [label('old')]), []).keys()], ['old']);
});

test('a label that another person removed is not brought back by an old pending move of mine', () => {
  const known = changed(received(nothingKnown(), 1, [label('a')]), {
    revision: 2,
    client: 'other',
    operations: [removeOperation('a')],
  });
  assert.equal(merged(known, [moveOperation('a', 5, 5)]).size, 0);
});

test('a long log is folded and shows the same', () => {
  let known = received(nothingKnown(), 0, []);
  for (let revision = 1; revision <= 1000; revision++) {
    known = changed(known, { revision, client: 'other', operations: [add(`id${revision}`, revision, 0)] });
  }
  assert.ok(known.log.length <= 400);
  assert.equal(merged(known, []).size, 1000);
});

test('counts go by sign', () => {
  assert.deepEqual(count([label('a'), label('b', 0, 0, 'negative'), label('c')]), { positive: 2, negative: 1 });
});

test('the nearest label within the radius is found, its rim included', () => {
  const labels = [label('far', 10, 0), label('near', 3, 0)];
  assert.equal(nearest(labels, 0, 0, 20)?.id, 'near');
  assert.equal(nearest(labels, 0, 0, 3)?.id, 'near');
  assert.equal(nearest(labels, 0, 0, 2.9), null);
});

/** Small numbers that look random and are the same in every run. @param {number} seed */
function generator(seed) {
  let state = seed;
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test('two people, any order of arrival: both pages end as the store', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const next = generator(seed);
    const changes = Array.from({ length: 12 }, (_, i) => {
      const id = `id${next(4)}`;
      const [x, y] = [next(9), next(9)];
      const operation = [add(id, x, y), moveOperation(id, x, y), removeOperation(id), exclude(id, x)][next(4)];
      return { revision: i + 1, client: next(2) ? 'me' : 'other', operations: [operation] };
    });
    const store = apply(
      new Map(),
      changes.flatMap((change) => change.operations),
    );
    const shuffled = changes.map((change) => ({ change, at: next(1000) })).sort((a, b) => a.at - b.at);
    const page = shuffled.reduce((known, { change }) => changed(known, change), received(nothingKnown(), 0, []));
    assert.deepEqual(merged(page, []), store, `seed ${seed}`);
  }
});

test('a filament is added, moved by its ends alone, and comes back with the inverse', () => {
  const [ends, other] = [[[1, 2], [30, 2]], [[1, 9], [30, 9]]];
  const add = filamentOperation(ends, 'click', 'f');
  const there = apply(new Map(), [add, moveOperation('f', 5, 5)]);
  assert.deepEqual(there.get('f'), { id: 'f', ends, source: 'click' });
  const move = moveFilamentOperation('f', other);
  const moved = apply(there, [move]);
  assert.deepEqual(sorted(moved).filaments.get('f').ends, other);
  assert.deepEqual(apply(moved, inverse(there, [move])), there);
  assert.deepEqual(apply(there, inverse(new Map(), [add])), new Map());
});
