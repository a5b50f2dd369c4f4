/** Answers that overtake each other: what was asked last is what counts. Knows nothing of what is asked. */

/**
 * A server may answer an early question after a late one, and then the early answer is out of date.
 * @template T
 * @returns {(ask: () => Promise<T>) => Promise<T>} the answer, or the one to a later question when that is here already
 */
export function newest() {
  let asked = 0;
  let answered = 0;
  /** @type {T} */
  let latest;
  return async (ask) => {
    const turn = ++asked;
    const answer = await ask();
    if (turn > answered) {
      answered = turn;
      latest = answer;
    }
    return latest;
  };
}
