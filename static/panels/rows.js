/**
 * The rows of the list of micrographs: only those in sight exist, however many there are. Keys walk through them,
 * thumbnails come where the list rests. Which rows there are, and in which order, is told from outside.
 */
import * as api from '../api.js';
import { byId, el, say } from '../dom.js';
import { inSight, revealing } from '../listing.js';
import { initials } from '../people.js';
import { noun } from '../picks.js';
import { Thumbnails } from '../thumbnails.js';
import { plural, shortName, signed, whole } from '../units.js';

/** @typedef {import('../listing.js').Row} Row */

const ROW_PX = 56;
const BEYOND = 4;
const REST_MS = 60;
const NAME_LENGTH = 20;
const THUMB_PX = 44;
/** Initials of more people than these do not fit into a row. */
const PEOPLE = 2;

export class Rows {
  /** @param {(row: Row) => void} onChoose */
  constructor(onChoose) {
    this.onChoose = onChoose;
    /** @type {Row[]} */
    this.listed = [];
    /** @type {number | null} */
    this.current = null;
    this.showsScore = false;
    /** The names of the others on each micrograph. @type {Map<number, string[]>} */
    this.people = new Map();
    /** @type {Map<number, HTMLElement>} */
    this.drawn = new Map();
    this.thumbnails = new Thumbnails(fetchThumbnail);
    this.restTimer = 0;
    /** On a slow line the micrograph comes first. */
    this.mayFetch = () => true;
    this.box = byId('rows');
    this.space = byId('rows-space');
    this.box.addEventListener('scroll', () => this.draw());
    this.box.addEventListener('keydown', (event) => this.onKey(event));
    new ResizeObserver(() => this.draw()).observe(this.box);
  }

  get sight() {
    return { top: this.box.scrollTop, height: this.box.clientHeight };
  }

  /**
   * Other rows, or another open one. The rows in sight stay where they are on the screen, if they are still listed.
   * @param {Row[]} listed
   * @param {number | null} current the open micrograph
   */
  show(listed, current) {
    const moved = this.listed === listed ? 0 : this.shift(listed);
    this.listed = listed;
    this.current = current;
    this.space.style.height = `${listed.length * ROW_PX}px`;
    if (moved) this.box.scrollTop += moved * ROW_PX;
    this.draw();
  }

  /** By how many places the first row in sight moves. @param {Row[]} listed */
  shift(listed) {
    const index = Math.ceil(this.box.scrollTop / ROW_PX);
    const anchor = this.listed[index];
    const now = anchor ? listed.findIndex(({ id }) => id === anchor.id) : -1;
    return now < 0 || !this.box.scrollTop ? 0 : now - index;
  }

  /** Scroll the open one into sight, or to the start when it is not listed and `orTop`. @param {boolean} [orTop] */
  reveal(orTop = false) {
    const index = this.listed.findIndex(({ id }) => id === this.current);
    if (index >= 0) this.box.scrollTop = revealing(index, this.sight, ROW_PX);
    else if (orTop) this.box.scrollTop = 0;
  }

  /** The keys of a listbox: the open micrograph follows them. @param {KeyboardEvent} event */
  onKey(event) {
    const page = Math.max(Math.floor(this.box.clientHeight / ROW_PX) - 1, 1);
    const last = this.listed.length;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -last, End: last };
    const step = /** @type {Record<string, number>} */ (steps)[event.key];
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const here = this.listed.findIndex(({ id }) => id === this.current);
    const row = this.listed[Math.min(Math.max(here + step, 0), last - 1)];
    if (row && row.id !== this.current) this.onChoose(row);
  }

  draw() {
    const { first, end } = inSight(this.sight, ROW_PX, this.listed.length, BEYOND);
    const seen = this.listed.slice(first, end);
    const ids = new Set(seen.map(({ id }) => id));
    const free = [...this.drawn].filter(([id]) => !ids.has(id));
    seen.forEach((row, i) => this.drawRow(row, first + i, free));
    free.forEach(([id, element]) => (element.remove(), this.drawn.delete(id)));
    const isDrawn = this.current !== null && this.drawn.has(this.current);
    if (isDrawn) this.box.setAttribute('aria-activedescendant', `row-${this.current}`);
    else this.box.removeAttribute('aria-activedescendant');
    this.wantThumbnails();
  }

  /**
   * @param {Row} row
   * @param {number} index
   * @param {[number, HTMLElement][]} free elements of rows that are out of sight, to be used again
   */
  drawRow(row, index, free) {
    const element = this.drawn.get(row.id) ?? this.elementFor(row, free.pop());
    element.style.transform = `translateY(${index * ROW_PX}px)`;
    element.setAttribute('aria-selected', String(row.id === this.current));
    element.setAttribute('aria-posinset', String(index + 1));
    element.setAttribute('aria-setsize', String(this.listed.length));
    element.classList.toggle('looked', row.micrograph.looked_at);
    const people = this.people.get(row.id) ?? [];
    element.setAttribute('aria-label', spoken(row, people));
    this.drawCounts(/** @type {HTMLElement} */ (element.lastElementChild), row);
    this.drawCtf(element.children[2], row);
    this.drawPeople(/** @type {HTMLElement} */ (element.lastElementChild?.lastElementChild), people);
  }

  /** @param {Row} row @param {[number, HTMLElement]} [used] */
  elementFor(row, used) {
    const element = used?.[1] ?? this.newElement();
    if (used) this.drawn.delete(used[0]);
    const { id, name, path } = row.micrograph;
    const [picture, title] = element.children;
    element.id = `row-${id}`;
    element.title = path;
    say(title, shortName(name, NAME_LENGTH));
    this.drawn.set(id, element);
    delete /** @type {HTMLCanvasElement} */ (picture).dataset.shown;
    this.thumbnails.showKept(this.wish(row));
    return element;
  }

  newElement() {
    const element = el(
      'div',
      { class: 'rowitem', role: 'option', on: { click: () => this.chooseElement(element) } },
      el('canvas', { 'aria-hidden': 'true', width: THUMB_PX, height: THUMB_PX }),
      el('span', { class: 'name clip' }),
      el('span', { class: 'ctf-line figures' }),
      el('span', { class: 'counts-line figures' }, ...Array.from({ length: 7 }, () => el('span'))),
    );
    this.space.append(element);
    return element;
  }

  /** @param {HTMLElement} element */
  chooseElement(element) {
    const row = this.listed.find(({ id }) => element.id === `row-${id}`);
    if (row) this.onChoose(row);
  }

  /** @param {HTMLElement} line @param {Row} row */
  drawCounts(line, { labels, filaments, picks, score, micrograph }) {
    const glyph = noun(micrograph.picks) === 'suggestion' ? '◌' : '○';
    const [ofLabels, ofLines, ofPicks, ofScore, done, note] = [...line.children];
    put(ofLabels, `● ${whole(labels)}`, labels ? 'of-labels' : '');
    put(ofLines, filaments ? `╱ ${whole(filaments)}` : '', 'of-labels');
    put(ofPicks, picks === null ? '' : `${glyph} ${whole(picks)}`, picks ? 'of-picks' : '');
    put(ofScore, this.showsScore && score !== null ? `⌀ ${signed(score)}` : '');
    put(done, micrograph.complete ? '✓' : micrograph.empty && !labels && !filaments ? '∅' : '');
    put(note, micrograph.missing ? 'missing' : micrograph.warnings.length ? '!' : '', 'bad');
  }

  /** @param {Element} line @param {Row} row */
  drawCtf(line, { defocus, resolution }) {
    say(line, [defocus === null ? '' : `${defocus.toFixed(2)} µm`, resolution === null ? '' : `${resolution.toFixed(1)} Å`].filter(Boolean).join(' · '));
  }

  /** @param {HTMLElement} place @param {string[]} people */
  drawPeople(place, people) {
    put(place, people.slice(0, PEOPLE).map(initials).join(' ') + (people.length > PEOPLE ? ' …' : ''), people.length ? 'of-people' : '');
    place.title = people.join(', ');
  }

  /** Only where the list rests: rows that rush by ask for nothing, and what is still on its way is given up. */
  wantThumbnails() {
    clearTimeout(this.restTimer);
    this.restTimer = window.setTimeout(() => {
      if (!this.mayFetch()) return this.wantThumbnails();
      const { first, end } = inSight(this.sight, ROW_PX, this.listed.length, 0);
      const wanted = this.sight.height ? this.listed.slice(first, end) : [];
      this.thumbnails.want(wanted.map((row) => this.wish(row)));
    }, REST_MS);
  }

  /** @param {Row} row */
  wish({ id, micrograph }) {
    const show = (/** @type {ImageBitmap} */ picture) => {
      const canvas = this.drawn.get(id)?.firstElementChild;
      if (canvas) paint(/** @type {HTMLCanvasElement} */ (canvas), picture);
    };
    return { url: api.thumbnailUrl(micrograph), show };
  }
}

/** A row in words. @param {Row} row @param {string[]} people the others who look at it */
function spoken({ labels, filaments, picks, score, defocus, resolution, micrograph }, people) {
  const { name, complete, empty, looked_at: looked, missing, warnings } = micrograph;
  return [
    name,
    plural(labels, 'label'),
    filaments ? plural(filaments, 'filament') : '',
    picks === null ? '' : plural(picks, noun(micrograph.picks)),
    score === null ? '' : `mean score ${signed(score)}`,
    defocus === null ? '' : `defocus ${defocus.toFixed(2)} µm`,
    resolution === null ? '' : `resolution ${resolution.toFixed(1)} Å`,
    complete ? 'labeled completely' : empty && !labels && !filaments ? 'no particles' : '',
    looked ? '' : 'not looked at yet',
    missing ? 'missing' : warnings.length ? 'with a warning' : '',
    people.length ? `${people.join(' and ')} here` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/** @param {Element} element @param {string} text @param {string} [style] */
function put(element, text, style = '') {
  say(element, text);
  element.className = style;
}

/** @param {string} url @param {AbortSignal} signal */
async function fetchThumbnail(url, signal) {
  return createImageBitmap(await api.image(url, signal));
}

/** The middle square of a picture. @param {HTMLCanvasElement} canvas @param {ImageBitmap} picture */
function paint(canvas, picture) {
  const side = Math.min(picture.width, picture.height);
  const [left, top] = [(picture.width - side) / 2, (picture.height - side) / 2];
  const size = THUMB_PX * window.devicePixelRatio;
  Object.assign(canvas, { width: size, height: size });
  canvas.getContext('2d')?.drawImage(picture, left, top, side, side, 0, 0, size, size);
  canvas.dataset.shown = 'true';
}
