/**
 * Selecting many labels and picks at once, in a box or a lasso. A Tool of tools.js; knows the sketch in the store, draws
 * nothing and changes no label.
 */
import { groupOf } from './brush-tool.js';
import { contains } from './exclusions.js';
import { exclusionAt, membersIn, targetAt } from './targets.js';
import { toImage } from './viewport.js';

/**
 * @typedef {import('./types.js').State} State
 * @typedef {import('./types.js').Point} Point
 */

export class SelectTool {
  /** @param {import('./state.js').Store<State>} store @param {"box" | "lasso"} shape */
  constructor(store, shape) {
    this.store = store;
    this.shape = shape;
    /** @type {Point} px */
    this.from = { x: 0, y: 0 };
  }

  /** @param {Point} at CSS px @returns {Point} px */
  place(at) {
    const { viewport } = this.store.state;
    return viewport ? toImage(viewport, at.x, at.y) : at;
  }

  /** @param {Point} at */
  press(at) {
    this.from = this.place(at);
    return true;
  }

  /** @param {Point} at */
  drag(at) {
    const here = this.place(at);
    const { from } = this;
    const before = this.store.state.sketch?.corners ?? [from];
    const box = [from, { x: here.x, y: from.y }, here, { x: from.x, y: here.y }];
    const corners = this.shape === 'box' ? box : [...before, here];
    this.store.set({ sketch: { use: 'select', corners, freehand: true, to: null }, selected: null });
  }

  drop() {
    const { sketch } = this.store.state;
    if (!sketch) return;
    const outline = sketch.corners.map(({ x, y }) => /** @type {import('./types.js').Corner} */ ([x, y]));
    const members = membersIn(this.store.state, (x, y) => contains(outline, x, y));
    const selected = members.length > 1 ? groupOf(members) : (members[0] ?? null);
    this.store.set({ sketch: null, selected });
  }

  /** @param {Point} at */
  tap(at) {
    const { state } = this.store;
    this.store.set({ selected: targetAt(state, at) ?? exclusionAt(state, at) });
  }

  /** @param {Point} at */
  held(at) {
    return targetAt(this.store.state, at);
  }

  hover() {}

  /** Nothing that one could take a step back in. */
  takeBack() {
    return false;
  }

  cancel() {
    this.store.set({ sketch: null });
  }
}
