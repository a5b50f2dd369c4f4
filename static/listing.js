/**
 * The list of micrographs as data: what a row says, which rows are listed, in which order, and how far one is. Pure.
 *
 * The order is worked out when it is chosen and not with every label or pick, so that no row moves under the hand.
 *
 * @typedef {import('./types.js').Micrograph} Micrograph
 *
 * @typedef {object} Row
 * @property {Micrograph} micrograph
 * @property {number} id
 * @property {string} key what a search looks at
 * @property {number} labels positive ones
 * @property {number} filaments
 * @property {number | null} picks above the threshold
 * @property {number | null} score mean, of the picks at or above the default threshold
 * @property {number | null} defocus µm, underfocus positive
 * @property {number | null} resolution Å, up to which the CTF fits
 *
 * @typedef {"labels" | "picks" | "score" | "defocus" | "resolution"} Measure
 * @typedef {"name" | Measure} Sort
 * @typedef {{least: number | null, most: number | null}} Range
 *
 * @typedef {object} Choice what a person wants to see of the list
 * @property {string} search
 * @property {string} filter a key of FILTERS
 * @property {Sort} sort
 * @property {boolean} falling
 * @property {Record<Measure, Range>} ranges
 *
 * @typedef {{stamp: string, whole: boolean, micrographs: Micrograph[]}} Told the server's answer
 */

/** @type {readonly Measure[]} */
export const MEASURES = Object.freeze(['labels', 'picks', 'score', 'defocus', 'resolution']);
/** Those that only an imported CTF tells. @type {readonly Sort[]} */
export const OF_CTF = Object.freeze(['defocus', 'resolution']);
const ANGSTROM_PER_MICROMETRE = 10_000;
/** @type {readonly Sort[]} */
export const SORTS = Object.freeze(['name', ...MEASURES]);

/** @type {Readonly<Record<string, (row: Row) => boolean>>} */
export const FILTERS = Object.freeze({
  all: () => true,
  unlabeled: ({ labels, filaments, micrograph }) => !labels && !filaments && !micrograph.complete && !micrograph.empty,
  labeled: ({ labels, filaments }) => labels > 0 || filaments > 0,
  complete: ({ micrograph }) => micrograph.complete,
  excluded: ({ micrograph }) => Boolean(micrograph.exclusions),
});

/** @returns {Choice} the whole list in the order of names */
export function everything() {
  return {
    search: '',
    filter: 'all',
    sort: 'name',
    falling: false,
    ranges: rangesOf(() => ({ least: null, most: null })),
  };
}

/** @param {(name: Measure) => Range} range @returns {Record<Measure, Range>} */
function rangesOf(range) {
  return /** @type {Record<Measure, Range>} */ (Object.fromEntries(MEASURES.map((name) => [name, range(name)])));
}

/** What an earlier page left, as far as it makes sense. @param {string | null} text @returns {Choice} */
export function fromKept(text) {
  const usual = everything();
  const kept = parsed(text);
  const range = (/** @type {Measure} */ name) => ({
    least: finite(kept.ranges?.[name]?.least),
    most: finite(kept.ranges?.[name]?.most),
  });
  return {
    search: typeof kept.search === 'string' ? kept.search : usual.search,
    filter: Object.hasOwn(FILTERS, kept.filter) ? kept.filter : usual.filter,
    sort: SORTS.includes(kept.sort) ? kept.sort : usual.sort,
    falling: kept.falling === true,
    ranges: rangesOf(range),
  };
}

/** @param {string | null} text @returns {Record<string, any>} */
function parsed(text) {
  try {
    return Object(JSON.parse(text ?? '{}'));
  } catch {
    return {}; // written by something else
  }
}

/** @param {any} value @returns {number | null} */
function finite(value) {
  return Number.isFinite(value) ? value : null;
}

/**
 * The list after an answer of the server: all of it, or the rows that have changed.
 * @param {Micrograph[]} before
 * @param {Told} told
 * @returns {Micrograph[]}
 */
export function merged(before, { whole, micrographs }) {
  if (whole) return micrographs;
  if (!micrographs.length) return before;
  const changed = new Map(micrographs.map((one) => [one.id, one]));
  return before.map((one) => changed.get(one.id) ?? one);
}

/**
 * The list with picks that have just come. Suggestions never hide those of a model.
 * @param {Micrograph[]} before
 * @param {Map<number, NonNullable<Micrograph["picks"]>>} picks by micrograph
 * @returns {Micrograph[]}
 */
export function withPicks(before, picks) {
  return before.map((one) => {
    const told = picks.get(one.id);
    const hidden = told?.kind === 'suggest' && one.picks && one.picks.kind !== 'suggest';
    return told && !hidden ? { ...one, picks: told } : one;
  });
}

/** A row that says what the server said. @param {Micrograph} micrograph @returns {Row} */
export function rowOf(micrograph) {
  const { id, name, labels, filaments = 0, picks, ctf } = micrograph;
  const score = picks?.mean_score ?? null;
  const defocus = ctf ? ctf.defocus_angstrom / ANGSTROM_PER_MICROMETRE : null;
  const resolution = ctf?.resolution_angstrom ?? null;
  return { micrograph, id, key: name.toLowerCase(), labels, filaments, picks: picks?.count ?? null, score, defocus, resolution };
}

/** Whether a row is one of those that are asked for. @param {Choice} choice @returns {(row: Row) => boolean} */
export function matcher({ search, filter, ranges }) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const limited = MEASURES.filter((name) => isLimited(ranges[name]));
  return (row) =>
    FILTERS[filter](row) &&
    words.every((word) => row.key.includes(word)) &&
    limited.every((name) => within(row[name], ranges[name]));
}

/** @param {Range} range */
function isLimited({ least, most }) {
  return least !== null || most !== null;
}

/** What has no value is within no limits. @param {number | null} value @param {Range} range */
function within(value, { least, most }) {
  return value !== null && value >= (least ?? -Infinity) && value <= (most ?? Infinity);
}

/** Whether a choice may hide rows. @param {Choice} choice */
export function hides({ search, filter, ranges }) {
  return search.trim() !== '' || filter !== 'all' || MEASURES.some((name) => isLimited(ranges[name]));
}

/**
 * All rows in an order; equal ones stay as the server has them, and those without a value are last in both directions.
 * @param {readonly Row[]} rows in the server's order, which is that of names
 * @param {Pick<Choice, 'sort' | 'falling'>} choice
 * @returns {Row[]}
 */
export function ordered(rows, { sort, falling }) {
  if (sort === 'name') return falling ? [...rows].reverse() : [...rows];
  const sign = falling ? -1 : 1;
  const known = rows.filter((row) => row[sort] !== null);
  known.sort((a, b) => sign * (Number(a[sort]) - Number(b[sort])));
  return [...known, ...rows.filter((row) => row[sort] === null)];
}

/**
 * The row that comes next, or before, among the listed ones; the open micrograph need not be one of them.
 * @param {readonly Row[]} order all rows
 * @param {ReadonlySet<Row>} listed
 * @param {number | null} current
 * @param {1 | -1} by
 * @returns {Row | null}
 */
export function neighbour(order, listed, current, by) {
  const here = order.findIndex(({ id }) => id === current);
  const start = here < 0 && by < 0 ? order.length : here;
  for (let i = start + by; i >= 0 && i < order.length; i += by) if (listed.has(order[i])) return order[i];
  return null;
}

/**
 * The next micrograph that has not been dealt with, from the open one to the end and on from the start. Search and limits
 * hold; the filter does not, as the question has its own.
 * @param {readonly Row[]} order
 * @param {Choice} choice
 * @param {number | null} current
 * @returns {Row | null}
 */
export function nextUnlabeled(order, choice, current) {
  const here = order.findIndex(({ id }) => id === current);
  const matches = matcher({ ...choice, filter: 'unlabeled' });
  const round = [...order.slice(here + 1), ...order.slice(0, Math.max(here, 0))];
  return round.find(matches) ?? null;
}

/**
 * How many rows each filter would list, how many have been looked at, whether anybody counts exclusions or knows a CTF.
 * @param {readonly Row[]} rows
 */
export function tally(rows) {
  const counts = { all: rows.length, unlabeled: 0, labeled: 0, complete: 0, excluded: 0, looked: 0, regions: false, ctf: false };
  for (const row of rows) {
    if (FILTERS.unlabeled(row)) counts.unlabeled += 1;
    if (FILTERS.labeled(row)) counts.labeled += 1;
    if (row.micrograph.complete) counts.complete += 1;
    if (row.micrograph.exclusions) counts.excluded += 1;
    if (row.micrograph.looked_at) counts.looked += 1;
    counts.ctf ||= row.defocus !== null;
    counts.regions ||= row.micrograph.exclusions !== undefined;
  }
  return counts;
}

/**
 * Which rows of a long list exist: those in sight and a few around.
 * @param {{top: number, height: number}} sight of the scrolled box, px
 * @param {number} rowHeight px
 * @param {number} count
 * @param {number} beyond rows around
 * @returns {{first: number, end: number}}
 */
export function inSight({ top, height }, rowHeight, count, beyond) {
  const first = Math.min(Math.max(Math.floor(top / rowHeight) - beyond, 0), count);
  return { first, end: Math.min(Math.ceil((top + height) / rowHeight) + beyond, count) };
}

/**
 * Where to scroll so that a row is in sight, by as little as possible.
 * @param {number} index
 * @param {{top: number, height: number}} sight px
 * @param {number} rowHeight px
 */
export function revealing(index, { top, height }, rowHeight) {
  const lowest = (index + 1) * rowHeight - height;
  return Math.max(Math.min(top, index * rowHeight), lowest);
}
