/**
 * The keys that this person has chosen, kept in the browser; everything that listens to keys or shows them asks here.
 * What a key may be and what it would collide with is decided in keys.js.
 */
import { KEYS, bindingFor, ownFromStored, tableWith, taken, written } from './keys.js';

/** @typedef {import('./keys.js').Binding} Binding */

const STORED = 'peridot-keys';
const MAC = /mac|iphone|ipad/i.test(globalThis.navigator?.userAgent ?? '');

/** @returns {Record<string, string>} */
function kept() {
  try {
    return ownFromStored(JSON.parse(localStorage.getItem(STORED) ?? '{}'));
  } catch {
    return {}; // storage is blocked or holds nonsense: the keys are the usual ones
  }
}

class OwnKeys {
  constructor() {
    this.own = kept();
    this.table = tableWith(this.own);
    /** @type {(() => void)[]} */
    this.listeners = [];
  }

  /** @param {() => void} listener is told of every change, and at once */
  show(listener) {
    this.listeners.push(listener);
    listener();
  }

  /** @param {import('./keys.js').Press} press */
  bindingFor(press) {
    return bindingFor(press, this.table);
  }

  /** @param {string} id @param {string} key @returns {Binding | null} the command that has the key already; then nothing changes */
  change(id, key) {
    const other = taken(this.table, id, key);
    if (!other) this.set({ ...this.own, [id]: key });
    return other;
  }

  /** The usual key again, if another command has not got it since. @param {string} id @returns {Binding | null} that command */
  reset(id) {
    const rest = Object.fromEntries(Object.entries(this.own).filter(([other]) => other !== id));
    const back = KEYS.filter((binding) => binding.id === id).flatMap(({ keys }) => keys);
    const other = back.map((key) => taken(tableWith(rest), id, key)).find(Boolean) ?? null;
    if (!other) this.set(rest);
    return other;
  }

  resetAll() {
    this.set({});
  }

  /** @param {Record<string, string>} own */
  set(own) {
    this.own = own;
    this.table = tableWith(own);
    try {
      localStorage.setItem(STORED, JSON.stringify(own));
    } catch {
      // Storage is blocked: the choice lasts as long as the page.
    }
    this.listeners.forEach((tell) => tell());
  }

  /** The keys of a command as they are written on the page. @param {string} id @returns {string[]} */
  texts(id) {
    return this.table.filter((binding) => binding.id === id).flatMap((binding) => written(binding, MAC));
  }

  /** The first of them. @param {string} id */
  text(id) {
    return this.texts(id)[0] ?? '';
  }
}

export const ownKeys = new OwnKeys();

/**
 * Where an element names a command in `data-key`, its text, or the parenthesis in its tooltip, is the key.
 * @param {ParentNode} root
 */
export function showKeys(root) {
  for (const element of root.querySelectorAll('[data-key]')) {
    const { key = '' } = /** @type {HTMLElement} */ (element).dataset;
    const text = element.tagName === 'KBD' ? ownKeys.text(key) : ownKeys.texts(key).slice(0, 2).join(' or ');
    const title = element.getAttribute('title');
    if (element.tagName === 'KBD') element.textContent = text;
    else if (title) element.setAttribute('title', title.replace(/\(.*\)/, () => `(${text})`));
  }
}
