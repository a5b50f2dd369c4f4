/**
 * The tour of a first visit: a card that goes from control to control and blocks none of them. It is offered once in a
 * browser, where somebody begins, and taken again from the help. Changes no label.
 */
import { byId, say } from '../dom.js';
import { looksOnly } from '../looking.js';
import { ownKeys } from '../own-keys.js';
import { STEPS, placeCard } from '../tour-steps.js';

/** @typedef {import('../types.js').State} State */

const TAKEN = 'peridot-tour';

/** Blocked storage counts as taken: the tour would come at every visit. */
function wasTaken() {
  try {
    return localStorage.getItem(TAKEN) !== null;
  } catch {
    return true;
  }
}

function remember() {
  try {
    localStorage.setItem(TAKEN, 'taken');
  } catch {
    // Storage is blocked: see above.
  }
}

export class Tour {
  /**
   * @param {import('../state.js').Store<State>} store
   * @param {(tab: string) => void} openTab
   */
  constructor(store, openTab) {
    this.store = store;
    this.openTab = openTab;
    this.card = byId('tour');
    /** The step that is shown; null while there is no tour. @type {number | null} */
    this.step = null;
    byId('tour-next').addEventListener('click', () => this.go(1));
    byId('tour-back').addEventListener('click', () => this.go(-1));
    byId('tour-skip').addEventListener('click', () => this.end());
    // Before the page's own keys: Escape ends the tour and lets go of nothing else.
    window.addEventListener('keydown', (event) => this.onKey(event), { capture: true });
    window.addEventListener('resize', () => this.place());
    this.unsubscribe = store.subscribe(['view'], () => this.offer());
  }

  /** Once, when the first micrograph is there, to whoever begins a project. */
  offer() {
    const { state } = this.store;
    if (!state.view) return;
    this.unsubscribe();
    const begun = state.micrographs.some(({ labels, negatives }) => labels || negatives);
    if (!begun && !looksOnly(state) && !wasTaken()) this.start();
  }

  start() {
    this.step = 0;
    this.show();
  }

  /** @param {1 | -1} by */
  go(by) {
    if (this.step === null) return;
    this.step += by;
    if (this.step < STEPS.length) this.show();
    else this.end();
  }

  show() {
    const step = STEPS[this.step ?? 0];
    if (step.tab) this.openTab(step.tab);
    this.card.hidden = byId('tour-frame').hidden = false;
    say(byId('tour-title'), step.title);
    say(byId('tour-text'), step.text.replace('{}', () => ownKeys.text('help')));
    say(byId('tour-count'), `${(this.step ?? 0) + 1} of ${STEPS.length}`);
    byId('tour-back').hidden = !this.step;
    say(byId('tour-next'), this.step === STEPS.length - 1 ? 'Done' : 'Next');
    // The tab is drawn with the next frame: only then is what stands in it where it will be.
    requestAnimationFrame(() => requestAnimationFrame(() => this.place()));
    this.card.focus({ preventScroll: true });
  }

  /** What the step points at, or the nearest thing around it that is to be seen. @returns {Element} */
  get target() {
    let found = /** @type {HTMLElement | null} */ (byId(STEPS[this.step ?? 0].at));
    while (found && !found.checkVisibility()) found = found.parentElement;
    // A field with what stands beside it and below.
    return found?.closest('.block') ?? found ?? document.body;
  }

  place() {
    if (this.step === null) return;
    const { target } = this;
    target.scrollIntoView({ block: 'nearest' });
    const rect = target.getBoundingClientRect();
    const size = { width: window.innerWidth, height: window.innerHeight };
    const { left, top } = placeCard(rect, this.card.getBoundingClientRect(), size);
    Object.assign(this.card.style, { left: `${left}px`, top: `${top}px` });
    const frame = { left: `${rect.left}px`, top: `${rect.top}px`, width: `${rect.width}px`, height: `${rect.height}px` };
    Object.assign(byId('tour-frame').style, frame);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (this.step === null || event.key !== 'Escape' || document.querySelector('dialog[open]')) return;
    event.stopPropagation();
    event.preventDefault();
    this.end();
  }

  end() {
    const held = this.card.contains(document.activeElement);
    this.step = null;
    this.card.hidden = byId('tour-frame').hidden = true;
    remember();
    if (held) byId('canvas').focus({ preventScroll: true });
  }
}
