import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  FILTERS,
  everything,
  fromKept,
  hides,
  inSight,
  matcher,
  merged,
  neighbour,
  nextUnlabeled,
  ordered,
  revealing,
  rowOf,
  tally,
  withPicks,
} from '../../static/listing.js';

/** @typedef {import('../../static/listing.js').Row} Row */

/**
 * @param {number} id
 * @param {{name?: string, labels?: number, picks?: number, mean?: number, complete?: boolean, looked?: boolean,
 *   exclusions?: number}} [facts]
 * @returns {Row}
 */
function row(id, { name = `m${id}`, labels = 0, picks, mean, complete = false, looked = false, exclusions } = {}) {
  const told = picks === undefined ? null : { count: picks, mean_score: mean ?? null };
  return rowOf(/** @type {any} */ ({ id, name, labels, complete, looked_at: looked, picks: told, exclusions }));
}

const ids = (/** @type {readonly Row[]} */ rows) => rows.map(({ id }) => id);
const choice = (/** @type {object} */ part) => ({ ...everything(), ...part });
const limits = (/** @type {object} */ part) => choice({ ranges: { ...everything().ranges, ...part } });
const chosen = (/** @type {Row[]} */ rows, /** @type {any} */ wanted) => ids(rows.filter(matcher(wanted)));

test('a difference replaces the rows that changed, a whole answer everything', () => {
  const before = /** @type {any[]} */ ([{ id: 1, labels: 0 }, { id: 2, labels: 0 }]);
  const changed = /** @type {any} */ ({ id: 2, labels: 5 });
  assert.deepEqual(merged(before, { stamp: 's', whole: false, micrographs: [changed] }), [before[0], changed]);
  assert.deepEqual(merged(before, { stamp: 's', whole: true, micrographs: [changed] }), [changed]);
  assert.equal(merged(before, { stamp: 's', whole: false, micrographs: [] }), before);
});

test('picks that come change their rows, and suggestions never hide those of a model', () => {
  const told = (/** @type {string} */ kind) => ({ job: 'j2', kind, count: 5, mean_score: 1, final: true });
  const before = /** @type {any[]} */ ([{ id: 1, picks: { kind: 'train' } }, { id: 2, picks: null }, { id: 3, picks: null }]);
  const suggested = withPicks(before, /** @type {any} */ (new Map([1, 2].map((id) => [id, told('suggest')]))));
  assert.deepEqual([suggested[0], suggested[1].picks, suggested[2]], [before[0], told('suggest'), before[2]]);
  const trained = withPicks(suggested, /** @type {any} */ (new Map([[2, told('train')]])));
  assert.deepEqual(trained[1].picks, told('train'));
});

test('every word of a search must be in the name, in capitals or not', () => {
  const rows = [row(1, { name: 'Grid_A_001' }), row(2, { name: 'grid_b_001' }), row(3, { name: 'grid_a_002' })];
  assert.deepEqual(chosen(rows, choice({ search: 'GRID a' })), [1, 3]);
  assert.deepEqual(chosen(rows, choice({ search: ' 001  b ' })), [2]);
  assert.deepEqual(chosen(rows, choice({ search: '   ' })), [1, 2, 3]);
});

test('filters tell what has been dealt with from what has not', () => {
  const rows = [row(1), row(2, { labels: 3 }), row(3, { complete: true }), row(4, { labels: 1, exclusions: 2 })];
  assert.deepEqual(chosen(rows, choice({ filter: 'unlabeled' })), [1]);
  assert.deepEqual(chosen(rows, choice({ filter: 'labeled' })), [2, 4]);
  assert.deepEqual(chosen(rows, choice({ filter: 'complete' })), [3]);
  assert.deepEqual(chosen(rows, choice({ filter: 'excluded' })), [4]);
});

test('limits hold both ends, and what has no value is within none', () => {
  const rows = [row(1, { picks: 10, mean: 1.5 }), row(2, { picks: 20, mean: -0.5 }), row(3)];
  assert.deepEqual(chosen(rows, limits({ picks: { least: 10, most: 19 } })), [1]);
  assert.deepEqual(chosen(rows, limits({ score: { least: null, most: 0 } })), [2]);
  assert.deepEqual(chosen(rows, limits({ picks: { least: 0, most: null } })), [1, 2]);
});

test('a choice that hides nothing is known as such', () => {
  assert.equal(hides(everything()), false);
  assert.equal(hides(choice({ sort: 'picks', falling: true, search: ' ' })), false);
  assert.equal(hides(choice({ search: 'a' })), true);
  assert.equal(hides(limits({ labels: { least: 0, most: null } })), true);
});

test('orders keep equal rows as they are and put those without a value last, both ways', () => {
  const rows = [row(1, { picks: 5 }), row(2), row(3, { picks: 9 }), row(4, { picks: 5 })];
  assert.deepEqual(ids(ordered(rows, { sort: 'picks', falling: false })), [1, 4, 3, 2]);
  assert.deepEqual(ids(ordered(rows, { sort: 'picks', falling: true })), [3, 1, 4, 2]);
  assert.deepEqual(ids(ordered(rows, { sort: 'name', falling: true })), [4, 3, 2, 1]);
  assert.deepEqual(ids(rows), [1, 2, 3, 4]);
});

test('the next row is the next that is listed, also from one that is not', () => {
  const rows = [1, 2, 3, 4].map((id) => row(id));
  const listed = new Set([rows[0], rows[3]]);
  const next = (/** @type {number | null} */ from, /** @type {1 | -1} */ by) => neighbour(rows, listed, from, by)?.id;
  assert.deepEqual([next(1, 1), next(2, 1), next(2, -1), next(4, 1)], [4, 4, 1, undefined]);
  assert.deepEqual([next(null, 1), next(null, -1)], [1, 4]);
});

test('the next unlabeled one goes round in the order and within the search, whatever the filter', () => {
  const rows = [row(1, { name: 'a1' }), row(2, { name: 'b2' }), row(3, { labels: 1, name: 'a3' }), row(4, { name: 'a4' })];
  const wanted = choice({ filter: 'labeled', search: 'a' });
  assert.equal(nextUnlabeled(rows, wanted, 1)?.id, 4);
  assert.equal(nextUnlabeled(rows, wanted, 4)?.id, 1);
  assert.equal(nextUnlabeled([...rows].reverse(), wanted, 3)?.id, 1);
  assert.equal(nextUnlabeled(rows, choice({ search: 'a1' }), 1), null);
  assert.equal(nextUnlabeled(rows, everything(), null)?.id, 1);
});

test('the tally counts what filters list and what was looked at', () => {
  const rows = [row(1, { looked: true }), row(2, { labels: 2, looked: true, exclusions: 0 }), row(3, { complete: true })];
  const counts = { all: 3, unlabeled: 1, labeled: 1, complete: 1, excluded: 0, looked: 2, regions: true, ctf: false };
  assert.deepEqual(tally(rows), counts);
  assert.equal(tally([row(1)]).regions, false);
});

test('only rows in sight exist, and a few around', () => {
  assert.deepEqual(inSight({ top: 0, height: 100 }, 10, 1000, 2), { first: 0, end: 12 });
  assert.deepEqual(inSight({ top: 505, height: 100 }, 10, 1000, 2), { first: 48, end: 63 });
  assert.deepEqual(inSight({ top: 9950, height: 100 }, 10, 1000, 2), { first: 993, end: 1000 });
  assert.deepEqual(inSight({ top: 500, height: 100 }, 10, 3, 2), { first: 3, end: 3 });
});

test('a row is revealed by the shortest way', () => {
  const sight = { top: 100, height: 50 };
  assert.deepEqual([5, 11, 14, 20].map((index) => revealing(index, sight, 10)), [50, 100, 100, 160]);
});

test('a choice lasts, and what makes no sense in it does not', () => {
  const wanted = { ...limits({ score: { least: -1.5, most: null } }), search: 'a', filter: 'labeled', sort: 'score', falling: true };
  assert.deepEqual(fromKept(JSON.stringify(wanted)), wanted);
  for (const junk of [null, '', '{', '7', 'null', '{"filter":"toString","sort":"size","search":3,"ranges":{"picks":{"least":"x"}}}'])
    assert.deepEqual(fromKept(junk), everything());
});

test('defocus and resolution of an imported CTF sort, limit and are told; what has none is last and within no limit', () => {
  const of = (/** @type {number} */ id, /** @type {any} */ ctf) =>
    rowOf(/** @type {any} */ ({ id, name: String(id), labels: 0, picks: null, ctf }));
  const rows = [
    of(1, { defocus_angstrom: 21000, resolution_angstrom: 6.5 }),
    of(2, null),
    of(3, { defocus_angstrom: 9000, resolution_angstrom: null }),
    of(4, { defocus_angstrom: 15000, resolution_angstrom: 3.8 }),
  ];
  assert.deepEqual(rows.map(({ defocus }) => defocus), [2.1, null, 0.9, 1.5]);
  const ids = (/** @type {any[]} */ some) => some.map(({ id }) => id);
  assert.deepEqual(ids(ordered(rows, { sort: 'defocus', falling: false })), [3, 4, 1, 2]);
  assert.deepEqual(ids(ordered(rows, { sort: 'resolution', falling: true })), [1, 4, 2, 3]);
  assert.deepEqual(ids(rows.filter(matcher(limits({ resolution: { least: null, most: 6 } })))), [4]);
  assert.deepEqual(ids(rows.filter(matcher(limits({ defocus: { least: 1, most: null } })))), [1, 4]);
  assert.equal(tally(rows).ctf, true);
});

test('a micrograph with a filament alone is labeled', () => {
  const one = rowOf(/** @type {any} */ ({ id: 1, name: 'a', labels: 0, filaments: 1, picks: null }));
  assert.deepEqual([FILTERS.labeled(one), FILTERS.unlabeled(one), tally([one]).labeled], [true, false, 1]);
});
