// Lengths of time as the inspector shows them: one number and one unit, whatever way they were written.
import { expect, test } from 'vitest';
import { durationOf, partsOf, type Unit } from '../../../editor/inspector/lengths.ts';

test.each([
  ['P3D', 3, 'D'],
  ['PT90M', 90, 'M'],
  ['P2W', 2, 'W'],
  ['PT0M', 0, 'M'],
  ['P1DT2H', 26, 'H'],
  ['PT1H30M', 90, 'M'],
  ['P1W1D', 8, 'D'],
  ['P1DT1M', 1_441, 'M'],
] as const)('%s is %d %s', (iso, count, unit) => {
  expect(partsOf(iso)).toEqual({ count, unit });
});

test.each(['PT5S', 'P1Y', 'P1M', 'P', 'PT', '', '3 days', '-P1D'])(
  '"%s" is no number of these units',
  (iso) => {
    expect(partsOf(iso)).toBeUndefined();
  },
);

test('what the inspector writes it reads again', () => {
  for (const unit of ['M', 'H', 'D', 'W'] as const satisfies readonly Unit[])
    expect(partsOf(durationOf(7, unit))).toEqual({ count: 7, unit });
});
