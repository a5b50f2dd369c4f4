/**
/**
 * The picks of the micrographs: fetched once each in the background, the nearest to the open one first and as many as
 * fit into memory, and sorted into shown, removed, covered and excluded whenever labels, exclusions, picks or sizes
 * change. So every count and every move of the threshold is local.
 */
import * as api from './api.js';
import { Budget } from './budget.js';
import { excluder } from './exclusions.js';
import { coverer } from './filaments.js';
import { RequestError } from './net.js';
import { classify, countAbove, countedScores, fromAnswer } from './picks.js';
import { diameterPx, marginPx, micrographOf } from './scales.js';

/** @typedef {import('./types.js').State} State */

const CONCURRENT = 2;
const SEVERAL_TIMES = 3;
/** Held at once, in all: about 40 bytes each. */
const MOST_PICKS = 300_000;
/** Picks of micrographs that are not open are shown so often: each showing counts them all. */
const REST_MS = 200;

export class Picking {
  /**
   * @param {import('./state.js').Store<State>} store
   * @param {(micrograph: number) => Promise<void>} needLabels loads the labels of a micrograph once
   */
  constructor(store, needLabels) {
    this.store = store;
    this.needLabels = needLabels;
    /** @type {Map<number, {job: string, tries: number}>} micrographs whose picks are wanted */
    this.wanted = new Map();
    /** @type {Set<number>} */
    this.running = new Set();
    this.sizes = '';
    this.budget = new Budget(MOST_PICKS);
    this.touchTimer = 0;
    store.subscribe(['current'], () => this.start());
    store.subscribe(['project', 'view', 'drag'], () => this.checkSizes());
  }

  /** Fetch what the list of micrographs says is there and is not here yet. */
  sync() {
    for (const { id, picks } of this.store.state.micrographs) {
      const here = this.store.state.picks.get(id)?.picks;
      if (!picks || (here?.job === picks.job && here.final === picks.final)) continue;
      this.wanted.set(id, { job: picks.job, tries: 0 });
    }
    this.start();
  }

  /** @param {number} micrograph @param {string} job */
  request(micrograph, job) {
    this.wanted.set(micrograph, { job, tries: 0 });
    this.start();
  }

  start() {
    while (this.running.size < CONCURRENT) {
      const next = this.nearestWanted();
      if (next === null || !this.budget.admits(next, this.centre)) return;
      void this.fetch(next);
    }
  }

  get centre() {
    return this.store.state.current ?? 0;
  }

  /** @returns {number | null} */
  nearestWanted() {
    const { centre } = this;
    let best = null;
    for (const id of this.wanted.keys()) {
      if (this.running.has(id)) continue;
      if (best === null || Math.abs(id - centre) < Math.abs(best - centre)) best = id;
    }
    return best;
  }

  /** @param {number} id */
  async fetch(id) {
    const wish = this.wanted.get(id);
    if (!wish) return;
    this.wanted.delete(id);
    this.running.add(id);
    try {
      const [answer] = await Promise.all([api.picks(id, wish.job), this.hasLabels(id) ? this.needLabels(id) : null]);
      this.put(id, fromAnswer(answer));
    } catch (error) {
      this.again(id, wish, error);
    } finally {
      this.running.delete(id);
    }
    this.start();
  }

  /**
   * Asked again a few times when the server was away; picks that do not exist are not asked for again.
   * @param {number} id
   * @param {{job: string, tries: number}} wish
   * @param {any} error
   */
  again(id, wish, error) {
    if (!(error instanceof RequestError)) throw error;
    if (error.permanent || wish.tries >= SEVERAL_TIMES || this.wanted.has(id)) return;
    setTimeout(
      () => {
        if (!this.wanted.has(id)) this.wanted.set(id, { ...wish, tries: wish.tries + 1 });
        this.start();
      },
      1000 * 2 ** wish.tries,
    );
  }

  /** @param {number} id */
  hasLabels(id) {
    const micrograph = micrographOf(this.store.state.micrographs, id);
    return Boolean(micrograph && micrograph.labels + micrograph.negatives + micrograph.filaments + micrograph.exclusions > 0);
  }

  /** @param {number} id @param {import('./types.js').Picks} picks */
  put(id, picks) {
    const { state } = this.store;
    const exclusions = state.exclusions.get(id);
    const excluded = exclusions?.size ? excluder(exclusions.values(), marginPx(state)) : undefined;
    const [lines, radius] = [state.filaments.get(id), diameterPx(state) / 2];
    const covered = lines?.size ? coverer(lines.values(), radius) : undefined;
    const classes = classify(picks, state.labels.get(id)?.values() ?? [], radius, excluded, covered);
    const set = {
      picks,
      classes,
      scores: countedScores(picks, classes),
      uncovered: countedScores(picks, classes, true),
    };
    this.store.state.picks.set(id, set);
    this.budget.hold(id, picks.x.length);
    this.budget.surplus(this.centre).forEach((far) => this.letGo(far));
    this.show(id);
  }

  /** The open micrograph's at once, the others' together. @param {number} id */
  show(id) {
    if (id === this.store.state.current) return this.store.touch('picks');
    this.touchTimer ||= window.setTimeout(() => {
      this.touchTimer = 0;
      this.store.touch('picks');
    }, REST_MS);
  }

  /** Too far away for now; wanted again when something nearer to it is opened. @param {number} id */
  letGo(id) {
    const job = this.store.state.picks.get(id)?.picks.job;
    this.store.state.picks.delete(id);
    this.budget.drop(id);
    if (job) this.wanted.set(id, { job, tries: 0 });
  }

  /** The labels or exclusions of a micrograph changed. @param {number} id */
  reclassify(id) {
    const set = this.store.state.picks.get(id);
    if (set) this.put(id, set.picks);
  }

  checkSizes() {
    const { state } = this.store;
    const sizes = [diameterPx(state), marginPx(state)].join();
    if (state.drag || sizes === this.sizes) return;
    this.sizes = sizes;
    [...state.picks.keys()].forEach((id) => this.reclassify(id));
  }

  /** Micrographs were replaced or have gone: their picks with them. @param {Set<number>} present */
  forgetOthers(present) {
    for (const id of [...this.store.state.picks.keys()].filter((one) => !present.has(one))) {
      this.store.state.picks.delete(id);
      this.budget.drop(id);
    }
    this.store.touch('picks');
  }
}

/** Whether what is shown as picks are suggestions, here or anywhere. @param {Pick<State, 'picks'>} state */
export function hasSuggestions({ picks }) {
  return [...picks.values()].some((set) => set.picks.kind === 'suggest');
}

/** Whether picks of some micrographs are not here: counts over those that are here are lower bounds. @param {State} state */
export function isPartial({ micrographs, picks }) {
  return micrographs.some((one) => one.picks && !picks.has(one.id));
}

/**
 * How many picks are at or above the threshold on one micrograph, and in all that are here.
 * @param {State} state
 */
export function pickCounts({ picks, threshold, current }) {
  let all = 0;
  for (const { scores } of picks.values()) all += countAbove(scores, threshold);
  return { here: countAbove(picks.get(current ?? -1)?.scores ?? [], threshold), all };
}
