import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENOUGH, nextStep } from '../../static/guidance.js';

const PROJECT = { pixel_size_angstrom: 2, settings: { diameter_angstrom: 150 } };
const SUGGESTED = new Map([[1, { picks: { kind: 'suggest' } }]]);

/** @param {object} changes */
const at = (changes, labels = ENOUGH) =>
  nextStep(/** @type {any} */ ({ project: PROJECT, picks: new Map(), run: null, ...changes }), labels);

test('what is unknown is asked for, in its order', () => {
  assert.equal(at({ project: null }), '');
  assert.match(at({ project: { ...PROJECT, pixel_size_angstrom: null } }, 0), /pixel size/);
  assert.match(at({}, 0), /^Click five particles .* \(0 of 5\)/);
  assert.match(at({ project: { ...PROJECT, settings: { diameter_angstrom: null } } }), /diameter/);
  assert.match(at({}), /Enough for a first training/);
});

test('suggestions are to be kept only while labels are few', () => {
  assert.match(at({ picks: SUGGESTED }, 2), /^Keep five suggestions .* \(2 of 5\)/);
  assert.match(at({ picks: SUGGESTED }), /Enough/);
});

test('a run is named by what it does', () => {
  assert.match(at({ run: { state: 'running', kind: 'train' } }), /Training runs/);
  assert.match(at({ run: { state: 'running', kind: 'pick' } }), /Picks come in/);
  assert.match(at({ run: { state: 'done', kind: 'train' } }), /Review/);
  assert.match(at({ run: { state: 'done', kind: 'suggest' } }), /Enough for a first training/);
});
