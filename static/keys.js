/**
 * The one key table: what a key does, and the page that `?` opens. Keys are compared by `event.key`, the character that
 * is printed on the key, so that every keyboard layout works. Pure; the functions behind the names live elsewhere.
 *
 * @typedef {object} Binding
 * @property {string} id the command
 * @property {string[]} keys values of event.key; letters in lower case
 * @property {boolean} [mod] with Ctrl, or Cmd on a Mac
 * @property {boolean} [shift] only looked at together with `mod`
 * @property {boolean} [hold] acts while the key is down
 * @property {string} group
 * @property {string} text
 *
 * @typedef {{key: string, ctrlKey?: boolean, metaKey?: boolean, altKey?: boolean, shiftKey?: boolean}} Press
 */

const ARROWS = 'pan; with labels selected: move them by 1 px, with Shift by 10';

/** @type {readonly Binding[]} */
export const KEYS = Object.freeze([
  { id: 'previous', keys: ['d', 'PageUp'], group: 'Micrographs', text: 'previous micrograph' },
  { id: 'next', keys: ['f', 'PageDown'], group: 'Micrographs', text: 'next micrograph' },
  { id: 'nextUnlabeled', keys: ['n', 'g'], group: 'Micrographs', text: 'next micrograph without labels, in the order of the list' },

  { id: 'add', keys: ['a'], group: 'Label', text: 'add mode: a click adds a label' },
  { id: 'pan', keys: ['v'], group: 'Label', text: 'move mode: a drag always pans' },
  {
    id: 'tapMiddle',
    keys: ['Enter'],
    group: 'Label',
    text: 'add, select or set a corner in the middle of the view (arrows move it)',
  },
  { id: 'keep', keys: ['k'], group: 'Label', text: 'keep the selected or hovered pick: it becomes a label' },
  {
    id: 'remove',
    keys: ['Delete', 'Backspace', 'x'],
    group: 'Label',
    text: 'remove what is selected or hovered; bring a removed pick back; take back a corner',
  },
  { id: 'undo', keys: ['z'], mod: true, shift: false, group: 'Label', text: 'undo' },
  { id: 'redo', keys: ['z'], mod: true, shift: true, group: 'Label', text: 'redo' },
  { id: 'redo', keys: ['y'], mod: true, shift: false, group: 'Label', text: 'redo' },
  { id: 'deselect', keys: ['Escape'], group: 'Label', text: 'select nothing, close what is open' },

  { id: 'filament', keys: ['w'], group: 'Many at once, and regions', text: 'label a filament: a drag, or two clicks, from its start to its end' },
  { id: 'select', keys: ['s'], group: 'Many at once, and regions', text: 'select in a box; once more: in a lasso' },
  { id: 'erase', keys: ['e'], group: 'Many at once, and regions', text: 'erase labels and picks with a brush' },
  { id: 'paint', keys: ['b'], group: 'Many at once, and regions', text: 'exclude a region with a brush' },
  { id: 'brushSmaller', keys: ['[', '8'], group: 'Many at once, and regions', text: 'smaller brush' },
  { id: 'brushLarger', keys: [']', '9'], group: 'Many at once, and regions', text: 'larger brush' },
  { id: 'exclude', keys: ['r'], group: 'Many at once, and regions', text: 'exclude a region: clicks set its corners, a drag draws it' },

  { id: 'zoomIn', keys: ['+', '='], group: 'View', text: 'zoom in' },
  { id: 'zoomOut', keys: ['-', '_'], group: 'View', text: 'zoom out' },
  { id: 'fit', keys: ['0'], group: 'View', text: 'fit the whole micrograph' },
  { id: 'oneToOne', keys: ['1'], group: 'View', text: 'one micrograph pixel on one screen pixel' },
  { id: 'left', keys: ['ArrowLeft'], group: 'View', text: ARROWS },
  { id: 'right', keys: ['ArrowRight'], group: 'View', text: ARROWS },
  { id: 'up', keys: ['ArrowUp'], group: 'View', text: ARROWS },
  { id: 'down', keys: ['ArrowDown'], group: 'View', text: ARROWS },
  { id: 'hand', keys: [' '], hold: true, group: 'View', text: 'hold: a drag pans' },
  { id: 'hide', keys: ['h'], hold: true, group: 'View', text: 'hold: hide labels and picks' },
  { id: 'marks', keys: ['m'], group: 'View', text: 'labels and picks as circles, boxes or dots' },
  { id: 'overview', keys: ['o'], group: 'View', text: 'show or hide the overview' },
  { id: 'layer', keys: ['l'], group: 'View', text: 'what the model sees, or raw' },
  { id: 'filter', keys: ['q'], group: 'View', text: 'filtered, or raw' },
  { id: 'blink', keys: ['j'], group: 'View', text: 'to and fro between the last two layers, once a press; side by side: they change places' },
  { id: 'beside', keys: ['p'], group: 'View', text: 'two layers side by side, or one' },
  { id: 'invert', keys: ['i'], group: 'View', text: 'invert the contrast' },
  { id: 'contrast', keys: ['c'], group: 'View', text: 'show or hide the contrast panel' },

  { id: 'train', keys: ['t'], group: 'Train and review', text: 'train' },
  { id: 'lower', keys: [','], group: 'Train and review', text: 'lower the threshold: more picks' },
  { id: 'higher', keys: ['.'], group: 'Train and review', text: 'raise the threshold: fewer picks' },
  { id: 'help', keys: ['?', 'F1'], group: 'Train and review', text: 'this page' },
]);

/** What the mouse and the fingers do; shown with the keys. */
export const GESTURES = Object.freeze([
  ['click', 'add a label; inside a circle: select it'],
  ['drag a circle', 'move the label'],
  ['drag a circle’s edge', 'change the particle diameter, for all'],
  ['drag elsewhere', 'pan'],
  ['click the first corner', 'close the region to exclude; a click inside selects it'],
  ['Shift + click, middle click', 'remove a label or a pick'],
  ['wheel, two fingers', 'zoom at the cursor; two fingers pan as well'],
  ['hold a finger on a circle', 'remove a label or a pick; a ring shows that it is coming, moving the finger stops it'],
]);

const NAMES = {
  ' ': 'Space',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  PageUp: 'Page up',
  PageDown: 'Page down',
  Escape: 'Esc',
  Delete: 'Del',
};

/**
 * How a binding is written on the page.
 * @param {Binding} binding
 * @param {boolean} mac
 * @returns {string[]} one text for each way
 */
export function written({ keys, mod, shift }, mac) {
  const before = [mod && (mac ? '⌘' : 'Ctrl'), shift && 'Shift'].filter(Boolean);
  return keys.map((key) => {
    const name = /** @type {Record<string, string>} */ (NAMES)[key] ?? (key.length === 1 ? key.toUpperCase() : key);
    return [...before, name].join('+');
  });
}

/** Commands whose keys every page has in the same place. */
const FIXED = new Set(['left', 'right', 'up', 'down', 'deselect']);
/** They move the focus, or are no keys of their own. */
const NO_KEYS = new Set([
  'Tab', 'Escape', 'Shift', 'Control', 'Alt', 'AltGraph', 'Meta', 'CapsLock', 'Dead', 'Process', 'Unidentified',
]);

/** Whether a person may choose the key of a command. @param {string} id */
export function isFree(id) {
  return !FIXED.has(id);
}

/** The key that a press would be for a command, or null where it can be none. @param {Press} press @returns {string | null} */
export function keyFrom({ key }) {
  if (NO_KEYS.has(key)) return null;
  return key.length === 1 ? key.toLowerCase() : key;
}

/**
 * The key table of somebody who has chosen some keys: a chosen key takes the place of all usual ones of its command.
 * @param {Record<string, string>} own key by command
 * @returns {readonly Binding[]}
 */
export function tableWith(own) {
  const placed = new Set();
  return KEYS.flatMap((binding) => {
    const key = own[binding.id];
    if (key === undefined) return [binding];
    if (placed.has(binding.id)) return [];
    placed.add(binding.id);
    return [{ ...binding, keys: [key] }];
  });
}

/**
 * What has a key already that a command is to get.
 * @param {readonly Binding[]} table @param {string} id @param {string} key
 * @returns {Binding | null}
 */
export function taken(table, id, key) {
  const mine = KEYS.find((binding) => binding.id === id);
  const same = (/** @type {Binding} */ binding) =>
    Boolean(binding.mod) === Boolean(mine?.mod) && (!binding.mod || Boolean(binding.shift) === Boolean(mine?.shift));
  return table.find((binding) => binding.id !== id && same(binding) && binding.keys.includes(key)) ?? null;
}

/** Chosen keys, read from what anybody may have written. @param {any} stored @returns {Record<string, string>} */
export function ownFromStored(stored) {
  /** @type {Record<string, string>} */
  const own = {};
  for (const [id, key] of Object.entries(stored ?? {})) {
    const known = KEYS.some((binding) => binding.id === id) && isFree(id);
    const usable = typeof key === 'string' && key !== '' && key.length < 20 && keyFrom({ key }) === key;
    if (known && usable && !taken(tableWith(own), id, key)) own[id] = key;
  }
  return own;
}

/**
 * The binding that a key press means.
 * @param {Press} press
 * @param {readonly Binding[]} [table]
 * @returns {Binding | undefined}
 */
export function bindingFor({ key, ctrlKey, metaKey, altKey, shiftKey }, table = KEYS) {
  // On many keyboards brackets need AltGr, which Windows reports as Ctrl and Alt.
  const altGr = Boolean(ctrlKey && altKey) && /^[^\p{L}\p{N}]$/u.test(key);
  const mod = Boolean(ctrlKey || metaKey) && !altGr;
  const wanted = key.length === 1 ? key.toLowerCase() : key;
  if (altKey && !altGr && (mod || key.length > 1)) return undefined;
  return table.find((binding) => {
    const rightShift = !binding.mod || Boolean(binding.shift) === Boolean(shiftKey);
    return Boolean(binding.mod) === mod && rightShift && binding.keys.includes(wanted);
  });
}

const MOVES_A_CONTROL = new Set([
  'ArrowLeft',
  'ArrowRight',
  'ArrowUp',
  'ArrowDown',
  'PageUp',
  'PageDown',
  ' ',
  'Home',
  'End',
  'Enter',
]);
/** They write nothing. */
const FUNCTION_KEY = /^F\d+$/;
const TEXT_INPUTS = new Set(['text', 'search', 'number', 'password', 'url', 'email', 'tel']);

/**
 * A key belongs to the control that has the focus: text to a text field, arrows to a slider.
 * @param {{tagName: string, type?: string, role?: string | null}} control @param {string} key
 */
export function belongsToControl({ tagName, type, role }, key) {
  if (tagName === 'TEXTAREA' || tagName === 'SELECT') return true;
  if (tagName === 'INPUT' && TEXT_INPUTS.has(type ?? 'text')) return key !== 'Escape' && !FUNCTION_KEY.test(key);
  const moves =
    ['INPUT', 'BUTTON', 'A', 'SUMMARY'].includes(tagName) ||
    ['slider', 'tab', 'listbox', 'option'].includes(role ?? '');
  return moves && MOVES_A_CONTROL.has(key);
}
