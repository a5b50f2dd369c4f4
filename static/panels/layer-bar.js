/** The choice of a pane's layer, over the canvas: one button for each that there may be. Draws no layer. */
import { el, fill, say } from '../dom.js';
import { usable } from '../filter.js';
import { LAYERS, layerText, shownLayer, sides } from '../layers.js';
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
/** The commands that show a layer, in the left pane or the only one. @type {Record<string, string>} */
const COMMANDS = { filtered: 'filter', model: 'layer' };

export class LayerBar {
  /**
   * @param {HTMLElement} group
   * @param {import('../state.js').Store<State>} store
   * @param {number} side the pane, 0 on the left or 1 on the right
   * @param {(name: string, side: number) => void} choose
   */
  constructor(group, store, side, choose) {
    this.group = group;
    this.store = store;
    this.side = side;
    this.buttons = LAYERS.map((name) =>
      el('button', { role: 'radio', 'aria-checked': 'false', on: { click: () => choose(name, side) } }, layerText(name)),
    );
    fill(group, ...this.buttons);
    store.subscribe(['layer', 'second', 'view', 'filter', 'project'], () => this.draw());
    ownKeys.show(() => this.draw());
  }

  draw() {
    const { view, filter } = this.store.state;
    const inForce = usable(filter, pixelSize(this.store.state));
    const panes = sides(this.store.state);
    this.group.hidden = this.side >= panes.length;
    this.group.setAttribute('aria-label', panes.length === 1 ? 'Layer' : `Layer on the ${this.side ? 'right' : 'left'}`);
    const shown = shownLayer(view, panes[this.side] ?? '');
    LAYERS.forEach((name, i) => {
      const button = this.buttons[i];
      button.disabled = view !== null && !view.layers[name];
      say(button, layerText(name, inForce));
      const key = COMMANDS[name] && !this.side ? ` (${ownKeys.text(COMMANDS[name])})` : '';
      button.title = (button.disabled && NEEDS[name]) || TITLES[name] + key;
      button.setAttribute('aria-checked', String(name === shown));
    });
  }
}
