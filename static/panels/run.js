/** A job as it happens: phase, curves, what the held-out micrographs say, and the buttons that steer it. */
import { createCurve, createHeldOutCurve } from '../charts.js';
import { byId, el, fill, say } from '../dom.js';
import { averagePrecision, bestLine, boundNote, precisionAndRecall, unmeasured } from '../heldout.js';
import { going, isPaused, part } from '../job.js';
import { clock, plural, sentence, short } from '../units.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../job.js').Run} Run */

const NOUNS = { train: 'Training', pick: 'Picking', suggest: 'Suggesting' };

/** @param {Run} run */
function title({ state, phase, seconds, kind, model }) {
  const time = seconds ? ` · ${short(seconds)} s` : '';
  const noun = NOUNS[kind];
  if (state === 'done') return `Done${time}`;
  if (state !== 'running') return `${noun} ${state}${time}`;
  return {
    starting: 'Starting the worker',
    preparing: 'Reading labeled micrographs',
    training: 'Training',
    paused: 'Paused',
    picking: kind === 'suggest' ? 'Suggesting' : model ? `Picking with ${model}` : 'Picking',
    finished: 'Done',
  }[phase];
}

/** What happens just now, and how long it will still take. @param {Run} run @returns {[string, string]} */
function runLine(run) {
  const { phase, preparing, step, picking } = run;
  const left = (/** @type {number | undefined} */ seconds) => (seconds == null ? '' : `${clock(seconds)} left`);
  if (phase === 'preparing' && preparing) return [`${preparing.done} of ${plural(preparing.total, 'micrograph')}`, ''];
  if (phase === 'paused' && going(run) === 'training' && step) return [`at step ${step.step} of ${step.steps}`, ''];
  if (phase === 'training' && step)
    return [`step ${step.step} of ${step.steps} · ${short(step.steps_per_second)} / s`, left(step.seconds_left)];
  if (going(run) === 'picking' && picking)
    return [`${picking.done} of ${plural(picking.total, 'micrograph')} picked`, left(picking.seconds_left)];
  if (phase === 'finished' && step) return [`${plural(step.step, 'step')} · loss ${short(step.loss)}`, ''];
  return ['', ''];
}

export class RunPanel {
  /**
   * @param {import('../state.js').Store<State>} store
   * @param {import('../session.js').Session} session
   * @param {(tab: string) => void} openTab
   */
  constructor(store, session, openTab) {
    this.store = store;
    this.session = session;
    /** @type {{loss: ReturnType<typeof createCurve>, heldOut: ReturnType<typeof createHeldOutCurve>} | null} made when
     *  they are first seen: their size is unknown before */
    this.curves = null;
    byId('pause').addEventListener('click', () => void this.tell(this.paused ? 'continue' : 'pause'));
    byId('enough').addEventListener('click', () => void this.tell('finish'));
    byId('cancel').addEventListener('click', () => void this.tell('cancel'));
    byId('go-review').addEventListener('click', () => openTab('review'));
    store.subscribe(['run', 'tab', 'project', 'picks'], () => this.draw());
  }

  get paused() {
    const { run } = this.store.state;
    return Boolean(run && isPaused(run));
  }

  /** @param {"cancel" | "finish" | "pause" | "continue"} what */
  async tell(what) {
    try {
      await this.session.training.tell(what);
    } catch (error) {
      this.session.report(error);
    }
  }

  draw() {
    const { run, tab } = this.store.state;
    byId('run').hidden = !run;
    if (!run) return;
    const running = run.state === 'running';
    say(byId('run-title'), title(run));
    fill(byId('run-line'), ...runLine(run).map((text) => el('span', {}, text)));
    byId('run-line').hidden = !byId('run-line').textContent;
    /** @type {HTMLProgressElement} */ (byId('run-progress')).value = part(run);
    byId('run-progress').hidden = byId('run-buttons').hidden = !running;
    this.drawButtons(run);
    this.drawSkipped(run);
    byId('curves').hidden = run.kind !== 'train';
    if (tab === 'train' && run.kind === 'train') this.drawCurves(run);
  }

  /** @param {Run} run */
  drawButtons(run) {
    const [pause, enough] = ['pause', 'enough'].map((id) => /** @type {HTMLButtonElement} */ (byId(id)));
    enough.hidden = run.kind !== 'train';
    enough.disabled = going(run) !== 'training';
    pause.disabled = !['training', 'picking', 'paused'].includes(run.phase);
    say(pause, this.paused ? 'Continue' : 'Pause');
    byId('go-review').hidden = run.state === 'running' || !this.store.state.picks.size;
  }

  /** @param {Run} run */
  drawSkipped({ skipped }) {
    byId('skipped').hidden = !skipped.length;
    say(byId('skipped-title'), `${plural(skipped.length, 'micrograph')} skipped`);
    const name = (/** @type {number} */ id) => this.store.state.micrographs.find((one) => one.id === id)?.name ?? id;
    fill(
      byId('skipped-list'),
      ...skipped.map(({ micrograph, error }) => el('li', {}, `${name(micrograph)}: ${sentence(error)}`)),
    );
  }

  /** @param {Run} run */
  drawCurves(run) {
    byId('held-out').hidden = !run.heldOut.step.length;
    this.curves ??= { loss: createCurve(byId('curve')), heldOut: createHeldOutCurve(byId('held-out-curve')) };
    this.curves.loss.show(run.curve);
    const [loss, penalty] = [run.curve.loss, run.curve.penalty].map((values) => short(values.at(-1) ?? NaN));
    say(byId('loss-value'), loss);
    say(byId('penalty-value'), penalty);
    byId('curve').setAttribute('aria-label', `Loss ${loss}, GE penalty ${penalty}`);
    this.drawHeldOut(run);
  }

  /** @param {Run} run */
  drawHeldOut(run) {
    const { heldOut, best, last, curve } = run;
    const facts = best ?? last;
    say(byId('held-out-note'), facts ? `Held-out: ${precisionAndRecall(facts)}.` : unmeasured(run));
    byId('held-out-note').title = facts ? boundNote(facts) : '';
    byId('held-out-note').hidden = !byId('held-out-note').textContent;
    if (!facts || !last || !this.curves) return;
    this.curves.heldOut.show(heldOut, best?.best_step ?? best?.step ?? null, [curve.step[0] ?? 0, curve.step.at(-1) ?? 1]);
    say(byId('held-out-value'), averagePrecision(last));
    say(byId('held-out-best'), best ? bestLine(best) : '');
    byId('held-out-curve').setAttribute('aria-label', `Held-out average precision ${averagePrecision(last)}, ${bestLine(facts)}`);
  }

  /** The theme changed. */
  recolour() {
    this.curves?.loss.redraw();
    this.curves?.heldOut.redraw();
  }
}
