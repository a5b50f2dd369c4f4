/**
 * Labels, filaments and exclusions as data: operations are applied, inverted and merged here. Pure; never talks to the server.
 *
 * What a person sees is always rebuilt from three parts: what the server told last (`base` at a revision),
 * what has happened since (`log`: other people's changes and my acknowledged ones, in the store's order), and my
 * operations that are not acknowledged yet. So the order in which messages arrive does not matter.
 *
 * @typedef {import('./types.js').Label} Label
 * @typedef {import('./types.js').Exclusion} Exclusion
 * @typedef {import('./types.js').Filament} Filament
 * @typedef {import('./types.js').Ends} Ends
 * @typedef {import('./types.js').Annotation} Annotation
 * @typedef {import('./types.js').Operation} Operation
 * @typedef {{revision: number, client: string, operations: Operation[]}} Change
 * @typedef {{base: Map<string, Annotation>, revision: number, log: Change[]}} Known
 */

/** The log is folded into the base beyond this length; the newest entries stay, as messages may still cross. */
const LOG_LENGTH = 400;
const LOG_KEPT = 100;

/** A random id (RFC 9562, version 4); works without a secure context, unlike `crypto.randomUUID`. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** @param {Omit<Label, 'id'>} label @param {string} [id] @returns {Operation} */
export function addOperation({ x, y, label, source }, id = newId()) {
  return { op_id: newId(), kind: 'add', pick_id: id, x, y, label, source };
}

/** @param {string} id @param {number} x @param {number} y @returns {Operation} */
export function moveOperation(id, x, y) {
  return { op_id: newId(), kind: 'move', pick_id: id, x, y };
}

/** @param {string} id @returns {Operation} */
export function removeOperation(id) {
  return { op_id: newId(), kind: 'remove', pick_id: id };
}

/** @param {import('./types.js').Corner[]} outline @param {string} [id] @returns {Operation} */
export function excludeOperation(outline, id = newId()) {
  return { op_id: newId(), kind: 'add', pick_id: id, outline };
}

/** @param {Ends} ends @param {string} [source] @param {string} [id] @returns {Operation} */
export function filamentOperation(ends, source = 'click', id = newId()) {
  return { op_id: newId(), kind: 'add', pick_id: id, ends, source };
}

/** @param {string} id @param {Ends} ends @returns {Operation} */
export function moveFilamentOperation(id, ends) {
  return { op_id: newId(), kind: 'move', pick_id: id, ends };
}

/**
 * The same change once more, as a new operation: an id is used once.
 * @param {Operation} operation
 * @returns {Operation}
 */
export function again(operation) {
  return { ...operation, op_id: newId() };
}

/** Change `present` in place. @param {Map<string, Annotation>} present @param {Operation} operation */
function applyOne(present, { kind, pick_id: id, x = 0, y = 0, label = 'positive', source = 'click', outline, ends }) {
  const before = present.get(id);
  if (kind === 'remove') present.delete(id);
  else if (kind === 'move') {
    if (ends && before && isFilament(before)) present.set(id, { ...before, ends });
    else if (!ends && before && isLabel(before)) present.set(id, { ...before, x, y });
  } else if (ends) present.set(id, { id, ends, source });
  else present.set(id, outline ? { id, outline } : { id, x, y, label, source });
}

/** @param {Annotation} one @returns {one is Label} */
function isLabel(one) {
  return 'label' in one;
}

/** @param {Annotation} one @returns {one is Filament} */
function isFilament(one) {
  return 'ends' in one;
}

/**
 * @template {Annotation} T
 * @param {Map<string, T>} present @param {Operation[]} operations @returns {Map<string, T>} a new map
 */
export function apply(present, operations) {
  const result = new Map(present);
  operations.forEach((operation) => applyOne(/** @type {Map<string, Annotation>} */ (result), operation));
  return result;
}

/**
 * Labels, filaments and exclusions, each for themselves.
 * @param {Map<string, Annotation>} present
 */
export function sorted(present) {
  /** @type {Map<string, Label>} */
  const labels = new Map();
  /** @type {Map<string, Exclusion>} */
  const exclusions = new Map();
  /** @type {Map<string, Filament>} */
  const filaments = new Map();
  for (const [id, one] of present) {
    if (isLabel(one)) labels.set(id, one);
    else if (isFilament(one)) filaments.set(id, one);
    else exclusions.set(id, one);
  }
  return { labels, filaments, exclusions };
}

/**
 * The operations that bring `present` back to what it is now, once `operations` have been applied.
 * @param {Map<string, Annotation>} present @param {Operation[]} operations @returns {Operation[]}
 */
export function inverse(present, operations) {
  const seen = new Set();
  /** @type {Operation[]} */
  const backward = [];
  for (const { pick_id: id } of operations) {
    if (seen.has(id)) continue;
    seen.add(id);
    const before = present.get(id);
    backward.push(before ? setOperation(before) : removeOperation(id));
  }
  return backward;
}

/** What lets something be there as it is. @param {Annotation} one @returns {Operation} */
export function setOperation(one) {
  if (isFilament(one)) return filamentOperation(one.ends, one.source, one.id);
  return isLabel(one) ? addOperation(one, one.id) : excludeOperation(one.outline, one.id);
}

/** @returns {Known} */
export function nothingKnown() {
  return { base: new Map(), revision: -1, log: [] };
}

/**
 * What is known after the server's answer to "give me all". One below the known revision comes from a store that went
 * back, as when a damaged database was replaced by its backup: what happened since the known revision is void.
 * @param {Known} known
 * @param {number} revision
 * @param {Annotation[]} annotations
 * @returns {Known}
 */
export function received(known, revision, annotations) {
  return {
    base: new Map(annotations.map((one) => [one.id, one])),
    revision,
    log: revision < known.revision ? [] : known.log.filter((change) => change.revision > revision),
  };
}

/**
 * What is known after one change of the store, mine or another's; the same change twice is one.
 * @param {Known} known
 * @param {Change} change
 * @returns {Known}
 */
export function changed(known, change) {
  const seen = known.log.some((old) => old.revision === change.revision && old.client === change.client);
  if (seen || change.revision <= known.revision) return known;
  const log = [...known.log, change].sort((a, b) => a.revision - b.revision);
  return log.length > LOG_LENGTH ? folded({ ...known, log }) : { ...known, log };
}

/** @param {Known} known @returns {Known} */
function folded(known) {
  const old = known.log.slice(0, -LOG_KEPT);
  return {
    base: apply(
      known.base,
      old.flatMap((change) => change.operations),
    ),
    revision: old[old.length - 1].revision,
    log: known.log.slice(-LOG_KEPT),
  };
}

/**
 * The labels and exclusions to show.
 * @param {Known} known
 * @param {Operation[]} pending mine, not acknowledged
 */
export function merged(known, pending) {
  return apply(known.base, [...known.log.flatMap((change) => change.operations), ...pending]);
}

/** @param {Iterable<Label>} labels @returns {{positive: number, negative: number}} */
export function count(labels) {
  const counts = { positive: 0, negative: 0 };
  for (const { label } of labels) counts[label] += 1;
  return counts;
}

/**
 * The label whose centre is nearest to a point, within a distance.
 * @param {Iterable<Label>} labels @param {number} x @param {number} y @param {number} radius px
 * @returns {Label | null}
 */
export function nearest(labels, x, y, radius) {
  let best = null;
  let limit = radius;
  for (const label of labels) {
    const distance = Math.hypot(label.x - x, label.y - y);
    if (distance <= limit) [best, limit] = [label, distance];
  }
  return best;
}
