/** The list of micrographs: only the rows that are seen exist. Search, filters, counts, how far one is. */
import * as api from '../api.js';
import { byId, el, fill, say } from '../dom.js';
import { count } from '../labels.js';
import { countAbove, noun } from '../picks.js';
import { plural, shortName, whole } from '../units.js';

/**
 * @typedef {import('../types.js').State} State
 * @typedef {import('../types.js').Micrograph} Micrograph
 */

const ROW_PX = 56;
const BEYOND = 4;
const REST_MS = 60;
const NAME_LENGTH = 20;

/**
 * True figures for one row: what is here of its labels and picks, else what the server said.
 * @param {State} state
 * @param {Micrograph} micrograph
 * @param {(id: number) => boolean} loaded
 */
export function rowCounts(state, micrograph, loaded) {
  const labels = loaded(micrograph.id)
    ? count(state.labels.get(micrograph.id)?.values() ?? []).positive
    : micrograph.labels;
  const set = state.picks.get(micrograph.id);
  const picks = set ? countAbove(set.scores, state.threshold) : (micrograph.picks?.count ?? null);
  return { labels, picks };
}

/** @type {Record<string, (counts: {labels: number, picks: number | null}) => boolean>} */
const FILTERS = {
  all: () => true,
  unlabeled: ({ labels }) => labels === 0,
  labeled: ({ labels }) => labels > 0,
};

export class ListPanel {
  /** @param {import('../state.js').Store<State>} store @param {import('../session.js').Session} session */
  constructor(store, session) {
    this.store = store;
    this.session = session;
    this.filter = 'all';
    this.search = '';
    /** @type {Micrograph[]} */
    this.listed = [];
    this.thumbnailTimer = 0;
    /** @type {Map<number, HTMLElement>} */
    this.rows = new Map();
    this.box = byId('rows');
    this.space = byId('rows-space');
    this.listen();
    store.subscribe(['micrographs', 'labels', 'picks', 'threshold'], () => this.refresh());
    store.subscribe(['current'], () => (this.draw(), this.reveal()));
  }

  listen() {
    const search = /** @type {HTMLInputElement} */ (byId('search'));
    search.addEventListener('input', () => {
      this.search = search.value.trim().toLowerCase();
      this.box.scrollTop = 0;
      this.refresh();
    });
    this.box.addEventListener('scroll', () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.box);
    this.box.addEventListener('keydown', (event) => this.onKey(event));
    byId('previous').addEventListener('click', () => this.step(-1));
    byId('next').addEventListener('click', () => this.step(1));
    byId('list-open').addEventListener('click', () => this.toggle());
  }

  /** On a narrow screen the list opens over the canvas. @param {boolean} [open] */
  toggle(open = !byId('list').hasAttribute('data-open')) {
    byId('list').toggleAttribute('data-open', open);
    byId('list-open').setAttribute('aria-expanded', String(open));
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.step(step);
  }

  /** @param {Micrograph} micrograph */
  counts(micrograph) {
    return rowCounts(this.store.state, micrograph, (id) => this.session.annotator.loaded(id));
  }

  refresh() {
    const { micrographs } = this.store.state;
    const numbers = micrographs.map((micrograph) => this.counts(micrograph));
    const keep = FILTERS[this.filter];
    this.listed = micrographs.filter((one, i) => keep(numbers[i]) && one.name.toLowerCase().includes(this.search));
    this.space.style.height = `${this.listed.length * ROW_PX}px`;
    this.drawFilters(numbers);
    this.draw();
  }

  /** @param {{labels: number, picks: number | null}[]} numbers */
  drawFilters(numbers) {
    const total = numbers.length;
    const labeled = numbers.filter(FILTERS.labeled).length;
    const figures = { all: total, unlabeled: total - labeled, labeled };
    const search = /** @type {HTMLInputElement} */ (byId('search'));
    search.placeholder = `Search ${plural(total, 'name')}`;
    say(byId('progress-text'), `${whole(labeled)} of ${whole(total)} labeled`);
    /** @type {HTMLProgressElement} */ (byId('progress-bar')).value = total ? labeled / total : 0;
    const box = byId('filters');
    if (!box.children.length) fill(box, ...Object.keys(FILTERS).map((name) => this.filterButton(name)));
    [...box.children].forEach((button) => {
      const name = /** @type {keyof typeof figures} */ (/** @type {HTMLElement} */ (button).dataset.filter);
      say(button, `${name} ${whole(figures[name])}`);
      button.setAttribute('aria-pressed', String(name === this.filter));
    });
  }

  /** @param {string} name */
  filterButton(name) {
    const choose = () => {
      this.filter = name;
      this.box.scrollTop = 0;
      this.refresh();
    };
    return el('button', { 'data-filter': name, on: { click: choose } });
  }

  draw() {
    const first = Math.max(Math.floor(this.box.scrollTop / ROW_PX) - BEYOND, 0);
    const last = Math.ceil((this.box.scrollTop + this.box.clientHeight) / ROW_PX) + BEYOND;
    const seen = this.listed.slice(first, last);
    const ids = new Set(seen.map(({ id }) => id));
    for (const [id, row] of this.rows) {
      if (!ids.has(id)) (row.remove(), this.rows.delete(id));
    }
    seen.forEach((micrograph, i) => this.drawRow(micrograph, first + i));
    clearTimeout(this.thumbnailTimer);
    this.thumbnailTimer = window.setTimeout(
      () => seen.forEach((micrograph) => this.drawThumbnail(micrograph)),
      REST_MS,
    );
    const { current } = this.store.state;
    if (current !== null && this.rows.has(current)) this.box.setAttribute('aria-activedescendant', `row-${current}`);
    else this.box.removeAttribute('aria-activedescendant');
  }

  /** @param {Micrograph} micrograph @param {number} index */
  drawRow(micrograph, index) {
    const row = this.rows.get(micrograph.id) ?? this.newRow(micrograph);
    row.style.transform = `translateY(${index * ROW_PX}px)`;
    row.setAttribute('aria-selected', String(micrograph.id === this.store.state.current));
    row.setAttribute('aria-posinset', String(index + 1));
    row.setAttribute('aria-setsize', String(this.listed.length));
    this.drawCounts(/** @type {HTMLElement} */ (row.lastElementChild), micrograph);
  }

  /** Only where the list rests: rows that rush by ask for nothing. @param {Micrograph} micrograph */
  drawThumbnail(micrograph) {
    const image = this.rows.get(micrograph.id)?.firstElementChild;
    const url = api.thumbnailUrl(micrograph);
    if (image && image.getAttribute('src') !== url) image.setAttribute('src', url);
  }

  /** @param {Micrograph} micrograph */
  newRow(micrograph) {
    const { id, name, path } = micrograph;
    const row = el(
      'div',
      { class: 'rowitem', role: 'option', id: `row-${id}`, title: path, on: { click: () => this.choose(id) } },
      el('img', { alt: '', width: 44, height: 44, decoding: 'async', draggable: 'false' }),
      el('span', { class: 'name clip', 'aria-label': name }, shortName(name, NAME_LENGTH)),
      el('span', { class: 'counts-line figures' }, el('span'), el('span'), el('span'), el('span')),
    );
    this.rows.set(id, row);
    this.space.append(row);
    return row;
  }

  /** @param {HTMLElement} line @param {Micrograph} micrograph */
  drawCounts(line, micrograph) {
    const { labels, picks } = this.counts(micrograph);
    const [ofLabels, ofPicks, done, note] = [...line.children];
    ofLabels.className = labels ? 'of-labels' : 'none';
    say(ofLabels, `● ${whole(labels)}`);
    ofLabels.setAttribute('aria-label', plural(labels, 'label'));
    ofPicks.className = picks ? 'of-picks' : 'none';
    const glyph = noun(micrograph.picks) === 'suggestion' ? '◌' : '○';
    say(ofPicks, picks === null ? '' : `${glyph} ${whole(picks)}`);
    if (picks !== null) ofPicks.setAttribute('aria-label', plural(picks, noun(micrograph.picks)));
    const empty = micrograph.empty && !labels;
    say(done, micrograph.complete ? '✓' : empty ? '∅' : '');
    if (micrograph.complete || empty) done.setAttribute('aria-label', empty ? 'no particles' : 'labeled completely');
    note.className = 'bad';
    say(note, micrograph.missing ? 'missing' : micrograph.warnings.length ? '!' : '');
  }

  /** @param {number} id */
  choose(id) {
    this.toggle(false);
    void this.session.open(id).catch(this.session.report);
  }

  /** The list as it is filtered, or all when the open one is not in it. */
  order() {
    const { micrographs, current } = this.store.state;
    return this.listed.some(({ id }) => id === current) ? this.listed : micrographs;
  }

  /** @param {number} by */
  step(by) {
    const order = this.order();
    const next = order[order.findIndex(({ id }) => id === this.store.state.current) + by];
    if (next) this.choose(next.id);
  }

  nextUnlabeled() {
    const { micrographs, current } = this.store.state;
    const here = micrographs.findIndex(({ id }) => id === current);
    const after = [...micrographs.slice(here + 1), ...micrographs.slice(0, here)];
    const next = after.find((micrograph) => this.counts(micrograph).labels === 0);
    if (next) this.choose(next.id);
    else this.store.set({ message: { kind: 'info', text: 'Every other micrograph has labels.' } });
  }

  /** Scroll the open one into sight. */
  reveal() {
    const index = this.listed.findIndex(({ id }) => id === this.store.state.current);
    if (index < 0) return;
    const top = index * ROW_PX;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top + ROW_PX > this.box.scrollTop + this.box.clientHeight)
      this.box.scrollTop = top + ROW_PX - this.box.clientHeight;
  }
}
