// Shares are kept as 0.08 and written as 8 %.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inPercent, isShare, ofPercent } from '../../editor/inspector/share.ts';

test.each([
  [0.08, 8],
  [0.005, 0.5],
  [0.07, 7],
  [0.29, 29],
  [0, 0],
  [1, 100],
])('%d is written as %d %%, and read back as it was', (share, percent) => {
  expect([inPercent(share), ofPercent(percent)]).toEqual([percent, share]);
});

test('what is written is what is kept, in both directions, to a millionth', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), (millionths) => {
      const share = millionths / 1_000_000;
      expect(ofPercent(inPercent(share))).toBe(share);
      const percent = millionths / 10_000;
      expect(inPercent(ofPercent(percent))).toBe(percent);
    }),
  );
});

test.each([
  [{ type: 'number', minimum: 0, maximum: 1 }, true],
  [{ type: 'number', minimum: 0.5, maximum: 1 }, true],
  [{ type: 'number', minimum: 0, maximum: 100 }, false],
  [{ type: 'integer', minimum: 0, maximum: 1 }, false],
  [{ type: 'number', minimum: -1, maximum: 1 }, false],
  [{ type: 'number' }, false],
])('%j is a share: %j', (schema, is) => {
  expect(isShare(schema as Parameters<typeof isShare>[0])).toBe(is);
});
