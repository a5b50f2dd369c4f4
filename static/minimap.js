/**
 * The small picture of the whole micrograph: where the view lies in it, and what a point of it means. Pure.
 *
 * @typedef {import('./viewport.js').Viewport} Viewport
 * @typedef {import('./viewport.js').Size} Size
 * @typedef {import('./viewport.js').Rect} Rect
 */
import { clamp, fit, toScreen, visibleRect } from './viewport.js';

/** The smallest frame that can still be seen and held, CSS px. */
const SMALLEST_FRAME = 8;

/** The size of the picture: its longer side is given. @param {Size} image px @param {number} longest CSS px @returns {Size} */
export function pictureSize({ width, height }, longest) {
  const scale = longest / Math.max(width, height, 1);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Whether the view leaves out a part of the micrograph. @param {Viewport} viewport @param {Size} image */
export function leavesOut(viewport, image) {
  const { left, top, right, bottom } = visibleRect(viewport);
  const rounding = 0.5 / viewport.zoom;
  return (
    left > -0.5 + rounding ||
    top > -0.5 + rounding ||
    right < image.width - 0.5 - rounding ||
    bottom < image.height - 0.5 - rounding
  );
}

/**
 * The frame of the view in the picture, CSS px; never smaller than can be held.
 * @param {Viewport} viewport @param {Size} image @param {Size} picture
 * @returns {Rect}
 */
export function frameOf(viewport, image, picture) {
  const small = fit(picture, image);
  const seen = visibleRect(viewport);
  const [from, to] = [toScreen(small, seen.left, seen.top), toScreen(small, seen.right, seen.bottom)];
  const [x, y] = [span(from.x, to.x, picture.width), span(from.y, to.y, picture.height)];
  return { left: x.from, right: x.to, top: y.from, bottom: y.to };
}

/** The part of a line that lies within it, widened where it is too short. @param {number} from @param {number} to @param {number} length */
function span(from, to, length) {
  const [low, high] = [Math.max(from, 0), Math.min(to, length)];
  const missing = Math.max(Math.min(SMALLEST_FRAME, length) - (high - low), 0);
  const start = Math.min(Math.max(low - missing / 2, 0), length - (high - low) - missing);
  return { from: start, to: start + high - low + missing };
}

/**
 * The view, moved so that its middle is what lies at a point of the picture.
 * @param {Viewport} viewport @param {Size} image @param {Size} picture @param {import('./types.js').Point} at CSS px
 */
export function movedTo(viewport, image, picture, at) {
  const cx = (at.x / picture.width) * image.width - 0.5;
  const cy = (at.y / picture.height) * image.height - 0.5;
  return clamp({ ...viewport, cx, cy }, image);
}
