import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEUTRAL } from '../../static/contrast.js';
import {
  LAYERS,
  besideOrNot,
  contrastOf,
  layerText,
  layersInSight,
  layersOf,
  otherLayer,
  shownLayer,
  sides,
  withLayer,
} from '../../static/layers.js';

const RAW_ONLY = { layers: { raw: {} } };
const BOTH = { layers: { model: {}, raw: {} } };

test('every layer has a text of its own, and the file itself comes first', () => {
  assert.equal(LAYERS[0], 'raw');
  assert.equal(new Set(LAYERS.map((name) => layerText(name))).size, LAYERS.length);
  assert.equal(layerText('model'), 'what the model sees');
});

test('the layers of a micrograph come in the order of the page', () => {
  assert.deepEqual(layersOf(BOTH), ['raw', 'model']);
  assert.deepEqual(layersOf(RAW_ONLY), ['raw']);
  assert.deepEqual(layersOf(null), []);
});

test('a layer that is not there is replaced by the file itself', () => {
  assert.equal(shownLayer(BOTH, 'model'), 'model');
  assert.equal(shownLayer(RAW_ONLY, 'model'), 'raw');
  assert.equal(shownLayer(null, 'model'), 'raw');
});

test('each layer has a contrast of its own, neutral at first', () => {
  const dark = { ...NEUTRAL, gamma: 0.5 };
  assert.equal(contrastOf({ contrast: { model: dark } }, 'model'), dark);
  assert.equal(contrastOf({ contrast: { model: dark } }, 'raw'), NEUTRAL);
});

test('to and fro goes to the layer that was left, or to the next that is there', () => {
  const three = { layers: { raw: {}, filtered: {}, model: {} } };
  assert.equal(otherLayer({ view: three, layer: 'raw', other: 'model' }), 'model');
  assert.equal(otherLayer({ view: three, layer: 'raw', other: null }), 'filtered');
  assert.equal(otherLayer({ view: three, layer: 'raw', other: 'raw' }), 'filtered');
  assert.equal(otherLayer({ view: BOTH, layer: 'filtered', other: 'filtered' }), 'model');
  assert.equal(otherLayer({ view: RAW_ONLY, layer: 'raw', other: 'model' }), null);
  assert.deepEqual(layersInSight({ layer: 'raw', second: null, other: 'model', blinking: false }), ['raw']);
  assert.deepEqual(layersInSight({ layer: 'raw', second: null, other: 'model', blinking: true }), ['raw', 'model']);
});

test('what is filtered is called by what the filter does', () => {
  assert.equal(layerText('filtered'), 'filtered');
  assert.equal(layerText('filtered', { low_pass: 20, high_pass: null }), 'low-pass 20 Å');
  assert.equal(layerText('raw', { low_pass: 20, high_pass: null }), 'raw');
});

test('side by side there are two layers, never the same: a choice of the other one lets them change places', () => {
  const two = { layer: 'raw', second: 'model' };
  assert.deepEqual(sides(two), ['raw', 'model']);
  assert.deepEqual(layersInSight({ ...two, other: null, blinking: false }), ['raw', 'model']);
  assert.deepEqual(withLayer(two, 0, 'filtered'), { layer: 'filtered', second: 'model' });
  assert.deepEqual(withLayer(two, 1, 'filtered'), { layer: 'raw', second: 'filtered' });
  assert.deepEqual(withLayer(two, 0, 'model'), { layer: 'model', second: 'raw' });
  assert.deepEqual(withLayer(two, 1, 'raw'), { layer: 'model', second: 'raw' });
  assert.deepEqual(withLayer({ layer: 'raw', second: null }, 0, 'model'), { layer: 'model', second: null });
});

test('a second pane shows the layer that was left last, and goes as it came', () => {
  const view = { layers: { raw: {}, filtered: {}, model: {} } };
  assert.deepEqual(besideOrNot({ view, layer: 'raw', second: null, other: 'model' }), { layer: 'raw', second: 'model' });
  assert.deepEqual(besideOrNot({ view, layer: 'raw', second: 'model', other: null }), { layer: 'raw', second: null });
  assert.deepEqual(besideOrNot({ view: BOTH, layer: 'filtered', second: null, other: null }), { layer: 'raw', second: 'model' });
  assert.equal(besideOrNot({ view: RAW_ONLY, layer: 'raw', second: null, other: null }), null);
});
