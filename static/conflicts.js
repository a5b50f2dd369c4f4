/**
 * When two people change the same label: which of my changes somebody has overruled, and whether a step of mine still
 * stands, so that its undo takes back nothing of others. Knows nothing of the page.
 *
 * @typedef {import('./types.js').Annotation} Annotation
 * @typedef {import('./types.js').Operation} Operation
 *
 * @typedef {object} Mine a change that I made to something that was there
 * @property {number} micrograph
 * @property {string} id
 * @property {"moved" | "removed" | "changed"} what
 * @property {Annotation | null} wanted as I left it, null for gone
 * @property {number} until ms; Infinity as long as it is not acknowledged
 */
import { removeOperation, setOperation } from './labels.js';
import { isSame } from './timeline.js';
import { plural } from './units.js';

/** A change that was made this long ago is no conflict any more but what the other found and changed. */
const KEPT_MS = 60_000;

/** @type {Record<Operation["kind"], Mine["what"]>} */
const WHAT = { add: 'changed', move: 'moved', remove: 'removed' };

export class OwnChanges {
  /** @param {() => number} [now] ms */
  constructor(now = Date.now) {
    this.now = now;
    /** @type {Map<string, Mine>} by id */
    this.recent = new Map();
  }

  /**
   * I did something. What was not there before is nobody's but mine.
   * @param {number} micrograph
   * @param {Operation[]} operations
   * @param {ReadonlyMap<string, Annotation>} before
   * @param {ReadonlyMap<string, Annotation>} after
   */
  note(micrograph, operations, before, after) {
    for (const { pick_id: id, kind } of operations) {
      this.recent.delete(id);
      const wanted = after.get(id) ?? null;
      if (before.has(id)) this.recent.set(id, { micrograph, id, what: WHAT[kind], wanted, until: Infinity });
    }
  }

  /** All labels are about to change, and everybody is told of that. */
  forget() {
    this.recent.clear();
  }

  /** It is on the server's disk: from now on the clock runs. @param {Operation[]} operations */
  acknowledged(operations) {
    for (const { pick_id: id } of operations) {
      const mine = this.recent.get(id);
      if (mine?.until === Infinity) mine.until = this.now() + KEPT_MS;
    }
  }

  /**
   * What of it is not as I left it; told once.
   * @param {number} micrograph
   * @param {ReadonlyMap<string, Annotation>} present
   * @returns {Mine[]}
   */
  overruled(micrograph, present) {
    const now = this.now();
    for (const [id, { until }] of this.recent) if (until < now) this.recent.delete(id);
    const found = [...this.recent.values()].filter(
      (mine) => mine.micrograph === micrograph && !isAs(mine.wanted, present.get(mine.id)),
    );
    found.forEach(({ id }) => this.recent.delete(id));
    return found;
  }
}

/** @param {Annotation | null} wanted @param {Annotation | undefined} present */
function isAs(wanted, present) {
  return wanted ? isSame(wanted, present) : !present;
}

/** The operations that bring mine back. @param {Mine[]} overruled @returns {Operation[]} */
export function mineAgain(overruled) {
  return overruled.map(({ id, wanted }) => (wanted ? setOperation(wanted) : removeOperation(id)));
}

/** What somebody did to one of mine. @param {Mine} mine @param {Annotation | undefined} present */
function theirs({ wanted }, present) {
  if (!present) return 'removed';
  if (!wanted) return 'brought back';
  const [a, b] = [/** @type {any} */ (wanted), /** @type {any} */ (present)];
  return a.x === b.x && a.y === b.y && isEqual(a.ends, b.ends) ? 'changed' : 'moved';
}

/** @param {unknown} one @param {unknown} other lists of numbers, or nothing */
function isEqual(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What it is called. @param {Mine} mine */
function nounOf({ wanted }) {
  if (wanted && 'outline' in wanted) return 'exclusion';
  return wanted && 'ends' in wanted ? 'filament' : 'label';
}

/**
 * In words: Ada removed the label that you moved.
 * @param {Mine[]} overruled
 * @param {ReadonlyMap<string, Annotation>} present
 * @param {string} who "" where it is not known
 */
export function told(overruled, present, who) {
  const [done] = new Set(overruled.map((mine) => theirs(mine, present.get(mine.id))));
  const [mine] = new Set(overruled.map(({ what }) => what));
  const isOne = overruled.length === 1;
  const noun = isOne ? nounOf(overruled[0]) : 'label';
  return `${who || 'Somebody else'} ${done} ${isOne ? `the ${noun}` : plural(overruled.length, noun)} that you ${mine}.`;
}

/**
 * Those operations of a step that touch only what is still as the step left it.
 * @param {ReadonlyMap<string, Annotation>} present
 * @param {Operation[]} done what the step did, or its undo
 * @param {Operation[]} back what takes that back
 */
export function standing(present, done, back) {
  const last = new Map(done.map((operation) => [operation.pick_id, operation]));
  return back.filter(({ pick_id: id }) => stands(last.get(id), present.get(id)));
}

/** @param {Operation | undefined} operation @param {Annotation | undefined} present */
function stands(operation, present) {
  if (!operation) return true;
  const { kind, x, y, label, outline, ends } = /** @type {any} */ (operation);
  if (kind === 'remove') return !present;
  const there = /** @type {any} */ (present);
  if (!there) return false;
  if (outline || ends) return isEqual(there.outline, outline) && isEqual(there.ends, ends);
  return there.x === x && there.y === y && (kind === 'move' || there.label === label);
}

/** Why a step, or a part of it, was not taken back. @param {number} left @param {number} all @param {string} who */
export function notTaken(left, all, who) {
  const by = who ? `by ${who} ` : '';
  if (left === all) return `What this step did was changed ${by}since, and stays as it is now.`;
  return `${left} of ${all} were changed ${by}since, and stay as they are now.`;
}
