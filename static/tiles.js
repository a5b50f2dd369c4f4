/**
 * Tiles: which ones a view needs, and a bounded store that fetches them in the order of need.
 * The geometry is pure; the store knows nothing of canvases that show tiles.
 *
 * @typedef {import('./types.js').View} View
 * @typedef {import('./types.js').Layer} Layer
 * @typedef {import('./viewport.js').Rect} Rect
 * @typedef {{z: number, x: number, y: number}} Address
 * @typedef {{width: number, height: number, grey: Uint8Array}} Tile
 */

/** A level is used until its pixels are this much (in powers of two) smaller than those of the screen. */
const LEVEL_BIAS = 0.3;
/** Pixels around a part of a tile that smoothing may look at. */
const SMOOTHED = 4;
/** At once, where nothing else is said. */
const CONCURRENT = 6;
const TRIES = 4;

/** The level to show. @param {Layer} layer @param {number} density device px per micrograph px */
export function levelFor(layer, density) {
  const wanted = Math.floor(Math.log2(1 / (density * layer.scale_x)) + LEVEL_BIAS);
  return Math.min(Math.max(wanted, 0), layer.levels - 1);
}

/** The size of a level in its own pixels. @param {Layer} layer @param {number} z */
export function levelSize(layer, z) {
  return { width: Math.ceil(layer.width / 2 ** z), height: Math.ceil(layer.height / 2 ** z) };
}

/**
 * What a tile covers, micrograph px.
 * @param {Layer} layer
 * @param {Address} tile
 * @param {number} size tile px
 * @returns {Rect}
 */
export function tileRect(layer, { z, x, y }, size) {
  const level = levelSize(layer, z);
  const [stepX, stepY] = [layer.scale_x * 2 ** z, layer.scale_y * 2 ** z];
  return {
    left: layer.origin_x + x * size * stepX,
    top: layer.origin_y + y * size * stepY,
    right: layer.origin_x + Math.min((x + 1) * size, level.width) * stepX,
    bottom: layer.origin_y + Math.min((y + 1) * size, level.height) * stepY,
  };
}

/**
 * @param {number} from
 * @param {number} to
 * @param {number} origin
 * @param {number} step micrograph px of one tile
 * @param {number} count
 * @returns {number[]}
 */
function indices(from, to, origin, step, count) {
  const first = Math.max(Math.floor((from - origin) / step), 0);
  const last = Math.min(Math.ceil((to - origin) / step), count) - 1;
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => first + i);
}

/**
 * The tiles of a level that meet a rectangle, those nearest to its middle first.
 * @param {Layer} layer
 * @param {number} z
 * @param {Rect} rect
 * @param {number} size
 * @returns {Address[]}
 */
export function tilesIn(layer, z, rect, size) {
  const level = levelSize(layer, z);
  const [stepX, stepY] = [size * layer.scale_x * 2 ** z, size * layer.scale_y * 2 ** z];
  const columns = indices(rect.left, rect.right, layer.origin_x, stepX, Math.ceil(level.width / size));
  const rows = indices(rect.top, rect.bottom, layer.origin_y, stepY, Math.ceil(level.height / size));
  const middleX = ((rect.left + rect.right) / 2 - layer.origin_x) / stepX - 0.5;
  const middleY = ((rect.top + rect.bottom) / 2 - layer.origin_y) / stepY - 0.5;
  const distance = (/** @type {Address} */ { x, y }) => Math.hypot(x - middleX, y - middleY);
  return rows.flatMap((y) => columns.map((x) => ({ z, x, y }))).sort((a, b) => distance(a) - distance(b));
}

/**
 * The pixels of a tile that a rectangle needs, with some around them for smoothing, and what they cover.
 * @param {Tile} tile
 * @param {Rect} covers what the tile covers, micrograph px
 * @param {Rect} rect micrograph px
 * @returns {{tile: Tile, rect: Rect}}
 */
export function cutTile({ width, height, grey }, covers, rect) {
  const [stepX, stepY] = [(covers.right - covers.left) / width, (covers.bottom - covers.top) / height];
  const x = span((rect.left - covers.left) / stepX, (rect.right - covers.left) / stepX, width);
  const y = span((rect.top - covers.top) / stepY, (rect.bottom - covers.top) / stepY, height);
  const part = new Uint8Array((x.to - x.from) * (y.to - y.from));
  for (let row = y.from; row < y.to; row++) {
    part.set(grey.subarray(row * width + x.from, row * width + x.to), (row - y.from) * (x.to - x.from));
  }
  return {
    tile: { width: x.to - x.from, height: y.to - y.from, grey: part },
    rect: {
      left: covers.left + x.from * stepX,
      top: covers.top + y.from * stepY,
      right: covers.left + x.to * stepX,
      bottom: covers.top + y.to * stepY,
    },
  };
}

/** Whole pixels of a line around a part of it. @param {number} low @param {number} high @param {number} length */
function span(low, high, length) {
  const from = Math.min(Math.max(Math.floor(low) - SMOOTHED, 0), length - 1);
  return { from, to: Math.max(Math.min(Math.ceil(high) + SMOOTHED, length), from + 1) };
}

/** @param {View} view @param {string} layer @param {Address} tile */
export function tileUrl(view, layer, { z, x, y }) {
  const { name = layer, revision } = view.layers[layer];
  return `tiles/${view.id}/${encodeURIComponent(revision)}/${name}/${z}/${x}/${y}.jpg`;
}

/** The same tile with fewer bytes. @param {string} url */
export function smallUrl(url) {
  return url.replace(/\.jpg$/, '.small.jpg');
}

/**
 * A bounded store of decoded tiles. On a slow line it asks for smaller ones, which stand for the exact ones until there
 * is time for these.
 */
export class TileStore {
  /**
   * @param {(url: string, signal: AbortSignal) => Promise<Tile>} fetchTile
   * @param {(url: string) => void} onTile a tile has come, or was given up
   * @param {number} [limit] bytes of grey values that are kept
   */
  constructor(fetchTile, onTile, limit = 48 * 2 ** 20) {
    this.fetchTile = fetchTile;
    this.onTile = onTile;
    this.limit = limit;
    this.bytes = 0;
    /** @type {Map<string, Tile>} in the order of last use */
    this.tiles = new Map();
    /** @type {Map<string, AbortController>} */
    this.running = new Map();
    this.concurrent = CONCURRENT;
    /** Tiles are asked for with fewer bytes. */
    this.smaller = false;
    /** There is time to put exact tiles in the place of smaller ones. */
    this.improves = true;
    /** Tiles that are not exact. @type {Set<string>} */
    this.small = new Set();
    /** Those on their way that will be put in the place of a smaller one. @type {Set<string>} */
    this.improving = new Set();
    /** @type {Map<string, number>} */
    this.failures = new Map();
    /** @type {Map<string, string[]>} wanted addresses by who wants them */
    this.wishes = new Map();
  }

  /** @param {string} url @returns {Tile | undefined} */
  get(url) {
    const tile = this.tiles.get(url);
    if (tile) {
      this.tiles.delete(url);
      this.tiles.set(url, tile);
    }
    return tile;
  }

  /** Without counting as a use. @param {string} url @returns {Tile | undefined} */
  peek(url) {
    return this.tiles.get(url);
  }

  /**
   * Replace what `who` needs, most needed first. What nobody needs any more is aborted.
   * @param {string} who
   * @param {string[]} urls
   */
  want(who, urls) {
    this.wishes.set(who, urls);
    const needed = new Set(this.needed());
    for (const [url, controller] of this.running) {
      if (!needed.has(url) || (this.improving.has(url) && !this.improves)) controller.abort();
    }
    this.start();
  }

  /** @param {boolean} smaller */
  setSmaller(smaller) {
    this.smaller = smaller;
    this.start();
  }

  /** Something that the view needs is still to come. @param {string} who */
  waiting(who) {
    return (this.wishes.get(who) ?? []).some((url) => !this.tiles.has(url) && !this.givenUp(url));
  }

  needed() {
    return [...this.wishes.values()].flat();
  }

  /** @param {string} url */
  givenUp(url) {
    return (this.failures.get(url) ?? 0) >= TRIES;
  }

  start() {
    for (const url of this.needed()) {
      if (this.running.size >= this.concurrent) return;
      if (!this.tiles.has(url) && !this.running.has(url) && !this.givenUp(url)) void this.load(url, this.smaller);
    }
    if (this.improves && this.small.size) this.improve();
  }

  /** Exact tiles in the place of smaller ones, once all that is needed is there. */
  improve() {
    for (const url of this.needed()) {
      if (this.running.size >= this.concurrent) return;
      if (!this.small.has(url) || this.running.has(url) || this.givenUp(url)) continue;
      this.improving.add(url);
      void this.load(url, false);
    }
  }

  /** @param {string} url @param {boolean} small */
  async load(url, small) {
    const controller = new AbortController();
    this.running.set(url, controller);
    try {
      const tile = await this.fetchTile(small ? smallUrl(url) : url, controller.signal);
      this.put(url, tile);
      if (small) this.small.add(url);
      else this.small.delete(url);
    } catch {
      // An aborted tile is asked for again when it is needed; a failed one a few times, then left out.
      if (!controller.signal.aborted) this.failures.set(url, (this.failures.get(url) ?? 0) + 1);
    }
    this.running.delete(url);
    this.improving.delete(url);
    this.onTile(url);
    this.start();
  }

  /** @param {string} url @param {Tile} tile */
  put(url, tile) {
    this.bytes -= this.tiles.get(url)?.grey.length ?? 0;
    this.tiles.set(url, tile);
    this.failures.delete(url);
    this.bytes += tile.grey.length;
    const needed = new Set(this.needed());
    for (const [old, { grey }] of this.tiles) {
      if (this.bytes <= this.limit) return;
      if (needed.has(old)) continue;
      this.tiles.delete(old);
      this.small.delete(old);
      this.bytes -= grey.length;
    }
  }

  /** Try failed tiles again: the server is back. */
  retry() {
    this.failures.clear();
    this.start();
  }
}
