/**
 * The canvas, whole or as two panes side by side that look at the same place: where each of them lies, and how the view
 * changes with their number. Pure.
 *
 * @typedef {{left: number, width: number}} Pane CSS px of the canvas; its edges are on the screen's pixels
 */
import { leavesOut } from './minimap.js';
import { clamp, fit, resized } from './viewport.js';

/** Between two panes, CSS px. */
export const GAP = 2;

/**
 * @param {number} width of the canvas, CSS px
 * @param {number} count one or two
 * @param {number} ratio device px of a CSS px
 * @returns {Pane[]} from left to right, all of one width
 */
export function panesOf(width, count, ratio) {
  if (count === 1) return [{ left: 0, width }];
  const half = Math.floor(((width - GAP) / 2) * ratio) / ratio;
  return [
    { left: 0, width: half },
    { left: width - half, width: half },
  ];
}

/** The pane at a place across the canvas. @param {Pane[]} panes @param {number} x CSS px @returns {Pane} */
export function paneAt(panes, x) {
  return panes.findLast(({ left }) => x >= left) ?? panes[0];
}

/**
 * The view of one pane once panes have another size: the same place, or all of the micrograph again where all was seen.
 * @param {import('./viewport.js').Viewport} before
 * @param {import('./viewport.js').Size} size of a pane from now on, CSS px
 * @param {import('./viewport.js').Size} image px
 */
export function rearranged(before, size, image) {
  return leavesOut(before, image) ? clamp(resized(before, size), image) : fit(size, image);
}

/** All of some lists, one of each at a time. @template T @param {T[][]} lists @returns {T[]} */
export function inTurn(lists) {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => lists.filter((list) => i < list.length).map((list) => list[i])).flat();
}
