/**
 * What a press, a drag and a tap on the canvas mean: select, add, move, resize, remove, pan. Reads the store, changes
 * the viewport and the selection in it, and hands every change of labels to the annotator.
 */
import { looksOnly } from './looking.js';
import { pixelSize } from './scales.js';
import { shifted, withEnd } from './filaments.js';
import { edgeAt, endAt, exclusionAt, targetAt } from './targets.js';
import { clampTo, panned, toImage, zoomAt } from './viewport.js';

/**
 * @typedef {import('./types.js').State} State
 * @typedef {import('./types.js').Point} Point
 * @typedef {import('./types.js').Target} Target
 * @typedef {import('./input.js').How} How
 *
 * @typedef {object} Tool what a mode other than adding and moving does with gestures; points are CSS px
 * @property {(at: Point, how: How) => boolean} press answers whether a drag is the tool's, or moves the view
 * @property {(at: Point) => void} drag
 * @property {() => void} drop
 * @property {(at: Point, how: How) => void} tap
 * @property {(at: Point | null) => void} hover
 * @property {(at: Point) => Target | null} [held] what a long press there removes; a brush removes by its strokes alone
 * @property {() => boolean} takeBack answers whether there was something unfinished to take back from
 * @property {() => void} cancel
 */

const SMALLEST_DIAMETER_PX = 4;
const ROUND_ANGSTROM = 10;

/** Is a Meaning of input.js. */
export class Tools {
  /**
   * @param {import('./state.js').Store<State>} store
   * @param {import('./annotate.js').Annotator} annotator
   * @param {(diameterAngstrom: number) => void} onDiameter a hand has set the diameter
   * @param {HTMLElement} surface shows the cursor
   * @param {Record<string, Tool>} [tools] by mode
   */
  constructor(store, annotator, onDiameter, surface, tools = {}) {
    this.store = store;
    this.annotator = annotator;
    this.onDiameter = onDiameter;
    this.surface = surface;
    this.tools = tools;
    this.hand = false;
    /** @type {{kind: "pan"} | {kind: "tool", tool: Tool} | {kind: "move", id: string, offset: Point} | {kind: "resize", centre: Point} | {kind: "line", line: import('./types.js').Filament, which: 0 | 1 | null, from: Point}} which end, or all of it */
    this.grab = { kind: 'pan' };
    /** @type {Target | null} what a finger rests on */
    this.resting = null;
  }

  /** The tool of the mode, unless Space makes a drag pan. @returns {Tool | null} */
  get tool() {
    return this.hand ? null : (this.tools[this.store.state.mode] ?? null);
  }

  /** While Space is held a drag pans, whatever lies under it. @param {boolean} down */
  holdHand(down) {
    this.hand = down;
    this.showCursor(null);
  }

  /** @param {Point | null} at @param {How} how */
  hover(at, how) {
    const { state } = this.store;
    this.tool?.hover(at);
    const target = at && !this.tool ? targetAt(state, at) : null;
    const cursor = at && state.viewport ? toImage(state.viewport, at.x, at.y) : null;
    const same = target ? isSame(target, state.hover) : !state.hover;
    this.store.set({ cursor, crosshair: false, ...(same ? {} : { hover: target }) });
    this.showCursor(at && !this.tool && edgeAt(state, at, how.type) ? 'edge' : target && 'target');
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
    const { viewport } = state;
    const { tool } = this;
    if (viewport && tool && how.button === 0) return tool.press(at, how) ? { kind: 'tool', tool } : { kind: 'pan' };
    if (!viewport || this.hand || state.mode === 'pan' || how.button !== 0 || how.shift) return { kind: 'pan' };
    const from = toImage(viewport, at.x, at.y);
    const edge = edgeAt(state, at, how.type);
    // A finger pans unless the label has been chosen before: otherwise labels move, and all circles grow, by accident.
    const mayChange = (/** @type {string} */ id) => how.type !== 'touch' || isSelected(state, id);
    const end = endAt(state, at, how.type);
    if (end && mayChange(end.filament.id)) return { kind: 'line', line: end.filament, which: end.which, from };
    if (edge && mayChange(edge.id)) return { kind: 'resize', centre: edge };
    const target = targetAt(state, at);
    // Like a label under a finger: a line as long as the view would else be in the way of panning.
    const line = target?.kind === 'filament' && isSelected(state, target.id) && state.filaments.get(target.micrograph)?.get(target.id);
    if (line) return { kind: 'line', line, which: null, from };
    const label = target?.kind === 'label' ? this.annotator.labels(target.micrograph).get(target.id) : null;
    if (!label || !mayChange(label.id)) return { kind: 'pan' };
    return { kind: 'move', id: label.id, offset: { x: label.x - from.x, y: label.y - from.y } };
  }

  /** @param {Point} at @param {Point} by */
  drag(at, by) {
    const { state } = this.store;
    const { viewport, view } = state;
    if (!viewport || !view) return;
    const { grab } = this;
    if (grab.kind === 'tool') return grab.tool.drag(at);
    if (grab.kind === 'pan') {
      this.store.set({ viewport: panned(viewport, by.x, by.y, view), hover: null });
      return;
    }
    const here = toImage(viewport, at.x, at.y);
    if (grab.kind === 'line') this.store.set({ drag: { id: grab.line.id, ends: this.endsAt(grab, here) } });
    else if (grab.kind === 'resize') this.store.set({ drag: { diameter: this.diameterAt(grab.centre, here) } });
    else
      this.store.set({ drag: { id: grab.id, ...this.onMicrograph(here.x + grab.offset.x, here.y + grab.offset.y) } });
  }

  /** One end moved, or all of the filament; none of it off the micrograph. @param {{line: import('./types.js').Filament, which: 0 | 1 | null, from: Point}} grab @param {Point} here px */
  endsAt({ line, which, from }, here) {
    if (which !== null) return withEnd(line.ends, which, this.onMicrograph(here.x, here.y));
    return shifted(line.ends, this.roomFor(line.ends.map(([x, y]) => ({ x, y })), { x: here.x - from.x, y: here.y - from.y }));
  }

  /** As far of a way as all places can go. @param {Point[]} places @param {Point} by px @returns {Point} */
  roomFor(places, by) {
    const { width, height } = /** @type {import('./types.js').View} */ (this.store.state.view);
    const room = (/** @type {number[]} */ at, /** @type {number} */ step, /** @type {number} */ size) =>
      clampTo(step, -Math.min(...at), size - 1 - Math.max(...at));
    return { x: room(places.map(({ x }) => x), by.x, width), y: room(places.map(({ y }) => y), by.y, height) };
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
    if (this.grab.kind === 'tool') return (this.grab.tool.drop(), false);
    this.store.set({ drag: null });
    if (!drag || current === null) return this.grab.kind === 'pan';
    if ('ends' in drag) {
      this.annotator.moveFilament(current, drag.id, drag.ends);
      this.store.set({ selected: { kind: 'filament', micrograph: current, id: drag.id } });
    } else if ('id' in drag) {
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
    if (this.grab.kind === 'tool') this.grab.tool.cancel();
    this.store.set({ drag: null, holding: null });
    this.grab = { kind: 'pan' };
  }

  /** @param {Point} at @param {How} how */
  tap(at, how) {
    const { state } = this.store;
    if (this.tool && how.button === 0) return this.tool.tap(at, how);
    const target = targetAt(state, at);
    if (how.button === 1 || how.shift) return target ? this.remove(target) : undefined;
    const chosen = target ?? exclusionAt(state, at);
    // Enter once more lets go, so that the arrows move the view again.
    if (how.type === 'key' && chosen && isSame(chosen, state.selected)) this.store.set({ selected: null });
    else if (chosen || state.mode === 'pan' || this.hand) this.store.set({ selected: chosen });
    else this.addAt(at);
  }

  /** A finger rests at a point. @param {Point} at @returns {boolean} whether it would remove something */
  holds(at) {
    const { state } = this.store;
    this.resting = looksOnly(state) ? null : this.tool ? (this.tool.held?.(at) ?? null) : targetAt(state, at);
    return this.resting !== null;
  }

  /** @param {number} share of the wait */
  holding(share) {
    this.store.set({ holding: share && this.resting ? { target: this.resting, share } : null });
  }

  held() {
    // The other hand may have gone to the next micrograph.
    if (this.resting?.micrograph === this.store.state.current) this.remove(this.resting);
    this.resting = null;
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

  /** Move the selected labels and filaments by px, none of them off the micrograph. @param {Point} by @returns {boolean} whether any is */
  nudge(by) {
    const { selected, current, view } = this.store.state;
    if (!selected || current === null || !view) return false;
    const ids = (selected.kind === 'group' ? selected.members : [selected]).flatMap((one) =>
      one.kind === 'label' || one.kind === 'filament' ? [one.id] : [],
    );
    const lines = this.store.state.filaments.get(current);
    const places = ids.flatMap((id) => {
      const ends = lines?.get(id)?.ends.map(([x, y]) => ({ x, y }));
      return ends ?? this.annotator.labels(current).get(id) ?? [];
    });
    if (!places.length) return false;
    this.annotator.nudge(current, ids, this.roomFor(places, by));
    return true;
  }

  /** The target of a key: what is selected, or else what the cursor is on. @returns {Target | null} */
  get target() {
    const { selected, hover } = this.store.state;
    return selected ?? hover;
  }

  /** @param {"keep" | "remove"} what */
  act(what) {
    const { target } = this;
    if (what === 'remove' && this.tool?.takeBack()) return;
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

/** @param {Target} one @param {Target | null} other */
function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** @param {State} state @param {string} id */
function isSelected({ selected }, id) {
  return (selected?.kind === 'label' || selected?.kind === 'filament') && selected.id === id;
}
