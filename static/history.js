/**
 * Undo and redo of one person on one micrograph, as groups of operations and their inverses.
 * Pure: every function returns a new history. Other people's changes never enter it.
 *
 * @typedef {import('./types.js').Operation} Operation
 * @typedef {{forward: Operation[], backward: Operation[]}} Step
 * @typedef {{undo: Step[], redo: Step[]}} History
 */

/** How many steps back a person can go. */
const DEPTH = 1000;

/** @type {History} */
export const EMPTY = Object.freeze({ undo: [], redo: [] });

/** @param {History} history @param {Step} step @returns {History} */
export function record(history, step) {
  if (!step.forward.length) return history;
  return { undo: [...history.undo, step].slice(-DEPTH), redo: [] };
}

/**
 * The newest step goes on: it ends where this one ends, and begins where it began.
 * @param {History} history with at least one step
 * @param {Step} step of the same labels
 * @returns {History}
 */
export function extend(history, { forward }) {
  const backward = history.undo.at(-1)?.backward ?? [];
  return { undo: [...history.undo.slice(0, -1), { forward, backward }], redo: [] };
}

/** @param {History} history @returns {{history: History, step: Step} | null} null when there is nothing to undo */
export function undo(history) {
  const step = history.undo.at(-1);
  if (!step) return null;
  return { step, history: { undo: history.undo.slice(0, -1), redo: [...history.redo, step] } };
}

/** @param {History} history @returns {{history: History, step: Step} | null} null when there is nothing to redo */
export function redo(history) {
  const step = history.redo.at(-1);
  if (!step) return null;
  return { step, history: { undo: [...history.undo, step], redo: history.redo.slice(0, -1) } };
}
