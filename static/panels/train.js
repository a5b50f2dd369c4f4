/** The Train tab: what to expect, the button, and the run as it happens. */
import { createCurve } from '../charts.js';
import { byId, el, fill, say, show } from '../dom.js';
import { part } from '../job.js';
import { clock, plural, sentence, short, whole } from '../units.js';
import { typed } from './label.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../job.js').Run} Run */

/** @param {State} state */
function priorNote({ project }) {
  const derived = project?.derived;
  if (!derived) return project?.derived_error ? sentence(project.derived_error) : '';
  const guess = derived.expected_guessed
    ? `${whole(derived.expected_particles)} is a guess from area and diameter.`
    : '';
  const labels = `${plural(derived.labels, 'label')} on ${plural(derived.labeled_micrographs, 'micrograph')}`;
  const problem = project?.derived_error ? `\n${sentence(project.derived_error)}` : '';
  return `${guess}\nπ ${short(derived.pi)} · labeled ${short(derived.observed_fraction)}\n${labels}${problem}`.trim();
}

/** @param {Run} run */
function title({ state, phase, seconds }) {
  const time = seconds ? ` · ${short(seconds)} s` : '';
  if (state === 'done') return `Done${time}`;
  if (state !== 'running') return `Training ${state}${time}`;
  return {
    starting: 'Starting the worker',
    preparing: 'Reading labeled micrographs',
    training: 'Training',
    picking: 'Picking',
    finished: 'Done',
  }[phase];
}

/** What happens just now, and how long it will still take. @param {Run} run @returns {[string, string]} */
function runLine({ phase, preparing, step, picking }) {
  const left = (/** @type {number | undefined} */ seconds) => (seconds == null ? '' : `${clock(seconds)} left`);
  if (phase === 'preparing' && preparing) return [`${preparing.done} of ${plural(preparing.total, 'micrograph')}`, ''];
  if (phase === 'training' && step)
    return [`step ${step.step} of ${step.steps} · ${short(step.steps_per_second)} / s`, left(step.seconds_left)];
  if (phase === 'picking' && picking)
    return [`${picking.done} of ${plural(picking.total, 'micrograph')} picked`, left(picking.seconds_left)];
  if (phase === 'finished' && step) return [`${plural(step.step, 'step')} · loss ${short(step.loss)}`, ''];
  return ['', ''];
}

export class TrainPanel {
  /**
   * @param {import('../state.js').Store<State>} store
   * @param {import('../session.js').Session} session
   * @param {(tab: string) => void} openTab
   */
  constructor(store, session, openTab) {
    this.store = store;
    this.session = session;
    this.openTab = openTab;
    this.expected = /** @type {HTMLInputElement} */ (byId('expected'));
    this.button = /** @type {HTMLButtonElement} */ (byId('train'));
    /** @type {ReturnType<typeof createCurve> | null} made when it is first seen: its size is unknown before */
    this.curve = null;
    this.starting = false;
    this.refusal = '';
    this.listen();
    store.subscribe(['project'], () => this.drawSettings());
    store.subscribe(['run', 'tab', 'project'], () => this.drawRun());
  }

  listen() {
    this.expected.addEventListener('change', () => {
      const value = typed(this.expected);
      if (value === undefined) this.problem('Between 1 and 1,000,000 particles per micrograph.');
      else void this.session.change({ expected_particles: value });
    });
    this.button.addEventListener('click', () => void this.train());
    byId('enough').addEventListener('click', () => void this.tell('finish'));
    byId('cancel').addEventListener('click', () => void this.tell('cancel'));
    byId('go-review').addEventListener('click', () => this.openTab('review'));
  }

  /** The advanced fold, only what was given. */
  settings() {
    const input = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id));
    const [seconds, seed] = [typed(input('seconds')), typed(input('seed'))];
    return {
      ...(seconds ? { max_seconds: seconds } : {}),
      ...(seed === null || seed === undefined ? {} : { seed }),
      objective: input('objective').value,
      warm_start: input('warm-start').checked,
    };
  }

  async train() {
    if (this.starting || this.session.training.running) return;
    this.openTab('train');
    this.starting = true;
    this.problem('');
    this.drawRun();
    try {
      await this.session.settled();
      await this.session.training.start(this.settings());
    } catch (error) {
      const known = /** @type {any} */ (error).error;
      if (!known) throw error;
      this.problem(sentence(known));
    } finally {
      this.starting = false;
      this.drawRun();
    }
  }

  /** @param {"cancel" | "finish"} what */
  async tell(what) {
    try {
      await this.session.training.tell(what);
    } catch (error) {
      this.session.report(error);
    }
  }

  /** Why what was asked for just now was refused; empty when it was not. @param {string} text */
  problem(text) {
    this.refusal = text;
    this.drawProblem();
  }

  /** A refusal, or else why the newest run failed. */
  drawProblem() {
    const failure = this.starting ? null : this.store.state.run?.error;
    const text = this.refusal || (failure ? sentence(failure) : '');
    byId('train-error').hidden = !text;
    say(byId('train-error'), text);
  }

  drawSettings() {
    const { state } = this.store;
    const { settings, derived } = state.project ?? {};
    show(this.expected, settings?.expected_particles ? String(settings.expected_particles) : '');
    this.expected.placeholder = derived ? String(derived.expected_particles) : '';
    say(byId('prior'), priorNote(state));
  }

  drawRun() {
    const { run, tab, project } = this.store.state;
    const running = run?.state === 'running';
    this.button.disabled = running || this.starting || !project;
    byId('run').hidden = !run;
    this.drawProblem();
    if (!run) return;
    say(byId('run-title'), title(run));
    fill(byId('run-line'), ...runLine(run).map((text) => el('span', {}, text)));
    /** @type {HTMLProgressElement} */ (byId('run-progress')).value = part(run);
    byId('run-progress').hidden = byId('run-buttons').hidden = !running;
    /** @type {HTMLButtonElement} */ (byId('enough')).disabled = run.phase !== 'training';
    byId('go-review').hidden = running || !this.store.state.picks.size;
    this.drawSkipped(run);
    if (tab === 'train') this.drawCurve(run);
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
  drawCurve({ curve }) {
    this.curve ??= createCurve(byId('curve'));
    this.curve.show(curve);
    const [loss, penalty] = [curve.loss, curve.penalty].map((values) => short(values.at(-1) ?? NaN));
    say(byId('loss-value'), loss);
    say(byId('penalty-value'), penalty);
    byId('curve').setAttribute('aria-label', `Loss ${loss}, GE penalty ${penalty}`);
  }

  /** The theme changed. */
  recolour() {
    this.curve?.redraw();
  }
}
