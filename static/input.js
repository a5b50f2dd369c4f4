/**
 * Pointers, wheel and keys as gestures. Mouse, pen and fingers take one way through pointer events; the mouse events that
 * a browser makes up after a touch are not listened to. Knows what was done (a tap, a long press, a drag, a pinch), not
 * what it means: that is in tools.js.
 */
import { belongsToControl } from './keys.js';
import { LongPress } from './long-press.js';
import { ownKeys } from './own-keys.js';
import { glide } from './viewport.js';

/**
 * @typedef {import('./types.js').Point} Point
 * @typedef {{shift: boolean, button: number, type: string}} How
 *
 * @typedef {object} Meaning what gestures mean; points are CSS px of the pane
 * @property {(at: Point | null, how: How) => void} hover
 * @property {(at: Point, how: How) => void} press
 * @property {(at: Point, by: Point) => void} drag
 * @property {(at: Point) => boolean} drop answers whether the view may glide on
 * @property {(at: Point, how: How) => void} tap
 * @property {(at: Point) => boolean} holds whether a long press there would do something
 * @property {(share: number) => void} holding how much of the wait for it has passed; 0 when it is not coming
 * @property {() => void} held the finger has rested long enough
 * @property {(at: Point, factor: number, by: Point) => void} zoom
 * @property {() => void} cancel
 */

/** A press that moves less than this is a tap, CSS px. */
const SLOP = 4;
const TOUCH_SLOP = 9;
/** Zoom of one wheel step of 100 px; pixels of a line and of a page for wheels that count so. */
const WHEEL = 0.0018;
const PIXELS_OF_MODE = [1, 16, 400];
/** A wheel that pinches (a touchpad with Ctrl) moves less per step. */
const PINCH_WHEEL = 0.01;
/** Pointer speed is taken over this time, ms. */
const SPEED_MS = 80;

export class Pointer {
  /**
   * @param {HTMLElement} surface
   * @param {Meaning} meaning
   * @param {(x: number) => number} [leftOf] the left edge of the pane at a place across the surface, CSS px
   */
  constructor(surface, meaning, leftOf = () => 0) {
    this.surface = surface;
    this.meaning = meaning;
    this.leftOf = leftOf;
    /** Of the pane in which the gesture under way began: it goes on there, also beyond its edge. */
    this.left = 0;
    /** @type {Map<number, Point>} */
    this.down = new Map();
    /** @type {{at: Point, last: Point, how: How, moved: boolean} | null} */
    this.single = null;
    /** @type {{at: Point, time: number}[]} */
    this.trail = [];
    this.gliding = 0;
    this.longPress = new LongPress(wantsLessMotion);
    this.listen();
  }

  listen() {
    const on = (/** @type {string} */ type, /** @type {(event: any) => void} */ run) =>
      this.surface.addEventListener(type, run.bind(this), { passive: false });
    on('pointerdown', this.onDown);
    on('pointermove', this.onMove);
    on('pointerup', this.onUp);
    on('pointercancel', this.onCancel);
    on('lostpointercapture', this.onLost);
    on('pointerleave', (event) => this.down.size || this.meaning.hover(null, how(event)));
    on('wheel', this.onWheel);
    on('contextmenu', (event) => event.preventDefault());
    // Without this a middle click starts the browser's own scrolling on Windows.
    on('mousedown', (event) => event.button === 1 && event.preventDefault());
  }

  /** @param {MouseEvent} event @returns {Point} CSS px of the pane */
  point(event) {
    const { left, top } = this.surface.getBoundingClientRect();
    const x = event.clientX - left;
    if (!this.down.size) this.left = this.leftOf(x);
    return { x: x - this.left, y: event.clientY - top };
  }

  /** @param {PointerEvent} event */
  onDown(event) {
    if (event.button > 1) return;
    // A palm beside the pen, or a finger beside the mouse, is no second finger.
    if (event.pointerType === 'touch' && this.single && this.single.how.type !== 'touch') return;
    this.stopGlide();
    this.surface.focus({ preventScroll: true });
    this.surface.setPointerCapture(event.pointerId);
    if (event.pointerType !== 'touch') this.forget();
    const at = this.point(event);
    this.down.set(event.pointerId, at);
    if (this.down.size > 1) return this.giveUp();
    this.single = { at, last: at, how: how(event), moved: false };
    this.trail = [{ at, time: event.timeStamp }];
    this.meaning.press(at, this.single.how);
    if (event.pointerType === 'touch' && this.meaning.holds(at)) this.waitForLongPress();
  }

  waitForLongPress() {
    const held = () => {
      this.giveUp();
      this.meaning.held();
    };
    this.longPress.begin((share) => this.meaning.holding(share), held);
  }

  /** The finger went, moved, or is not alone: no long press comes. */
  stopWaiting() {
    this.longPress.cancel();
    this.meaning.holding(0);
  }

  /** What the one pointer was doing is not done. */
  giveUp() {
    this.longPress.cancel();
    if (this.single) this.meaning.cancel();
    this.single = null;
  }

  /** The pen is down: fingers that were there before it count no more. */
  forget() {
    this.giveUp();
    this.down.clear();
  }

  /** @param {PointerEvent} event */
  onMove(event) {
    const at = this.point(event);
    if (!this.down.size) return event.pointerType === 'touch' ? undefined : this.meaning.hover(at, how(event));
    const before = this.down.get(event.pointerId);
    if (!before) return;
    this.down.set(event.pointerId, at);
    if (this.down.size === 2) this.pinch(event.pointerId, before, at);
    else if (this.single) this.dragTo(at, event.timeStamp);
  }

  /** @param {Point} at @param {number} time ms */
  dragTo(at, time) {
    const single = this.single;
    if (!single) return;
    const slop = single.how.type === 'touch' ? TOUCH_SLOP : SLOP;
    if (!single.moved && Math.hypot(at.x - single.at.x, at.y - single.at.y) <= slop) return;
    if (!single.moved) this.stopWaiting();
    single.moved = true;
    this.trail = [...this.trail, { at, time }].filter((old) => time - old.time <= SPEED_MS);
    this.meaning.drag(at, { x: at.x - single.last.x, y: at.y - single.last.y });
    single.last = at;
  }

  /** @param {number} id @param {Point} before @param {Point} at */
  pinch(id, before, at) {
    const other = [...this.down].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const spread = (/** @type {Point} */ point) => Math.max(Math.hypot(point.x - other.x, point.y - other.y), 1);
    const middle = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 };
    const by = { x: (at.x - before.x) / 2, y: (at.y - before.y) / 2 };
    this.meaning.zoom(middle, spread(at) / spread(before), by);
  }

  /** @param {PointerEvent} event */
  onUp(event) {
    const at = this.point(event);
    if (!this.down.delete(event.pointerId)) return;
    const single = this.single;
    this.single = null;
    if (!single) return;
    this.stopWaiting();
    if (!single.moved) {
      this.meaning.drop(at);
      this.meaning.tap(single.at, single.how);
    } else if (this.meaning.drop(at)) this.startGlide(event.timeStamp);
  }

  /** @param {PointerEvent} event */
  onCancel(event) {
    if (this.down.delete(event.pointerId)) this.giveUp();
  }

  /** A pointer that left without a word, as when a dialog of the system opens. @param {PointerEvent} event */
  onLost(event) {
    if (this.down.has(event.pointerId)) this.onCancel(event);
  }

  /** @param {WheelEvent} event */
  onWheel(event) {
    event.preventDefault();
    this.stopGlide();
    const step = event.deltaY * (PIXELS_OF_MODE[event.deltaMode] ?? 1);
    const rate = event.ctrlKey && Math.abs(event.deltaY) < 50 ? PINCH_WHEEL : WHEEL;
    this.meaning.zoom(this.point(event), Math.exp(-step * rate), { x: 0, y: 0 });
  }

  /**
   * Go on in the direction of the throw, unless the person wants less motion.
   * @param {number} time ms of the release
   */
  startGlide(time) {
    const [first, last] = [this.trail[0], this.trail.at(-1)];
    const elapsed = last ? last.time - first.time : 0;
    const rested = !last || time - last.time > SPEED_MS / 2;
    if (rested || elapsed <= 0 || wantsLessMotion()) return;
    const velocity = { x: (last.at.x - first.at.x) / elapsed, y: (last.at.y - first.at.y) / elapsed };
    this.glideOn(velocity, last.at, performance.now());
  }

  /** @param {Point} velocity CSS px per ms @param {Point} at @param {number} before ms */
  glideOn(velocity, at, before) {
    this.gliding = requestAnimationFrame((now) => {
      const { dx, dy, velocity: next } = glide(velocity, Math.max(now - before, 0));
      this.meaning.zoom(at, 1, { x: dx, y: dy });
      if (next) this.glideOn(next, at, Math.max(now, before));
    });
  }

  stopGlide() {
    cancelAnimationFrame(this.gliding);
  }
}

/** Asked each time: the wish may change while the page is open. */
const wantsLessMotion = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** @param {PointerEvent} event @returns {How} */
function how(event) {
  return { shift: event.shiftKey, button: event.button, type: event.pointerType };
}

/**
 * Keys to commands. A held key calls its command with true, and with false when it is let go.
 * @param {Record<string, (down: boolean, shift?: boolean) => void>} commands by the ids of the key table
 */
export function listenToKeys(commands) {
  /** @type {Set<string>} */
  const held = new Set();
  const release = () => {
    held.forEach((id) => commands[id]?.(false));
    held.clear();
  };
  window.addEventListener('keydown', (event) => {
    const control = /** @type {HTMLElement} */ (event.target);
    const focus = {
      tagName: control.tagName ?? '',
      type: /** @type {any} */ (control).type,
      role: control.getAttribute?.('role'),
    };
    if (belongsToControl(focus, event.key)) return;
    const binding = ownKeys.bindingFor(event);
    if (!binding || (binding.hold && event.repeat)) return;
    // An open dialog has its own keys.
    if (document.querySelector('dialog[open]') && binding.id !== 'help') return;
    event.preventDefault();
    if (binding.hold) held.add(binding.id);
    commands[binding.id]?.(true, event.shiftKey);
  });
  window.addEventListener('keyup', (event) => {
    const binding = ownKeys.bindingFor({ key: event.key });
    if (binding && held.delete(binding.id)) commands[binding.id]?.(false);
  });
  window.addEventListener('blur', release);
}
