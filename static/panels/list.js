/**
 * The list of micrographs: search, filters, limits, order, how far one is, and the way from one to the next. What is
 * listed follows from `listing.js`; the rows themselves are drawn by `rows.js`.
 */
import { byId, say } from '../dom.js';
import { count } from '../labels.js';
import * as listing from '../listing.js';
import { byMicrograph, others } from '../people.js';
import { countAbove } from '../picks.js';
import { plural, whole } from '../units.js';
import { ListControls } from './list-controls.js';
import { Rows } from './rows.js';

/**
 * @typedef {import('../types.js').State} State
 * @typedef {import('../types.js').Micrograph} Micrograph
 * @typedef {import('../listing.js').Row} Row
 */

const NOTHING_LEFT = 'Every other micrograph has labels or is complete.';

export class ListPanel {
  /**
   * @param {import('../state.js').Store<State>} store
   * @param {import('../session.js').Session} session
   * @param {import('./folds.js').Folds} folds
   */
  constructor(store, session, folds) {
    this.store = store;
    this.session = session;
    this.folds = folds;
    /** In the server's order. @type {Row[]} */
    this.all = [];
    /** In the chosen order, as it was when it was chosen. @type {Row[]} */
    this.order = [];
    /** @type {Set<Row>} */
    this.listed = new Set();
    /** @type {Map<number, Row>} */
    this.byId = new Map();
    /** Micrographs whose labels or picks are here. @type {Set<number>} */
    this.here = new Set();
    /** The micrograph that was revealed. @type {number | null} */
    this.shown = null;
    /** The newest job that has ended. */
    this.ended = '';
    this.rows = new Rows(({ id }) => this.open(id));
    this.controls = new ListControls(() => this.choose());
    folds.onOpen.list = () => this.rows.draw();
    this.listen();
    store.subscribe(['micrographs', 'labels', 'filaments', 'picks', 'threshold'], (_, changed) => this.refresh(changed));
    store.subscribe(['current'], () => this.list());
    store.subscribe(['run'], ({ run }) => this.onRun(run));
    store.subscribe(['people', 'me'], ({ people, me }) => {
      this.rows.people = byMicrograph(others(people, me.client));
      this.rows.draw();
    });
  }

  listen() {
    byId('previous').addEventListener('click', () => this.step(-1));
    byId('next').addEventListener('click', () => this.step(1));
    byId('next-unlabeled').addEventListener('click', () => this.nextUnlabeled());
    byId('search').addEventListener('keydown', (event) => this.onSearchKey(event));
  }

  get choice() {
    return this.controls.choice;
  }

  /** From the search on into what it found. @param {KeyboardEvent} event */
  onSearchKey(event) {
    const first = this.rows.listed[0];
    if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
    event.preventDefault();
    byId('rows').focus();
    if (event.key === 'Enter' && first) this.open(first.id);
  }

  /** Another choice: the order is worked out anew, and nothing stays that does not match. */
  choose() {
    this.sort();
    this.list(null);
    this.rows.reveal(true);
  }

  sort() {
    this.order = listing.ordered(this.all, this.choice);
  }

  /** New facts about some rows. @param {Set<keyof State>} changed */
  refresh(changed) {
    if (changed.has('micrographs')) this.adopt(this.store.state.micrographs);
    const before = this.here;
    this.here = new Set([...this.store.state.labels.keys(), ...this.store.state.picks.keys()]);
    before.forEach((id) => this.here.has(id) || this.forgetRow(id));
    this.here.forEach((id) => this.refreshRow(id));
    this.list();
  }

  /** A new list of the server: rows that are the same stay, in their order. @param {Micrograph[]} micrographs */
  adopt(micrographs) {
    const before = this.all;
    this.all = micrographs.map((one, i) => {
      const row = before[i]?.id === one.id ? before[i] : (this.byId.get(one.id) ?? listing.rowOf(one));
      return row.micrograph === one ? row : Object.assign(row, listing.rowOf(one));
    });
    if (this.all.length === before.length && this.all.every((row, i) => row === before[i])) return;
    this.byId = new Map(this.all.map((row) => [row.id, row]));
    this.sort();
  }

  /** Its picks were let go: again what the server says. @param {number} id */
  forgetRow(id) {
    const row = this.byId.get(id);
    if (row) Object.assign(row, listing.rowOf(row.micrograph));
  }

  /** What is here of its labels and picks says more than the server did. @param {number} id */
  refreshRow(id) {
    const row = this.byId.get(id);
    const { labels, filaments, picks, threshold } = this.store.state;
    if (!row) return;
    const { labels: told, picks: toldPicks } = row.micrograph;
    const set = picks.get(id);
    row.labels = this.session.annotator.loaded(id) ? count(labels.get(id)?.values() ?? []).positive : told;
    row.filaments = this.session.annotator.loaded(id) ? (filaments.get(id)?.size ?? 0) : row.micrograph.filaments;
    row.picks = set ? countAbove(set.scores, threshold) : (toldPicks?.count ?? null);
  }

  /** Picks of a job that has ended are others: an order by picks or scores would be out of date. @param {State["run"]} run */
  onRun(run) {
    const ended = run && run.state !== 'running' ? run.id : '';
    if (ended === this.ended) return;
    this.ended = ended;
    this.sort();
    this.list();
  }

  /**
   * What is listed now. The open micrograph stays while it is open, also when its first label takes it out of a filter.
   * @param {number | null} staying
   */
  list(staying = this.store.state.current) {
    const { current } = this.store.state;
    const stays = (/** @type {Row} */ row) => row.id === staying && this.listed.has(row);
    const matches = listing.matcher(this.choice);
    const listed = this.order.filter((row) => matches(row) || stays(row));
    this.listed = new Set(listed);
    this.rows.showsScore = this.controls.asksForScore;
    this.rows.show(listed, current);
    if (current !== this.shown) this.rows.reveal();
    this.shown = current;
    this.drawProgress(listing.tally(this.all));
    this.drawSteps();
  }

  /** @param {ReturnType<typeof listing.tally>} counts */
  drawProgress(counts) {
    this.controls.draw(counts, this.listed.size);
    say(byId('progress-text'), `${whole(counts.looked)} of ${whole(counts.all)} looked at`);
    say(byId('progress-labeled'), `${whole(counts.labeled)} labeled`);
    const bar = /** @type {HTMLProgressElement} */ (byId('progress-bar'));
    bar.value = counts.all ? counts.looked / counts.all : 0;
  }

  drawSteps() {
    /** @type {HTMLButtonElement} */ (byId('previous')).disabled = !this.neighbour(-1);
    /** @type {HTMLButtonElement} */ (byId('next')).disabled = !this.neighbour(1);
  }

  /** @param {number} id */
  open(id) {
    this.folds.chosen();
    void this.session.open(id).catch(this.session.report);
  }

  /** @param {1 | -1} by */
  neighbour(by) {
    return listing.neighbour(this.order, this.listed, this.store.state.current, by);
  }

  /** @param {1 | -1} by */
  step(by) {
    const next = this.neighbour(by);
    if (next) this.open(next.id);
  }

  nextUnlabeled() {
    const { current } = this.store.state;
    const next = listing.nextUnlabeled(this.order, this.choice, current);
    if (next) this.open(next.id);
    else this.store.set({ message: { kind: 'info', text: this.whyNoneIsLeft() } });
  }

  /** Those that search and limits hide are not forgotten. */
  whyNoneIsLeft() {
    const { current } = this.store.state;
    const elsewhere = this.all.filter((row) => row.id !== current && listing.FILTERS.unlabeled(row)).length;
    if (!elsewhere) return NOTHING_LEFT;
    return `None without labels is left in this list; ${plural(elsewhere, 'other')} outside it. “Show all” lists them.`;
  }
}
