import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameOf, leavesOut, movedTo, pictureSize } from '../../static/minimap.js';
import { fit } from '../../static/viewport.js';

const image = { width: 4000, height: 2000 };
const picture = { width: 100, height: 50 };
const canvas = { width: 400, height: 400 };

test('the longer side of the picture is as long as asked', () => {
  assert.deepEqual(pictureSize(image, 100), picture);
  assert.deepEqual(pictureSize({ width: 2000, height: 4000 }, 100), { width: 50, height: 100 });
  assert.deepEqual(pictureSize({ width: 9000, height: 10 }, 90), { width: 90, height: 1 });
});

test('a view of everything leaves nothing out, a closer one does', () => {
  const whole = fit(canvas, image);
  assert.equal(leavesOut(whole, image), false);
  assert.equal(leavesOut({ ...whole, zoom: whole.zoom * 1.1 }, image), true);
  assert.equal(leavesOut({ ...whole, cx: 1000 }, image), true);
});

test('the frame lies where the view does', () => {
  // 400 px of the canvas at zoom 0.4 are 1000 px of the micrograph, 25 px of the picture.
  const frame = frameOf({ ...canvas, cx: 999.5, cy: 999.5, zoom: 0.4 }, image, picture);
  assert.deepEqual(frame, { left: 12.5, right: 37.5, top: 12.5, bottom: 37.5 });
});

test('a frame never leaves the picture and never gets too small to hold', () => {
  const corner = frameOf({ ...canvas, cx: 0, cy: 0, zoom: 40 }, image, picture);
  assert.deepEqual(corner, { left: 0, right: 8, top: 0, bottom: 8 });
  const end = frameOf({ ...canvas, cx: 3999, cy: 1999, zoom: 40 }, image, picture);
  assert.deepEqual([end.right, end.bottom, end.right - end.left], [100, 50, 8]);
});

test('a point of the picture becomes the middle of the view', () => {
  const moved = movedTo({ ...canvas, cx: 0, cy: 0, zoom: 1 }, image, picture, { x: 75, y: 10 });
  assert.deepEqual([moved.cx, moved.cy, moved.zoom], [2999.5, 399.5, 1]);
  const beyond = movedTo(moved, image, picture, { x: 500, y: -3 });
  assert.deepEqual([beyond.cx, beyond.cy], [3999.5, -0.5]);
});
