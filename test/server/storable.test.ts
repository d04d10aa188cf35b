// What cannot be stored is refused before anything is stored, whatever it is wrapped in.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unstorable } from '../../server/storable.ts';

const wrapped = (value: unknown, depth: number): unknown => {
  let it = value;
  for (let i = 0; i < depth; i += 1) it = i % 2 === 0 ? [it] : { inner: it };
  return it;
};

test('any JSON of sound text is storable, and stays so however it is wrapped', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'grapheme', maxDepth: 5 }), fc.nat(100), (value, depth) => {
      fc.pre(!JSON.stringify(value).includes('\\u0000'));
      expect(unstorable(wrapped(value, depth))).toBeUndefined();
    }),
  );
});

test.each(['\0', 'a\0b', '\ud800', '\udc00x', '😀\ud83d'])('%j is refused as text and as a key', (text) => {
  expect(unstorable(wrapped(text, 7))).toBe('characters');
  expect(unstorable(wrapped({ [text]: 1 }, 7))).toBe('characters');
});

test('a hundred thousand levels are too deep, and are found without overflow', () => {
  expect(unstorable(wrapped(1, 100_000))).toBe('too-deep');
  expect(unstorable(wrapped(1, 199))).toBeUndefined();
});
