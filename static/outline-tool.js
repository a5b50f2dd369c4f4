/**
 * Drawing exclusions: taps set corners of a polygon, a drag draws freehand. Knows the sketch in the store and where a
 * finished outline goes; draws nothing.
 */
import { asOutline, fitted, nearMicrograph, smallestAt } from './exclusions.js';
import { exclusionAt } from './targets.js';
import { toImage, toScreen } from './viewport.js';

/**
 * @typedef {import('./types.js').Point} Point
 * @typedef {import('./input.js').How} How
 */

/** A tap so near to the first or the last corner closes the outline, CSS px. */
const CLOSES = { mouse: 10, pen: 10, touch: 18, key: 2 };
/** A freehand line keeps points that are at least so far apart, and is then simplified by this much, CSS px. */
const STEP = 2;
const TOLERANCE = 0.75;

export class OutlineTool {
  /** @param {import('./state.js').Store<import('./types.js').State>} store @param {import('./annotate.js').Annotator} annotator */
  constructor(store, annotator) {
    this.store = store;
    this.annotator = annotator;
    /** @type {Point | null} where the pointer went down, CSS px */
    this.from = null;
  }

  /** @param {Point} at CSS px @returns {Point} px, on the micrograph or near it */
  place(at) {
    const { viewport, view } = this.store.state;
    if (!viewport || !view) return at;
    return nearMicrograph(toImage(viewport, at.x, at.y), view);
  }

  /** @param {Point} at @returns {boolean} whether a drag draws: with corners set, it moves the view to reach the others */
  press(at) {
    this.from = at;
    return !this.store.state.sketch;
  }

  /** @param {Point} at */
  drag(at) {
    const { sketch, viewport } = this.store.state;
    if (!viewport) return;
    if (!sketch?.freehand) {
      const first = this.from ?? at;
      this.store.set({ sketch: { use: 'exclude', corners: [this.place(first)], freehand: true, to: null } });
    }
    const corners = this.store.state.sketch?.corners ?? [];
    const last = corners[corners.length - 1];
    const before = toScreen(viewport, last.x, last.y);
    if (Math.hypot(before.x - at.x, before.y - at.y) < STEP) return;
    corners.push(this.place(at));
    this.store.touch('sketch');
  }

  drop() {
    const { sketch, viewport } = this.store.state;
    if (!sketch?.freehand || !viewport) return;
    this.finish(fitted(sketch.corners, TOLERANCE / viewport.zoom));
  }

  /** @param {Point} at @param {How} how */
  tap(at, how) {
    const { sketch, view, current, exclusions } = this.store.state;
    if (!view || current === null) return;
    if (sketch) return this.closes(at, how) ? this.close() : this.setCorners([...sketch.corners, this.place(at)]);
    const hit = smallestAt(exclusions.get(current)?.values() ?? [], this.place(at));
    if (hit) this.store.set({ selected: { kind: 'exclusion', micrograph: current, id: hit.id } });
    else this.setCorners([this.place(at)]);
  }

  /** @param {Point[]} corners */
  setCorners(corners) {
    this.store.set({ sketch: corners.length ? { use: 'exclude', corners, freehand: false, to: null } : null, selected: null });
  }

  /** @param {Point} at @param {How} how */
  closes(at, { type }) {
    const { sketch, viewport } = this.store.state;
    if (!sketch || !viewport || sketch.corners.length < 3) return false;
    const reach = CLOSES[/** @type {keyof typeof CLOSES} */ (type)] ?? CLOSES.mouse;
    return [sketch.corners[0], sketch.corners[sketch.corners.length - 1]].some((corner) => {
      const { x, y } = toScreen(viewport, corner.x, corner.y);
      return Math.hypot(x - at.x, y - at.y) <= reach;
    });
  }

  /** The polygon is done, if it encloses something. */
  close() {
    const corners = this.store.state.sketch?.corners ?? [];
    if (corners.length >= 3) this.finish(corners);
  }

  /** @param {Point[]} corners */
  finish(corners) {
    const { current } = this.store.state;
    this.store.set({ sketch: null });
    const outline = asOutline(corners);
    if (outline && current !== null) this.store.set({ selected: this.annotator.exclude(current, outline) });
  }

  /** A region, unless one is being drawn. @param {Point} at */
  held(at) {
    return this.store.state.sketch ? null : exclusionAt(this.store.state, at);
  }

  /** The line to the next corner follows the pointer. @param {Point | null} at */
  hover(at) {
    const { sketch } = this.store.state;
    if (sketch) this.store.set({ sketch: { ...sketch, to: at && this.place(at) } });
  }

  /** The last corner was a mistake. @returns {boolean} whether there was one */
  takeBack() {
    const { sketch } = this.store.state;
    if (sketch) this.setCorners(sketch.corners.slice(0, -1));
    return Boolean(sketch);
  }

  /** A second finger came down: what it was drawing freehand was no drawing. */
  cancel() {
    if (this.store.state.sketch?.freehand) this.store.set({ sketch: null });
  }
}
