import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clock,
  inAngstrom,
  inPixels,
  plural,
  scaleBar,
  sentence,
  short,
  shortName,
  signed,
  toDigits,
  whole,
} from '../../static/units.js';

test('numbers are short and signed as in print', () => {
  assert.deepEqual([short(0.00012345), short(8), short(17.94), short(NaN)], ['0.000123', '8', '17.9', '–']);
  assert.deepEqual([signed(-1.5), signed(0.25)], ['−1.50', '0.25']);
  assert.deepEqual(
    [whole(41870), plural(1, 'label'), plural(0, 'label'), plural(2, 'person here', 'people here')],
    ['41,870', '1 label', '0 labels', '2 people here'],
  );
});

for (const [seconds, text] of /** @type {const} */ ([
  [0, '0:00'],
  [3.2, '0:04'],
  [61, '1:01'],
  [4805, '1:20:05'],
  [-3, '0:00'],
])) {
  test(`${seconds} s left is ${text}`, () => assert.equal(clock(seconds), text));
}

test('the scale bar is 1, 2 or 5 of something and fits', () => {
  assert.deepEqual(scaleBar(0.5, 2, 150), { length: 125, text: '50 nm' });
  assert.deepEqual(scaleBar(1, null, 150), { length: 100, text: '100 px' });
  for (let zoom = 0.01; zoom < 50; zoom *= 1.37) {
    const { length } = scaleBar(zoom, 1.06, 150);
    assert.ok(length <= 150.001 && length > 150 / 2.51, `${zoom}`);
  }
});

test('a place is told in px and in Å', () => {
  assert.equal(inPixels({ x: 1234.5, y: 880 }), '1234.5, 880.0 px');
  assert.equal(inPixels({ x: -0.04, y: -3 }), '0.0, −3.0 px');
  assert.equal(inAngstrom({ x: 1234.5, y: 880 }, 2), '2469, 1760 Å');
});

test('a value has the digits that its step tells apart', () => {
  assert.equal(toDigits(431.27, 3.2), '431');
  assert.equal(toDigits(-0.3127, 0.02), '−0.31');
  assert.equal(toDigits(0.000012345, 1e-9), '0.000012');
});

test('a long name keeps its end, and no letter is cut in two', () => {
  assert.equal(shortName('toll_0003', 20), 'toll_0003');
  assert.equal(shortName('Falcon_2012_06_12-14_33_35_0', 20), 'Falcon_…2-14_33_35_0');
  assert.equal([...shortName('😀'.repeat(30), 10)].length, 10);
});

test('an error is a sentence, whatever is missing in it', () => {
  assert.equal(
    sentence({ code: 'x', found: 'pixel size −1 Å', expected: '0.1 to 100 Å', action: 'Type another.' }),
    'Pixel size −1 Å; expected 0.1 to 100 Å. Type another.',
  );
  assert.equal(sentence({ code: 'x', found: 'no labels', action: 'click a few' }), 'No labels. Click a few.');
  assert.equal(sentence({ code: 'internal', id: '4f' }), 'Error internal. (error id 4f)');
});
