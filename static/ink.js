/** The colours of labels and picks as the stylesheet has them: one place for the page and for the canvas. */

/** @typedef {ReturnType<typeof readInk>} Ink */

/** Read again when the theme changes. */
export function readInk() {
  const style = getComputedStyle(document.documentElement);
  const token = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  return {
    label: token('ink-label'),
    pick: token('ink-pick'),
    removed: token('ink-removed'),
    exclusion: token('ink-exclusion'),
    paper: token('ink-paper'),
    text: token('ink-text'),
  };
}
