/**
 * One visit to a project: loads it, opens micrographs, listens to the socket, and puts everything right again after the
 * server was away. Draws nothing.
 */
import * as api from './api.js';
import { Annotator } from './annotate.js';
import { addressOf, layersFrom } from './address.js';
import { NEUTRAL, fromStored } from './contrast.js';
import { USUAL, fromStored as filterFromStored } from './filter.js';
import { LabelLoading } from './label-loading.js';
import { newId } from './labels.js';
import { LAYERS, sides } from './layers.js';
import { disableChanges, looksOnly, refuses } from './looking.js';
import { openSocket } from './net.js';
import { markFromStored } from './marks.js';
import { newest } from './newest.js';
import { Outbox, memoryStorage, openStorage } from './outbox.js';
import { untilAnswered } from './persistent.js';
import { Picking } from './picking.js';
import { Place } from './place.js';
import { currentMicrograph } from './scales.js';
import { Presence } from './presence.js';
import { Roster } from './roster.js';
import { Training } from './training.js';
import { sentence } from './units.js';
import { centred, clamp, fitZoom, fromAddress } from './viewport.js';

/** @typedef {import('./types.js').State} State */
/** @typedef {import('./state.js').Store<State>} Store */
/** @typedef {{client: string, who: string, name: string}} Restored somebody went back to a snapshot */
/** @typedef {import('./snapshots.js').Snapshot[]} Snapshots */

const ADDRESS_MS = 250;
const VIEW_SETTINGS_MS = 800;
const STAY_MS = 300;
/** Micrographs that are opened sooner one after the other are only passed by. */
const HURRY_MS = 120;
/** Whoever stays so long has looked at it. */
const LOOK_MS = 1000;

export class Session {
  /** @param {Store} store @param {() => import('./viewport.js').Size} canvasSize */
  constructor(store, canvasSize) {
    this.store = store;
    this.canvasSize = canvasSize;
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
    this.addressTimer = 0;
    this.settingsTimer = 0;
    this.opening = 0;
    this.openedAt = -Infinity;
    this.wasConnected = false;
    /** @type {ReturnType<typeof openSocket> | null} */
    this.socket = null;
    /** @type {import('./viewport.js').Size | null} */
    this.lastSize = null;
    this.derivedTimer = 0;
    this.changing = Promise.resolve();
    /** @type {(ask: () => Promise<import('./types.js').Project>) => Promise<import('./types.js').Project>} */
    this.newestProject = newest();
    this.roster = new Roster(store);
    this.place = new Place('');
    /** @type {(ask: () => Promise<import('./types.js').KeptModel[]>) => Promise<import('./types.js').KeptModel[]>} */
    this.newestModels = newest();
    /** @type {(ask: () => Promise<Snapshots>) => Promise<Snapshots>} */
    this.newestSnapshots = newest();
    window.addEventListener('hashchange', ({ newURL }) => void this.openFromAddress(newURL).catch(this.report));
    // Back from another tab, where the link may have been opened again.
    window.addEventListener('focus', () => this.outbox.stopped && void this.outbox.tryAgain());
    window.addEventListener('beforeunload', (event) => this.warn(event));
    store.subscribe(['viewport', 'current', 'layer', 'second', 'filter'], () => this.keepAddress());
    store.subscribe(['contrast', 'threshold', 'filter', 'marks'], () => this.keepViewSettings());
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
    this.place = new Place(project.instance);
    this.outbox = this.newOutbox(await openStorage(`peridot-${project.instance}`));
    this.socket = openSocket(this.listeners());
    await this.openFromAddress();
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
      'snapshots.changed': () => this.store.state.snapshots && void this.loadSnapshots().catch(this.report),
      'labels.restored': (/** @type {Restored} */ event) => void this.onRestored(event).catch(this.report),
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
      if (this.store.state.snapshots) await this.loadSnapshots();
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
    if (resized) await this.loadView();
    return project;
  }

  async loadMicrographs() {
    const before = currentMicrograph(this.store.state);
    await this.roster.refresh();
    const { micrographs } = this.store.state;
    const now = currentMicrograph(this.store.state);
    if (now && before && now.revision !== before.revision) await this.loadView();
    if (!now && micrographs.length) await this.open(micrographs[0].id);
    this.picking.forgetOthers(new Set(micrographs.map(({ id }) => id)));
    this.picking.sync();
  }

  /**
   * @param {string} [url] of the change: the page's address may have followed the old view once more since
   */
  async openFromAddress(url = location.href) {
    const given = new URLSearchParams(new URL(url).hash.slice(1));
    const address = given.has('micrograph') ? given : new URLSearchParams(this.place.last);
    const { micrographs } = this.store.state;
    const named = micrographs.find(({ name }) => name === address.get('micrograph')) ?? micrographs[0];
    // First: a place is where the middle of a pane lies.
    this.store.set(layersFrom(address));
    if (named) await this.open(named.id, fromAddress(address, this.canvasSize()));
  }

  /** @param {number} id @param {import('./viewport.js').Viewport | null} [viewport] where to look */
  async open(id, viewport = null) {
    const turn = ++this.opening;
    this.store.set({ current: id, view: null, hover: null, selected: null, drag: null, sketch: null, cursor: null });
    if (await this.isPassedBy(turn)) return;
    if (!this.annotator.loaded(id)) void this.labels.surely(id);
    void this.training.focus(id).catch(this.report);
    const quick = !sides(this.store.state).includes('model');
    const stays = () => turn === this.opening;
    const view = await untilAnswered(() => api.view(id, quick ? 'raw' : undefined), stays);
    if (!view || !stays()) return;
    this.store.set({ view, viewport: this.viewportFor(view, viewport) });
    if (quick) this.loadViewIfItStays(turn);
    this.noteLookIfItStays(turn, id);
  }

  /** Whether another one was opened within a moment, as while a key is held. @param {number} turn */
  async isPassedBy(turn) {
    const now = performance.now();
    const hurries = now - this.openedAt < HURRY_MS;
    this.openedAt = now;
    if (hurries) await new Promise((done) => setTimeout(done, HURRY_MS));
    return turn !== this.opening;
  }

  /** Once is enough, and the list says whether it was. @param {number} turn @param {number} id */
  noteLookIfItStays(turn, id) {
    window.setTimeout(() => {
      if (this.store.state.project?.looks_only) return;
      const isNew = turn === this.opening && currentMicrograph(this.store.state)?.looked_at === false;
      if (isNew) void api.look(id).catch(this.report);
    }, LOOK_MS);
  }

  /** The other layers of a micrograph cost the server a pass over it: not for one that is only passed by. @param {number} turn */
  loadViewIfItStays(turn) {
    window.setTimeout(() => turn === this.opening && void this.loadView(true).catch(this.report), STAY_MS);
  }

  /**
   * The asked place, or the place of the micrograph before when it was as large, or all of it.
   * @param {import('./types.js').View} view
   * @param {import('./viewport.js').Viewport | null} asked
   */
  viewportFor(view, asked) {
    const kept = asked ?? this.lastOfSize(view);
    this.lastSize = { width: view.width, height: view.height };
    const canvas = this.canvasSize();
    return kept ? clamp({ ...kept, ...canvas }, view) : centred(canvas, view, fitZoom(canvas, view));
  }

  /** @param {import('./types.js').View} view */
  lastOfSize({ width, height }) {
    return this.lastSize?.width === width && this.lastSize.height === height ? this.store.state.viewport : null;
  }

  /**
   * The same micrograph again: its file or its layers changed.
   * @param {boolean} [keepsFiltered] what is filtered has not
   */
  async loadView(keepsFiltered = false) {
    const { current } = this.store.state;
    if (current === null) return;
    const view = await api.view(current);
    if (this.store.state.current !== current) return;
    const filtered = this.store.state.view?.layers.filtered;
    const layers = keepsFiltered && filtered ? { ...view.layers, filtered } : view.layers;
    this.store.set({ view: { ...view, layers } });
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

  async loadSnapshots() {
    this.store.set({ snapshots: await this.newestSnapshots(api.snapshots) });
  }

  /** All labels as they are now, those on their way to the disk included. @param {string} name */
  async keepSnapshot(name) {
    await this.settled();
    await api.keepSnapshot(name, this.presence.name);
    await this.loadSnapshots();
  }

  /** Go back to a snapshot, on all micrographs. @param {number} id */
  async goBack(id) {
    await this.settled();
    this.annotator.own.forget();
    const answer = await api.restoreSnapshot(id, this.client, this.presence.name);
    await this.reloadLabels();
    await this.loadSnapshots();
    this.refreshDerived();
    return answer;
  }

  /** @param {Restored} event */
  async onRestored({ client, who, name }) {
    if (client === this.client) return;
    const text = `${who || 'Somebody'} went back to “${name}”: labels of all micrographs are as they were then.`;
    this.store.set({ message: { kind: 'info', text } });
    this.annotator.own.forget();
    await this.reloadLabels();
    this.refreshDerived();
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

  /** Where one looks stands in the address: a reload, or a link sent to a colleague, opens the same. */
  keepAddress() {
    clearTimeout(this.addressTimer);
    this.addressTimer = window.setTimeout(() => {
      const address = addressOf(this.store.state);
      if (!address) return;
      history.replaceState(null, '', `${location.pathname}#${address}`);
      this.place.keep(String(address));
    }, ADDRESS_MS);
  }

  /** Contrast and threshold are remembered for the project, once they rest. */
  keepViewSettings() {
    const { project, contrast, threshold, filter, marks } = this.store.state;
    if (!project || looksOnly(this.store.state)) return;
    const view = { ...project.settings.view, contrast, threshold, filter, marks };
    if (JSON.stringify(view) === JSON.stringify(project.settings.view)) return;
    clearTimeout(this.settingsTimer);
    this.settingsTimer = window.setTimeout(() => void this.change({ view }), VIEW_SETTINGS_MS);
  }
}

/** What an earlier visit left in the project's view settings. @param {Record<string, any>} view */
function storedView(view) {
  const { contrast, threshold, filter, marks } = view ?? {};
  return {
    contrast: Object.fromEntries(LAYERS.map((name) => [name, fromStored(contrast?.[name] ?? NEUTRAL)])),
    filter: filterFromStored(filter) ?? USUAL,
    threshold: Number.isFinite(threshold) ? threshold : 0,
    marks: markFromStored(marks),
  };
}
