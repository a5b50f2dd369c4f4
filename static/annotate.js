/**
 * What a person does to labels, filaments and exclusions: each command becomes operations with an inverse, is shown at once and
 * goes to the outbox.
 * Holds what is known of every micrograph's annotations; never draws, never talks to the server itself.
 */
import { OwnChanges, mineAgain, notTaken, standing, told } from './conflicts.js';
import { shifted } from './filaments.js';
import * as history from './history.js';
import {
  addOperation,
  again,
  changed,
  excludeOperation,
  filamentOperation,
  inverse,
  merged,
  moveFilamentOperation,
  moveOperation,
  nothingKnown,
  received,
  removeOperation,
  sorted,
} from './labels.js';
import { refuses } from './looking.js';

/**
 * @typedef {import('./types.js').Operation} Operation
 * @typedef {import('./types.js').Target} Target
 * @typedef {import('./types.js').Label} Label
 * @typedef {import('./labels.js').Known} Known
 * @typedef {{micrograph: number, revision: number, client: string, who?: string, operations: Operation[]}} LabelsChanged
 * @typedef {import('./conflicts.js').Mine} Mine
 */

/** Of this many labels that others changed last it is known who did it. */
const OTHERS_KEPT = 2000;

export class Annotator {
  /**
   * @param {import('./state.js').Store<import('./types.js').State>} store
   * @param {{push: (micrograph: number, operations: Operation[]) => void, pending: (micrograph: number) =>
   *   Operation[]}} outbox
   * @param {string} client the id of this page
   * @param {(micrograph: number) => void} onChange what is shown of a micrograph's labels and exclusions changed
   */
  constructor(store, outbox, client, onChange) {
    this.store = store;
    this.outbox = outbox;
    this.client = client;
    this.onChange = onChange;
    /** @type {Map<number, Known>} */
    this.known = new Map();
    /** @type {Map<number, history.History>} */
    this.histories = new Map();
    /** @type {{step: history.Step | undefined, ids: string}} the last nudge, which the next may go on with */
    this.nudged = { step: undefined, ids: '' };
    this.own = new OwnChanges();
    /** What others did last: who, and what was there before, where they took it away. @type {Map<string, {who: string, gone?: import('./types.js').Annotation}>} */
    this.others = new Map();
  }

  /** @param {number} micrograph @returns {Map<string, Label>} */
  labels(micrograph) {
    return this.store.state.labels.get(micrograph) ?? new Map();
  }

  /** @param {number} micrograph @returns {Map<string, import('./types.js').Annotation>} */
  annotations(micrograph) {
    /** @type {Map<string, import('./types.js').Annotation>} */
    const present = new Map(this.labels(micrograph));
    this.store.state.filaments.get(micrograph)?.forEach((filament, id) => present.set(id, filament));
    this.store.state.exclusions.get(micrograph)?.forEach((exclusion, id) => present.set(id, exclusion));
    return present;
  }

  /** The labels of the store have been asked for and have come. @param {number} micrograph */
  loaded(micrograph) {
    return (this.known.get(micrograph)?.revision ?? -1) >= 0;
  }

  /** Rebuild what is shown. @param {number} micrograph */
  refresh(micrograph) {
    const known = this.known.get(micrograph) ?? nothingKnown();
    const { labels, filaments, exclusions } = sorted(merged(known, this.outbox.pending(micrograph)));
    const { state } = this.store;
    state.labels.set(micrograph, labels);
    if (filaments.size || state.filaments.get(micrograph)?.size) {
      state.filaments.set(micrograph, filaments);
      this.store.touch('filaments');
    }
    if (exclusions.size || state.exclusions.get(micrograph)?.size) {
      state.exclusions.set(micrograph, exclusions);
      this.store.touch('exclusions');
    }
    this.store.touch('labels');
    this.onChange(micrograph);
  }

  /** @param {number} micrograph @param {(known: Known) => Known} change */
  learn(micrograph, change) {
    this.known.set(micrograph, change(this.known.get(micrograph) ?? nothingKnown()));
    this.refresh(micrograph);
  }

  /**
   * The server's answer to "give me all".
   * @param {number} micrograph
   * @param {import('./types.js').Annotations} answer
   */
  receive(micrograph, { revision, labels, filaments, exclusions }) {
    this.learn(micrograph, (known) => received(known, revision, [...labels, ...filaments, ...exclusions]));
    this.tellOverruled(micrograph, '');
  }

  /** Somebody changed labels; my own changes come back too and are known already. @param {LabelsChanged} event */
  hear({ micrograph, revision, client, who = '', operations }) {
    if (client !== this.client) this.noteOthers(micrograph, who, operations);
    this.learn(micrograph, (known) => changed(known, { revision, client, operations }));
    this.tellOverruled(micrograph, who);
  }

  /** @param {number} micrograph @param {string} who @param {Operation[]} operations about to be applied */
  noteOthers(micrograph, who, operations) {
    const before = this.annotations(micrograph);
    for (const { pick_id: id, kind } of operations) {
      this.others.delete(id);
      this.others.set(id, { who, gone: kind === 'remove' ? before.get(id) : undefined });
    }
    for (const oldest of [...this.others.keys()].slice(0, -OTHERS_KEPT)) this.others.delete(oldest);
  }

  /** Where somebody changed what I had just changed, and theirs came last. @param {number} micrograph @param {string} who */
  tellOverruled(micrograph, who) {
    const present = this.annotations(micrograph);
    this.offerMine(micrograph, this.own.overruled(micrograph, present), present, who);
  }

  /**
   * @param {number} micrograph @param {Mine[]} overruled
   * @param {Map<string, import('./types.js').Annotation>} present @param {string} who
   */
  offerMine(micrograph, overruled, present, who) {
    if (!overruled.length) return;
    const run = () => this.perform(micrograph, mineAgain(overruled));
    const text = told(overruled, present, who);
    this.store.set({ message: { kind: 'info', text, action: { text: 'Bring mine back', run } } });
  }

  /**
   * My operations are on disk.
   * @param {number} micrograph
   * @param {Operation[]} operations
   * @param {import('./outbox.js').Answer} answer
   */
  acknowledged(micrograph, operations, { revision, applied }) {
    const onDisk = new Set(applied);
    const kept = operations.filter((operation) => onDisk.has(operation.op_id));
    this.own.acknowledged(operations);
    this.hear({ micrograph, revision, client: this.client, operations: kept });
  }

  /** @param {number} micrograph */
  history(micrograph) {
    return this.histories.get(micrograph) ?? history.EMPTY;
  }

  /** @param {number} micrograph @param {Operation[]} operations */
  send(micrograph, operations) {
    const before = this.annotations(micrograph);
    this.outbox.push(micrograph, operations);
    this.refresh(micrograph);
    this.own.note(micrograph, operations, before, this.annotations(micrograph));
  }

  /** Do something that can be undone. @param {number} micrograph @param {Operation[]} forward */
  perform(micrograph, forward) {
    if (refuses(this.store)) return;
    const backward = inverse(this.annotations(micrograph), forward);
    this.histories.set(micrograph, history.record(this.history(micrograph), { forward, backward }));
    this.send(micrograph, forward);
  }

  /**
   * Only my own steps, and of them only what nobody has changed since.
   * @param {number} micrograph @param {"undo" | "redo"} way @returns {boolean} false when there is nothing left
   */
  travel(micrograph, way) {
    const moved = history[way](this.history(micrograph));
    if (!moved) return false;
    this.histories.set(micrograph, moved.history);
    const { forward, backward } = moved.step;
    const [done, back] = way === 'undo' ? [forward, backward] : [backward, forward];
    const mine = standing(this.annotations(micrograph), done, back);
    if (mine.length) this.send(micrograph, mine.map(again));
    const left = back.filter((operation) => !mine.includes(operation));
    if (left.length) {
      const { who } = this.others.get(left[0].pick_id) ?? { who: '' };
      this.store.set({ message: { kind: 'info', text: notTaken(left.length, back.length, who) } });
    }
    return true;
  }

  /** @param {number} micrograph @param {number} x @param {number} y @returns {Target} the new label */
  add(micrograph, x, y) {
    const operation = addOperation({ x, y, label: 'positive', source: 'click' });
    this.perform(micrograph, [operation]);
    return { kind: 'label', micrograph, id: operation.pick_id };
  }

  /** @param {number} micrograph @param {string} id @param {number} x @param {number} y */
  move(micrograph, id, x, y) {
    const other = this.others.get(id);
    if (!other?.gone || this.labels(micrograph).has(id)) return this.perform(micrograph, [moveOperation(id, x, y)]);
    // Somebody took it away while it was in my hand.
    const wanted = { .../** @type {Label} */ (other.gone), x, y };
    this.offerMine(micrograph, [{ micrograph, id, what: 'moved', wanted, until: 0 }], this.annotations(micrograph), other.who);
  }

  /** @param {number} micrograph @param {import('./types.js').Ends} ends @returns {Target} the new filament */
  addFilament(micrograph, ends) {
    const operation = filamentOperation(ends);
    this.perform(micrograph, [operation]);
    return { kind: 'filament', micrograph, id: operation.pick_id };
  }

  /** @param {number} micrograph @param {string} id @param {import('./types.js').Ends} ends */
  moveFilament(micrograph, id, ends) {
    this.perform(micrograph, [moveFilamentOperation(id, ends)]);
  }

  /** @param {number} micrograph @param {import('./types.js').Corner[]} outline @returns {Target} the new exclusion */
  exclude(micrograph, outline) {
    const operation = excludeOperation(outline);
    this.perform(micrograph, [operation]);
    return { kind: 'exclusion', micrograph, id: operation.pick_id };
  }

  /**
   * A label, a filament or an exclusion goes; a pick becomes a negative label, which can be taken away again. A group is one step.
   * @param {Target} target
   */
  remove(target) {
    const all = target.kind === 'group' ? target.members : [target];
    const forward = all.map((one) => (one.kind === 'pick' ? fromPick(one, 'negative') : removeOperation(one.id)));
    this.perform(target.micrograph, forward);
  }

  /** A pick, or a removed one, becomes a positive label. @param {Target} target @returns {Target} */
  keep(target) {
    if (target.kind === 'exclusion' || target.kind === 'filament') return target;
    if (target.kind === 'pick') return this.addFrom(target);
    if (target.kind === 'group') return this.keepAll(target);
    const label = this.labels(target.micrograph).get(target.id);
    if (label?.label === 'negative') {
      this.perform(target.micrograph, [addOperation({ ...label, label: 'positive' }, label.id)]);
    }
    return target;
  }

  /** @param {import('./types.js').GroupTarget} group @returns {Target} the same places, all of them labels now */
  keepAll({ micrograph, members }) {
    /** @type {Operation[]} */
    const forward = [];
    const kept = members.map((member) => {
      if (member.kind !== 'pick') return member;
      const operation = fromPick(member, 'positive');
      forward.push(operation);
      return /** @type {const} */ ({ kind: 'label', micrograph, id: operation.pick_id });
    });
    this.perform(micrograph, forward);
    return { kind: 'group', micrograph, members: kept };
  }

  /**
   * Move labels and filaments by a little. As long as nothing else is done, such moves of the same labels are one step.
   * @param {number} micrograph
   * @param {string[]} ids
   * @param {import('./types.js').Point} by px
   */
  nudge(micrograph, ids, by) {
    if (refuses(this.store)) return;
    const [present, lines] = [this.labels(micrograph), this.store.state.filaments.get(micrograph)];
    const forward = ids.flatMap((id) => {
      const [label, line] = [present.get(id), lines?.get(id)];
      if (line) return [moveFilamentOperation(id, shifted(line.ends, by))];
      return label ? [moveOperation(id, label.x + by.x, label.y + by.y)] : [];
    });
    if (!forward.length) return;
    const before = this.history(micrograph);
    const goesOn = before.undo.at(-1) === this.nudged.step && this.nudged.ids === ids.join();
    const step = { forward, backward: inverse(this.annotations(micrograph), forward) };
    const after = goesOn ? history.extend(before, step) : history.record(before, step);
    this.histories.set(micrograph, after);
    this.nudged = { step: after.undo.at(-1), ids: ids.join() };
    this.send(micrograph, forward);
  }

  /** @param {import('./types.js').PickTarget} pick @returns {Target} */
  addFrom(pick) {
    const operation = fromPick(pick, 'positive');
    this.perform(pick.micrograph, [operation]);
    return { kind: 'label', micrograph: pick.micrograph, id: operation.pick_id };
  }
}

/** @param {import('./types.js').PickTarget} pick @param {import('./types.js').Sign} label */
function fromPick({ x, y }, label) {
  return addOperation({ x, y, label, source: 'pick' });
}
