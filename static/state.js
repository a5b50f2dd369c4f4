/**
 * The page's one store. Every change sets a flag and one queued animation frame redraws what depends on it.
 * Knows nothing of the DOM, the server or what the values mean.
 */

/**
 * @template {Record<string, any>} S
 * @typedef {object} Store
 * @property {S} state read it freely; change it through `set` or `touch` only
 * @property {(patch: Partial<S>) => void} set
 * @property {(...keys: (keyof S)[]) => void} touch say that a value was changed in place
 * @property {(keys: (keyof S)[], listener: (state: S, changed: Set<keyof S>) => void) => () => void} subscribe
 */

/**
 * @template {Record<string, any>} S
 * @param {S} initial
 * @param {(flush: () => void) => void} [schedule] runs `flush` once, soon
 * @returns {Store<S>}
 */
export function createStore(initial, schedule = requestAnimationFrame) {
  const state = { ...initial };
  /** @type {Set<{keys: (keyof S)[], listener: (state: S, changed: Set<keyof S>) => void}>} */
  const subscribers = new Set();
  /** @type {Set<keyof S>} */
  let changed = new Set();
  let queued = false;

  function flush() {
    queued = false;
    const current = changed;
    changed = new Set();
    for (const { keys, listener } of [...subscribers]) {
      if (keys.some((key) => current.has(key))) listener(state, current);
    }
  }

  /** @param {...keyof S} keys */
  function touch(...keys) {
    keys.forEach((key) => changed.add(key));
    if (queued || !changed.size) return;
    queued = true;
    schedule(flush);
  }

  /** @param {Partial<S>} patch */
  function set(patch) {
    const keys = /** @type {(keyof S)[]} */ (Object.keys(patch)).filter((key) => !Object.is(state[key], patch[key]));
    Object.assign(state, patch);
    touch(...keys);
  }

  return {
    state,
    set,
    touch,
    subscribe(keys, listener) {
      const subscriber = { keys, listener };
      subscribers.add(subscriber);
      return () => void subscribers.delete(subscriber);
    },
  };
}
