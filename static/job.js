/**
 * One job as the page follows it: a fold over its numbered events. Pure.
 * The same event twice changes nothing; an event that leaves a gap is refused, so that the caller fetches what is
 * missing.
 *
 * @typedef {import('./types.js').Job} Job
 * @typedef {import('./types.js').JobEvent} JobEvent
 *
 * @typedef {object} Run
 * @property {string} id
 * @property {Job["kind"]} kind
 * @property {string | null} model the name of the kept model that it picks with
 * @property {Record<string, any>} settings
 * @property {boolean} resumable
 * @property {number} seq the newest event that is folded in
 * @property {Job["state"]} state
 * @property {Job["phase"]} phase
 * @property {Record<string, any> | null} started
 * @property {{done: number, total: number} | null} preparing
 * @property {{step: number, steps: number, seconds_left: number, steps_per_second: number, loss: number, ge_penalty:
 *   number} | null} step
 * @property {{done: number, total: number, seconds_left: number} | null} picking
 * @property {{step: number[], loss: number[], penalty: number[]}} curve
 * @property {Job["phase"]} pausedIn what goes on after a pause
 * @property {{step: number[], average: (number | null)[]}} heldOut average precision by step
 * @property {import('./heldout.js').HeldOut | null} last what the held-out micrographs say now
 * @property {import('./heldout.js').HeldOut | null} best what they said of the best state
 * @property {import('./estimate.js').ScoreMixture | null} mixture how the scores of noise and of particles lie
 * @property {{micrograph: number, error: import('./types.js').ApiError}[]} skipped
 * @property {import('./types.js').ApiError | null} error
 * @property {number | null} seconds
 */

/** @param {Job} job @returns {Run} */
export function newRun(job) {
  return {
    id: job.id,
    kind: job.kind,
    model: job.model,
    settings: job.settings,
    resumable: job.resumable,
    seq: 0,
    state: job.state,
    phase: job.phase,
    started: null,
    preparing: null,
    step: null,
    picking: null,
    curve: { step: [], loss: [], penalty: [] },
    pausedIn: 'training',
    heldOut: { step: [], average: [] },
    last: null,
    best: null,
    mixture: null,
    skipped: [],
    error: job.error,
    seconds: null,
  };
}

/** @type {Record<string, (run: Run, event: JobEvent) => Partial<Run>>} */
const FOLDS = {
  started: (_, event) => ({ started: event, phase: 'preparing' }),
  preparing: (_, { done, total }) => ({ preparing: { done, total }, phase: 'preparing' }),
  step: (run, event) => ({ step: /** @type {any} */ (event), phase: 'training', curve: extended(run.curve, event) }),
  picks: (run, event) => (event.final ? { phase: 'picking', picking: /** @type {any} */ (event) } : {}),
  skipped: (run, { micrograph, error }) => ({ skipped: [...run.skipped, { micrograph, error }] }),
  held_out: (run, event) => ({
    heldOut: measured(run.heldOut, event),
    last: /** @type {any} */ (event),
    best: event.best ? /** @type {any} */ (event) : run.best,
  }),
  paused: (run) => ({ phase: 'paused', pausedIn: run.phase }),
  resumed: (run) => ({ phase: run.pausedIn }),
  model: (run, { held_out: facts, score_mixture: mixture }) => ({
    phase: 'picking',
    best: facts ?? run.best,
    mixture: mixture ?? null,
  }),
  finished: (_, { outcome, error, seconds }) => ({
    state: outcome,
    phase: 'finished',
    error,
    seconds: seconds ?? null,
  }),
};

/** What a run does, or would go on with after its pause. @param {Run} run @returns {Exclude<Job["phase"], "paused">} */
export function going({ phase, pausedIn }) {
  return /** @type {any} */ (phase === 'paused' ? pausedIn : phase);
}

/** @param {Run["curve"]} curve @param {JobEvent} event */
function extended(curve, { step, loss, ge_penalty }) {
  curve.step.push(step);
  curve.loss.push(loss);
  curve.penalty.push(ge_penalty);
  return { ...curve };
}

/** @param {Run["heldOut"]} curve @param {JobEvent} event */
function measured(curve, { step, average_precision: average }) {
  curve.step.push(step);
  curve.average.push(average ?? null);
  return { ...curve };
}

/** @param {Run} run */
export function isPaused({ state, phase }) {
  return state === 'running' && phase === 'paused';
}

/** @param {Run} run @param {JobEvent} event @returns {"next" | "old" | "gap"} */
export function place(run, { seq }) {
  if (seq <= run.seq) return 'old';
  return seq === run.seq + 1 ? 'next' : 'gap';
}

/** @param {Run} run @param {JobEvent} event @returns {Run} */
export function fold(run, event) {
  if (place(run, event) === 'old') return run;
  return { ...run, ...FOLDS[event.event]?.(run, event), seq: event.seq };
}

/** How much of the work of the present phase is done, 0 to 1. @param {Run} run */
export function part(run) {
  const { preparing, step, picking } = run;
  const [done, total] = {
    starting: [0, 1],
    preparing: [preparing?.done ?? 0, preparing?.total ?? 1],
    training: [step?.step ?? 0, step?.steps ?? 1],
    picking: [picking?.done ?? 0, picking?.total ?? 1],
    finished: [1, 1],
  }[going(run)];
  return total ? done / total : 0;
}
