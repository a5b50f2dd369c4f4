/** Snapshots of all labels during the visit: loaded, kept, gone back to, by this page or by another. Draws nothing. */
import * as api from './api.js';
import { newest } from './newest.js';

/**
 * @typedef {import('./snapshots.js').Snapshot[]} Snapshots
 * @typedef {{client: string, who: string, name: string}} Restored somebody went back to a snapshot
 */

export class GoingBack {
  /** @param {import('./state.js').Store<import('./types.js').State>} store @param {import('./session.js').Session} visit */
  constructor(store, visit) {
    this.store = store;
    this.visit = visit;
    /** @type {(ask: () => Promise<Snapshots>) => Promise<Snapshots>} */
    this.newest = newest();
  }

  async load() {
    this.store.set({ snapshots: await this.newest(api.snapshots) });
  }

  /** All labels as they are now, those on their way to the disk included. @param {string} name */
  async keep(name) {
    await this.visit.settled();
    await api.keepSnapshot(name, this.visit.presence.name);
    await this.load();
  }

  /** Go back to a snapshot, on all micrographs. @param {number} id */
  async goBack(id) {
    await this.visit.settled();
    this.visit.annotator.own.forget();
    const answer = await api.restoreSnapshot(id, this.visit.client, this.visit.presence.name);
    await this.visit.reloadLabels();
    await this.load();
    this.visit.refreshDerived();
    return answer;
  }

  /** @param {Restored} event */
  async onRestored({ client, who, name }) {
    if (client === this.visit.client) return;
    const text = `${who || 'Somebody'} went back to “${name}”: labels of all micrographs are as they were then.`;
    this.store.set({ message: { kind: 'info', text } });
    this.visit.annotator.own.forget();
    await this.visit.reloadLabels();
    this.visit.refreshDerived();
  }
}
