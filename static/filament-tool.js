/**
 * Drawing filaments: a drag, or two clicks, from the start to the end; an end that is there is dragged. A Tool of tools.js;
 * knows the sketch in the store and where a finished filament goes, draws nothing.
 */
import { SHORTEST_PX, asEnds, lengthOf, nearestLine, withEnd } from './filaments.js';
import { endAt, targetAt } from './targets.js';
import { clampTo, toImage } from './viewport.js';

/**
 * @typedef {import('./types.js').Point} Point
 * @typedef {import('./input.js').How} How
 */

/** A click so near to a line chooses it, CSS px; farther away one begins a neighbour. */
const NEAR_PX = { mouse: 5, pen: 6, touch: 12, key: 5 };

export class FilamentTool {
  /** @param {import('./state.js').Store<import('./types.js').State>} store @param {import('./annotate.js').Annotator} annotator */
  constructor(store, annotator) {
    this.store = store;
    this.annotator = annotator;
    /** @type {Point | null} where the pointer went down, CSS px */
    this.from = null;
    /** @type {ReturnType<typeof endAt>} the end that the pointer has hold of */
    this.gripped = null;
  }

  /** The nearest place on the micrograph. @param {Point} at CSS px @returns {Point} px */
  place(at) {
    const { viewport, view } = this.store.state;
    if (!viewport || !view) return at;
    const { x, y } = toImage(viewport, at.x, at.y);
    return { x: clampTo(x, 0, view.width - 1), y: clampTo(y, 0, view.height - 1) };
  }

  /** @param {Point} at @param {How} how @returns {boolean} whether a drag draws: with a start set, it moves the view to reach the end */
  press(at, how) {
    const { state } = this.store;
    this.from = at;
    this.gripped = state.sketch ? null : endAt(state, at, how.type);
    return !state.sketch;
  }

  /** @param {Point} at */
  drag(at) {
    const held = this.gripped;
    if (held) {
      const ends = withEnd(held.filament.ends, held.which, this.place(at));
      this.store.set({ drag: { id: held.filament.id, ends } });
      return;
    }
    const { sketch } = this.store.state;
    const corners = sketch?.corners ?? [this.place(this.from ?? at)];
    this.store.set({ sketch: { use: 'filament', corners, freehand: true, to: this.place(at) }, selected: null });
  }

  drop() {
    const { drag, sketch, current } = this.store.state;
    if (drag && 'ends' in drag && current !== null) {
      this.store.set({ drag: null });
      this.annotator.moveFilament(current, drag.id, drag.ends);
      this.store.set({ selected: { kind: 'filament', micrograph: current, id: drag.id } });
    } else if (sketch?.freehand && sketch.to) this.finish(sketch.corners[0], sketch.to);
    this.gripped = null;
  }

  /** @param {Point} at @param {How} how */
  tap(at, how) {
    const { sketch, viewport, view, current, filaments } = this.store.state;
    if (!viewport || !view || current === null) return;
    if (sketch) return this.finish(sketch.corners[0], this.place(at));
    const reach = NEAR_PX[/** @type {keyof typeof NEAR_PX} */ (how.type)] ?? NEAR_PX.mouse;
    const hit = nearestLine(filaments.get(current)?.values() ?? [], this.place(at), reach / viewport.zoom);
    if (hit) this.store.set({ selected: { kind: 'filament', micrograph: current, id: hit.id } });
    else this.begin(at);
  }

  /** @param {Point} at */
  begin(at) {
    const { viewport, view } = this.store.state;
    const { x, y } = viewport ? toImage(viewport, at.x, at.y) : at;
    if (!view || x < -0.5 || y < -0.5 || x > view.width - 0.5 || y > view.height - 0.5) return;
    this.store.set({ sketch: { use: 'filament', corners: [{ x, y }], freehand: false, to: null }, selected: null });
  }

  /** @param {Point} start @param {Point} end px */
  finish(start, end) {
    const { current } = this.store.state;
    this.store.set({ sketch: null });
    const ends = asEnds(start, end);
    if (current === null || lengthOf(ends) < SHORTEST_PX) return;
    this.store.set({ selected: this.annotator.addFilament(current, ends) });
  }

  /** The line to the end follows the pointer. @param {Point | null} at */
  hover(at) {
    const { sketch } = this.store.state;
    if (sketch) this.store.set({ sketch: { ...sketch, to: at && this.place(at) } });
  }

  /** The start was a mistake. @returns {boolean} whether there was one */
  takeBack() {
    const { sketch } = this.store.state;
    if (sketch) this.store.set({ sketch: null });
    return Boolean(sketch);
  }

  /** What a long press removes. @param {Point} at */
  held(at) {
    return this.store.state.sketch ? null : targetAt(this.store.state, at);
  }

  /** A second finger came down: what it was dragging was no filament. */
  cancel() {
    this.gripped = null;
    if (this.store.state.sketch?.freehand) this.store.set({ sketch: null });
  }
}
