/**
 * The list of micrographs during a visit: loaded whole once, then as differences, and the picks of a running job noted
 * in it as they come. Draws nothing.
 */
import * as api from './api.js';
import { merged, withPicks } from './listing.js';

/** Picks of many micrographs come every second: noted together. */
const REST_MS = 500;

export class Roster {
  /** @param {import('./state.js').Store<import('./types.js').State>} store */
  constructor(store) {
    this.store = store;
    this.stamp = '';
    /** @type {Promise<void>} */
    this.asking = Promise.resolve();
    this.isQueued = false;
    /** @type {Map<number, NonNullable<import('./types.js').Micrograph["picks"]>>} */
    this.coming = new Map();
    this.timer = 0;
  }

  /** What has changed; asked one after the other, and once for all who want to know meanwhile. @returns {Promise<void>} */
  refresh() {
    if (this.isQueued) return this.asking;
    this.isQueued = true;
    const ask = () => ((this.isQueued = false), this.ask());
    this.asking = this.asking.then(ask, ask);
    return this.asking;
  }

  async ask() {
    const told = await api.micrographs(this.stamp);
    this.stamp = told.stamp;
    this.store.set({ micrographs: merged(this.store.state.micrographs, told) });
  }

  /** @param {import('./types.js').JobEvent} event `picks` @param {import('./job.js').Run | null} run */
  note(event, run) {
    if (!run) return;
    const { micrograph, count, mean_score: mean = null, final } = event;
    this.coming.set(micrograph, { job: run.id, kind: run.kind, count, mean_score: mean, final });
    this.timer ||= window.setTimeout(() => this.putDown(), REST_MS);
  }

  putDown() {
    this.timer = 0;
    this.store.set({ micrographs: withPicks(this.store.state.micrographs, this.coming) });
    this.coming.clear();
  }
}
