import assert from 'node:assert/strict';
import test from 'node:test';

import { apply } from '../../static/labels.js';
import { backTo, by, described, restored, there, when } from '../../static/timeline.js';

const label = (id, x, kind = 'positive') => ({ id, x, y: 0, label: kind, source: 'click' });
const mapOf = (...labels) => new Map(labels.map((each) => [each.id, each]));
const step = { seq: 9, time: 0, client: 'c', labels: 3, excluded: 0, exclusions: 0 };

test('a step says what it did and nothing else', () => {
  assert.equal(described({ ...step, added: 5, moved: 0, removed: 1 }), '5 added, 1 removed');
  assert.equal(described({ ...step, added: 0, moved: 2, removed: 0 }), '2 moved');
});

test('a step names who did it, unless it was this page', () => {
  assert.equal(by({ ...step, who: 'Ada' }, 'other'), 'Ada');
  assert.equal(by({ ...step, who: 'Ada' }, 'c'), '');
  assert.equal(by({ ...step, who: '' }, 'other'), 'another page');
  assert.equal(by({ ...step, who: '', client: 'import' }, 'other'), 'from a file');
});

test('the way back removes, brings back, moves and changes the kind, and touches nothing else', () => {
  const now = mapOf(label('same', 1), label('moved', 2), label('new', 3), label('kind', 4));
  const then = [label('same', 1), label('moved', 20), label('gone', 5), label('kind', 4, 'negative')];
  const operations = backTo(now, then);
  assert.deepEqual(
    operations.map(({ kind, pick_id: id }) => [kind, id]),
    [
      ['remove', 'new'],
      ['add', 'moved'],
      ['add', 'gone'],
      ['add', 'kind'],
    ],
  );
  assert.deepEqual([...apply(now, operations).values()].sort((a, b) => a.id.localeCompare(b.id)), [
    ...then.sort((a, b) => a.id.localeCompare(b.id)),
  ]);
});

test('labels that are those of another time already need no way back', () => {
  assert.deepEqual(backTo(mapOf(label('a', 1)), [label('a', 1)]), []);
  assert.equal(restored([], '21:03'), 'It is as at 21:03 already.');
});

test('going back says what it did and how to undo it', () => {
  const operations = backTo(mapOf(label('new', 3)), [label('a', 1), label('b', 2)]);
  assert.equal(restored(operations, '21:03'), 'As at 21:03: 2 brought back or moved, 1 removed. Undo takes that back.');
});

test('a step of today has its hour, another one its day too', () => {
  const now = new Date(2026, 10, 24, 21, 3);
  assert.equal(when(now.getTime() / 1000, now, 'en-GB'), '21:03');
  assert.equal(when(new Date(2026, 10, 23, 9, 5).getTime() / 1000, now, 'en-GB'), '23 Nov, 09:05');
});

test('exclusions go back and forth like labels', () => {
  const [kept, gone] = ['kept', 'gone'].map((id) => ({ id, outline: [[0, 0], [9, 0], [0, 9]] }));
  const operations = backTo(new Map([['kept', kept], ['a', label('a', 1)]]), [{ ...kept }, gone]);
  assert.deepEqual(
    operations.map(({ kind, pick_id: id, outline }) => [kind, id, outline]),
    [['remove', 'a', undefined], ['add', 'gone', gone.outline]],
  );
  assert.equal(described({ ...step, added: 0, moved: 0, removed: 0, excluded: 2 }), '2 excluded');
  assert.equal(there({ ...step, exclusions: 1 }), '3 labels, 1 exclusion');
});
