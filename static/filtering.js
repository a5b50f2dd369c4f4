/**
 * The filtered layer of the open micrograph: a stand-in that the viewer previews as soon as a filter is chosen, then the
 * server's. A question that has become stale is aborted. Draws nothing.
 */
import * as api from './api.js';
import { filterName, isOff, usable } from './filter.js';
import { layersInSight } from './layers.js';
import { pixelSize } from './scales.js';

/**
 * @typedef {import('./types.js').State} State
 * @typedef {import('./types.js').Layer} Layer
 */

/** The server is asked once the hand rests for so long. */
const REST_MS = 120;

export class Filtering {
  /**
   * @param {import('./state.js').Store<State>} store
   * @param {(error: any) => void} report
   */
  constructor(store, report) {
    this.store = store;
    this.report = report;
    this.timer = 0;
    /** @type {{key: string, controller: AbortController} | null} */
    this.asked = null;
    store.subscribe(['filter', 'view', 'layer', 'second', 'blinking', 'project'], () => this.sync());
  }

  sync() {
    const { view, filter } = this.store.state;
    if (!view) return this.give(null);
    const wanted = usable(filter, pixelSize(this.store.state));
    const name = isOff(wanted) ? null : `filtered-${filterName(wanted)}`;
    const present = view.layers.filtered;
    if ((present?.name ?? null) !== name) this.put(name ? standIn(view.layers, name) : null);
    const waits = name && layersInSight(this.store.state).includes('filtered') && this.store.state.view?.layers.filtered?.preview;
    this.give(waits ? [view.id, view.layers.raw.revision, name, pixelSize(this.store.state)].join() : null);
  }

  /** @param {Layer | null} layer */
  put(layer) {
    const view = /** @type {import('./types.js').View} */ (this.store.state.view);
    const { filtered: _, ...layers } = view.layers;
    this.store.set({ view: { ...view, layers: layer ? { ...layers, filtered: layer } : layers } });
  }

  /** Ask for this one and for no other. @param {string | null} key */
  give(key) {
    if (this.asked?.key === key) return;
    clearTimeout(this.timer);
    this.asked?.controller.abort();
    this.asked = key === null ? null : { key, controller: new AbortController() };
    if (this.asked) this.timer = window.setTimeout(() => void this.ask(), REST_MS);
  }

  async ask() {
    const { asked } = this;
    const { view } = this.store.state;
    const name = view?.layers.filtered?.name;
    if (!asked || !view || !name) return;
    try {
      const { layers } = await api.view(view.id, name, asked.controller.signal);
      if (this.asked === asked) this.put({ ...layers[name], name });
    } catch (error) {
      if (this.asked !== asked) return;
      const standing = this.store.state.view?.layers.filtered;
      if (standing) this.put({ ...standing, failed: true });
      this.report(error);
    }
  }
}

/**
 * Has the place of the raw layer, and the histogram of the last filter as long as there is no other.
 * @param {Record<string, Layer>} layers
 * @param {string} name
 * @returns {Layer}
 */
function standIn({ raw, filtered }, name) {
  const { low, high, histogram, auto_low, auto_high } = filtered ?? raw;
  return { ...raw, low, high, histogram, auto_low, auto_high, name, revision: name, preview: true };
}
