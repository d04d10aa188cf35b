// What was passed, however it lies in the tables: each visit once, as it was first written, found by whoever looks for it.
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { Passed } from '../../../engine/run/protocol.ts';
import { audit } from '../../../workers/store/audit/audit.ts';
import { openStore } from '../../../workers/store/client.ts';
import { TOGETHER } from '../../../workers/store/passed.ts';
import { settle } from '../../../workers/store/settle.ts';
import { freshDatabase } from '../../support/database.ts';
import { journeyPlaybook, launchRun, makeTeam } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url);
afterAll(() => store.close());
const team = await makeTeam(store);
const START = Date.UTC(2026, 11, 1, 4);
const document = journeyPlaybook({
  in: ['enter', {}, { out: 'w' }],
  w: ['wait', { for: 'P1D' }, { done: 'z' }],
  z: ['end', {}],
});
const SETTLEMENT = { listens: [], dropped: [], stuck: [], ended: [], wake: null, done: false };
const PEOPLE = 4 * TOGETHER;

/** Visits that are alike, of people here and there. */
const alike = fc.record({
  node: fc.nat(1),
  lap: fc.nat(1),
  at: fc.constantFrom(START, START + 1_500),
  port: fc.constantFrom('out', 'a/b', null),
  lateMs: fc.constantFrom(0, 60_000),
  skipped: fc.constantFrom('late' as const, 'off' as const, undefined),
  ordinals: fc.uniqueArray(fc.nat(PEOPLE - 1), { maxLength: PEOPLE }).map((all) => new Set(all)),
});
const advances = fc.array(fc.record({ groups: fc.array(alike, { maxLength: 4 }), alsoParks: fc.boolean() }), {
  minLength: 1,
  maxLength: 5,
});

const keyOf = ({ node, ordinal, lap }: Pick<Passed, 'node' | 'ordinal' | 'lap'>): string =>
  `${node}/${ordinal}/${lap}`;

/** The visits of an advance, each once, person by person as the interpreter goes through them. */
function visitsOf(groups: readonly (typeof alike extends fc.Arbitrary<infer T> ? T : never)[]): Passed[] {
  const found = new Map<string, Passed>();
  for (let ordinal = 0; ordinal < PEOPLE; ordinal++) {
    for (const { ordinals, skipped, ...rest } of groups) {
      if (!ordinals.has(ordinal)) continue;
      const visit = { ...rest, ordinal, ...(skipped === undefined ? {} : { skipped }) };
      if (!found.has(keyOf(visit))) found.set(keyOf(visit), visit);
    }
  }
  return [...found.values()];
}

type Row = { -readonly [Name in keyof Passed]: Passed[Name] | null };
const COLUMNS = `node, lap, ms_of(at) as at, port, late_ms as "lateMs", skipped`;
const byKey = (rows: readonly Row[]): Row[] =>
  rows.toSorted((a, b) => keyOf(a as Passed).localeCompare(keyOf(b as Passed)));

test('each visit is there once, as it was first written, also for whoever asks for one subject or counts', async () => {
  await fc.assert(
    fc.asyncProperty(advances, async (list) => {
      const { run } = await launchRun(store, team, { document, startAt: START, members: PEOPLE });
      const expected = new Map<string, Row>();
      for (const [index, { groups, alsoParks }] of list.entries()) {
        const passed = visitsOf(groups);
        // Whatever was passed before is passed again only by a shard that goes on from an older state: any of it may be.
        for (const visit of passed) {
          const key = keyOf(visit);
          if (!expected.has(key)) expected.set(key, { ...visit, skipped: visit.skipped ?? null });
        }
        const stuck = alsoParks
          ? [{ node: 2, ordinal: index, lap: 0, at: START, reason: 'failed' as const }]
          : [];
        const request = { run, shard: 0, now: START, wall: START, advance: index + 1 };
        await settle(store, { ...request, settlement: { ...SETTLEMENT, stuck, passed } });
        // An advance that is settled already changes nothing.
        await settle(store, { ...request, settlement: { ...SETTLEMENT, passed: visitsOf(list[0]!.groups) } });
      }
      const { rows } = await store.pool.query<Row>(
        `select ordinal, ${COLUMNS} from passed where run_id = $1`,
        [run],
      );
      expect(byKey(rows)).toEqual(byKey([...expected.values()]));
      const { rows: asked } = await store.pool.query<Row>(
        `select ordinal, ${COLUMNS} from generate_series(0, $2::int - 1) as ordinal cross join lateral passed_by($1, ordinal)`,
        [run, PEOPLE],
      );
      expect(byKey(asked)).toEqual(byKey(rows));
      const { rows: counted } = await store.pool.query<{ visits: number; found: number }>(
        `select coalesce(sum(visits), 0) as visits, coalesce(sum(count_of(ordinals)), 0) as found from passed_alike
         where run_id = $1`,
        [run],
      );
      expect(counted).toEqual([{ visits: rows.length, found: rows.length }]);
      // It recounts what was added up, and looks for visits that were written twice.
      const { breaches } = await audit(store, null);
      expect(breaches.filter(({ invariant }) => /^(left-|counts-)/.test(invariant))).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test('ten thousand that leave together are one row for each way that they take', async () => {
  const MEMBERS = 10_000;
  const { run } = await launchRun(store, team, { document, startAt: START, members: MEMBERS });
  const passed = Array.from({ length: MEMBERS }, (_, ordinal) => [
    { node: 0, ordinal, lap: 0, at: START, port: 'out', lateMs: 0 },
    { node: 1, ordinal, lap: 0, at: START, port: ordinal % 2 === 0 ? 'even' : 'odd', lateMs: 0 },
  ]).flat();
  const few = Array.from({ length: TOGETHER - 1 }, (_, ordinal) => ({ ...passed[ordinal]!, lap: 1 }));
  const request = { run, shard: 0, now: START, wall: START, advance: 1 };
  await settle(store, { ...request, settlement: { ...SETTLEMENT, passed: [...passed, ...few] } });
  const { rows } = await store.pool.query(
    `select node, port, lower(ordinals) as first, upper(ordinals) as after, visits from passed_together
     where run_id = $1 order by node, first`,
    [run],
  );
  expect(rows).toEqual([
    { node: 0, port: 'out', first: 0, after: 10_000, visits: 10_000 },
    { node: 1, port: 'even', first: 0, after: 9_999, visits: 5_000 },
    { node: 1, port: 'odd', first: 1, after: 10_000, visits: 5_000 },
  ]);
  const { rows: alone } = await store.pool.query(
    'select count(*) as count from passed_alone where run_id = $1',
    [run],
  );
  expect(alone).toEqual([{ count: few.length }]);
});
