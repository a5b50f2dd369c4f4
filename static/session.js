/**
 * One visit to a project: loads it, listens to the socket, and puts everything right again after the server was away. Opening
 * micrographs, going back to snapshots and remembering the view have modules of their own. Draws nothing.
 */
import * as api from './api.js';
import { Annotator } from './annotate.js';
import { GoingBack } from './going-back.js';
import { LabelLoading } from './label-loading.js';
import { newId } from './labels.js';
import { disableChanges, refuses } from './looking.js';
import { openSocket } from './net.js';
import { newest } from './newest.js';
import { Opening } from './opening.js';
import { Outbox, memoryStorage, openStorage } from './outbox.js';
import { Picking } from './picking.js';
import { currentMicrograph } from './scales.js';
import { Presence } from './presence.js';
import { Roster } from './roster.js';
import { Training } from './training.js';
import { sentence } from './units.js';
import { ViewMemory, storedView } from './view-memory.js';

/** @typedef {import('./types.js').State} State */
/** @typedef {import('./state.js').Store<State>} Store */

export class Session {
  /** @param {Store} store @param {() => import('./viewport.js').Size} canvasSize */
  constructor(store, canvasSize) {
    this.store = store;
    this.client = newId();
    this.presence = new Presence(store, this.client);
    this.report = this.report.bind(this);
    this.outbox = this.newOutbox(memoryStorage());
    this.annotator = new Annotator(store, this.boxProxy(), this.client, (id) => this.picking.reclassify(id));
    this.labels = new LabelLoading({
      ask: api.labels,
      receive: (id, answer) => this.annotator.receive(id, answer),
      report: this.report,
    });
    this.picking = new Picking(store, (id) => this.labels.load(id));
    this.training = new Training(store, (event, job) => this.onJobEvent(event, job), this.report);
    this.wasConnected = false;
    /** @type {ReturnType<typeof openSocket> | null} */
    this.socket = null;
    this.derivedTimer = 0;
    this.changing = Promise.resolve();
    /** @type {(ask: () => Promise<import('./types.js').Project>) => Promise<import('./types.js').Project>} */
    this.newestProject = newest();
    this.roster = new Roster(store);
    /** @type {(ask: () => Promise<import('./types.js').KeptModel[]>) => Promise<import('./types.js').KeptModel[]>} */
    this.newestModels = newest();
    this.memory = new ViewMemory(store, (settings) => void this.change(settings));
    this.opening = new Opening(store, this.memory, {
      canvasSize,
      labels: (id) => this.annotator.loaded(id) || void this.labels.surely(id),
      focus: (id) => void this.training.focus(id).catch(this.report),
      report: this.report,
    });
    this.snapshots = new GoingBack(store, this);
    window.addEventListener('hashchange', ({ newURL }) => void this.opening.openFromAddress(newURL).catch(this.report));
    // Back from another tab, where the link may have been opened again.
    window.addEventListener('focus', () => this.outbox.stopped && void this.outbox.tryAgain());
    window.addEventListener('beforeunload', (event) => this.warn(event));
    store.subscribe(['project'], () => disableChanges(store));
  }

  /** The annotator writes to whatever outbox there is: the lasting one comes once the project is known. */
  boxProxy() {
    return {
      push: (/** @type {number} */ id, /** @type {import('./types.js').Operation[]} */ operations) =>
        this.outbox.push(id, operations),
      pending: (/** @type {number} */ id) => this.outbox.pending(id),
    };
  }

  /** @param {import('./outbox.js').Storage} storage */
  newOutbox(storage) {
    return new Outbox({
      storage,
      send: (id, operations) => api.sendLabels(id, this.client, this.presence.name, operations),
      onChange: () => this.showSaving(),
      onAnswer: (id, operations, answer) => this.onAnswer(id, operations, answer),
      onLost: (id, operations, error) => this.onLost(id, operations, error),
    });
  }

  showSaving() {
    const { status, size, storage } = this.outbox;
    const refusal = size ? (this.outbox.refusal?.status ?? null) : null;
    this.store.set({ saving: { status, size, persistent: storage.persistent, refusal } });
  }

  /** What waits for a micrograph that is not there is given up. */
  discardRefused() {
    this.outbox.discard().forEach((id) => this.annotator.refresh(id));
  }

  /** @param {any} error a RequestError; anything else is a fault of the page and is thrown on */
  report(error) {
    if (!error.error) throw error;
    if (error.status !== 0) this.store.set({ message: { kind: 'error', text: sentence(error.error) } });
  }

  async start() {
    const [project] = await Promise.all([api.project(), this.roster.refresh()]);
    this.store.set({ project, ...storedView(project.settings.view) });
    if (project.looks_only) this.store.set({ mode: 'pan' });
    this.memory.begin(project.instance);
    this.outbox = this.newOutbox(await openStorage(`peridot-${project.instance}`));
    this.socket = openSocket(this.listeners());
    await this.opening.openFromAddress();
    await this.outbox.load();
    await this.training.follow(project.job);
    this.picking.sync();
    await this.loadModels();
  }

  /** Leaving would lose what only this page holds. @param {BeforeUnloadEvent} event */
  warn(event) {
    const { size, persistent } = this.store.state.saving;
    if (size && !persistent) event.preventDefault();
  }

  listeners() {
    return {
      connect: () => void this.onConnect().catch(this.report),
      disconnect: () => this.store.set({ online: false }),
      connect_error: () => this.store.set({ online: false }),
      people: (/** @type {{people: import('./people.js').Person[]}} */ told) => this.presence.hear(told),
      'labels.changed': (/** @type {any} */ event) => this.onLabelsChanged(event),
      'project.changed': () => void this.loadProject().catch(this.report),
      'micrographs.changed': () => void this.loadMicrographs().catch(this.report),
      'snapshots.changed': () => this.store.state.snapshots && void this.snapshots.load().catch(this.report),
      'labels.restored': (/** @type {import('./going-back.js').Restored} */ event) => void this.snapshots.onRestored(event).catch(this.report),
      'models.changed': () => void this.loadModels().catch(this.report),
      'job.event': (/** @type {any} */ event) => this.training.hear(event),
    };
  }

  /** What was said while nobody listened is asked for; after an absence everything may have changed. */
  async onConnect() {
    this.store.set({ online: true });
    if (this.socket) this.presence.begin(this.socket);
    void this.outbox.tryAgain();
    const again = this.wasConnected;
    this.wasConnected = true;
    if (again) {
      const project = await this.loadProject();
      await this.loadMicrographs();
      await this.training.follow(project.job);
      if (this.store.state.snapshots) await this.snapshots.load();
    }
    await this.training.catchUp();
    await this.reloadLabels();
  }

  async loadProject() {
    return this.adopt(await this.newestProject(api.project));
  }

  /**
   * New facts about the project, whoever changed them; what the model sees depends on its sizes.
   * @param {import('./types.js').Project} project
   */
  async adopt(project) {
    const sizes = (/** @type {import('./types.js').Project | null} */ of) =>
      [of?.settings.diameter_angstrom, of?.pixel_size_angstrom].join();
    const resized = sizes(this.store.state.project) !== sizes(project);
    this.store.set({ project });
    if (resized) await this.opening.loadView();
    return project;
  }

  async loadMicrographs() {
    const before = currentMicrograph(this.store.state);
    await this.roster.refresh();
    const { micrographs } = this.store.state;
    const now = currentMicrograph(this.store.state);
    if (now && before && now.revision !== before.revision) await this.opening.loadView();
    if (!now && micrographs.length) await this.open(micrographs[0].id);
    this.picking.forgetOthers(new Set(micrographs.map(({ id }) => id)));
    this.picking.sync();
  }

  /** @param {number} id */
  open(id) {
    return this.opening.open(id);
  }

  /** Labels of any micrograph may have changed: those that this page holds are asked for again. */
  async reloadLabels() {
    for (const id of [...this.annotator.known.keys()]) await this.labels.surely(id);
  }

  /** @param {any} event */
  onLabelsChanged(event) {
    if (this.annotator.loaded(event.micrograph)) this.annotator.hear(event);
    else void this.labels.surely(event.micrograph);
    this.refreshDerived();
  }

  /**
   * @param {number} id
   * @param {import('./types.js').Operation[]} operations
   * @param {import('./outbox.js').Answer} answer
   */
  onAnswer(id, operations, answer) {
    this.annotator.acknowledged(id, operations, answer);
    // Of what an earlier, lost answer had acknowledged only the store knows whether it came before or after others' changes.
    if (answer.repeated.length || !this.annotator.loaded(id)) void this.labels.surely(id);
    if (answer.refused.length) {
      const [first] = answer.refused;
      this.store.set({ message: { kind: 'error', text: `Not saved: ${sentence(first.error)}` } });
    }
    this.refreshDerived();
  }

  /** @param {number} id @param {import('./types.js').Operation[]} operations @param {any} error */
  onLost(id, operations, error) {
    this.store.set({
      message: { kind: 'error', text: `${operations.length} changes could not be saved. ${sentence(error.error)}` },
    });
    this.annotator.refresh(id);
  }

  /**
   * pi, the observed fraction and whether training could start follow from the labels: asked for when labels rest.
   */
  refreshDerived() {
    clearTimeout(this.derivedTimer);
    this.derivedTimer = window.setTimeout(() => void this.loadProject().catch(this.report), 400);
  }

  /** @param {import('./types.js').JobEvent} event @param {string} job */
  onJobEvent(event, job) {
    if (event.event === 'picks') this.roster.note(event, this.store.state.run);
    if (event.event === 'picks' && (event.final || event.micrograph === this.store.state.current)) {
      this.picking.request(event.micrograph, job);
    }
    if (event.event !== 'finished') return;
    void this.loadMicrographs().catch(this.report);
    if (event.outcome === 'failed' || event.outcome === 'interrupted') void this.training.askWhetherResumable().catch(this.report);
  }

  /**
   * One after the other, so that the last that was typed is the last on disk.
   * @param {object | (() => object)} settings a function is asked once all changes before it are known
   */
  change(settings) {
    if (refuses(this.store)) return this.changing;
    this.changing = this.changing.then(() => this.patch(typeof settings === 'function' ? settings() : settings));
    return this.changing;
  }

  /** @param {object} settings */
  async patch(settings) {
    try {
      await this.adopt(await this.newestProject(() => api.patchProject(settings)));
    } catch (error) {
      this.report(error);
    }
  }

  /** Once all labels and settings are on disk, or the server is away: a job must hold what the person sees. */
  async settled() {
    await this.changing;
    await this.outbox.flush();
  }

  async loadModels() {
    this.store.set({ models: await this.newestModels(api.models) });
  }

  /**
   * Every particle on a micrograph is labeled, or there is none, or neither after all.
   * @param {number} id
   * @param {import('./api.js').Mark} mark
   */
  async mark(id, mark) {
    await this.outbox.flush();
    await api.patchMicrograph(id, mark);
    await this.loadMicrographs();
    this.refreshDerived();
  }

  /** Labels of any micrograph may have come from a file. */
  async afterImport() {
    await this.loadMicrographs();
    await this.reloadLabels();
    await this.loadProject();
  }

  async scan() {
    await api.scan();
    // Asked for when the scan is done: a question that came while it went on was answered by what there was before.
    await this.loadProject();
    await this.loadMicrographs();
  }
}
