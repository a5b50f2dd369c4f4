/**
 * The help page: the key table as this person has it, where each key can be chosen anew, and the gestures. A key that
 * another command has is not taken from it.
 */
import { byId, el, fill, say } from '../dom.js';
import { GESTURES, KEYS, isFree, keyFrom, written } from '../keys.js';
import { ownKeys, showKeys } from '../own-keys.js';

/** @typedef {import('../keys.js').Binding} Binding */

function gestures() {
  const lines = GESTURES.map(([gesture, text]) => el('div', {}, el('dt', {}, gesture), el('dd', {}, text)));
  return el('section', {}, el('h3', {}, 'Mouse and fingers'), el('dl', {}, ...lines));
}

export class HelpPanel {
  /** @param {() => void} takeTour */
  constructor(takeTour) {
    this.dialog = /** @type {HTMLDialogElement} */ (byId('help'));
    /** The command that waits for its key. @type {string | null} */
    this.waiting = null;
    byId('help-open').addEventListener('click', () => this.toggle());
    byId('tour-again').addEventListener('click', () => (this.dialog.close(), takeTour()));
    byId('help-close').addEventListener('click', () => this.dialog.close());
    byId('keys-reset').addEventListener('click', () => this.resetAll());
    this.dialog.addEventListener('keydown', (event) => this.onKey(event), { capture: true });
    this.dialog.addEventListener('close', () => this.wait(null));
    ownKeys.show(() => (this.draw(), showKeys(document)));
  }

  toggle() {
    if (this.dialog.open) this.dialog.close();
    else this.dialog.showModal();
  }

  draw() {
    const groups = [...new Set(KEYS.map(({ group }) => group))];
    fill(byId('help-body'), gestures(), ...groups.map((group) => this.section(group)));
    byId('keys-reset').hidden = !Object.keys(ownKeys.own).length;
  }

  /** @param {string} group */
  section(group) {
    const members = ownKeys.table.filter((binding) => binding.group === group);
    const texts = [...new Set(members.map(({ text }) => text))];
    const lines = texts.map((text) => this.line(members.filter((binding) => binding.text === text)));
    return el('section', {}, el('h3', {}, group), el('dl', {}, ...lines));
  }

  /** @param {Binding[]} bindings that do the same */
  line(bindings) {
    const [{ id, text }] = bindings;
    const keys = bindings.flatMap((binding) => (isFree(id) ? ownKeys.texts(id) : written(binding, false)));
    const waits = this.waiting === id;
    const shown = waits ? ['press a key'] : [...new Set(keys)];
    const change = el('button', { class: 'quiet', id: `key-${id}`, 'aria-label': `Change the key: ${text}`, on: { click: () => this.wait(id) } }, 'change');
    const reset = el('button', { class: 'quiet', 'aria-label': `Reset to the usual key: ${text}`, on: { click: () => this.reset(id) } }, 'reset');
    const buttons = [...(isFree(id) ? [change] : []), ...(id in ownKeys.own ? [reset] : [])];
    return el('div', {}, el('dt', {}, ...shown.map((key) => el('kbd', {}, key))), el('dd', {}, `${text} `, ...buttons));
  }

  /** @param {string | null} id */
  wait(id) {
    const before = this.waiting;
    if (id === before) return;
    this.waiting = id;
    say(byId('keys-note'), id ? 'Press the key; Esc leaves it as it is.' : '');
    this.draw();
    if (this.dialog.open) document.getElementById(`key-${id ?? before}`)?.focus();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const id = this.waiting;
    if (!id || event.key === 'Tab') return this.wait(null);
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape') return this.wait(null);
    const key = keyFrom(event);
    if (!key) return undefined;
    const other = ownKeys.change(id, key);
    if (!other) return this.wait(null);
    say(byId('keys-note'), `${written({ ...other, keys: [key] }, false)[0]} is for “${other.text}” already. Press another key, or change that one first.`);
    return undefined;
  }

  /** @param {string} id */
  reset(id) {
    const other = ownKeys.reset(id);
    if (other) say(byId('keys-note'), `Its usual key is for “${other.text}” now. Change that one first.`);
    document.getElementById(`key-${id}`)?.focus();
  }

  resetAll() {
    ownKeys.resetAll();
    say(byId('keys-note'), 'All keys are the usual ones again.');
    byId('help-close').focus();
  }
}
