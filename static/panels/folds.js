/**
 * The list on the left and the work on the right fold away where the window is small. Knows whether they are open; what
 * is in them is not its business.
 */
import { byId } from '../dom.js';

/** In windows of this width the list lies over the micrograph when it is open; as in the stylesheet. */
const NARROW = '(max-width: 860px)';

/** Panels over the micrograph that would hide much of a small one. */
const OVER = ['contrast', 'overview'];

/** @typedef {"list" | "work"} Side */

export class Folds {
  /** @param {import('../state.js').Store<import('../types.js').State>} store */
  constructor(store) {
    this.narrow = matchMedia(NARROW);
    /** What is to be drawn when a side opens. @type {Partial<Record<Side, () => void>>} */
    this.onOpen = {};
    this.narrow.addEventListener('change', () => this.reset());
    for (const side of /** @type {Side[]} */ (['list', 'work']))
      byId(`${side}-open`).addEventListener('click', () => this.set(side, !this.isOpen(side)));
    // What opens a tab wants it to be seen.
    store.subscribe(['tab'], () => this.set('work', true));
    this.reset();
  }

  /** Both as they are at first; in a narrow window what lies over the micrograph is folded as well. */
  reset() {
    this.set('list', !this.narrow.matches);
    this.set('work', true);
    if (!this.narrow.matches) return;
    for (const panel of OVER) /** @type {HTMLDetailsElement} */ (byId(panel)).open = false;
  }

  /** @param {Side} side */
  isOpen(side) {
    return document.body.dataset[side] !== 'folded';
  }

  /** @param {Side} side @param {boolean} open */
  set(side, open) {
    document.body.dataset[side] = open ? 'open' : 'folded';
    byId(`${side}-open`).setAttribute('aria-expanded', String(open));
    if (open) this.onOpen[side]?.();
  }

  /** A micrograph was chosen: where the list lies over it, it goes. */
  chosen() {
    if (this.narrow.matches) this.set('list', false);
  }
}
