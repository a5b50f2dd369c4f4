/** The library of models under the Train tab: keep, apply, name, fetch, bring, delete. */
import * as api from '../api.js';
import { byId, el, fill, say } from '../dom.js';
import { averagePrecision } from '../heldout.js';
import { plural, sentence, short } from '../units.js';

/**
 * @typedef {import('../types.js').State} State
 * @typedef {import('../types.js').KeptModel} KeptModel
 */

/** Pixel sizes this much apart are told: then the micrographs are rescaled for the model. */
const NOTABLE = 0.01;

/** @param {KeptModel} model @param {number | null | undefined} here pixel size of the project */
function scale({ pixel_size_angstrom: trained }, here) {
  if (!trained) return '';
  const differs = here && Math.abs(here / trained - 1) > NOTABLE;
  const rescaled = differs ? `, rescales these of ${short(here, 4)}` : '';
  return `trained at ${short(trained, 4)} Å/px${rescaled}`;
}

/** @param {KeptModel} model @param {number | null | undefined} here pixel size of the project */
function facts(model, here) {
  const { created, diameter_angstrom: diameter, labels, held_out: heldOut } = model;
  const date = new Date(created * 1000).toLocaleDateString(undefined, { dateStyle: 'medium' });
  const parts = [
    date,
    diameter && `${short(diameter, 4)} Å`,
    scale(model, here),
    labels && plural(labels, 'label'),
    heldOut && `held-out ${averagePrecision(heldOut)}`,
  ];
  return parts.filter(Boolean).join(' · ');
}

export class ModelsPanel {
  /**
   * @param {import('../state.js').Store<State>} store
   * @param {import('../session.js').Session} session
   * @param {(start: () => Promise<void>) => Promise<void>} begin starts a job the way the Train button does
   */
  constructor(store, session, begin) {
    this.store = store;
    this.session = session;
    this.begin = begin;
    this.name = /** @type {HTMLInputElement} */ (byId('model-name'));
    this.file = /** @type {HTMLInputElement} */ (byId('model-file'));
    /** The model whose name is being typed, or that is asked about before it goes. @type {{id: string, what: "rename" | "delete"} | null} */
    this.open = null;
    byId('keep-model').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.attempt(() => this.keep());
    });
    this.file.addEventListener('change', () => void this.attempt(() => this.bring()));
    byId('model-bring').addEventListener('click', () => this.file.click());
    store.subscribe(['models', 'run', 'project'], () => this.draw());
  }

  /** Do something and say why it was refused, if it was. @param {() => Promise<void>} act */
  async attempt(act) {
    this.say('');
    try {
      await act();
    } catch (error) {
      const known = /** @type {any} */ (error).error;
      if (!known) throw error;
      this.say(sentence(known));
    }
  }

  /** @param {string} problem */
  say(problem) {
    byId('models-error').hidden = !problem;
    say(byId('models-error'), problem);
    if (problem) this.unfold();
  }

  unfold() {
    /** @type {HTMLDetailsElement} */ (byId('library')).open = true;
  }

  async keep() {
    const { run } = this.store.state;
    if (!run) return;
    await api.keepModel(run.id, this.name.value);
    this.name.value = '';
    this.unfold();
    await this.session.loadModels();
  }

  async bring() {
    const [file] = this.file.files ?? [];
    if (!file) return;
    const form = new FormData();
    form.append('file', file);
    this.file.value = '';
    await api.bringModel(form);
    await this.session.loadModels();
  }

  /** @param {KeptModel} model @param {string} name */
  async rename({ id }, name) {
    await api.renameModel(id, name);
    this.ask(null);
    await this.session.loadModels();
  }

  /** @param {KeptModel} model */
  async remove({ id }) {
    await api.deleteModel(id);
    this.ask(null);
    await this.session.loadModels();
  }

  /** @param {KeptModel} model */
  apply({ id }) {
    return this.begin(() => this.session.training.start('pick', { model: id }));
  }

  /** @param {{id: string, what: "rename" | "delete"} | null} open */
  ask(open) {
    this.open = open;
    this.drawList();
    /** @type {HTMLElement | null} */ (byId('model-list').querySelector('[data-first]'))?.focus();
  }

  draw() {
    const { models, run } = this.store.state;
    byId('keep-model').hidden = run?.kind !== 'train' || run.state !== 'done';
    say(byId('library-count'), models.length ? String(models.length) : '');
    byId('library-empty').hidden = models.length > 0;
    // News must not pull a half typed name or a question from under the hand.
    if (!models.some(({ id }) => id === this.open?.id)) this.drawList();
  }

  drawList() {
    fill(byId('model-list'), ...this.store.state.models.map((model) => this.row(model)));
  }

  /** @param {KeptModel} model */
  row(model) {
    const here = this.store.state.project?.pixel_size_angstrom;
    const about = [el('b', { class: 'clip' }, model.name), el('span', { class: 'note figures' }, facts(model, here))];
    if (this.open?.id !== model.id) return el('li', {}, ...about, this.buttons(model));
    if (this.open.what === 'rename') return el('li', {}, this.nameForm(model));
    return el('li', {}, ...about, this.question(model));
  }

  /** @param {KeptModel} model */
  buttons(model) {
    const { id, name } = model;
    const act = (/** @type {string} */ text, /** @type {() => void} */ click, /** @type {object} */ more = {}) =>
      el('button', { type: 'button', 'aria-label': `${text} ${name}`, on: { click }, ...more }, text);
    const running = this.store.state.run?.state === 'running';
    return el(
      'div',
      { class: 'actions' },
      act('Apply', () => void this.apply(model), { disabled: running }),
      el('a', { class: 'button', href: api.modelUrl(id), download: true, 'aria-label': `Download ${name}` }, 'Download'),
      act('Rename', () => this.ask({ id, what: 'rename' })),
      act('Delete', () => this.ask({ id, what: 'delete' })),
    );
  }

  /** @param {KeptModel} model */
  nameForm(model) {
    const input = el('input', {
      type: 'text',
      class: 'wide',
      maxlength: 80,
      value: model.name,
      'aria-label': `New name of ${model.name}`,
      'data-first': true,
    });
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      void this.attempt(() => this.rename(model, input.value));
    };
    const cancel = el('button', { type: 'button', on: { click: () => this.ask(null) } }, 'Leave it');
    return el('form', { on: { submit } }, input, el('div', { class: 'actions' }, el('button', {}, 'Rename'), cancel));
  }

  /** @param {KeptModel} model */
  question(model) {
    const remove = () => void this.attempt(() => this.remove(model));
    return el(
      'div',
      { class: 'actions' },
      el('span', { class: 'note' }, 'Delete it for good?'),
      el('button', { type: 'button', class: 'danger', 'aria-label': `Delete ${model.name} for good`, on: { click: remove } }, 'Delete'),
      el('button', { type: 'button', 'data-first': true, on: { click: () => this.ask(null) } }, 'Keep'),
    );
  }
}
