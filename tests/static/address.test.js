import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, layersFrom } from '../../static/address.js';

const OPEN = /** @type {any} */ ({
  micrographs: [{ id: 3, name: 'grid 3' }],
  current: 3,
  view: { layers: { raw: {} } },
  viewport: { cx: 10, cy: 20.125, zoom: 2, width: 100, height: 100 },
  layer: 'raw',
  second: null,
  filter: { low_pass: 20, high_pass: null },
});

test('the usual layer needs no words', () => {
  assert.equal(String(addressOf(OPEN)), 'micrograph=grid+3&x=10.00&y=20.13&zoom=2.00000');
});

test('layers of both panes are in the address, and the filter where one of them is filtered', () => {
  const address = /** @type {URLSearchParams} */ (addressOf({ ...OPEN, layer: 'model', second: 'filtered' }));
  assert.match(String(address), /&layer=model&second=filtered&filter=/);
  assert.deepEqual(layersFrom(address), { layer: 'model', second: 'filtered', filter: OPEN.filter });
});

test('there is no address while nothing is open', () => {
  assert.equal(addressOf({ ...OPEN, view: null }), null);
  assert.equal(addressOf({ ...OPEN, current: 4 }), null);
});

test('an address that somebody wrote asks for no layer that is not there, and never twice for one', () => {
  assert.deepEqual(layersFrom(new URLSearchParams('layer=sharp&second=blurred')), { layer: 'raw', second: null });
  assert.deepEqual(layersFrom(new URLSearchParams('second=raw')), { layer: 'raw', second: null });
  assert.deepEqual(layersFrom(new URLSearchParams('second=model')), { layer: 'raw', second: 'model' });
});
