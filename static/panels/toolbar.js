/**
 * What lies around and over the canvas: header, tools, scale bar, status bar, messages. Shows; decides
 * nothing.
 */
import { byId, say } from '../dom.js';
import { count } from '../labels.js';
import { sides } from '../layers.js';
import { nextMark } from '../marks.js';
import { ownKeys } from '../own-keys.js';
import { countAbove, noun } from '../picks.js';
import { currentMicrograph, pixelSize } from '../scales.js';
import { plural, scaleBar, short, signed, whole } from '../units.js';

/** @typedef {import('../types.js').State} State */

const SCALE_BAR_PX = 180;
const MESSAGE_MS = 7000;
const MARK_SIGNS = { circle: '◯', box: '☐', dot: '•' };
const MARK_NAMES = { circle: 'circles', box: 'boxes', dot: 'dots' };
const EMPTY_FOLDER =
  'No micrographs in this folder yet. Put MRC, TIFF, PNG or JPEG files into it, then press “Look for new files”.';

/**
 * What is selected or being drawn, and what can be done with it.
 * @param {State} state
 * @returns {{text: string, keep: boolean, remove: string | null} | null}
 */
function chipOf({ selected, labels, picks, filaments, exclusions, sketch }) {
  if (sketch?.use === 'filament')
    return { text: sketch.freehand ? 'let go at the end' : 'start set · click the end', keep: false, remove: sketch.freehand ? null : 'Forget the start' };
  if (sketch?.use === 'exclude')
    return { text: sketchText(sketch), keep: false, remove: sketch.freehand ? null : 'Last corner' };
  if (!selected) return null;
  if (selected.kind === 'group') return groupChip(selected, labels.get(selected.micrograph), filaments.get(selected.micrograph));
  if (selected.kind === 'filament') {
    const present = filaments.get(selected.micrograph)?.has(selected.id);
    return present ? { text: 'filament', keep: false, remove: 'Remove' } : null;
  }
  if (selected.kind === 'pick') {
    const what = noun(picks.get(selected.micrograph)?.picks);
    return { text: `${what} ${signed(selected.score)}`, keep: true, remove: 'Remove' };
  }
  if (selected.kind === 'exclusion') {
    const present = exclusions.get(selected.micrograph)?.has(selected.id);
    return present ? { text: 'exclusion', keep: false, remove: 'Remove' } : null;
  }
  const label = labels.get(selected.micrograph)?.get(selected.id);
  if (!label) return null;
  const removed = label.label === 'negative';
  return { text: removed ? 'removed pick' : 'label', keep: removed, remove: removed ? 'Bring back' : 'Remove' };
}

/**
 * @param {import('../types.js').GroupTarget} group
 * @param {Map<string, import('../types.js').Label>} [labels] a label may have gone since
 * @param {Map<string, import('../types.js').Filament>} [filaments]
 */
function groupChip({ members }, labels, filaments) {
  const picks = members.filter(({ kind }) => kind === 'pick').length;
  const left = members.filter((one) => one.kind === 'label' && labels?.has(one.id)).length;
  const lines = members.filter((one) => one.kind === 'filament' && filaments?.has(one.id)).length;
  const parts = [left && plural(left, 'label'), lines && plural(lines, 'filament'), picks && plural(picks, 'pick')].filter(Boolean);
  return parts.length ? { text: parts.join(', '), keep: picks > 0, remove: 'Remove' } : null;
}

/** @param {import('../types.js').Sketch} sketch */
function sketchText({ corners, freehand }) {
  if (freehand) return 'let go to close the region';
  const next = corners.length < 3 ? 'click on' : 'click the first one to close';
  return `${plural(corners.length, 'corner')} · ${next}`;
}

/** @type {Partial<Record<import('../types.js').Mode, string>>} */
const HINTS = {
  box: 'drag a box · {}: lasso',
  lasso: 'draw around labels and picks · {}: box',
  erase: 'brush over labels and picks',
  filament: 'drag along a filament, or click its start and its end',
  exclude: 'click corners, or draw around a region',
  paint: 'brush over what to leave out',
};

/** What was refused and what to do, by the status of the answer. @type {Record<number, string>} */
const REFUSALS = {
  403: 'This browser may not change the project any more: open the link for working on it again, then press Try again.',
  404: 'The project has no such micrograph any more: look for new files, then press Try again, or give the changes up.',
};

export class Toolbar {
  /**
   * @param {import('../state.js').Store<State>} store
   * @param {import('../session.js').Session} session
   * @param {import('../viewer.js').Viewer} viewer
   */
  constructor(store, session, viewer) {
    this.store = store;
    this.session = session;
    this.viewer = viewer;
    this.messageTimer = 0;
    byId('banner-again').addEventListener('click', () => void session.outbox.tryAgain());
    byId('banner-discard').addEventListener('click', () => session.discardRefused());
    byId('message-act').addEventListener('click', () => {
      const { message } = store.state;
      store.set({ message: null });
      message?.action?.run();
    });
    byId('message-close').addEventListener('click', () => store.set({ message: null }));
    store.subscribe(['project', 'micrographs', 'current'], () => this.drawPlace());
    store.subscribe(['saving', 'online', 'people', 'project'], () => this.drawLink());
    store.subscribe(['viewport', 'project', 'view'], () => this.drawScale());
    store.subscribe(['mode', 'labels', 'current'], () => this.drawTools());
    store.subscribe(['selected', 'labels', 'picks', 'filaments', 'exclusions', 'sketch'], () => this.drawChip());
    store.subscribe(['labels', 'picks', 'filaments', 'exclusions', 'threshold', 'current', 'tiles', 'view', 'viewport', 'layer', 'second'], () =>
      this.drawCanvasText(),
    );
    store.subscribe(['marks'], () => this.drawMarks());
    this.drawMarks();
    store.subscribe(['mode', 'brush'], () => this.drawHint());
    ownKeys.show(() => this.drawHint());
    store.subscribe(['second'], () => this.drawPanes());
    store.subscribe(['hidden'], ({ hidden }) => byId('stage').setAttribute('data-hidden', String(hidden)));
    store.subscribe(['message'], () => this.drawMessage());
  }

  drawPlace() {
    const { project, micrographs, current } = this.store.state;
    const micrograph = currentMicrograph(this.store.state);
    const index = micrographs.findIndex(({ id }) => id === current);
    say(byId('project-name'), project?.name ?? '');
    say(byId('micrograph-name'), micrograph?.name ?? '');
    say(byId('micrograph-place'), micrograph ? `${whole(index + 1)} of ${whole(micrographs.length)}` : '');
    document.title = [micrograph?.name, project?.name, 'Peridot'].filter(Boolean).join(' · ');
    this.drawEmpty();
  }

  drawEmpty() {
    const { project, micrographs } = this.store.state;
    const empty = Boolean(project) && !micrographs.length;
    byId('empty').hidden = !empty;
    const refused = project?.refused.length ?? 0;
    const why = refused ? ` ${plural(refused, 'file')} could not be used; the Label tab says why.` : '';
    if (empty) say(byId('empty'), EMPTY_FOLDER + why);
  }

  drawLink() {
    const { saving, online, people, project } = this.store.state;
    if (!project) return;
    const badge = byId('saved');
    badge.dataset.status = saving.status;
    const saved = project.looks_only ? 'looking only' : 'saved';
    say(badge, { saved, saving: 'saving …', offline: `offline · ${saving.size} waiting`, refused: `not saved · ${saving.size} waiting` }[saving.status]);
    say(byId('people'), plural(Math.max(people.length, 1), 'person here', 'people here'));
    say(byId('link'), online ? 'live' : 'connecting …');
    this.drawBanner();
  }

  drawBanner() {
    const { saving, online } = this.store.state;
    const away = !online && this.session.wasConnected;
    const failing = saving.status === 'offline';
    const { refusal } = saving;
    byId('banner').hidden = !away && !failing && !refusal;
    byId('banner-again').hidden = !refusal;
    byId('banner-discard').hidden = refusal !== 404;
    const waiting = saving.size ? `, ${plural(saving.size, 'change')} waiting` : '';
    const keeps = saving.persistent ? 'nothing is lost' : 'keep this page open: this browser blocks storage';
    if (refusal) say(byId('banner-text'), `Not saved${waiting}; ${keeps}. ${REFUSALS[refusal]}`);
    else if (away) say(byId('banner-text'), `The server is gone${waiting}; ${keeps}. Trying again …`);
    else if (failing) say(byId('banner-text'), `Not saved${waiting}; ${keeps}. Trying again …`);
  }

  drawScale() {
    const { viewport } = this.store.state;
    const size = pixelSize(this.store.state);
    byId('scalebar').hidden = !viewport;
    say(byId('status-pixel-size'), size ? `${size.toFixed(size < 1 ? 3 : 2)} Å/px` : 'pixel size unknown');
    if (!viewport) return;
    const { length, text } = scaleBar(viewport.zoom, size, SCALE_BAR_PX);
    byId('scalebar-line').style.width = `${length}px`;
    say(byId('scalebar-text'), text);
    say(byId('zoom'), `zoom ${short(viewport.zoom)}×`);
  }

  drawTools() {
    const { mode, current } = this.store.state;
    const press = (/** @type {string} */ id, /** @type {boolean} */ on) =>
      byId(id).setAttribute('aria-pressed', String(on));
    press('tool-add', mode === 'add');
    press('tool-pan', mode === 'pan');
    press('tool-select', mode === 'box' || mode === 'lasso');
    byId('tool-select').setAttribute('aria-label', mode === 'lasso' ? 'Select in a lasso' : 'Select in a box');
    press('tool-erase', mode === 'erase');
    press('tool-filament', mode === 'filament');
    press('tool-exclude', mode === 'exclude');
    press('tool-paint', mode === 'paint');
    const { undo, redo } = this.session.annotator.history(current ?? -1);
    /** @type {HTMLButtonElement} */ (byId('tool-undo')).disabled = !undo.length;
    /** @type {HTMLButtonElement} */ (byId('tool-redo')).disabled = !redo.length;
  }

  /** The button shows what is, and says what comes next. */
  drawMarks() {
    const { marks } = this.store.state;
    say(byId('tool-marks'), MARK_SIGNS[marks]);
    byId('tool-marks').setAttribute('aria-label', `Labels and picks as ${MARK_NAMES[nextMark(marks)]}`);
  }

  drawChip() {
    const chip = chipOf(this.store.state);
    byId('chip').hidden = !chip;
    if (!chip) return;
    say(byId('chip-text'), chip.text);
    byId('chip-keep').hidden = !chip.keep;
    byId('chip-remove').hidden = !chip.remove;
    say(byId('chip-remove-text'), chip.remove ?? '');
  }

  /** What the tool in hand does; the usual two need no words. */
  drawHint() {
    const { mode, brush } = this.store.state;
    const text = HINTS[mode]?.replace('{}', () => ownKeys.text('select'));
    byId('hint').hidden = !text;
    const brushes = mode === 'erase' || mode === 'paint';
    byId('brush-size').hidden = !brushes;
    const size = brushes ? ` · ${brush.radius * 2} px across` : '';
    say(byId('hint'), text ? text + size : '');
  }

  drawPanes() {
    const panes = sides(this.store.state).length;
    byId('stage').dataset.panes = String(panes);
    byId('tool-beside').setAttribute('aria-pressed', String(panes > 1));
  }

  /** What the canvas shows, in words. */
  drawCanvasText() {
    const { state } = this.store;
    const id = state.current ?? -1;
    const { positive, negative } = count(state.labels.get(id)?.values() ?? []);
    const set = state.picks.get(id);
    const picks = plural(countAbove(set?.scores ?? [], state.threshold), noun(set?.picks));
    const excluded = state.exclusions.get(id)?.size ?? 0;
    const rest = [negative ? plural(negative, 'removed pick') : '', excluded ? plural(excluded, 'exclusion') : ''];
    const lines = state.filaments.get(id)?.size ?? 0;
    const parts = [plural(positive, 'label'), lines ? plural(lines, 'filament') : '', picks, ...rest];
    say(byId('canvas-counts'), parts.filter(Boolean).join(', '));
    byId('canvas').setAttribute('aria-busy', String(!this.viewer.complete));
    byId('canvas').setAttribute('aria-label', `Micrograph ${currentMicrograph(state)?.name ?? ''}`.trim());
  }

  drawMessage() {
    const { message } = this.store.state;
    const box = byId('message');
    clearTimeout(this.messageTimer);
    box.hidden = !message;
    if (!message) return;
    box.dataset.kind = message.kind;
    box.setAttribute('role', message.kind === 'error' ? 'alert' : 'status');
    say(byId('message-text'), message.text);
    byId('message-act').hidden = !message.action;
    say(byId('message-act'), message.action?.text ?? '');
    if (message.kind === 'info' && !message.action)
      this.messageTimer = window.setTimeout(() => this.store.set({ message: null }), MESSAGE_MS);
  }
}
