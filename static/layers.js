/**
 * The layers of a micrograph: what they are called, which of them can be shown, and in what contrast. Pure reads of the
 * state; knows nothing of how a layer is drawn.
 */
import { NEUTRAL } from './contrast.js';
import { filterText } from './filter.js';

/**
 * @typedef {import('./types.js').State} State
 * @typedef {import('./types.js').View} View
 */

/** In the order in which the page offers them. */
const TEXTS = { raw: 'raw', filtered: 'filtered', model: 'what the model sees' };

/** All layers that there may be. */
export const LAYERS = Object.freeze(Object.keys(TEXTS));

/**
 * What a layer is called on the page.
 * @param {string} name
 * @param {import('./filter.js').Filter | null} [filter] in force
 */
export function layerText(name, filter = null) {
  if (name === 'filtered' && filter) return filterText(filter);
  return /** @type {Record<string, string>} */ (TEXTS)[name] ?? name;
}

/** The layers that a micrograph has, in the order of the page. @param {View | null} view */
export function layersOf(view) {
  return LAYERS.filter((name) => view?.layers[name]);
}

/**
 * The layer that can be shown in place of one that was asked for: `raw` while that one is not there, as what the model
 * sees is absent while the diameter is unknown.
 * @param {View | null} view
 * @param {string} wanted
 */
export function shownLayer(view, wanted) {
  return view?.layers[wanted] ? wanted : 'raw';
}

/**
 * The layer that one changes to when going to and fro: the one that was left last, or else another one that is there.
 * @param {Pick<State, 'view' | 'layer' | 'other'>} state
 * @returns {string | null}
 */
export function otherLayer({ view, layer, other }) {
  const shown = shownLayer(view, layer);
  const there = layersOf(view).filter((name) => name !== shown);
  return there.find((name) => name === other) ?? there[0] ?? null;
}

/** The layers that are asked for, one for each pane, from left to right. @param {Pick<State, 'layer' | 'second'>} state */
export function sides({ layer, second }) {
  return second === null ? [layer] : [layer, second];
}

/**
 * The layers that somebody looks at, or will at the next press of a key.
 * @param {Pick<State, 'layer' | 'second' | 'other' | 'blinking'>} state
 */
export function layersInSight({ layer, second, other, blinking }) {
  return blinking && other ? [layer, other] : sides({ layer, second });
}

/**
 * Another layer for a pane. The one that the other pane shows changes places with it: the two never show the same.
 * @param {Pick<State, 'layer' | 'second'>} state
 * @param {number} side 0 on the left, 1 on the right
 * @param {string} name
 * @returns {Pick<State, 'layer' | 'second'>}
 */
export function withLayer({ layer, second }, side, name) {
  if (name === (side ? layer : second)) return { layer: second ?? layer, second: layer };
  return side ? { layer, second: name } : { layer: name, second };
}

/**
 * Two panes in place of one, or one in place of two.
 * @param {Pick<State, 'view' | 'layer' | 'second' | 'other'>} state
 * @returns {Pick<State, 'layer' | 'second'> | null} null when there is no other layer to show
 */
export function besideOrNot(state) {
  const layer = shownLayer(state.view, state.layer);
  if (state.second !== null) return { layer, second: null };
  const second = otherLayer(state);
  return second === null ? null : { layer, second };
}

/** The contrast of a layer, as the person has set it. @param {Pick<State, 'contrast'>} state @param {string} name */
export function contrastOf({ contrast }, name) {
  return contrast[name] ?? NEUTRAL;
}
