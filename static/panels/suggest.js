/** What the Label tab offers to one who has no trained model yet: places that look like a particle of this size. */
import { byId, say } from '../dom.js';
import { hasSuggestions } from '../picking.js';
import { diameterKnown } from '../scales.js';

/** @typedef {import('../types.js').State} State */

/** @param {State} state */
function note(state) {
  const { run } = state;
  if (run?.kind === 'suggest' && run.state === 'running') {
    const { picking } = run;
    return picking ? `Looking: ${picking.done} of ${picking.total} micrographs …` : 'Looking …';
  }
  if (hasSuggestions(state))
    return 'Dashed circles are suggestions, not labels: K keeps one as a label, X removes it. Nothing is trained on them.';
  return diameterKnown(state) ? 'Marks what could be particles of this size, for you to keep or remove.' : 'Needs pixel size and diameter.';
}

export class SuggestPanel {
  /**
   * @param {import('../state.js').Store<State>} store
   * @param {import('../session.js').Session} session
   */
  constructor(store, session) {
    this.store = store;
    this.session = session;
    this.button = /** @type {HTMLButtonElement} */ (byId('suggest'));
    this.button.addEventListener('click', () => void this.suggest());
    store.subscribe(['run', 'picks', 'project'], () => this.draw());
  }

  async suggest() {
    this.button.disabled = true;
    try {
      await this.session.settled();
      await this.session.training.start('suggest');
    } catch (error) {
      this.session.report(error);
    }
    this.draw();
  }

  /** Once a model has picked, its picks are worth more. */
  draw() {
    const { state } = this.store;
    const picked = [...state.picks.values()].some((set) => set.picks.kind !== 'suggest');
    byId('suggestions').hidden = picked || !state.project;
    this.button.disabled = state.run?.state === 'running' || !diameterKnown(state);
    say(byId('suggest-note'), note(state));
  }
}
