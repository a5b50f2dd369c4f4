/** Every command can be typed on keyboards of several countries without AltGr, which is awkward to hold while one draws. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEYS, bindingFor } from '../../static/keys.js';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/**
 * What a keyboard types beside its letters, as `event.key`: with nothing held, with Shift, and with AltGr.
 * @type {Record<string, {plain: string, shift: string, altGr: string}>}
 */
const LAYOUTS = {
  'United States': { plain: "`1234567890-=[]\\;',./", shift: '~!@#$%^&*()_+{}|:"<>?', altGr: '' },
  Germany: { plain: '1234567890ßü+öä#,.-<', shift: '°!"§$%&/()=?*\'>;:_', altGr: '²³{[]}\\@€~|µ' },
  France: { plain: '&é"\'(-è_çà)=$ù*,;:!<', shift: '1234567890°+£%µ?./§>', altGr: '~#{[|`\\^@]}€¤' },
  Switzerland: { plain: "§1234567890'üöä$,.-<", shift: '°+"*ç%&/()=?è!éà£>;:_', altGr: '¦@#°§¬|¢[]{}\\€~´' },
};

/**
 * The presses without AltGr that a layout has for a key of the table.
 * @param {{plain: string, shift: string}} layout @param {string} key @returns {import('../../static/keys.js').Press[]}
 */
function presses({ plain, shift }, key) {
  if (key.length > 1 || key === ' ' || LETTERS.includes(key)) return [{ key }];
  return [...(plain.includes(key) ? [{ key }] : []), ...(shift.includes(key) ? [{ key, shiftKey: true }] : [])];
}

for (const [country, layout] of Object.entries(LAYOUTS)) {
  test(`every command has a key without AltGr on a keyboard of ${country}`, () => {
    for (const { id, keys, mod, shift } of KEYS) {
      const held = { ctrlKey: mod ?? false, ...(mod ? { shiftKey: shift } : {}) };
      const ways = keys.flatMap((key) => presses(layout, key)).filter((press) => bindingFor({ ...press, ...held })?.id === id);
      assert.ok(ways.length, `${id}: none of ${keys.join(' ')}`);
    }
  });

  test(`what needs AltGr on a keyboard of ${country} means the same there, on Windows and on a Mac`, () => {
    for (const binding of KEYS) {
      for (const key of binding.keys.filter((one) => layout.altGr.includes(one))) {
        assert.equal(bindingFor({ key, ctrlKey: true, altKey: true })?.id, binding.id);
        assert.equal(bindingFor({ key, altKey: true })?.id, binding.id);
      }
    }
  });
}

test('the table of layouts would find a command that needs AltGr', () => {
  assert.deepEqual(presses(LAYOUTS.Germany, '['), []);
  assert.deepEqual(presses(LAYOUTS.France, '0'), [{ key: '0', shiftKey: true }]);
});
