import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  COVERED,
  EXCLUDED,
  REMOVED,
  SHOWN,
  borderline,
  classify,
  countAbove,
  countedScores,
  fromAnswer,
  histogram,
  nearestPick,
  scoreRange,
} from '../../static/picks.js';

const PICKS = fromAnswer({
  job: 'j',
  final: true,
  step: 1,
  x: [10, 50, 90, 130],
  y: [10, 10, 10, 10],
  score: [3, 1, 0, -2],
});
/** @returns {any} */
const label = (/** @type {number} */ x, /** @type {number} */ y, sign = 'positive') => ({
  id: `${x}`,
  x,
  y,
  label: sign,
  source: 'click',
});

test('without labels every pick is shown', () => {
  assert.deepEqual([...classify(PICKS, [], 8)], [SHOWN, SHOWN, SHOWN, SHOWN]);
});

test('half a diameter decides, and exactly half is within', () => {
  assert.deepEqual(
    [...classify(PICKS, [label(10, 18, 'negative'), label(50, 18)], 8)],
    [REMOVED, COVERED, SHOWN, SHOWN],
  );
  assert.deepEqual(
    [...classify(PICKS, [label(10, 18.01, 'negative'), label(50, 18.01)], 8)],
    [SHOWN, SHOWN, SHOWN, SHOWN],
  );
});

test('a removed pick stays removed beside a label', () => {
  assert.equal(classify(PICKS, [label(11, 10), label(12, 10, 'negative')], 8)[0], REMOVED);
});

test('a pick in an exclusion is excluded whatever label is near, and does not count', () => {
  const classes = classify(PICKS, [label(10, 10)], 8, (x) => x < 20);
  assert.equal(classes[0], EXCLUDED);
  assert.ok(!countedScores(PICKS, classes).includes(PICKS.score[0]));
});

test('classes agree with looking at every pair', () => {
  const n = 300;
  const spread = (/** @type {number} */ i, /** @type {number} */ k) => ((i * k) % 997) / 2;
  const x = Array.from({ length: n }, (_, i) => spread(i, 131));
  const y = Array.from({ length: n }, (_, i) => spread(i, 577));
  const many = fromAnswer({ job: 'j', final: true, step: 0, x, y, score: x.map((_, i) => -i) });
  const labels = Array.from({ length: 60 }, (_, i) =>
    label(spread(i, 389), spread(i, 211), i % 3 ? 'positive' : 'negative'),
  );
  const plain = x.map((_, i) => {
    const near = labels.filter((one) => Math.hypot(one.x - x[i], one.y - y[i]) <= 25);
    return near.some((one) => one.label === 'negative') ? REMOVED : near.length ? COVERED : SHOWN;
  });
  assert.deepEqual([...classify(many, labels, 25)], plain);
});

test('removed picks do not count, covered ones do unless asked otherwise', () => {
  const classes = Uint8Array.of(SHOWN, REMOVED, COVERED, SHOWN);
  assert.deepEqual([...countedScores(PICKS, classes)], [3, 0, -2]);
  assert.deepEqual([...countedScores(PICKS, classes, true)], [3, -2]);
});

for (const [threshold, expected] of [
  [4, 0],
  [3, 1],
  [2.9, 1],
  [0, 3],
  [-2, 4],
  [-9, 4],
]) {
  test(`at threshold ${threshold}, ${expected} picks`, () =>
    assert.equal(countAbove(PICKS.score, threshold), expected));
}

test('the nearest shown pick above the threshold is hit', () => {
  const classes = Uint8Array.of(SHOWN, SHOWN, REMOVED, SHOWN);
  assert.equal(nearestPick(PICKS, classes, 0, { x: 52, y: 11 }, 8), 1);
  assert.equal(nearestPick(PICKS, classes, 0, { x: 90, y: 10 }, 8), -1, 'removed');
  assert.equal(nearestPick(PICKS, classes, 0, { x: 130, y: 10 }, 8), -1, 'below the threshold');
  assert.equal(nearestPick(PICKS, classes, 2, { x: 52, y: 11 }, 8), -1, 'below the threshold');
});

test('the range of scores always holds the default threshold', () => {
  assert.deepEqual(scoreRange([]), { low: -1, high: 1 });
  assert.deepEqual(scoreRange([[8.21, 3], [5, -4.01], []]), { low: -4.1, high: 8.3 });
});

test('a few outliers do not stretch the range', () => {
  const scores = Array.from({ length: 1000 }, (_, i) => 4 - i * 0.008);
  const { low, high } = scoreRange([[500, ...scores]]);
  assert.ok(low <= -4 && low > -5 && high >= 4 && high < 6, `${low} ${high}`);
});

test('every score falls into a bin, the outermost included', () => {
  assert.deepEqual([...histogram([[4, 1, 0], [-4]], { low: -4, high: 4 }, 4)], [1, 0, 2, 1]);
});

test('borderline picks are those nearest to the threshold, of any micrograph, and open ones only', () => {
  const other = fromAnswer({ job: 'j', final: true, step: 1, x: [1], y: [1], score: [0.4] });
  const sets = [
    { micrograph: 1, picks: PICKS, classes: Uint8Array.of(SHOWN, SHOWN, COVERED, SHOWN) },
    { micrograph: 2, picks: other, classes: Uint8Array.of(SHOWN) },
  ];
  assert.deepEqual(
    borderline(sets, 0, 3).map(({ micrograph, score }) => [micrograph, score]),
    [
      [2, 0.4],
      [1, 1],
      [1, -2],
    ],
  );
});
