/**
 * The Review tab: threshold over the histogram of scores, live counts, and the picks that the model is least sure of.
 */
import { drawBars, drawMarker } from '../charts.js';
import { byId, el, say } from '../dom.js';
import { estimate } from '../estimate.js';
import { averagePrecision, boundNote, precisionAndRecall, share, unmeasured } from '../heldout.js';
import { ownKeys } from '../own-keys.js';
import { hasSuggestions, isPartial, pickCounts } from '../picking.js';
import { borderline, histogram, scoreRange } from '../picks.js';
import { diameterPx } from '../scales.js';
import { plural, signed, whole } from '../units.js';

/**
 * @typedef {import('../types.js').State} State
 * @typedef {ReturnType<typeof borderline>[number]} Doubt
 */

const BINS = 70;
const FINE_BINS = 500;
const STEP = 0.1;
const CROPS = 8;
const CROP_DIAMETERS = 1.7;
const CROP_PIXELS = 96;
/** Small bars are lifted, so that few picks among many are still seen. */
const LIFT = 0.6;
const MEANING =
  'The score is a log-likelihood ratio. 0 lies where noise and particles part best, as far as the scores themselves tell.';
const SUGGESTED =
  'These are suggestions of no trained model: the score only says how much each looks like a particle of this size.';

/** Whether the picks that are shown are those of a job. @param {string} job @param {State["picks"]} picks */
function areOf(job, picks) {
  return [...picks.values()].some((set) => set.picks.job === job);
}

/** What held-out micrographs say of the model whose picks are shown. @param {State} state */
function heldOutNote({ run, picks, models }) {
  if (!run || run.kind === 'suggest' || !areOf(run.id, picks)) return '';
  const kept = run.kind === 'pick' ? models.find(({ name }) => name === run.model)?.held_out : null;
  const facts = run.kind === 'pick' ? kept : (run.best ?? run.last);
  if (!facts) return run.kind === 'train' ? unmeasured(run) : '';
  const where = run.kind === 'pick' ? 'Held-out when it was trained' : 'Held-out';
  return `${where}: ${precisionAndRecall(facts)}; average precision ${averagePrecision(facts)}. ${boundNote(facts)}`.trim();
}

export class ReviewPanel {
  /**
   * @param {import('../state.js').Store<State>} store
   * @param {import('../annotate.js').Annotator} annotator
   * @param {import('../crops.js').Crops} crops
   */
  constructor(store, annotator, crops) {
    this.store = store;
    this.annotator = annotator;
    this.crops = crops;
    this.slider = /** @type {HTMLInputElement} */ (byId('threshold'));
    this.canvas = /** @type {HTMLCanvasElement} */ (byId('scores'));
    this.range = { low: -1, high: 1 };
    this.counts = new Uint32Array(BINS);
    this.fine = new Uint32Array(FINE_BINS);
    /** @type {Doubt[]} */
    this.doubts = [];
    this.chosen = 0;
    this.listen();
    store.subscribe(['picks', 'tab'], () => this.measure());
    store.subscribe(['picks', 'threshold', 'current', 'tab', 'project'], () => this.draw());
    store.subscribe(['picks', 'run', 'models'], () => this.drawHeldOut());
    store.subscribe(['picks', 'run', 'threshold', 'tab'], () => this.drawEstimate());
    store.subscribe(['picks', 'threshold', 'labels', 'tab', 'tiles', 'contrast'], () => this.drawDoubts());
  }

  listen() {
    this.slider.addEventListener('input', () => this.store.set({ threshold: Number(this.slider.value) }));
    byId('threshold-lower').addEventListener('click', () => this.nudge(-1));
    byId('threshold-higher').addEventListener('click', () => this.nudge(1));
    byId('threshold-zero').addEventListener('click', () => this.store.set({ threshold: 0 }));
    const follow = (/** @type {PointerEvent} */ event) => {
      if (!(event.buttons & 1)) return;
      const { left, width } = this.canvas.getBoundingClientRect();
      const part = Math.min(Math.max((event.clientX - left) / width, 0), 1);
      this.setThreshold(this.range.low + part * (this.range.high - this.range.low));
    };
    this.canvas.addEventListener(
      'pointerdown',
      (event) => (this.canvas.setPointerCapture(event.pointerId), follow(event)),
    );
    this.canvas.addEventListener('pointermove', follow);
    byId('crops').addEventListener('keydown', (event) => this.onKey(event));
    byId('ask-keep').addEventListener('click', () => this.answer('keep'));
    byId('ask-reject').addEventListener('click', () => this.answer('remove'));
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  /** @param {number} value */
  setThreshold(value) {
    this.store.set({ threshold: Math.round(value * 100) / 100 });
  }

  /** @param {number} direction */
  nudge(direction) {
    this.setThreshold(this.store.state.threshold + direction * STEP);
  }

  /** The histogram changes with the picks, not with the threshold; of thousands of micrographs it is made when it is seen. */
  measure() {
    if (this.store.state.tab !== 'review') return;
    const columns = [...this.store.state.picks.values()].map(({ scores }) => scores);
    this.range = scoreRange(columns);
    this.counts = histogram(columns, this.range, BINS);
    this.fine = histogram(columns, this.range, FINE_BINS);
    const { low, high } = this.range;
    Object.assign(this.slider, { min: String(low), max: String(high) });
  }

  draw() {
    const { state } = this.store;
    const { threshold } = state;
    const { here, all } = pickCounts(state);
    this.slider.value = String(threshold);
    say(byId('threshold-value'), signed(threshold));
    say(byId('threshold-counts'), state.picks.size ? `${whole(here)} here · ${isPartial(state) ? '≥ ' : ''}${whole(all)} in all` : 'no picks yet');
    say(byId('threshold-note'), this.note());
    if (state.tab !== 'review') return;
    const part = (threshold - this.range.low) / (this.range.high - this.range.low);
    const { context, width, height } = drawBars(this.canvas, this.counts, {
      from: part,
      to: 1,
      colour: 'pick',
      power: LIFT,
    });
    drawMarker(context, Math.min(Math.max(part, 0), 1) * width, height);
  }

  drawHeldOut() {
    const text = heldOutNote(this.store.state);
    byId('held-out-review').hidden = !text;
    say(byId('held-out-review'), text);
  }

  /** Follows the threshold, unlike what held-out micrographs say. */
  drawEstimate() {
    const { run, picks, threshold, tab } = this.store.state;
    if (tab !== 'review') return;
    const mixture = run && areOf(run.id, picks) ? run.mixture : null;
    const figures = mixture && estimate(this.fine, this.range, threshold, mixture);
    byId('estimate').hidden = !figures;
    if (!figures) return;
    const [precision, recall] = [share(figures.precision), share(figures.recall)];
    say(byId('estimate'), `Estimated from the scores: precision ${precision} · recall ${recall} at ${signed(threshold)}.`);
  }

  note() {
    const { picks, micrographs } = this.store.state;
    if (!picks.size) return 'Train first: picks come with their scores.';
    const missing = micrographs.length - picks.size;
    const lacking =
      missing > 0
        ? `Counts are of ${plural(picks.size, 'micrograph')} with picks, of ${whole(micrographs.length)}. `
        : '';
    return `${lacking}${hasSuggestions(this.store.state) ? SUGGESTED : MEANING}`;
  }

  drawDoubts() {
    const { state } = this.store;
    if (state.tab !== 'review') return this.crops.want([]);
    const sets = [...state.picks].map(([micrograph, { picks, classes }]) => ({ micrograph, picks, classes }));
    this.doubts = borderline(sets, state.threshold, CROPS);
    this.chosen = Math.min(this.chosen, Math.max(this.doubts.length - 1, 0));
    byId('ask').hidden = !this.doubts.length;
    this.crops.want(this.doubts.map((doubt) => this.square(doubt)));
    const box = byId('crops');
    while (box.children.length > this.doubts.length) box.lastElementChild?.remove();
    while (box.children.length < this.doubts.length) box.append(this.newCrop(box.children.length));
    this.doubts.forEach((doubt, i) => this.drawCrop(/** @type {HTMLElement} */ (box.children[i]), doubt, i));
  }

  /** @param {Doubt} doubt */
  square({ micrograph, x, y }) {
    return { micrograph, x, y, side: diameterPx(this.store.state) * CROP_DIAMETERS, pixels: CROP_PIXELS };
  }

  /** Made once and drawn again: new canvases in every move of the threshold cost more than what is on them. @param {number} i */
  newCrop(i) {
    const choose = () => this.choose(i);
    return el('div', { role: 'option', on: { click: choose } }, el('canvas'), el('span', { class: 'figures' }));
  }

  /** @param {HTMLElement} option @param {Doubt} doubt @param {number} i */
  drawCrop(option, doubt, i) {
    const [canvas, figures] = option.children;
    this.crops.draw(/** @type {HTMLCanvasElement} */ (canvas), this.square(doubt));
    option.setAttribute('aria-selected', String(i === this.chosen));
    option.setAttribute('aria-label', `Pick with score ${signed(doubt.score)}`);
    say(figures, signed(doubt.score));
  }

  /** @param {number} i */
  choose(i) {
    this.chosen = Math.min(Math.max(i, 0), Math.max(this.doubts.length - 1, 0));
    [...byId('crops').children].forEach((child, j) => child.setAttribute('aria-selected', String(j === this.chosen)));
    byId('crops').focus();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const command = ownKeys.bindingFor(event)?.id;
    if (step) this.choose(this.chosen + step);
    else if (command === 'keep' || command === 'remove') this.answer(command);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The next one takes the place of the answered one. @param {"keep" | "remove"} what */
  answer(what) {
    const doubt = this.doubts[this.chosen];
    if (!doubt) return;
    this.annotator[what]({ kind: 'pick', ...doubt });
  }
}
