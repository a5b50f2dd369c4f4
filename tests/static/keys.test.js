import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEYS, belongsToControl, bindingFor, keyFrom, ownFromStored, tableWith, taken, written } from '../../static/keys.js';

/** What is pressed, and the command that it means. @type {[string, any, string | undefined][]} */
const PRESSES = [
  ['d', { key: 'd' }, 'previous'],
  ['D with caps lock', { key: 'D' }, 'previous'],
  ['Ctrl+Z', { key: 'z', ctrlKey: true }, 'undo'],
  ['Cmd+Z', { key: 'z', metaKey: true }, 'undo'],
  ['Ctrl+Shift+Z', { key: 'Z', ctrlKey: true, shiftKey: true }, 'redo'],
  ['Ctrl+Y', { key: 'y', ctrlKey: true }, 'redo'],
  ['Ctrl+Shift+Y', { key: 'Y', ctrlKey: true, shiftKey: true }, undefined],
  ['plain z', { key: 'z' }, undefined],
  ['? of a US keyboard (Shift+/)', { key: '?', shiftKey: true }, 'help'],
  ['? of a German keyboard (Shift+ß)', { key: '?', shiftKey: true }, 'help'],
  ['F1', { key: 'F1' }, 'help'],
  ['Alt+F1 is the system’s', { key: 'F1', altKey: true }, undefined],
  ['+ of a US keyboard (Shift+=)', { key: '+', shiftKey: true }, 'zoomIn'],
  ['+ of a German keyboard', { key: '+' }, 'zoomIn'],
  ['-', { key: '-' }, 'zoomOut'],
  ['Ctrl++ is the browser’s zoom', { key: '+', ctrlKey: true }, undefined],
  ['Ctrl+0 is the browser’s zoom', { key: '0', ctrlKey: true }, undefined],
  ['Alt+ArrowLeft is the browser’s back', { key: 'ArrowLeft', altKey: true }, undefined],
  ['[ of a US keyboard', { key: '[' }, 'brushSmaller'],
  ['[ of a German keyboard on Windows (AltGr+8)', { key: '[', ctrlKey: true, altKey: true }, 'brushSmaller'],
  ['] of a German keyboard on a Mac (Option+6)', { key: ']', altKey: true }, 'brushLarger'],
  ['Ctrl+[ is the browser’s', { key: '[', ctrlKey: true }, undefined],
  ['Ctrl+Alt+Z', { key: 'z', ctrlKey: true, altKey: true }, undefined],
  ['Delete', { key: 'Delete' }, 'remove'],
  ['space', { key: ' ' }, 'hand'],
  ['a key without meaning', { key: 'y' }, undefined],
];

for (const [name, press, id] of PRESSES) {
  test(`${name} means ${id ?? 'nothing'}`, () => assert.equal(bindingFor(press)?.id, id));
}

test('no key has two meanings', () => {
  const ways = KEYS.flatMap(({ keys, mod, shift }) =>
    keys.map((key) => `${mod ?? false} ${mod ? (shift ?? false) : ''} ${key}`),
  );
  assert.equal(new Set(ways).size, ways.length);
});

test('letters stand in lower case in the table', () => {
  for (const key of KEYS.flatMap(({ keys }) => keys)) if (key.length === 1) assert.equal(key, key.toLowerCase());
});

/** Who has the focus, the key, whether the key is the control's. @type {[any, string, boolean][]} */
const FOCUS = [
  [{ tagName: 'INPUT', type: 'number' }, 'd', true],
  [{ tagName: 'INPUT', type: 'search' }, 'Delete', true],
  [{ tagName: 'INPUT', type: 'search' }, 'Escape', false],
  [{ tagName: 'INPUT', type: 'search' }, 'F1', false],
  [{ tagName: 'SELECT' }, 'F4', true],
  [{ tagName: 'INPUT', type: 'search' }, 'F', true],
  [{ tagName: 'INPUT', type: 'range' }, 'ArrowLeft', true],
  [{ tagName: 'INPUT', type: 'range' }, 'k', false],
  [{ tagName: 'SELECT' }, 'f', true],
  [{ tagName: 'BUTTON' }, ' ', true],
  [{ tagName: 'BUTTON' }, 'f', false],
  [{ tagName: 'DIV', role: 'slider' }, 'ArrowRight', true],
  [{ tagName: 'DIV', role: 'listbox' }, 'ArrowDown', true],
  [{ tagName: 'CANVAS', role: 'application' }, 'ArrowDown', false],
  [{ tagName: 'BODY' }, ' ', false],
];

for (const [control, key, belongs] of FOCUS) {
  const name = [control.tagName, control.type, control.role].filter(Boolean).join(' ');
  test(`“${key}” on ${name} is ${belongs ? 'the control’s' : 'a command'}`, () =>
    assert.equal(belongsToControl(control, key), belongs));
}

test('bindings are written as people read them', () => {
  const redo = KEYS.find(({ id, shift }) => id === 'redo' && shift);
  assert.deepEqual(written(/** @type {any} */ (redo), false), ['Ctrl+Shift+Z']);
  assert.deepEqual(written(/** @type {any} */ (redo), true), ['⌘+Shift+Z']);
});

test('a chosen key takes the place of all usual ones of its command', () => {
  const table = tableWith({ next: 'y', redo: 'r' });
  assert.equal(bindingFor({ key: 'y' }, table)?.id, 'next');
  assert.equal(bindingFor({ key: 'f' }, table), undefined);
  assert.equal(bindingFor({ key: 'PageDown' }, table), undefined);
  assert.deepEqual(table.filter(({ id }) => id === 'redo').map(({ keys, mod }) => [keys, mod]), [[['r'], true]]);
  assert.equal(bindingFor({ key: 'd' }, table)?.id, 'previous');
});

test('what has a key already is told, and Ctrl makes it another key', () => {
  assert.equal(taken(KEYS, 'next', 'd')?.id, 'previous');
  assert.equal(taken(KEYS, 'next', 'f'), null);
  assert.equal(taken(KEYS, 'next', 'z'), null);
  assert.equal(taken(KEYS, 'undo', 'y')?.id, 'redo');
  assert.equal(taken(tableWith({ previous: 'y' }), 'next', 'd'), null);
});

test('keys that move the focus or only change others are no choice', () => {
  assert.deepEqual(['Tab', 'Escape', 'Shift', 'Dead', 'P', 'F2', ' '].map((key) => keyFrom({ key })), [null, null, null, null, 'p', 'F2', ' ']);
});

test('of stored keys only those that make sense and do not collide count', () => {
  const stored = { next: 'y', previous: 'y', fit: 'M', help: 7, nothing: 'u', left: 'u', train: 'Escape', invert: 'u' };
  assert.deepEqual(ownFromStored(stored), { next: 'y', invert: 'u' });
  assert.deepEqual([null, 'x', 3].map(ownFromStored), [{}, {}, {}]);
});
