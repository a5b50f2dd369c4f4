/** The choice of a layer, over the canvas: one button for each that there may be. Draws no layer. */
import { el, fill, say } from '../dom.js';
import { usable } from '../filter.js';
import { LAYERS, layerText, shownLayer } from '../layers.js';
import { ownKeys } from '../own-keys.js';
import { pixelSize } from '../scales.js';

/** @typedef {import('../types.js').State} State */

/** Why a layer is missing. */
/** @type {Record<string, string>} */
const NEEDS = {
  filtered: 'Needs the pixel size, and a low-pass or a high-pass in the contrast panel',
  model: 'Needs the pixel size and the diameter',
};
/** @type {Record<string, string>} */
const TITLES = { raw: 'The micrograph as it is in the file', filtered: 'Without what is finer or coarser', model: 'Downsampled and normalised' };
/** The commands that show a layer. @type {Record<string, string>} */
const COMMANDS = { filtered: 'filter', model: 'layer' };

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
    store.subscribe(['layer', 'view', 'filter', 'project'], () => this.draw());
    ownKeys.show(() => this.draw());
  }

  draw() {
    const { view, layer, filter } = this.store.state;
    const inForce = usable(filter, pixelSize(this.store.state));
    const shown = shownLayer(view, layer);
    LAYERS.forEach((name, i) => {
      const button = this.buttons[i];
      button.disabled = view !== null && !view.layers[name];
      say(button, layerText(name, inForce));
      const key = COMMANDS[name] ? ` (${ownKeys.text(COMMANDS[name])})` : '';
      button.title = (button.disabled && NEEDS[name]) || TITLES[name] + key;
      button.setAttribute('aria-checked', String(name === shown));
    });
  }
}
