/** The Label tab: pixel size, diameter, what follows from them, what to do next, and what was refused. */
import { byId, el, fill, say, show } from '../dom.js';
import { ENOUGH, nextStep } from '../guidance.js';
import { count } from '../labels.js';
import { currentMicrograph, diameterKnown, diameterPx } from '../scales.js';
import { plural, sentence, short, whole } from '../units.js';

/** @typedef {import('../types.js').State} State */

/** @param {State} state */
function pixelSizeNote({ project }) {
  if (!project) return '';
  const { header_pixel_size_angstrom: header, settings } = project;
  if (settings.pixel_size_angstrom)
    return header ? `corrected; the files say ${short(header, 4)} Å/px` : 'entered; the files say nothing';
  return header ? 'from the headers of the files' : 'unknown, please enter';
}

/** @param {State} state */
function derivedNote({ project, drag, view }) {
  if (!project) return '';
  const derived = project.derived;
  if (!project.settings.diameter_angstrom)
    return 'The longest extent of the particle. Or label one and drag its circle’s edge.';
  if (!derived) return diameterKnown({ project }) ? '' : 'Needs the pixel size.';
  const size = `${short(diameterPx({ project, drag, view }), 4)} px across`;
  const downsampled = `downsample ${short(derived.downsample)} → ${short(derived.pixel_size_ds_angstrom)} Å/px`;
  const inModel = `particle ${short(derived.diameter_ds)} px · radius ${short(derived.positive_radius_ds)} px`;
  return `${size} · ${downsampled} · ${inModel}`;
}

/**
 * Labels in the whole project: mine of the open micrograph at once, the others as the server knows them.
 * @param {State} state
 * @param {(id: number) => boolean} loaded
 */
export function labelTotals(state, loaded) {
  const totals = { positive: 0, negative: 0 };
  for (const { id, labels, negatives } of state.micrographs) {
    const counts = loaded(id) ? count(state.labels.get(id)?.values() ?? []) : { positive: labels, negative: negatives };
    totals.positive += counts.positive;
    totals.negative += counts.negative;
  }
  return totals;
}

/**
 * A number that the person typed: null when the field is empty, undefined when it is not in range.
 * @param {HTMLInputElement} input
 */
export function typed(input) {
  if (!input.value && !input.validity.badInput) return null;
  return input.validity.valid ? Number(input.value) : undefined;
}

/** What a mark means. @param {boolean} complete @param {boolean} empty @param {number} labels */
function markNote(complete, empty, labels) {
  if (empty) return 'Training takes all of it for background.';
  if (!complete) return '';
  const rest = labels ? 'everything else is background' : 'no labels: there is no particle on it';
  return `Training takes that as said: ${rest}.`;
}

export class LabelPanel {
  /** @param {import('../state.js').Store<State>} store @param {import('../session.js').Session} session */
  constructor(store, session) {
    this.store = store;
    this.session = session;
    this.pixelSize = /** @type {HTMLInputElement} */ (byId('pixel-size'));
    this.diameter = /** @type {HTMLInputElement} */ (byId('diameter'));
    this.keepNumber(this.pixelSize, 'pixel_size_angstrom', 'A pixel size is 0.1 to 100 Å.');
    this.keepNumber(this.diameter, 'diameter_angstrom', 'A diameter is 5 to 20,000 Å.');
    this.complete = /** @type {HTMLInputElement} */ (byId('complete'));
    this.complete.addEventListener('change', () => void this.mark('complete', this.complete));
    this.empty = /** @type {HTMLInputElement} */ (byId('no-particles'));
    this.empty.addEventListener('change', () => void this.mark('empty', this.empty));
    byId('rescan').addEventListener('click', () => void this.rescan());
    store.subscribe(['project', 'drag', 'view'], () => this.drawSizes());
    store.subscribe(['project', 'labels', 'run', 'micrographs', 'picks', 'current'], () => this.drawCounts());
    store.subscribe(['micrographs', 'current', 'labels', 'filaments'], () => this.drawMarks());
    store.subscribe(['project', 'micrographs'], () => this.drawRefused());
  }

  /**
   * @param {HTMLInputElement} input
   * @param {"pixel_size_angstrom" | "diameter_angstrom"} setting
   * @param {string} range
   */
  keepNumber(input, setting, range) {
    input.addEventListener('change', () => {
      const value = typed(input);
      if (value === undefined) this.store.set({ message: { kind: 'error', text: range } });
      else void this.session.change({ [setting]: value });
    });
  }

  /** @param {"complete" | "empty"} which @param {HTMLInputElement} box */
  async mark(which, box) {
    const { current } = this.store.state;
    if (current === null) return;
    try {
      await this.session.mark(current, which === 'empty' ? { empty: box.checked } : { complete: box.checked });
    } catch (error) {
      this.session.report(error);
      this.drawMarks();
    }
  }

  /** What that means for training stands below it, once it is so. */
  drawMarks() {
    const { state } = this.store;
    const micrograph = currentMicrograph(state);
    const labels = count(state.labels.get(state.current ?? -1)?.values() ?? []).positive + (state.filaments.get(state.current ?? -1)?.size ?? 0);
    this.complete.disabled = !micrograph;
    this.complete.checked = Boolean(micrograph?.complete);
    this.empty.disabled = !micrograph || labels > 0;
    this.empty.checked = Boolean(micrograph?.empty && !labels);
    byId('empty-row').title = labels ? 'It has labels: remove them first.' : '';
    const note = markNote(this.complete.checked, this.empty.checked, labels);
    say(byId('complete-note'), note);
    byId('complete-note').hidden = !note;
  }

  async rescan() {
    const before = this.store.state.micrographs.length;
    say(byId('rescan-note'), 'looking …');
    try {
      await this.session.scan();
      const added = this.store.state.micrographs.length - before;
      say(byId('rescan-note'), added > 0 ? `${plural(added, 'new micrograph')}` : 'nothing new');
    } catch (error) {
      say(byId('rescan-note'), '');
      this.session.report(error);
    }
  }

  drawSizes() {
    const { state } = this.store;
    const { project, drag } = state;
    if (!project) return;
    const size = project.pixel_size_angstrom;
    show(this.pixelSize, size ? short(size, 6) : '');
    this.pixelSize.placeholder = size ? '' : 'unknown';
    const dragged = drag && 'diameter' in drag && size ? drag.diameter * size : null;
    const diameter = dragged ?? project.settings.diameter_angstrom;
    show(this.diameter, diameter ? short(diameter, 4) : '');
    say(byId('pixel-size-note'), pixelSizeNote(state));
    say(byId('derived'), derivedNote(state));
  }

  drawCounts() {
    const { state } = this.store;
    const totals = labelTotals(state, (id) => this.session.annotator.loaded(id));
    const here = count(state.labels.get(state.current ?? -1)?.values() ?? []);
    say(byId('count-labels'), `${whole(here.positive)} here · ${whole(totals.positive)} in all`);
    say(byId('count-removed'), `${whole(here.negative)} here · ${whole(totals.negative)} in all`);
    const all = totals.positive + (state.project?.filaments?.particles ?? 0);
    say(byId('next-step'), nextStep(state, all));
    const [goTrain, goReview] = [byId('go-train'), byId('go-picks')];
    goReview.hidden = !state.picks.size;
    goTrain.hidden = all < ENOUGH || state.run?.state === 'running';
  }

  drawRefused() {
    const { project, micrographs } = this.store.state;
    const refused = project?.refused ?? [];
    const warned = micrographs.filter(({ warnings, missing }) => warnings.length || missing);
    byId('refused').hidden = !refused.length;
    say(byId('refused-title'), `${plural(refused.length, 'file')} refused`);
    fill(
      byId('refused-list'),
      ...refused.slice(0, 200).map(({ path, error }) => el('li', {}, `${path}: ${sentence(error)}`)),
    );
    byId('warnings').hidden = !warned.length;
    say(byId('warnings-title'), `${plural(warned.length, 'micrograph')} with a warning`);
    fill(
      byId('warnings-list'),
      ...warned
        .slice(0, 200)
        .map((one) => el('li', {}, `${one.name}: ${one.missing ? 'the file is missing' : one.warnings.join('; ')}`)),
    );
  }
}
