/**
 * What a press, a drag and a tap on the canvas mean: select, add, move, resize, remove, pan. Reads the store, changes
 * the viewport and the selection in it, and hands every change of labels to the annotator.
 */
import { nearest } from './labels.js';
import { countAbove, nearestPick } from './picks.js';
import { diameterPx, pixelSize } from './scales.js';
import { clampTo, panned, toImage, zoomAt } from './viewport.js';

/**
 * @typedef {import('./types.js').State} State
 * @typedef {import('./types.js').Point} Point
 * @typedef {import('./types.js').Target} Target
 * @typedef {import('./input.js').How} How
 * @typedef {{part: "inside" | "edge", target: Target}} Hit
 */

/** How near to the line of a circle a pointer grips its edge, CSS px; smaller circles have no edge to grip. */
const GRIP = { mouse: 4, pen: 5, touch: 10 };
const GRIPPABLE_RADIUS = 13;
const SMALLEST_DIAMETER_PX = 4;
const ROUND_ANGSTROM = 10;

/**
 * @param {State} state
 * @param {Point} at CSS px
 * @returns {Target | null} the label or pick whose circle holds the point
 */
export function targetAt(state, at) {
  const { viewport, view, current, hidden } = state;
  if (!viewport || !view || current === null || hidden) return null;
  const { x, y } = toImage(viewport, at.x, at.y);
  const radius = diameterPx(state) / 2;
  const label = nearest(state.labels.get(current)?.values() ?? [], x, y, radius);
  if (label) return { kind: 'label', micrograph: current, id: label.id };
  return pickAt(state, current, { x, y }, radius);
}

/**
 * @param {State} state
 * @param {number} micrograph
 * @param {Point} at px
 * @param {number} radius px
 * @returns {Target | null}
 */
function pickAt(state, micrograph, at, radius) {
  const set = state.picks.get(micrograph);
  if (!set || !countAbove(set.picks.score, state.threshold)) return null;
  const i = nearestPick(set.picks, set.classes, state.threshold, at, radius);
  if (i < 0) return null;
  return { kind: 'pick', micrograph, x: set.picks.x[i], y: set.picks.y[i], score: set.picks.score[i] };
}

/**
 * The positive label whose line is under the point.
 * @param {State} state
 * @param {Point} at CSS px
 * @param {string} type of pointer
 * @returns {Point | null} its centre, px
 */
export function edgeAt(state, at, type) {
  const { viewport, current, hidden } = state;
  if (!viewport || current === null || hidden) return null;
  const radius = diameterPx(state) / 2;
  const grip = GRIP[/** @type {keyof typeof GRIP} */ (type)] ?? GRIP.mouse;
  if (radius * viewport.zoom < GRIPPABLE_RADIUS) return null;
  const { x, y } = toImage(viewport, at.x, at.y);
  for (const label of state.labels.get(current)?.values() ?? []) {
    const off = Math.abs(Math.hypot(label.x - x, label.y - y) - radius) * viewport.zoom;
    if (label.label === 'positive' && off <= grip) return label;
  }
  return null;
}

/** Is a Meaning of input.js. */
export class Tools {
  /**
   * @param {import('./state.js').Store<State>} store
   * @param {import('./annotate.js').Annotator} annotator
   * @param {(diameterAngstrom: number) => void} onDiameter a hand has set the diameter
   * @param {HTMLElement} surface shows the cursor
   */
  constructor(store, annotator, onDiameter, surface) {
    this.store = store;
    this.annotator = annotator;
    this.onDiameter = onDiameter;
    this.surface = surface;
    this.hand = false;
    /** @type {{kind: "pan"} | {kind: "move", id: string, offset: Point} | {kind: "resize", centre: Point}} */
    this.grab = { kind: 'pan' };
  }

  /** While Space is held a drag pans, whatever lies under it. @param {boolean} down */
  holdHand(down) {
    this.hand = down;
    this.showCursor(null);
  }

  /** @param {Point | null} at @param {How} how */
  hover(at, how) {
    const { state } = this.store;
    const target = at && targetAt(state, at);
    const cursor = at && state.viewport ? toImage(state.viewport, at.x, at.y) : null;
    const same = JSON.stringify(target) === JSON.stringify(state.hover);
    this.store.set({ cursor, crosshair: false, ...(same ? {} : { hover: target }) });
    this.showCursor(at && edgeAt(state, at, how.type) ? 'edge' : target && 'target');
  }

  /** @param {string | null} over */
  showCursor(over) {
    const panning = this.hand || this.store.state.mode === 'pan';
    this.surface.dataset.cursor = panning ? 'hand' : (over ?? 'add');
  }

  /** @param {Point} at @param {How} how */
  press(at, how) {
    this.grab = this.grabAt(at, how);
  }

  /** @param {Point} at @param {How} how @returns {Tools["grab"]} */
  grabAt(at, how) {
    const { state } = this.store;
    const viewport = state.viewport;
    if (!viewport || this.hand || state.mode === 'pan' || how.button !== 0 || how.shift) return { kind: 'pan' };
    const centre = edgeAt(state, at, how.type);
    if (centre) return { kind: 'resize', centre };
    const target = targetAt(state, at);
    const label = target?.kind === 'label' ? this.annotator.labels(target.micrograph).get(target.id) : null;
    // A finger pans unless the label has been chosen before: otherwise labels move by accident.
    if (!label || (how.type === 'touch' && !isSelected(state, label.id))) return { kind: 'pan' };
    const from = toImage(viewport, at.x, at.y);
    return { kind: 'move', id: label.id, offset: { x: label.x - from.x, y: label.y - from.y } };
  }

  /** @param {Point} at @param {Point} by */
  drag(at, by) {
    const { state } = this.store;
    const { viewport, view } = state;
    if (!viewport || !view) return;
    const grab = this.grab;
    if (grab.kind === 'pan') {
      this.store.set({ viewport: panned(viewport, by.x, by.y, view), hover: null });
      return;
    }
    const here = toImage(viewport, at.x, at.y);
    if (grab.kind === 'resize') this.store.set({ drag: { diameter: this.diameterAt(grab.centre, here) } });
    else
      this.store.set({ drag: { id: grab.id, ...this.onMicrograph(here.x + grab.offset.x, here.y + grab.offset.y) } });
  }

  /** @param {Point} centre @param {Point} here px */
  diameterAt(centre, here) {
    return Math.max(2 * Math.hypot(here.x - centre.x, here.y - centre.y), SMALLEST_DIAMETER_PX);
  }

  /** The nearest place on the micrograph. @param {number} x @param {number} y */
  onMicrograph(x, y) {
    const { width, height } = /** @type {import('./types.js').View} */ (this.store.state.view);
    return { x: clampTo(x, 0, width - 1), y: clampTo(y, 0, height - 1) };
  }

  /** @returns {boolean} whether the view may glide on */
  drop() {
    const { drag, current } = this.store.state;
    this.store.set({ drag: null });
    if (!drag || current === null) return this.grab.kind === 'pan';
    if ('id' in drag) {
      this.annotator.move(current, drag.id, drag.x, drag.y);
      this.store.set({ selected: { kind: 'label', micrograph: current, id: drag.id } });
    } else this.setDiameter(drag.diameter);
    return false;
  }

  /** @param {number} diameter px */
  setDiameter(diameter) {
    const size = pixelSize(this.store.state);
    if (size) this.onDiameter(Math.round(diameter * size * ROUND_ANGSTROM) / ROUND_ANGSTROM);
    else this.store.set({ message: { kind: 'info', text: 'Enter the pixel size first: the diameter is kept in Å.' } });
  }

  cancel() {
    this.store.set({ drag: null });
    this.grab = { kind: 'pan' };
  }

  /** @param {Point} at @param {How} how */
  tap(at, how) {
    const { state } = this.store;
    const target = targetAt(state, at);
    if (how.button === 1 || how.shift) return target ? this.remove(target) : undefined;
    if (target || state.mode === 'pan' || this.hand) this.store.set({ selected: target });
    else this.addAt(at);
  }

  /** @param {Point} at CSS px */
  addAt(at) {
    const { viewport, view, current, hidden } = this.store.state;
    if (!viewport || !view || current === null || hidden) return;
    const { x, y } = toImage(viewport, at.x, at.y);
    if (x < -0.5 || y < -0.5 || x > view.width - 0.5 || y > view.height - 0.5) {
      this.store.set({ selected: null });
      return;
    }
    const place = this.onMicrograph(x, y);
    this.store.set({ selected: this.annotator.add(current, place.x, place.y) });
  }

  /** @param {Target} target */
  remove(target) {
    this.annotator.remove(target);
    this.store.set({ selected: null, hover: null });
  }

  /** The target of a key: what is selected, or else what the cursor is on. @returns {Target | null} */
  get target() {
    const { selected, hover } = this.store.state;
    return selected ?? hover;
  }

  /** @param {"keep" | "remove"} what */
  act(what) {
    const target = this.target;
    if (!target) return;
    if (what === 'remove') this.remove(target);
    else this.store.set({ selected: this.annotator.keep(target), hover: null });
  }

  /** @param {Point} at @param {number} factor @param {Point} by */
  zoom(at, factor, by) {
    const { viewport, view } = this.store.state;
    if (!viewport || !view) return;
    this.store.set({ viewport: zoomAt(panned(viewport, by.x, by.y, view), factor, at, view), hover: null });
  }
}

/** @param {State} state @param {string} id */
function isSelected({ selected }, id) {
  return selected?.kind === 'label' && selected.id === id;
}
