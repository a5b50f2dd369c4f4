/**
 * Measures the line by the tiles that come, tells the state of it, and lets the store of tiles ask for smaller pictures
 * where it is slow. What was found is kept in this browser for the next visit. Draws nothing.
 */
import { Gauge, MODES, asksForSmall } from './line.js';

const KEY = 'peridot-line';
/** Tiles at once: before the line is known, on a quick one, on a slow one, where each should come soon. */
const AT_ONCE = Object.freeze({ unknown: 1, quick: 6, slow: 3 });
/** The line is taken for quick when nothing has been measured so long after the first tile, as it was kept, ms. */
const PATIENCE_MS = 300;

export class SlowLine {
  /**
   * @param {import('./state.js').Store<import('./types.js').State>} store
   * @param {import('./tiles.js').TileStore} tiles
   */
  constructor(store, tiles) {
    this.store = store;
    this.tiles = tiles;
    const { mode, slow } = kept();
    this.gauge = new Gauge(slow);
    store.set({ line: { mode, slow, rate: null, latency: null } });
    this.apply(slow ? AT_ONCE.slow : AT_ONCE.unknown);
    this.listen();
  }

  listen() {
    const { store, tiles } = this;
    // A tile from the browser's cache says nothing of the line.
    const observer = new PerformanceObserver((list) => {
      const came = /** @type {PerformanceResourceTiming[]} */ (list.getEntries());
      came.filter((entry) => entry.name.includes('/tiles/') && entry.transferSize > 0).forEach((entry) => this.note(entry));
    });
    observer.observe({ type: 'resource' });
    const stop = store.subscribe(['tiles'], () => {
      if (!tiles.tiles.size) return;
      stop();
      window.setTimeout(() => tiles.concurrent === AT_ONCE.unknown && this.apply(AT_ONCE.quick), PATIENCE_MS);
    });
  }

  /** @param {PerformanceResourceTiming} entry */
  note({ requestStart, responseStart, responseEnd, transferSize }) {
    this.gauge.note({ asked: requestStart, first: responseStart, last: responseEnd, bytes: transferSize });
    const { slow, rate, latency } = this.gauge;
    const { line } = this.store.state;
    this.store.set({ line: { ...line, slow, rate: rate ?? line.rate, latency } });
    if (slow !== line.slow) keep({ mode: line.mode, slow });
    this.apply();
  }

  /** @param {import('./line.js').Mode} mode */
  choose(mode) {
    const { line } = this.store.state;
    this.store.set({ line: { ...line, mode } });
    keep({ mode, slow: line.slow });
    this.apply();
  }

  /** @param {number} [atOnce] */
  apply(atOnce) {
    const small = asksForSmall(this.store.state.line);
    this.tiles.concurrent = atOnce ?? (small ? AT_ONCE.slow : AT_ONCE.quick);
    this.tiles.setSmaller(small);
  }
}

/** @returns {{mode: import('./line.js').Mode, slow: boolean}} */
function kept() {
  try {
    const { mode, slow } = Object(JSON.parse(localStorage.getItem(KEY) ?? '{}'));
    return { mode: MODES.includes(mode) ? mode : 'auto', slow: slow === true };
  } catch {
    return { mode: 'auto', slow: false }; // storage is blocked, or something else wrote it
  }
}

/** @param {{mode: import('./line.js').Mode, slow: boolean}} found */
function keep(found) {
  try {
    localStorage.setItem(KEY, JSON.stringify(found));
  } catch {
    // Storage is blocked: the next visit measures again.
  }
}
