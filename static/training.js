/**
 * Follows one training job: starts it, folds its events in their order, and fetches what a dropped socket or a reload
 * missed.
 * The worker is told which micrograph is open, so that its picks move live.
 */
import * as api from './api.js';
import { fold, newRun, place } from './job.js';
import { looksOnly } from './looking.js';

/** @typedef {import('./types.js').State} State */
/** @typedef {import('./types.js').JobEvent} JobEvent */

export class Training {
  /**
   * @param {import('./state.js').Store<State>} store
   * @param {(event: JobEvent, job: string) => void} onEvent called once for each event, in order
   * @param {(error: any) => void} onError
   */
  constructor(store, onEvent, onError) {
    this.store = store;
    this.onEvent = onEvent;
    this.onError = onError;
    /** @type {Promise<void>} one after the other */
    this.catching = Promise.resolve();
    this.finding = '';
  }

  get running() {
    return this.store.state.run?.state === 'running';
  }

  /**
   * @param {import('./types.js').JobKind} kind
   * @param {{settings?: object, model?: string}} [more]
   * @returns {Promise<void>}
   */
  async start(kind, more = {}) {
    const { current } = this.store.state;
    if (current !== null) await this.follow(await api.startJob({ kind, focus: current, ...more }));
  }

  /** Go on with the newest training where it was interrupted. @returns {Promise<void>} */
  async resume() {
    const { current, run } = this.store.state;
    if (current !== null && run) await this.follow(await api.resumeJob(run.id, current));
  }

  /** Whether a job that did not end well can be taken up again is the server's to say. */
  async askWhetherResumable() {
    const { run } = this.store.state;
    if (!run) return;
    const { resumable } = await api.job(run.id);
    const now = this.store.state.run;
    if (now?.id === run.id) this.store.set({ run: { ...now, resumable } });
  }

  /**
   * Take up a job that may be anywhere between its start and its end.
   * @param {import('./types.js').Job | null} job
   */
  async follow(job) {
    if (!job) return;
    if (this.store.state.run?.id !== job.id) this.store.set({ run: newRun(job) });
    await this.catchUp();
  }

  /** @param {"cancel" | "finish" | "pause" | "continue"} what */
  async tell(what) {
    const { run } = this.store.state;
    if (run) await api.tellJob(run.id, what);
  }

  /** The open micrograph is scored first and live. @param {number} micrograph */
  async focus(micrograph) {
    const { run } = this.store.state;
    if (run && this.running && !looksOnly(this.store.state)) await api.tellJob(run.id, 'focus', { micrograph });
  }

  /** An event from the socket. @param {JobEvent} event */
  hear(event) {
    const { run } = this.store.state;
    if (!run || run.id !== event.job) return void this.followNew(event);
    if (place(run, event) === 'next') this.take(event);
    else if (place(run, event) === 'gap') void this.catchUp();
  }

  /** Somebody else has started a job. @param {JobEvent} event */
  async followNew({ job }) {
    if (!job || this.finding === job) return;
    this.finding = job;
    try {
      const found = await api.job(job);
      if (this.isNewer(found)) await this.follow(found);
    } catch (error) {
      this.onError(error);
    } finally {
      this.finding = '';
    }
  }

  /** @param {import('./types.js').Job} job */
  isNewer(job) {
    const { project } = this.store.state;
    return !project?.job || job.created >= project.job.created;
  }

  /** @param {JobEvent} event */
  take(event) {
    const { run } = this.store.state;
    if (!run || place(run, event) !== 'next') return;
    this.store.set({ run: fold(run, event) });
    this.onEvent(event, run.id);
  }

  /** Everything after the newest event that is known, over HTTP. */
  catchUp() {
    this.catching = this.catching.then(() => this.fetchMissing()).catch(this.onError);
    return this.catching;
  }

  async fetchMissing() {
    const { run } = this.store.state;
    if (!run) return;
    const { events, last_seq: last } = await api.events(run.id, run.seq);
    events.forEach((/** @type {JobEvent} */ event) => this.take(event));
    const now = this.store.state.run;
    if (now?.id === run.id && events.length && now.seq < last) await this.fetchMissing();
  }
}
