/** History in the Label tab: the steps of the open micrograph's labels, and the way back to each of them. */
import * as api from '../api.js';
import { byId, el, fill, say } from '../dom.js';
import { newest } from '../newest.js';
import { backTo, by, described, restored, there, when } from '../timeline.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../timeline.js').Step} Step */

export class TimelinePanel {
  /** @param {import('../state.js').Store<State>} store @param {import('../session.js').Session} session */
  constructor(store, session) {
    this.store = store;
    this.session = session;
    this.box = /** @type {HTMLDetailsElement} */ (byId('timeline'));
    /** @type {(ask: () => Promise<Step[]>) => Promise<Step[]>} */
    this.newest = newest();
    this.box.addEventListener('toggle', () => void this.load());
    store.subscribe(['current', 'saving', 'labels'], () => void this.load());
  }

  /** What is on the server's disk, as long as anybody looks. */
  async load() {
    const { current, saving } = this.store.state;
    if (!this.box.open || current === null || saving.status !== 'saved') return;
    try {
      const steps = await this.newest(() => api.labelHistory(current));
      if (current === this.store.state.current) this.draw(current, steps);
    } catch (error) {
      this.session.report(error);
    }
  }

  /** @param {number} micrograph @param {Step[]} steps */
  draw(micrograph, steps) {
    byId('timeline-empty').hidden = steps.length > 0;
    fill(byId('timeline-list'), ...steps.map((step, place) => this.item(micrograph, step, place === 0)));
  }

  /** @param {number} micrograph @param {Step} step @param {boolean} isLast */
  item(micrograph, step, isLast) {
    const time = when(step.time, new Date());
    const who = by(step, this.session.client);
    const restore = () => void this.restore(micrograph, step, time);
    return el(
      'li',
      {},
      el('span', { class: 'figures' }, time),
      el('span', {}, [who, `${described(step)} → ${there(step)}`].filter(Boolean).join(', ')),
      isLast
        ? el('span', { class: 'muted' }, 'now')
        : el('button', { class: 'quiet', 'aria-label': `Back to ${time}, ${described(step)}`, on: { click: restore } }, 'Back'),
    );
  }

  /** One step that can be undone. @param {number} micrograph @param {Step} step @param {string} time */
  async restore(micrograph, { seq }, time) {
    try {
      const { labels, filaments, exclusions } = await api.labelsAt(micrograph, seq);
      const operations = backTo(this.session.annotator.annotations(micrograph), [...labels, ...filaments, ...exclusions]);
      if (operations.length) this.session.annotator.perform(micrograph, operations);
      say(byId('timeline-note'), restored(operations, time));
    } catch (error) {
      this.session.report(error);
    }
  }
}
