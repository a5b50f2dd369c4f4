import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asked, placeholder, rangeText, read, withSetting } from '../../static/settings.js';

/** @param {object} changes @returns {any} */
const setting = (changes) => ({
  name: 'slack',
  label: 'Slack',
  unit: '',
  kind: 'number',
  low: 0,
  high: 1000,
  default: 10,
  unset: '',
  ...changes,
});
const SEED = setting({ name: 'seed', kind: 'whole', high: 4294967295, default: 0 });
const OBJECTIVE = setting({ kind: 'choice', low: null, high: null, default: 'ge-binomial' });
const PI = setting({ name: 'pi', default: null, low: 1e-9, high: 0.5, unset: 'derived' });

/** @type {[string, any, string, any][]} */
const TYPED = [
  ['nothing is the default', SEED, '', undefined],
  ['blanks are nothing', SEED, '  ', undefined],
  ['the default itself is no change', setting({}), '10.0', undefined],
  ['a number', setting({}), '2.5', 2.5],
  ['both ends are in the range', SEED, '4294967295', 4294967295],
  ['a choice', OBJECTIVE, 'pu', 'pu'],
  ['the usual choice is no change', OBJECTIVE, 'ge-binomial', undefined],
  ['a setting without a default takes any value', PI, '0.02', 0.02],
  ['below the range', setting({}), '-1', NaN],
  ['above the range', setting({}), '1e9', NaN],
  ['no number', setting({}), 'many', NaN],
  ['a part of a whole', SEED, '1.5', NaN],
];
for (const [what, row, text, expected] of TYPED) test(what, () => assert.deepEqual(read(row, text), expected));

test('an empty field shows what holds then', () => {
  assert.equal(placeholder(setting({ default: 1024 }), {}), '1024');
  assert.equal(placeholder(PI, { pi: 0.015049 }), '0.015');
  assert.equal(placeholder(PI, null), 'derived');
});

test('a range is said with its unit', () => {
  assert.equal(rangeText(setting({ unit: 'Å', high: 20000 })), 'Slack is a number from 0 to 20000 Å.');
  assert.equal(rangeText(SEED), 'Slack is a whole number from 0 to 4294967295.');
});

test('only what differs from the default is kept', () => {
  const given = withSetting({ seed: 3 }, 'slack', 2);
  assert.deepEqual(given, { seed: 3, slack: 2 });
  assert.deepEqual(withSetting(given, 'seed', undefined), { slack: 2 });
});

test('a training starts from the last model unless that is switched off', () => {
  assert.deepEqual(asked({ seed: 3 }), { seed: 3, warm_start: true });
  assert.deepEqual(asked({ warm_start: false }), { warm_start: false });
});
