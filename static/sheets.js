/**
 * What lies over the micrograph, on three sheets, lowest first: exclusions, picks, labels with filaments. Each says what it
 * depends on, and is drawn again only when that changes: the threshold moves picks and nothing else. What a hand or the cursor
 * touches is on none of them.
 */
import { drawFilaments } from './filament-drawing.js';
import { drawGroup } from './handwork.js';
import { drawExclusions } from './hatching.js';
import { addMark, lineOf } from './marks.js';
import { Rings } from './rings.js';
import { diameterPx, marginPx, spacingPx } from './scales.js';
import { toScreen, visibleRect } from './viewport.js';

/**
 * @typedef {import('./types.js').State} State
 * @typedef {import('./types.js').Label} Label
 * @typedef {import('./ink.js').Ink} Ink
 * @typedef {import('./viewport.js').Rect} Rect
 *
 * @typedef {object} Sheet one of them while it is drawn
 * @property {OffscreenCanvasRenderingContext2D} context
 * @property {(x: number, y: number) => import('./types.js').Point} at micrograph px to CSS px of the sheet
 * @property {number} radius of a particle, CSS px
 * @property {import('./marks.js').Mark} mark
 * @property {Rect} rect what can be seen of the sheet, micrograph px
 * @property {number} ratio device px of a CSS px
 *
 * @typedef {object} Painter
 * @property {(state: State) => unknown[]} key what the sheet depends on, apart from the view
 * @property {(sheet: Sheet, state: State, ink: Ink) => boolean} paint answers whether there was anything to draw
 */

const SMALLEST_RADIUS = 2.5;
const LABEL_LINE = 2.2;
const REMOVED_LINE = 1.5;
const REMOVED_DASH = [4, 3];

/** The circle of a particle, CSS px; never too small to be seen. @param {State} state @param {number} zoom */
export function radiusOf(state, zoom) {
  return Math.max((diameterPx(state) / 2) * zoom, SMALLEST_RADIUS);
}

/**
 * @param {import('./bitmap.js').Clean} clean
 * @param {State} state
 * @param {number} ratio
 * @returns {Sheet}
 */
export function sheetOn({ context, large }, state, ratio) {
  const radius = radiusOf(state, large.zoom);
  const reach = radius / large.zoom;
  const { left, top, right, bottom } = visibleRect(large);
  const rect = { left: left - reach, top: top - reach, right: right + reach, bottom: bottom + reach };
  return { context, at: (x, y) => toScreen(large, x, y), radius, mark: state.marks, rect, ratio };
}

/** What the open micrograph has of something. @template T @param {Map<number, T>} all @param {State} state */
const here = (all, state) => all.get(state.current ?? -1);
/** What a hand moves just now is drawn in its hand. @param {State} state */
const draggedId = ({ drag }) => (drag && 'id' in drag ? drag.id : null);
/** @param {State} state */
const groupOf = ({ selected }) => (selected?.kind === 'group' ? selected : null);

/** @type {Painter} */
const exclusions = {
  key: (state) => [here(state.exclusions, state), marginPx(state)],
  paint(sheet, state, ink) {
    const all = here(state.exclusions, state);
    if (!all?.size || !state.viewport) return false;
    drawExclusions(sheet, all.values(), marginPx(state) * state.viewport.zoom, ink.exclusion);
    return true;
  },
};

/** @returns {Painter} */
function picks() {
  const rings = new Rings();
  return {
    key: (state) => [here(state.picks, state), state.threshold, state.marks, diameterPx(state)],
    paint(sheet, state, ink) {
      const set = here(state.picks, state);
      if (set) rings.draw(sheet, set, state.threshold, ink.pick);
      return Boolean(set);
    },
  };
}

/** @type {Painter} */
const labels = {
  key: (state) => [
    here(state.labels, state),
    here(state.filaments, state),
    groupOf(state),
    draggedId(state),
    state.marks,
    diameterPx(state),
    spacingPx(state),
  ],
  paint(sheet, state, ink) {
    const dragged = draggedId(state);
    const lines = [...(here(state.filaments, state)?.values() ?? [])].filter(({ id }) => id !== dragged);
    const look = { radius: sheet.radius, spacing: spacingPx(state), zoom: state.viewport?.zoom ?? 1, ink: ink.label };
    drawFilaments(sheet.context, lines.map(({ ends }) => ends), sheet.at, look);
    const marked = [...(here(state.labels, state)?.values() ?? [])].filter(
      (label) => label.id !== dragged && inside(sheet.rect, label),
    );
    drawLabels(sheet, marked, ink);
    drawGroup(sheet, state, ink.text);
    return Boolean(lines.length || marked.length || groupOf(state));
  },
};

/** Lowest first. @returns {Painter[]} */
export const painters = () => [exclusions, picks(), labels];

/**
 * A label is a strong line, a removed pick a dashed one. Each is stroked by itself: without a graphics card a path of hundreds
 * of circles takes many times as long.
 * @param {Sheet} sheet @param {Label[]} labels @param {Ink} ink
 */
function drawLabels({ context, at, radius, mark }, labels, ink) {
  for (const sign of /** @type {const} */ (['positive', 'negative'])) {
    const removed = sign === 'negative';
    // A dot is too small for dashes: that of a removed pick is hollow.
    context.setLineDash(removed && mark !== 'dot' ? REMOVED_DASH : []);
    context.lineWidth = removed ? REMOVED_LINE : lineOf(mark, LABEL_LINE);
    context.strokeStyle = removed ? ink.removed : ink.label;
    for (const label of labels) {
      if (label.label !== sign) continue;
      const { x, y } = at(label.x, label.y);
      context.beginPath();
      addMark(context, mark, x, y, radius);
      context.stroke();
    }
  }
  context.setLineDash([]);
}

/** @param {Rect} rect @param {import('./types.js').Point} at */
function inside(rect, { x, y }) {
  return x >= rect.left && x <= rect.right && y >= rect.top && y <= rect.bottom;
}
