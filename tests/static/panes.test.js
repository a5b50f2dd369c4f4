import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GAP, inTurn, paneAt, panesOf, rearranged } from '../../static/panes.js';
import { fit, visibleRect } from '../../static/viewport.js';

const IMAGE = { width: 4000, height: 4000 };

test('one pane is the canvas', () => {
  assert.deepEqual(panesOf(801.5, 1, 1.5), [{ left: 0, width: 801.5 }]);
});

test('two panes are equally wide, apart, and lie on whole pixels of the screen', () => {
  for (const ratio of [1, 1.25, 1.5, 2]) {
    for (const pixels of [1000, 1001, 1377]) {
      const width = pixels / ratio;
      const [left, right] = panesOf(width, 2, ratio);
      assert.equal(left.left, 0);
      assert.equal(left.width, right.width);
      assert.ok(Math.abs(right.left + right.width - width) < 1e-9);
      const gap = right.left - left.width;
      assert.ok(gap >= GAP - 1e-9 && gap < GAP + 2 / ratio, `${gap}`);
      for (const edge of [left.width, right.left]) {
        assert.ok(Math.abs(edge * ratio - Math.round(edge * ratio)) < 1e-9, `${edge} at ${ratio}`);
      }
    }
  }
});

test('a place is in the pane in which it lies; between the two in the left one', () => {
  const panes = panesOf(1002, 2, 1);
  assert.deepEqual(panes.map(({ left }) => left), [0, 502]);
  assert.deepEqual([0, 499, 501, 502, 1001].map((x) => paneAt(panes, x).left), [0, 0, 0, 502, 502]);
  assert.equal(paneAt(panes, -3).left, 0);
});

test('what was seen whole is seen whole again, anything else stays in the middle at its zoom', () => {
  const half = { width: 400, height: 800 };
  const whole = rearranged(fit({ width: 802, height: 800 }, IMAGE), half, IMAGE);
  assert.deepEqual(whole, fit(half, IMAGE));
  assert.equal(visibleRect(whole).left, -0.5);
  const near = { cx: 1200, cy: 900, zoom: 2, width: 802, height: 800 };
  assert.deepEqual(rearranged(near, half, IMAGE), { ...near, width: 400 });
});

test('lists are taken in turn, and nothing of the longer one is lost', () => {
  assert.deepEqual(inTurn([['a', 'b', 'c'], ['x']]), ['a', 'x', 'b', 'c']);
  assert.deepEqual(inTurn([[], ['x']]), ['x']);
  assert.deepEqual(inTurn([]), []);
});
