/**
 * Where one looks, as the page's address says it: micrograph, place, zoom, layers and filter. A reload, or the link sent
 * to a colleague, opens the same. Pure.
 */
import { filterFromName, filterName } from './filter.js';
import { LAYERS, sides } from './layers.js';
import { currentMicrograph } from './scales.js';
import { toAddress } from './viewport.js';

/** @typedef {import('./types.js').State} State */

/** @param {State} state @returns {URLSearchParams | null} null while nothing is open */
export function addressOf(state) {
  const { viewport, layer, second, view, filter } = state;
  const micrograph = currentMicrograph(state);
  if (!micrograph || !viewport || !view) return null;
  return new URLSearchParams({
    micrograph: micrograph.name,
    ...toAddress(viewport),
    ...(layer === 'raw' ? {} : { layer }),
    ...(second === null ? {} : { second }),
    ...(sides(state).includes('filtered') ? { filter: filterName(filter) } : {}),
  });
}

/**
 * The layers that an address asks for, and its filter if it has one.
 * @param {URLSearchParams} address
 * @returns {Pick<State, 'layer' | 'second'> & Partial<Pick<State, 'filter'>>}
 */
export function layersFrom(address) {
  const named = (/** @type {string} */ key) => LAYERS.find((name) => name === address.get(key)) ?? null;
  const layer = named('layer') ?? 'raw';
  const second = named('second');
  const filter = filterFromName(address.get('filter'));
  return { layer, second: second === layer ? null : second, ...(filter ? { filter } : {}) };
}
