/** The Train tab's form: what to expect, the button, and a training that can be taken up again. */
import { byId, say, show } from '../dom.js';
import { refuses } from '../looking.js';
import { asked } from '../settings.js';
import { plural, sentence, short, whole } from '../units.js';
import { typed } from './label.js';

/** @typedef {import('../types.js').State} State */

/** Where pi comes from, unless it was typed as a number of particles. @param {import('../types.js').Derived} derived */
function priorSource({ prior_from: from, expected_particles: expected }) {
  return {
    guess: `${whole(expected)} is a guess from area and diameter.`,
    complete: `${short(expected)} on average on the micrographs that are labeled completely.`,
    pi: 'π is set under Advanced.',
    expected: '',
  }[from];
}

/** @param {State} state */
function priorNote({ project }) {
  const derived = project?.derived;
  if (!derived) return project?.derived_error ? sentence(project.derived_error) : '';
  const labels = `${plural(derived.labels, 'label')} on ${plural(derived.labeled_micrographs, 'micrograph')}`;
  const problem = project?.derived_error ? `\n${sentence(project.derived_error)}` : '';
  const prior = `π ${short(derived.pi)} · labeled ${short(derived.observed_fraction)}`;
  return `${priorSource(derived)}\n${prior}\n${labels}${problem}`.trim();
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
    this.starting = false;
    this.refusal = '';
    this.listen();
    store.subscribe(['project'], () => this.drawSettings());
    store.subscribe(['run', 'project'], () => this.drawButtons());
  }

  listen() {
    this.expected.addEventListener('change', () => {
      const value = typed(this.expected);
      if (value === undefined) this.problem('Between 1 and 1,000,000 particles per micrograph.');
      else void this.session.change({ expected_particles: value });
    });
    this.button.addEventListener('click', () => void this.train());
    byId('resume').addEventListener('click', () => void this.begin(() => this.session.training.resume()));
  }

  train() {
    return this.begin(() => {
      const training = this.store.state.project?.settings.training ?? {};
      return this.session.training.start('train', { settings: asked(training) });
    });
  }

  /** Start something once all that was typed is on disk; why it was refused stands under the button. @param {() => Promise<void>} start */
  async begin(start) {
    if (this.starting || this.session.training.running || refuses(this.store)) return;
    this.openTab('train');
    this.starting = true;
    this.problem('');
    this.drawButtons();
    try {
      await this.session.settled();
      await start();
    } catch (error) {
      const known = /** @type {any} */ (error).error;
      if (!known) throw error;
      this.problem(sentence(known));
    } finally {
      this.starting = false;
      this.drawButtons();
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
    this.expected.placeholder = derived ? short(derived.expected_particles, 4) : '';
    say(byId('prior'), priorNote(state));
  }

  drawButtons() {
    const { run, project } = this.store.state;
    const busy = run?.state === 'running' || this.starting;
    this.button.disabled = busy || !project;
    byId('resume').hidden = busy || !run?.resumable;
    this.drawProblem();
  }
}
