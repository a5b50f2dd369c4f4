/**
 * What a person wants to see of the list of micrographs: search, filter, order, limits. It lasts over a reload and ends
 * with the tab, so that no visit begins with a list that hides something, and nobody else's list changes.
 */
import { byId, el, fill, say, show } from '../dom.js';
import { FILTERS, MEASURES, OF_CTF, SORTS, everything, fromKept, hides } from '../listing.js';
import { plural, whole } from '../units.js';

/**
 * @typedef {import('../listing.js').Choice} Choice
 * @typedef {import('../listing.js').Measure} Measure
 * @typedef {ReturnType<typeof import('../listing.js').tally>} Tally
 */

const KEY = 'peridot-list';
const NAMES = Object.freeze({ name: 'name', labels: 'labels', picks: 'picks', score: 'mean score', defocus: 'defocus, µm', resolution: 'resolution, Å' });

export class ListControls {
  /** @param {() => void} onChoice */
  constructor(onChoice) {
    this.onChoice = onChoice;
    /** @type {Choice} */
    this.choice = fromKept(kept());
    this.search = /** @type {HTMLInputElement} */ (byId('search'));
    this.sort = /** @type {HTMLSelectElement} */ (byId('sort'));
    fill(byId('filters'), ...Object.keys(FILTERS).map((name) => this.filterButton(name)));
    fill(this.sort, ...SORTS.map((name) => el('option', { value: name }, NAMES[name])));
    fill(byId('limits-fields'), ...MEASURES.map((name) => this.limitField(name)));
    this.showChoice();
    this.listen();
  }

  listen() {
    this.search.addEventListener('input', () => this.change({ search: this.search.value }));
    this.sort.addEventListener('change', () => {
      const sort = /** @type {Choice["sort"]} */ (this.sort.value);
      // Of counts and scores one looks for the extremes, and of labels for the few.
      this.change({ sort, falling: sort === 'picks' || sort === 'score' });
    });
    byId('sort-way').addEventListener('click', () => this.change({ falling: !this.choice.falling }));
    byId('show-all').addEventListener('click', () => {
      const { sort, falling } = this.choice;
      this.change({ ...everything(), sort, falling });
      byId('rows').focus();
    });
  }

  /** @param {Partial<Choice>} choice */
  change(choice) {
    this.choice = { ...this.choice, ...choice };
    keep(JSON.stringify(this.choice));
    this.showChoice();
    this.onChoice();
  }

  /** @param {string} name */
  filterButton(name) {
    return el('button', { 'data-filter': name, on: { click: () => this.change({ filter: name }) } });
  }

  /** @param {Measure} name */
  limitField(name) {
    const input = (/** @type {"least" | "most"} */ end) =>
      el('input', {
        type: 'number',
        step: 'any',
        id: `limit-${name}-${end}`,
        'aria-label': `${end === 'least' ? 'at least' : 'at most'}, ${NAMES[name]}`,
        placeholder: end === 'least' ? 'from' : 'to',
        on: { input: (/** @type {InputEvent} */ event) => this.setLimit(name, end, event) },
      });
    return el('div', { class: 'field', id: `limit-${name}` }, el('span', {}, NAMES[name]), el('span', {}, input('least'), ' ', input('most')));
  }

  /** @param {Measure} name @param {"least" | "most"} end @param {Event} event */
  setLimit(name, end, event) {
    const { value, valueAsNumber } = /** @type {HTMLInputElement} */ (event.target);
    const limit = value !== '' && Number.isFinite(valueAsNumber) ? valueAsNumber : null;
    const range = { ...this.choice.ranges[name], [end]: limit };
    this.change({ ranges: { ...this.choice.ranges, [name]: range } });
  }

  showChoice() {
    const { search, sort, falling, ranges } = this.choice;
    if (this.search.value !== search) this.search.value = search;
    this.sort.value = sort;
    say(byId('sort-way'), falling ? '↓' : '↑');
    const way = falling ? 'falling: the largest first' : 'rising: the smallest first';
    byId('sort-way').setAttribute('aria-label', `Order ${way}`);
    byId('sort-way').title = way;
    for (const name of MEASURES) {
      for (const end of /** @type {const} */ (['least', 'most'])) {
        show(/** @type {HTMLInputElement} */ (byId(`limit-${name}-${end}`)), String(ranges[name][end] ?? ''));
      }
    }
    const set = MEASURES.flatMap((name) => Object.values(ranges[name])).filter((limit) => limit !== null).length;
    say(byId('limits-title'), set ? `Limits · ${set} set` : 'Limits');
  }

  /** The mean score takes room in a row: shown where it decides something. */
  get asksForScore() {
    const { sort, ranges } = this.choice;
    return sort === 'score' || ranges.score.least !== null || ranges.score.most !== null;
  }

  /** @param {Tally} counts @param {number} listed */
  draw(counts, listed) {
    this.search.placeholder = `Search ${plural(counts.all, 'name')}`;
    for (const button of /** @type {HTMLCollectionOf<HTMLElement>} */ (byId('filters').children)) {
      const name = /** @type {"all" | "unlabeled" | "labeled" | "complete" | "excluded"} */ (button.dataset.filter);
      say(button, `${name} ${whole(counts[name])}`);
      button.setAttribute('aria-pressed', String(name === this.choice.filter));
      button.hidden = name === 'excluded' && !counts.regions;
    }
    for (const name of OF_CTF) {
      byId(`limit-${name}`).hidden = !counts.ctf;
      const option = [...this.sort.options].find(({ value }) => value === name);
      if (option) option.hidden = option.disabled = !counts.ctf;
    }
    byId('listed').hidden = !hides(this.choice);
    say(byId('listed-text'), listed ? `${whole(listed)} of ${whole(counts.all)} listed` : 'No micrograph matches.');
  }
}

function kept() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null; // storage is blocked: the list begins whole
  }
}

/** @param {string} text */
function keep(text) {
  try {
    sessionStorage.setItem(KEY, text);
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
}
