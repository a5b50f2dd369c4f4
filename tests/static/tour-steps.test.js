import assert from 'node:assert/strict';
import { test } from 'node:test';

import { placeCard } from '../../static/tour-steps.js';

const CARD = { width: 300, height: 150 };
const WINDOW = { width: 1280, height: 800 };

test('the card stands beside what it points at, where there is most room', () => {
  const right = { left: 1000, top: 100, right: 1270, bottom: 130 };
  assert.deepEqual(placeCard(right, CARD, WINDOW), { left: 686, top: 100 });
  const left = { left: 0, top: 100, right: 240, bottom: 700 };
  assert.deepEqual(placeCard(left, CARD, WINDOW), { left: 254, top: 100 });
});

test('it stays in the window, beside something at its edge', () => {
  const low = { left: 1000, top: 780, right: 1270, bottom: 800 };
  assert.deepEqual(placeCard(low, CARD, WINDOW), { left: 686, top: 642 });
});

test('over something that fills a small window it stands low in the middle', () => {
  const all = { left: 0, top: 0, right: 360, bottom: 400 };
  assert.deepEqual(placeCard(all, CARD, { width: 360, height: 400 }), { left: 30, top: 208 });
});
