// Stays of members in groups: whatever the order in which joining and leaving become known, the same stays come of it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { staysAfter, type Stay, type Turn } from '../../../workers/store/stays.ts';

const joined = (at: number): Turn => ({ at, kind: 'joined' });
const left = (at: number): Turn => ({ at, kind: 'left' });

test.each<[string, readonly Stay[], readonly Turn[], readonly Stay[]]>([
  ['a join begins a stay', [], [joined(3)], [{ from: 3, to: null }]],
  ['a leave ends the stay it falls into', [{ from: 1, to: null }], [left(5)], [{ from: 1, to: 5 }]],
  ['a leave of nobody is nothing', [], [left(5)], []],
  ['a second join says nothing new', [{ from: 1, to: null }], [joined(4)], [{ from: 1, to: null }]],
  ['a join that comes after its leave', [], [joined(2), left(6)], [{ from: 2, to: 6 }]],
  ['a stay began earlier than was known', [{ from: 9, to: null }], [joined(4)], [{ from: 4, to: null }]],
  [
    'a leave between two joins, known last',
    [{ from: 1, to: null }],
    [left(5), joined(7)],
    [
      { from: 1, to: 5 },
      { from: 7, to: null },
    ],
  ],
  [
    'at one instant somebody leaves before they come back',
    [{ from: 1, to: null }],
    [joined(5), left(5)],
    [
      { from: 1, to: 5 },
      { from: 5, to: null },
    ],
  ],
])('%s', (_name, stays, turns, expected) => {
  expect(staysAfter(stays, turns)).toEqual(expected);
});

const turns = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 30 }),
    kind: fc.constantFrom('joined' as const, 'left' as const),
  }),
  { maxLength: 14 },
);

test('the order in which turns become known changes nothing, and no two stays overlap', () => {
  fc.assert(
    fc.property(turns, fc.infiniteStream(fc.integer({ min: 0, max: 3 })), (all, batches) => {
      const batchOf = all.map(() => batches.next().value as number);
      let known: Turn[] = [];
      let stays: Stay[] = [];
      for (const batch of [2, 0, 3, 1]) {
        const fresh = all.filter((_, index) => batchOf[index] === batch);
        if (fresh.length === 0) continue;
        known = [...known, ...fresh];
        const since = Math.min(...fresh.map(({ at }) => at));
        stays = staysAfter(
          stays,
          known.filter(({ at }) => at >= since),
        );
      }
      expect(stays).toEqual(staysAfter([], all));
      for (const [index, { from, to }] of stays.entries()) {
        expect(to === null || from < to).toBe(true);
        const next = stays[index + 1];
        expect(next === undefined || (to !== null && to <= next.from)).toBe(true);
      }
    }),
    { numRuns: 2_000 },
  );
});
