import assert from 'node:assert/strict';
import { test } from 'node:test';
import { change, facts, remarks, wentBack } from '../../static/snapshots.js';

const SNAPSHOT = {
  id: 1,
  name: 'first pass',
  automatic: false,
  who: 'Ada',
  time: new Date('2026-11-24T10:05:00').getTime() / 1000,
  labels: 1200,
  removed: 0,
  exclusions: 1,
  labeled_micrographs: 1,
};
const SAME = { set: 0, removed: 0, micrographs: 0, marks: 0, outside: 0, came_later: 0, missing: 0 };

test('a snapshot says when, by whom and how much it holds, and nothing of what it does not hold', () => {
  const now = new Date('2026-11-24T12:00:00');
  assert.equal(facts(SNAPSHOT, now, 'de'), '10:05 · Ada · 1,200 labels on 1 micrograph · 1 exclusion');
  assert.equal(facts({ ...SNAPSHOT, who: '', exclusions: 0, removed: 2 }, now, 'de'), '10:05 · 1,200 labels on 1 micrograph · 2 removed picks');
});

test('what going back changes is counted', () => {
  assert.equal(change({ ...SAME, set: 3, removed: 1, micrographs: 2 }), '3 set, 1 removed on 2 micrographs.');
  assert.equal(change({ ...SAME, marks: 1, micrographs: 1 }), '1 mark on 1 micrograph.');
  assert.match(change(SAME), /nothing to change/);
});

test('micrographs that are not what they were are spoken of', () => {
  assert.equal(remarks(SAME), '');
  assert.equal(remarks({ ...SAME, came_later: 1 }), '1 micrograph came later and stays as it is.');
  assert.equal(
    remarks({ ...SAME, came_later: 2, missing: 1, outside: 4 }),
    '2 micrographs came later and stay as they are. 1 file of them is missing; the labels are there when the files are back.' +
      ' 4 outside a file that has changed: left out.',
  );
});

test('what was done is told with the name', () => {
  assert.equal(wentBack('a', { ...SAME, set: 1, micrographs: 1 }), 'Back to “a”: 1 set on 1 micrograph.');
});
