import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  MAX_ZOOM,
  clamp,
  fit,
  fitZoom,
  fromAddress,
  glide,
  panned,
  resized,
  toAddress,
  toImage,
  toScreen,
  visibleRect,
  zoomAt,
} from '../../static/viewport.js';

const IMAGE = { width: 4096, height: 2048 };
const VIEW = { cx: 1000, cy: 500, zoom: 0.5, width: 800, height: 600 };

test('the middle of the canvas shows the middle of the view', () => {
  assert.deepEqual(toScreen(VIEW, 1000, 500), { x: 400, y: 300 });
  assert.deepEqual(toImage(VIEW, 400, 300), { x: 1000, y: 500 });
});

test('a point goes to the screen and comes back', () => {
  for (const zoom of [0.037, 0.5, 1, 1.5, 7.3, MAX_ZOOM]) {
    for (const width of [799, 800, 1000.5]) {
      const view = { ...VIEW, zoom, width };
      const screen = toScreen(view, 1234.5, 67.25);
      const back = toImage(view, screen.x, screen.y);
      assert.ok(Math.hypot(back.x - 1234.5, back.y - 67.25) < 1e-9);
    }
  }
});

test('a micrograph that fits touches two edges of the canvas with the edges of its outer pixels', () => {
  const view = fit({ width: 800, height: 600 }, IMAGE);
  assert.equal(view.zoom, 800 / 4096);
  assert.equal(toScreen(view, -0.5, 0).x, 0);
  assert.equal(toScreen(view, 4095.5, 0).x, 800);
});

test('a tiny micrograph is not blown up beyond the largest zoom, an empty canvas does not divide by zero', () => {
  assert.equal(fitZoom({ width: 800, height: 600 }, { width: 1, height: 1 }), MAX_ZOOM);
  assert.equal(fitZoom({ width: 0, height: 0 }, IMAGE), 1);
});

test('zooming keeps the point under the cursor', () => {
  const at = { x: 123, y: 456 };
  const before = toImage(VIEW, at.x, at.y);
  const after = toImage(zoomAt(VIEW, 3, at, IMAGE), at.x, at.y);
  assert.ok(Math.abs(before.x - after.x) < 1e-9 && Math.abs(before.y - after.y) < 1e-9);
});

test('zoom stays in its range', () => {
  const middle = { x: 400, y: 300 };
  assert.equal(zoomAt(VIEW, 1e9, middle, IMAGE).zoom, MAX_ZOOM);
  assert.equal(zoomAt(VIEW, 1e-9, middle, IMAGE).zoom, fitZoom(VIEW, IMAGE) * 0.5);
});

test('panning moves the micrograph with the hand and never off the canvas', () => {
  assert.deepEqual(panned(VIEW, 10, -20, IMAGE), { ...VIEW, cx: 980, cy: 540 });
  assert.equal(panned(VIEW, 1e6, 0, IMAGE).cx, -0.5);
  assert.equal(panned(VIEW, -1e6, 0, IMAGE).cx, 4095.5);
  assert.equal(clamp({ ...VIEW, cy: 9999 }, IMAGE).cy, 2047.5);
});

test('another size of the canvas looks at the same point', () => {
  const view = resized(VIEW, { width: 300, height: 200 });
  assert.deepEqual(toImage(view, 150, 100), { x: 1000, y: 500 });
});

test('the visible rectangle is the canvas in micrograph px', () => {
  assert.deepEqual(visibleRect(VIEW), { left: 200, top: -100, right: 1800, bottom: 1100 });
});

test('a thrown view comes to rest, as far whatever the frame rate', () => {
  const travel = (/** @type {number} */ frame) => {
    let [velocity, sum] = [/** @type {any} */ ({ x: 1, y: 0 }), 0];
    for (let frames = 0; velocity && frames < 10000; frames++) {
      const step = glide(velocity, frame);
      [velocity, sum] = [step.velocity, sum + step.dx];
    }
    assert.equal(velocity, null);
    return sum;
  };
  assert.ok(Math.abs(travel(16) - travel(1)) < 1);
});

test('an address holds the view, and nonsense holds none', () => {
  const address = new URLSearchParams(toAddress(VIEW));
  assert.deepEqual(fromAddress(address, VIEW), VIEW);
  for (const text of [
    '',
    'x=1&y=2',
    'x=a&y=1&zoom=1',
    'x=1&y=1&zoom=-1',
    'x=1&y=1&zoom=0',
    'x=NaN&y=1&zoom=1',
    'x=1&y=Infinity&zoom=1',
  ]) {
    assert.equal(fromAddress(new URLSearchParams(text), VIEW), null, text);
  }
});
