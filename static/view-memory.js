/**
 * What a person finds again: where they look, in the page's address and in this browser; contrast, threshold, filter and marks,
 * in the settings of the project. Nothing is kept before it rests.
 */
import { addressOf } from './address.js';
import { NEUTRAL, fromStored } from './contrast.js';
import { USUAL, fromStored as filterFromStored } from './filter.js';
import { LAYERS } from './layers.js';
import { looksOnly } from './looking.js';
import { markFromStored } from './marks.js';
import { Place } from './place.js';

const ADDRESS_MS = 250;
const VIEW_SETTINGS_MS = 800;

export class ViewMemory {
  /**
   * @param {import('./state.js').Store<import('./types.js').State>} store
   * @param {(settings: object) => void} change the project's settings
   */
  constructor(store, change) {
    this.store = store;
    this.change = change;
    this.place = new Place('');
    this.addressTimer = 0;
    this.settingsTimer = 0;
    store.subscribe(['viewport', 'current', 'layer', 'second', 'filter'], () => this.keepAddress());
    store.subscribe(['contrast', 'threshold', 'filter', 'marks'], () => this.keepViewSettings());
  }

  /** @param {string} instance of the project */
  begin(instance) {
    this.place = new Place(instance);
  }

  /** Where the last visit ended, as an address. */
  get last() {
    return this.place.last;
  }

  /** Where one looks stands in the address: a reload, or a link sent to a colleague, opens the same. */
  keepAddress() {
    clearTimeout(this.addressTimer);
    this.addressTimer = window.setTimeout(() => {
      const address = addressOf(this.store.state);
      if (!address) return;
      history.replaceState(null, '', `${location.pathname}#${address}`);
      this.place.keep(String(address));
    }, ADDRESS_MS);
  }

  /** Contrast and threshold are remembered for the project, once they rest. */
  keepViewSettings() {
    const { project, contrast, threshold, filter, marks } = this.store.state;
    if (!project || looksOnly(this.store.state)) return;
    const view = { ...project.settings.view, contrast, threshold, filter, marks };
    if (JSON.stringify(view) === JSON.stringify(project.settings.view)) return;
    clearTimeout(this.settingsTimer);
    this.settingsTimer = window.setTimeout(() => this.change({ view }), VIEW_SETTINGS_MS);
  }
}

/** What an earlier visit left in the project's view settings. @param {Record<string, any>} view */
export function storedView(view) {
  const { contrast, threshold, filter, marks } = view ?? {};
  return {
    contrast: Object.fromEntries(LAYERS.map((name) => [name, fromStored(contrast?.[name] ?? NEUTRAL)])),
    filter: filterFromStored(filter) ?? USUAL,
    threshold: Number.isFinite(threshold) ? threshold : 0,
    marks: markFromStored(marks),
  };
}
