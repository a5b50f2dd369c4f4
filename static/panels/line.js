/** How good the line is, at the bottom, and the switch for smaller pictures. */
import { byId, say } from '../dom.js';
import { MODES, asksForSmall, figures } from '../line.js';

/** @typedef {import('../types.js').State} State */

const WHY = 'Tiles come smaller and from coarse to fine, and nothing is fetched ahead; where the view rests they become exact.';

export class LinePanel {
  /** @param {import('../state.js').Store<State>} store @param {import('../slow-line.js').SlowLine} line */
  constructor(store, line) {
    this.store = store;
    this.box = /** @type {HTMLDetailsElement} */ (byId('line'));
    for (const mode of MODES) this.choice(mode).addEventListener('change', () => line.choose(mode));
    this.box.addEventListener('keydown', (event) => event.key === 'Escape' && this.fold());
    document.addEventListener('pointerdown', ({ target }) => {
      if (!this.box.contains(/** @type {Node} */ (target))) this.box.open = false;
    });
    store.subscribe(['line'], () => this.draw());
    this.draw();
  }

  /** @param {string} mode */
  choice(mode) {
    return /** @type {HTMLInputElement} */ (byId(`line-${mode}`));
  }

  fold() {
    this.box.open = false;
    byId('line-text').focus();
  }

  draw() {
    const { line } = this.store.state;
    const small = asksForSmall(line);
    const summary = byId('line-text');
    say(summary, [small ? 'slow line' : 'line', figures(line)].filter(Boolean).join(' '));
    summary.dataset.slow = String(small);
    summary.title = small ? WHY : 'How quickly tiles come';
    this.choice(line.mode).checked = true;
  }
}
