/**
 * The brush: it erases labels and picks, or paints an exclusion. Knows the brush in the store and what a finished stroke
 * means; draws nothing.
 */
import { strokeOutline } from './contour.js';
import { asOutline, fitted, nearMicrograph, squaredDistance } from './exclusions.js';
import { membersIn, targetAt } from './targets.js';
import { clampTo, toImage } from './viewport.js';

/**
 * @typedef {import('./types.js').State} State
 * @typedef {import('./types.js').Point} Point
 * @typedef {import('./types.js').Member} Member
 * @typedef {import('./types.js').Brush} Brush
 * @typedef {import('./state.js').Store<State>} Store
 */

/** Radius of the brush, CSS px: it stays the same on the screen, so zooming makes it finer. */
export const FIRST_RADIUS = 24;
const [SMALLEST, LARGEST, STEP] = [4, 240, 1.25];
/** A stroke keeps points that are at least so far apart, CSS px. */
const APART = 2;
/** Of the outline, CSS px. */
const TOLERANCE = 0.25;

/** @param {Brush} brush @param {-1 | 1} way @returns {Brush} the next smaller or larger one */
export function resizedBrush(brush, way) {
  return { ...brush, radius: Math.round(clampTo(brush.radius * STEP ** way, SMALLEST, LARGEST)) };
}

/**
 * Labels and shown picks of the open micrograph whose centres lie within a distance of an edge, and filaments as near.
 * @param {State} state @param {[Point, Point]} edge px @param {number} radius px
 * @returns {Member[]}
 */
export function touchedBy(state, [start, end], radius) {
  const holds = (/** @type {number} */ x, /** @type {number} */ y) =>
    squaredDistance([start.x, start.y], [end.x, end.y], x, y) <= radius ** 2;
  return membersIn(state, holds, radius / 2);
}

/** What brushes share: a path under the pointer. A Tool of tools.js. */
class Brushing {
  /** @param {Store} store @param {import('./annotate.js').Annotator} annotator */
  constructor(store, annotator) {
    this.store = store;
    this.annotator = annotator;
  }

  /** @param {Partial<Brush>} patch */
  change(patch) {
    this.store.set({ brush: { ...this.store.state.brush, ...patch } });
  }

  /** Radius on the micrograph, px. */
  get radius() {
    const { brush, viewport } = this.store.state;
    return brush.radius / (viewport?.zoom ?? 1);
  }

  /** @param {Point} at CSS px @returns {Point} px */
  place(at) {
    const { viewport, view } = this.store.state;
    return viewport && view ? nearMicrograph(toImage(viewport, at.x, at.y), view) : at;
  }

  /** @param {Point | null} at */
  hover(at) {
    this.change({ at: at && this.place(at) });
  }

  /** @param {Point} at */
  press(at) {
    this.change({ at: this.place(at), path: [this.place(at)], touched: [] });
    return true;
  }

  /** @param {Point} at @returns {[Point, Point] | null} the new edge of the path */
  lengthen(at) {
    const { path } = this.store.state.brush;
    const here = this.place(at);
    const last = path[path.length - 1];
    if (!last || Math.hypot(here.x - last.x, here.y - last.y) * this.zoom < APART) return null;
    path.push(here);
    this.change({ at: here });
    return [last, here];
  }

  get zoom() {
    return this.store.state.viewport?.zoom ?? 1;
  }

  /** A brush leaves nothing unfinished. */
  takeBack() {
    return false;
  }

  cancel() {
    this.change({ path: [], touched: [] });
  }
}

export class Eraser extends Brushing {
  /** @param {Point} at */
  drag(at) {
    const edge = this.lengthen(at);
    if (!edge) return;
    const { touched } = this.store.state.brush;
    const known = new Set(touched.map(keyOf));
    const more = touchedBy(this.store.state, edge, this.radius).filter((one) => !known.has(keyOf(one)));
    this.change({ touched: [...touched, ...more] });
  }

  drop() {
    const { touched } = this.store.state.brush;
    this.cancel();
    if (touched.length) this.annotator.remove(groupOf(touched));
  }

  /** Without a stroke: what lies under the brush, or the circle that holds its middle. @param {Point} at */
  tap(at) {
    const here = this.place(at);
    const under = touchedBy(this.store.state, [here, here], this.radius);
    const single = targetAt(this.store.state, at);
    this.cancel();
    if (under.length) this.annotator.remove(groupOf(under));
    else if (single) this.annotator.remove(single);
  }
}

export class Painter extends Brushing {
  /** @param {Point} at */
  drag(at) {
    this.lengthen(at);
  }

  drop() {
    const { path } = this.store.state.brush;
    this.cancel();
    if (path.length > 1) this.finish(path);
  }

  /** @param {Point} at */
  tap(at) {
    this.cancel();
    this.finish([this.place(at)]);
  }

  /** @param {Point[]} path */
  finish(path) {
    const { current } = this.store.state;
    const line = fitted(path, TOLERANCE / this.zoom);
    const outline = asOutline(fitted(strokeOutline(line, this.radius), TOLERANCE / this.zoom / 10));
    if (outline && current !== null) this.store.set({ selected: this.annotator.exclude(current, outline) });
  }
}

/** @param {Member} member */
function keyOf(member) {
  return 'id' in member ? member.id : `${member.x},${member.y}`;
}

/** @param {Member[]} members at least one @returns {import('./types.js').GroupTarget} */
export function groupOf(members) {
  return { kind: 'group', micrograph: members[0].micrograph, members };
}
