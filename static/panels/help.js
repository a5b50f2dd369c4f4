/** The help page: the key table and the gestures, as they are. */
import { byId, el, fill } from '../dom.js';
import { GESTURES, KEYS, written } from '../keys.js';

/** @param {import('../keys.js').Binding[]} bindings that do the same @param {boolean} mac */
function line(bindings, mac) {
  const keys = bindings.flatMap((binding) => written(binding, mac));
  return el('div', {}, el('dt', {}, ...keys.map((key) => el('kbd', {}, key))), el('dd', {}, bindings[0].text));
}

/** @param {string} group @param {boolean} mac */
function section(group, mac) {
  const members = KEYS.filter((binding) => binding.group === group);
  const texts = [...new Set(members.map(({ text }) => text))];
  const lines = texts.map((text) =>
    line(
      members.filter((binding) => binding.text === text),
      mac,
    ),
  );
  return el('section', {}, el('h3', {}, group), el('dl', {}, ...lines));
}

function gestures() {
  const lines = GESTURES.map(([gesture, text]) => el('div', {}, el('dt', {}, gesture), el('dd', {}, text)));
  return el('section', {}, el('h3', {}, 'Mouse and fingers'), el('dl', {}, ...lines));
}

export class HelpPanel {
  /** @param {() => void} takeTour */
  constructor(takeTour) {
    this.dialog = /** @type {HTMLDialogElement} */ (byId('help'));
    const mac = /mac|iphone|ipad/i.test(navigator.userAgent);
    const groups = [...new Set(KEYS.map(({ group }) => group))];
    fill(byId('help-body'), gestures(), ...groups.map((group) => section(group, mac)));
    byId('help-open').addEventListener('click', () => this.toggle());
    byId('tour-again').addEventListener('click', () => (this.dialog.close(), takeTour()));
    byId('help-close').addEventListener('click', () => this.dialog.close());
  }

  toggle() {
    if (this.dialog.open) this.dialog.close();
    else this.dialog.showModal();
  }
}
