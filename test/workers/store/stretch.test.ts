// Stretches of ordinals: what is put together can be taken apart again, and what is alike travels as one.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stretchesOf } from '../../../workers/store/stretch.ts';

const row = fc.record({ ordinal: fc.nat(12), lap: fc.nat(1), port: fc.constantFrom('out', 'b', null) });
type Row = typeof row extends fc.Arbitrary<infer T> ? T : never;
const likeness = ({ lap, port }: Row): string => `${lap}/${port}`;
/** Sorting is stable, so the order within a likeness stays. */
const byLikeness = (rows: readonly Row[]): Row[] =>
  rows.toSorted((a, b) => likeness(a).localeCompare(likeness(b)));

test('they hold each row once, and the rows of one likeness in their order', () => {
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const apart = stretchesOf(rows, likeness).flatMap(({ row: of, first, last }) =>
        Array.from({ length: last - first + 1 }, (_, place) => ({ ...of, ordinal: first + place })),
      );
      expect(byLikeness(apart)).toEqual(byLikeness(rows));
    }),
  );
});

test('neighbours that are alike are one, also when others stand between them', () => {
  const rows = Array.from({ length: 1_000 }, (_, ordinal) => [
    { ordinal, lap: 0, port: 'out' as const },
    { ordinal, lap: 1, port: 'out' as const },
  ]).flat();
  expect(stretchesOf(rows, likeness)).toEqual([
    { row: rows[0], first: 0, last: 999 },
    { row: rows[1], first: 0, last: 999 },
  ]);
});
