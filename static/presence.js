/**
 * My name, and which micrograph I look at, told to the others over the socket; and who they are. The name is kept in
 * this browser. Draws nothing.
 */
import { LONGEST_NAME } from './people.js';

const KEY = 'peridot-name';
/** What changes while a key is held is told this often. */
const REST_MS = 400;

/** @typedef {{emit: (event: string, body: object) => unknown, connected: boolean}} Line */

export class Presence {
  /**
   * @param {import('./state.js').Store<import('./types.js').State>} store
   * @param {string} client the id of this page
   * @param {(run: () => void, ms: number) => any} [later]
   */
  constructor(store, client, later = setTimeout) {
    this.store = store;
    this.later = (/** @type {() => void} */ run, /** @type {number} */ ms) => later(run, ms);
    /** @type {Line | null} */
    this.line = null;
    this.told = '';
    this.isResting = false;
    store.set({ me: { client, name: kept(), isGuest: !kept() } });
    store.subscribe(['current', 'me'], () => this.tell());
  }

  /** What I am called in what I do. */
  get name() {
    return this.store.state.me.name;
  }

  /** A line is open: whoever is at its other end knows nothing of me. @param {Line} line */
  begin(line) {
    this.line = line;
    this.told = '';
    this.tell();
  }

  /** @param {string} name an empty one is that of a guest */
  rename(name) {
    const clean = name.trim().slice(0, LONGEST_NAME);
    keep(clean);
    this.store.set({ me: { ...this.store.state.me, name: clean, isGuest: !clean } });
  }

  /** @param {{people: import('./people.js').Person[]}} told */
  hear({ people }) {
    const { me } = this.store.state;
    const given = people.find(({ client }) => client === me.client)?.name;
    const isNew = me.isGuest && given && given !== me.name;
    this.store.set({ people, ...(isNew ? { me: { ...me, name: given } } : {}) });
  }

  /** What is news, at once after a rest and otherwise when the rest is over. */
  tell() {
    const { me, current } = this.store.state;
    const said = { client: me.client, name: me.isGuest ? '' : me.name, micrograph: current };
    const text = JSON.stringify(said);
    if (!this.line?.connected || this.isResting || text === this.told) return;
    this.told = text;
    this.line.emit('here', said);
    this.isResting = true;
    this.later(() => {
      this.isResting = false;
      this.tell();
    }, REST_MS);
  }
}

function kept() {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    return ''; // storage is blocked: a guest on every visit
  }
}

/** @param {string} name */
function keep(name) {
  try {
    if (name) localStorage.setItem(KEY, name);
    else localStorage.removeItem(KEY);
  } catch {
    // Storage is blocked: the name lasts as long as the page.
  }
}
