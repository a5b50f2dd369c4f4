/**
 * A page that was opened by the link for looking only: the server refuses every change, so the page offers none. What
 * belongs to the view (layers, contrast, threshold) stays free, and is not kept.
 */

/** @typedef {import('./types.js').State} State */

export const LOOKING = 'This link is for looking only: nothing was changed.';

/** @param {State} state */
export const looksOnly = (state) => Boolean(state.project?.looks_only);

/** Whether a change is refused; says so. @param {import('./state.js').Store<State>} store */
export function refuses(store) {
  if (!looksOnly(store.state)) return false;
  store.set({ message: { kind: 'info', text: LOOKING } });
  return true;
}

/** Disable all controls that change something. @param {import('./state.js').Store<State>} store */
export function disableChanges(store) {
  for (const group of document.querySelectorAll('fieldset.changes')) {
    /** @type {HTMLFieldSetElement} */ (group).disabled = looksOnly(store.state);
  }
}
