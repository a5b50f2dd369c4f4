/** Asking over a line that may be broken: again and again, ever more slowly, until there is an answer. */

export const FIRST_WAIT_MS = 500;
export const LONGEST_WAIT_MS = 8000;

/**
 * @template T
 * @param {() => Promise<T>} ask
 * @param {() => boolean} wanted whether the answer still is
 * @param {(ms: number) => Promise<void>} [pause]
 * @returns {Promise<T | undefined>} undefined when it was not wanted any more before it came
 * @throws what `ask` throws, unless it is that no answer came (status 0)
 */
export async function untilAnswered(ask, wanted, pause = (ms) => new Promise((done) => setTimeout(done, ms))) {
  for (let wait = FIRST_WAIT_MS; wanted(); wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      return await ask();
    } catch (/** @type {any} */ error) {
      if (error.status !== 0) throw error;
      await pause(wait);
    }
  }
  return undefined;
}
