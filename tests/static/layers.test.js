import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEUTRAL } from '../../static/contrast.js';
import { LAYERS, contrastOf, layerText, layersOf, shownLayer } from '../../static/layers.js';

const RAW_ONLY = { layers: { raw: {} } };
const BOTH = { layers: { model: {}, raw: {} } };

test('every layer has a text of its own, and the file itself comes first', () => {
  assert.equal(LAYERS[0], 'raw');
  assert.equal(new Set(LAYERS.map(layerText)).size, LAYERS.length);
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
