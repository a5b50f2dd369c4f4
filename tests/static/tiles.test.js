import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TileStore, cutTile, levelFor, tileRect, tileUrl, tilesIn } from '../../static/tiles.js';

/** @type {any} */
const RAW = {
  revision: 'r',
  width: 4000,
  height: 3000,
  levels: 4,
  scale_x: 1,
  scale_y: 1,
  origin_x: -0.5,
  origin_y: -0.5,
};
/** @type {any} */
const MODEL = {
  revision: 'm',
  width: 1000,
  height: 750,
  levels: 2,
  scale_x: 4,
  scale_y: 4,
  origin_x: -2,
  origin_y: -2,
};
const SIZE = 512;

test('the level has pixels about as large as those of the screen', () => {
  assert.deepEqual(
    [4, 1, 0.5, 0.25, 0.125, 0.01].map((density) => levelFor(RAW, density)),
    [0, 0, 1, 2, 3, 3],
  );
});

test('a coarser layer starts at its own pixels', () => {
  assert.deepEqual(
    [1, 0.25, 0.125].map((density) => levelFor(MODEL, density)),
    [0, 0, 1],
  );
});

test('tiles cover what the api says: origin + edge * scale * 2^z, cut at the right and lower edge', () => {
  assert.deepEqual(tileRect(RAW, { z: 0, x: 0, y: 0 }, SIZE), { left: -0.5, top: -0.5, right: 511.5, bottom: 511.5 });
  assert.deepEqual(tileRect(RAW, { z: 0, x: 7, y: 5 }, SIZE), {
    left: 3583.5,
    top: 2559.5,
    right: 3999.5,
    bottom: 2999.5,
  });
  assert.deepEqual(tileRect(MODEL, { z: 1, x: 0, y: 0 }, SIZE), { left: -2, top: -2, right: 3998, bottom: 2998 });
});

test('a view needs the tiles that it meets, the middle ones first', () => {
  const tiles = tilesIn(RAW, 0, { left: 400, top: 400, right: 1300, bottom: 600 }, SIZE);
  assert.equal(tiles.length, 6);
  assert.deepEqual(new Set(tiles.map(({ x, y }) => `${x},${y}`)), new Set(['0,0', '1,0', '2,0', '0,1', '1,1', '2,1']));
  assert.equal(tiles[0].x, 1);
});

test('a view beside the micrograph needs none, a view around it all', () => {
  assert.deepEqual(tilesIn(RAW, 0, { left: 5000, top: 0, right: 6000, bottom: 10 }, SIZE), []);
  assert.deepEqual(tilesIn(RAW, 0, { left: -900, top: 0, right: -600, bottom: 10 }, SIZE), []);
  assert.equal(tilesIn(RAW, 0, { left: -1e4, top: -1e4, right: 1e4, bottom: 1e4 }, SIZE).length, 48);
});

test('the address of a tile is safe whatever the revision holds', () => {
  const view = /** @type {any} */ ({ id: 3, layers: { raw: { revision: '../x' } } });
  assert.equal(tileUrl(view, 'raw', { z: 1, x: 2, y: 3 }), 'tiles/3/..%2Fx/raw/1/2/3.jpg');
});

/** A store whose fetches are answered by hand. @param {number} [limit] */
function setUp(limit) {
  /** @type {Map<string, {resolve: (tile: any) => void, reject: (error: Error) => void, signal: AbortSignal}>} */
  const fetches = new Map();
  const store = new TileStore(
    (url, signal) => new Promise((resolve, reject) => fetches.set(url, { resolve, reject, signal })),
    () => {},
    limit,
  );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const answer = async (/** @type {string} */ url, bytes = 10) => {
    fetches.get(url)?.resolve({ width: bytes, height: 1, grey: new Uint8Array(bytes) });
    await settle();
  };
  const fail = async (/** @type {string} */ url) => {
    fetches.get(url)?.reject(new Error('no'));
    await settle();
  };
  return { store, fetches, answer, fail };
}

test('at most six tiles are fetched at once, in the order of need', async () => {
  const { store, fetches, answer } = setUp();
  store.want('view', ['1', '2', '3', '4', '5', '6', '7', '8']);
  assert.deepEqual([...fetches.keys()], ['1', '2', '3', '4', '5', '6']);
  await answer('2');
  assert.ok(fetches.has('7') && !fetches.has('8'));
});

test('what nobody needs any more is aborted, what anybody needs is not', () => {
  const { store, fetches } = setUp();
  store.want('view', ['a', 'b']);
  store.want('crops', ['b']);
  store.want('view', ['c']);
  assert.deepEqual(
    ['a', 'b', 'c'].map((url) => fetches.get(url)?.signal.aborted),
    [true, false, false],
  );
});

test('the view waits until its tiles are there', async () => {
  const { store, answer } = setUp();
  store.want('view', ['a', 'b']);
  await answer('a');
  assert.equal(store.waiting('view'), true);
  await answer('b');
  assert.equal(store.waiting('view'), false);
});

test('a tile that fails is tried again, and given up in the end', async () => {
  const { store, fail } = setUp();
  store.want('view', ['a']);
  for (let i = 0; i < 4; i++) await fail('a');
  assert.equal(store.running.size, 0);
  assert.equal(store.waiting('view'), false);
  store.retry();
  assert.equal(store.running.size, 1);
});

test('the store is bounded: what was used last stays, what is needed always', async () => {
  const { store, answer } = setUp(30);
  store.want('view', ['a', 'b', 'c']);
  for (const url of ['a', 'b', 'c']) await answer(url);
  store.get('a');
  store.want('view', ['a', 'd']);
  await answer('d');
  assert.deepEqual([...store.tiles.keys()], ['c', 'a', 'd']);
  assert.equal(store.bytes, 30);
});

test('a part of a tile is its pixels with a little around them, and knows what it covers', () => {
  const tile = { width: 20, height: 10, grey: Uint8Array.from({ length: 200 }, (_, i) => i) };
  const covers = { left: 100, top: 50, right: 140, bottom: 70 };
  const part = cutTile(tile, covers, { left: 112, top: 40, right: 117, bottom: 51 });
  assert.deepEqual(part.rect, { left: 104, top: 50, right: 126, bottom: 60 });
  assert.deepEqual([part.tile.width, part.tile.height], [11, 5]);
  assert.deepEqual([...part.tile.grey.slice(0, 12)], [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 22]);
});

test('a part that meets a whole tile is the tile', () => {
  const tile = { width: 3, height: 2, grey: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  const covers = { left: 0, top: 0, right: 3, bottom: 2 };
  assert.deepEqual(cutTile(tile, covers, { left: -9, top: -9, right: 9, bottom: 9 }), { tile, rect: covers });
});

test('on a slow line smaller tiles are asked for, which stand for the exact ones until there is time for these', async () => {
  const { store, fetches, answer } = setUp();
  store.concurrent = 2;
  store.improves = false;
  store.setSmaller(true);
  store.want('view', ['a.jpg', 'b.jpg']);
  assert.deepEqual([...fetches.keys()], ['a.small.jpg', 'b.small.jpg']);
  await answer('a.small.jpg');
  await answer('b.small.jpg');
  assert.equal(store.waiting('view'), false);
  assert.equal(fetches.has('a.jpg'), false);
  const before = store.get('a.jpg');
  store.improves = true;
  store.start();
  assert.ok(fetches.has('a.jpg') && fetches.has('b.jpg') && store.get('a.jpg') === before);
  await answer('a.jpg');
  assert.ok(store.get('a.jpg') !== before && !store.small.has('a.jpg') && store.small.has('b.jpg'));
  assert.equal(store.bytes, 20, 'a tile that is replaced is counted once');
});

test('exact tiles on their way give way when the view moves on, and what stands for them stays', async () => {
  const { store, fetches, answer } = setUp();
  store.setSmaller(true);
  store.want('view', ['a.jpg']);
  await answer('a.small.jpg');
  assert.equal(fetches.get('a.jpg')?.signal.aborted, false);
  store.improves = false;
  store.want('view', ['a.jpg', 'b.jpg']);
  assert.equal(fetches.get('a.jpg')?.signal.aborted, true);
  assert.ok(store.get('a.jpg') && fetches.has('b.small.jpg'));
});
