/**
 * Opening micrographs: where one looks, which layers are asked for first, and what is only passed by while a key is held.
 * Draws nothing.
 */
import { layersFrom } from './address.js';
import * as api from './api.js';
import { sides } from './layers.js';
import { looksOnly } from './looking.js';
import { untilAnswered } from './persistent.js';
import { currentMicrograph } from './scales.js';
import { centred, clamp, fitZoom, fromAddress } from './viewport.js';

/**
 * @typedef {import('./types.js').State} State
 *
 * @typedef {object} Visit what else happens when one is opened
 * @property {() => import('./viewport.js').Size} canvasSize of one pane
 * @property {(id: number) => void} labels have its labels here
 * @property {(id: number) => void} focus the training picks it first
 * @property {(error: any) => void} report
 */

const STAY_MS = 300;
/** Micrographs that are opened sooner one after the other are only passed by. */
const HURRY_MS = 120;
/** Whoever stays so long has looked at it. */
const LOOK_MS = 1000;

export class Opening {
  /** @param {import('./state.js').Store<State>} store @param {{last: string}} memory of the last visit @param {Visit} visit */
  constructor(store, memory, visit) {
    this.store = store;
    this.memory = memory;
    this.visit = visit;
    this.turn = 0;
    this.openedAt = -Infinity;
    /** @type {import('./viewport.js').Size | null} */
    this.lastSize = null;
  }

  /**
   * @param {string} [url] of the change: the page's address may have followed the old view once more since
   */
  async openFromAddress(url = location.href) {
    const given = new URLSearchParams(new URL(url).hash.slice(1));
    const address = given.has('micrograph') ? given : new URLSearchParams(this.memory.last);
    const { micrographs } = this.store.state;
    const named = micrographs.find(({ name }) => name === address.get('micrograph')) ?? micrographs[0];
    // First: a place is where the middle of a pane lies.
    this.store.set(layersFrom(address));
    if (named) await this.open(named.id, fromAddress(address, this.visit.canvasSize()));
  }

  /** @param {number} id @param {import('./viewport.js').Viewport | null} [viewport] where to look */
  async open(id, viewport = null) {
    const turn = ++this.turn;
    this.store.set({ current: id, view: null, hover: null, selected: null, drag: null, sketch: null, cursor: null });
    if (await this.isPassedBy(turn)) return;
    this.visit.labels(id);
    this.visit.focus(id);
    const quick = !sides(this.store.state).includes('model');
    const stays = () => turn === this.turn;
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
    return turn !== this.turn;
  }

  /** Once is enough, and the list says whether it was. @param {number} turn @param {number} id */
  noteLookIfItStays(turn, id) {
    window.setTimeout(() => {
      if (looksOnly(this.store.state)) return;
      const isNew = turn === this.turn && currentMicrograph(this.store.state)?.looked_at === false;
      if (isNew) void api.look(id).catch(this.visit.report);
    }, LOOK_MS);
  }

  /** The other layers of a micrograph cost the server a pass over it: not for one that is only passed by. @param {number} turn */
  loadViewIfItStays(turn) {
    window.setTimeout(() => turn === this.turn && void this.loadView(true).catch(this.visit.report), STAY_MS);
  }

  /**
   * The asked place, or the place of the micrograph before when it was as large, or all of it.
   * @param {import('./types.js').View} view
   * @param {import('./viewport.js').Viewport | null} asked
   */
  viewportFor(view, asked) {
    const kept = asked ?? this.lastOfSize(view);
    this.lastSize = { width: view.width, height: view.height };
    const canvas = this.visit.canvasSize();
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
}
