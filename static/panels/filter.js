/** The filter part of the contrast panel: low-pass and high-pass in Å, each as a slider and as a number. Filters nothing. */
import { byId, show } from '../dom.js';
import { STEPS, USUAL, isOff, lengthAt, lengthTyped, limits, limitsText, stepOf, usable, withSide } from '../filter.js';
import { shownLayer, sides } from '../layers.js';
import { pixelSize } from '../scales.js';

/**
 * @typedef {import('../types.js').State} State
 * @typedef {import('../filter.js').Side} Side
 */

/** @type {Side[]} */
const SIDES = ['low_pass', 'high_pass'];
const NEEDS = 'Enter the pixel size first: filters are in Å.';

export class FilterPanel {
  /**
   * @param {import('../state.js').Store<State>} store
   * @param {(name: string, side?: number) => void} setLayer of a pane, the left one if none is named
   */
  constructor(store, setLayer) {
    this.store = store;
    this.setLayer = setLayer;
    SIDES.forEach((side) => this.listen(side));
    byId('filter-on').addEventListener('click', () => this.toggle());
    store.subscribe(['filter', 'project', 'layer', 'second', 'view'], () => this.draw());
    this.draw();
  }

  /** @param {Side} side */
  controls(side) {
    const slider = /** @type {HTMLInputElement} */ (byId(`${side}-slider`));
    return { slider, number: /** @type {HTMLInputElement} */ (byId(side)) };
  }

  /** @param {Side} side */
  listen(side) {
    const { slider, number } = this.controls(side);
    slider.max = String(STEPS);
    slider.addEventListener('input', () => this.set(side, lengthAt(side, Number(slider.value))));
    slider.addEventListener('change', () => this.draw());
    number.addEventListener('change', () => this.setTyped(side, number));
  }

  /** @param {Side} side @param {number | null} length Å */
  set(side, length) {
    const size = pixelSize(this.store.state);
    if (!size) return;
    const filter = withSide(this.store.state.filter, side, length, size);
    this.store.set({ filter });
    const off = isOff(usable(filter, size));
    // Of two panes one that was filtered stays where it is, and looks as the file while nothing is filtered.
    if (this.side !== -1 && (!off || sides(this.store.state).length > 1)) return;
    this.setLayer(off ? 'raw' : 'filtered');
  }

  /** The pane that is filtered, or -1. */
  get side() {
    return sides(this.store.state).indexOf('filtered');
  }

  /** @param {Side} side @param {HTMLInputElement} number */
  setTyped(side, number) {
    const range = limits(this.store.state.filter, side, pixelSize(this.store.state) ?? 0);
    const length = lengthTyped(number.validity.badInput ? '?' : number.value, range);
    if (length !== undefined) return this.set(side, length);
    this.store.set({ message: { kind: 'error', text: limitsText(side, range) } });
    number.value = String(this.store.state.filter[side] ?? '');
  }

  /** The filter on or off, as it was set last. */
  toggle() {
    const { filter } = this.store.state;
    const size = pixelSize(this.store.state);
    if (!size) return this.store.set({ message: { kind: 'info', text: NEEDS } });
    if (this.side !== -1) return this.setLayer('raw', this.side);
    if (isOff(usable(filter, size))) this.store.set({ filter: withSide(USUAL, 'low_pass', USUAL.low_pass, size) });
    this.setLayer('filtered');
  }

  draw() {
    const size = pixelSize(this.store.state);
    const { filter, view } = this.store.state;
    const inForce = usable(filter, size);
    /** @type {HTMLFieldSetElement} */ (byId('filter')).disabled = !size;
    byId('filter').title = size ? '' : NEEDS;
    for (const side of SIDES) {
      const { slider, number } = this.controls(side);
      const length = inForce[side];
      // A slider under the hand stays where the hand is, also where the other side holds the length back.
      if (!slider.matches(':active')) slider.value = String(stepOf(side, length));
      slider.setAttribute('aria-valuetext', length === null ? 'off' : `${length} Å`);
      show(number, String(length ?? ''));
    }
    byId('filter-on').setAttribute('aria-pressed', String(sides(this.store.state).some((name) => shownLayer(view, name) === 'filtered')));
  }
}
