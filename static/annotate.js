/**
 * What a person does to labels: each command becomes operations with an inverse, is shown at once and goes to the
 * outbox.
 * Holds what is known of every micrograph's labels; never draws, never talks to the server itself.
 */
import * as history from './history.js';
import {
  addOperation,
  again,
  changed,
  inverse,
  merged,
  moveOperation,
  nothingKnown,
  received,
  removeOperation,
} from './labels.js';
import { refuses } from './looking.js';

/**
 * @typedef {import('./types.js').Operation} Operation
 * @typedef {import('./types.js').Target} Target
 * @typedef {import('./types.js').Label} Label
 * @typedef {import('./labels.js').Known} Known
 * @typedef {{micrograph: number, revision: number, client: string, operations: Operation[]}} LabelsChanged
 */

export class Annotator {
  /**
   * @param {import('./state.js').Store<import('./types.js').State>} store
   * @param {{push: (micrograph: number, operations: Operation[]) => void, pending: (micrograph: number) =>
   *   Operation[]}} outbox
   * @param {string} client the id of this page
   * @param {(micrograph: number) => void} onChange the shown labels of a micrograph changed
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
  }

  /** @param {number} micrograph @returns {Map<string, Label>} */
  labels(micrograph) {
    return this.store.state.labels.get(micrograph) ?? new Map();
  }

  /** The labels of the store have been asked for and have come. @param {number} micrograph */
  loaded(micrograph) {
    return (this.known.get(micrograph)?.revision ?? -1) >= 0;
  }

  /** Rebuild what is shown. @param {number} micrograph */
  refresh(micrograph) {
    const known = this.known.get(micrograph) ?? nothingKnown();
    this.store.state.labels.set(micrograph, merged(known, this.outbox.pending(micrograph)));
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
   * @param {{revision: number, labels: Label[]}} answer
   */
  receive(micrograph, { revision, labels }) {
    this.learn(micrograph, (known) => received(known, revision, labels));
  }

  /** Somebody changed labels; my own changes come back too and are known already. @param {LabelsChanged} event */
  hear({ micrograph, revision, client, operations }) {
    this.learn(micrograph, (known) => changed(known, { revision, client, operations }));
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
    this.hear({ micrograph, revision, client: this.client, operations: kept });
  }

  /** @param {number} micrograph */
  history(micrograph) {
    return this.histories.get(micrograph) ?? history.EMPTY;
  }

  /** @param {number} micrograph @param {Operation[]} operations */
  send(micrograph, operations) {
    this.outbox.push(micrograph, operations);
    this.refresh(micrograph);
  }

  /** Do something that can be undone. @param {number} micrograph @param {Operation[]} forward */
  perform(micrograph, forward) {
    if (refuses(this.store)) return;
    const backward = inverse(this.labels(micrograph), forward);
    this.histories.set(micrograph, history.record(this.history(micrograph), { forward, backward }));
    this.send(micrograph, forward);
  }

  /** @param {number} micrograph @param {"undo" | "redo"} way @returns {boolean} false when there is nothing left */
  travel(micrograph, way) {
    const moved = history[way](this.history(micrograph));
    if (!moved) return false;
    this.histories.set(micrograph, moved.history);
    this.send(micrograph, moved.step[way === 'undo' ? 'backward' : 'forward'].map(again));
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
    this.perform(micrograph, [moveOperation(id, x, y)]);
  }

  /** A label goes; a pick becomes a negative label, which can be taken away again. @param {Target} target */
  remove(target) {
    this.perform(target.micrograph, [
      target.kind === 'label' ? removeOperation(target.id) : fromPick(target, 'negative'),
    ]);
  }

  /** A pick, or a removed one, becomes a positive label. @param {Target} target @returns {Target} */
  keep(target) {
    if (target.kind === 'pick') return this.addFrom(target);
    const label = this.labels(target.micrograph).get(target.id);
    if (label?.label === 'negative') {
      this.perform(target.micrograph, [addOperation({ ...label, label: 'positive' }, label.id)]);
    }
    return target;
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
