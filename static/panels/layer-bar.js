/** The choice of a layer, over the canvas: one button for each that there may be. Draws no layer. */
import { el, fill } from '../dom.js';
import { LAYERS, layerText, shownLayer } from '../layers.js';

/** @typedef {import('../types.js').State} State */

/** Why a layer is missing. */
const NEEDS = 'Needs the pixel size and the diameter';
/** @type {Record<string, string>} */
const TITLES = { raw: 'The micrograph as it is in the file', model: 'Downsampled and normalised' };

export class LayerBar {
  /**
   * @param {HTMLElement} group
   * @param {import('../state.js').Store<State>} store
   * @param {(name: string) => void} choose
   */
  constructor(group, store, choose) {
    this.store = store;
    this.buttons = LAYERS.map((name) =>
      el('button', { role: 'radio', 'aria-checked': 'false', on: { click: () => choose(name) } }, layerText(name)),
    );
    fill(group, ...this.buttons);
    store.subscribe(['layer', 'view'], () => this.draw());
    this.draw();
  }

  draw() {
    const { view, layer } = this.store.state;
    const shown = shownLayer(view, layer);
    LAYERS.forEach((name, i) => {
      const button = this.buttons[i];
      button.disabled = view !== null && !view.layers[name];
      button.title = button.disabled ? NEEDS : `${TITLES[name]} (L)`;
      button.setAttribute('aria-checked', String(name === shown));
    });
  }
}
