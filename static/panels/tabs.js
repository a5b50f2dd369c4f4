/** The four tabs on the right: one is open, arrows go from one to the next. */
import { byId } from '../dom.js';

export const TABS = ['label', 'train', 'review', 'export'];

/** @param {import('../state.js').Store<import('../types.js').State>} store */
export function createTabs(store) {
  // At once: the next Tab key must not find the controls of the panel that is about to go.
  const open = (/** @type {string} */ tab) => {
    store.set({ tab });
    draw();
  };
  TABS.forEach((name, i) => {
    const tab = byId(`tab-${name}`);
    tab.addEventListener('click', () => open(name));
    tab.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: TABS.length - 1 }[event.key];
      if (!step) return;
      const next = TABS[(i + step) % TABS.length];
      open(next);
      byId(`tab-${next}`).focus();
    });
  });
  const draw = () =>
    TABS.forEach((name) => {
      const chosen = name === store.state.tab;
      byId(`tab-${name}`).setAttribute('aria-selected', String(chosen));
      byId(`tab-${name}`).tabIndex = chosen ? 0 : -1;
      byId(`panel-${name}`).hidden = !chosen;
    });
  store.subscribe(['tab'], draw);
  draw();
  return { open };
}
