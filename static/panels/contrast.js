/** The contrast panel: the layer's histogram with its two handles, gamma, inversion. */
import { NEUTRAL, density, greyWindow, withHandle } from '../contrast.js';
import { drawBars } from '../charts.js';
import { byId, say } from '../dom.js';
import { contrastOf, layerText, shownLayer, sides } from '../layers.js';
import { signed } from '../units.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {"low" | "high"} End */

const GREYS = 255;
const KEY_STEP = 2;
/** Small bars are lifted: the tails of a histogram matter for contrast. */
const LIFT = 0.6;
const BARS = 64;
/** On a smaller screen the panel is folded at first: it would hide too much of the micrograph. */
const ROOMY = '(min-width: 1101px) and (min-height: 600px)';

export class ContrastPanel {
  /** @param {import('../state.js').Store<State>} store */
  constructor(store) {
    this.store = store;
    this.canvas = /** @type {HTMLCanvasElement} */ (byId('histogram'));
    this.gamma = /** @type {HTMLInputElement} */ (byId('gamma'));
    this.fold(matchMedia(ROOMY).matches);
    this.handle('low');
    this.handle('high');
    this.gamma.addEventListener('input', () => this.change({ gamma: 4 ** Number(this.gamma.value) }));
    byId('contrast-invert').addEventListener('click', () => this.invert());
    byId('contrast-auto').addEventListener('click', () => this.change({ low: NEUTRAL.low, high: NEUTRAL.high }));
    byId('contrast-reset').addEventListener('click', () => this.change(NEUTRAL));
    byId('contrast').addEventListener('toggle', () => this.draw());
    store.subscribe(['contrast', 'view', 'layer', 'second'], () => this.draw());
  }

  /** @param {End} end */
  handle(end) {
    const handle = byId(`handle-${end}`);
    handle.addEventListener('pointerdown', (event) => handle.setPointerCapture(event.pointerId));
    handle.addEventListener('pointermove', (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const { left, width } = this.canvas.getBoundingClientRect();
      this.setEnd(end, ((event.clientX - left) / width) * GREYS);
    });
    handle.addEventListener('keydown', (event) => {
      const step = { ArrowRight: KEY_STEP, ArrowUp: KEY_STEP, ArrowLeft: -KEY_STEP, ArrowDown: -KEY_STEP }[event.key];
      if (step) this.setEnd(end, this.window[end] + step);
    });
  }

  get name() {
    const { view, layer } = this.store.state;
    return shownLayer(view, layer);
  }

  get layer() {
    return this.store.state.view?.layers[this.name];
  }

  get contrast() {
    return contrastOf(this.store.state, this.name);
  }

  get window() {
    return this.layer ? greyWindow(this.contrast, this.layer) : { low: 0, high: GREYS };
  }

  /** @param {End} end @param {number} grey */
  setEnd(end, grey) {
    if (this.layer) this.change(withHandle(this.contrast, this.layer, end, grey));
  }

  /** @param {Partial<import('../contrast.js').Contrast>} part */
  change(part) {
    const { contrast } = this.store.state;
    this.store.set({ contrast: { ...contrast, [this.name]: { ...this.contrast, ...part } } });
  }

  invert() {
    this.change({ invert: !this.contrast.invert });
  }

  /** @param {boolean} [open] */
  fold(open) {
    const panel = /** @type {HTMLDetailsElement} */ (byId('contrast'));
    panel.open = open ?? !panel.open;
  }

  draw() {
    const layer = this.layer;
    if (!layer) return;
    // Of two panes it is the left one's.
    say(byId('contrast-of'), sides(this.store.state).length > 1 ? ` · ${layerText(this.name)}` : '');
    const window = this.window;
    const counts = Array.from({ length: BARS }, (_, i) =>
      sum(layer.histogram.slice((i * 256) / BARS, ((i + 1) * 256) / BARS)),
    );
    drawBars(this.canvas, counts, { from: window.low / GREYS, to: window.high / GREYS, colour: 'muted', power: LIFT });
    for (const end of /** @type {const} */ (['low', 'high']))
      this.drawEnd(end, window[end], density(layer, window[end]));
    this.gamma.value = String(Math.log(this.contrast.gamma) / Math.log(4));
    say(byId('gamma-text'), this.contrast.gamma.toFixed(2));
    byId('contrast-invert').setAttribute('aria-pressed', String(this.contrast.invert));
  }

  /** @param {End} end @param {number} grey @param {number} value density */
  drawEnd(end, grey, value) {
    const handle = byId(`handle-${end}`);
    handle.style.left = `${(100 * Math.min(Math.max(grey, 0), GREYS)) / GREYS}%`;
    handle.setAttribute('aria-valuenow', grey.toFixed(0));
    handle.setAttribute('aria-valuetext', signed(value));
    say(byId(`contrast-${end}`), `${end} ${signed(value)}`);
  }
}

/** @param {number[]} values */
function sum(values) {
  return values.reduce((a, b) => a + b, 0);
}
