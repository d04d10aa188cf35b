// The counts of a run are at any moment what a recount from its visits and from the interpreter's state gives.
// Whole courses with people and operators: the drawn communities of any-course, on a real database.
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { Playbook } from '../../../engine/document.ts';
import { HOUR } from '../../../engine/instant.ts';
import { countsOf, journeysOf } from '../../../server/runs/counts.ts';
import { openStore } from '../../../workers/store/client.ts';
import { audit } from '../../../workers/store/audit/audit.ts';
import { runOf } from '../../../workers/store/run.ts';
import { settle } from '../../../workers/store/settle.ts';
import { freshDatabase } from '../../support/database.ts';
import { graphOf, playbook } from '../../support/temporal-play.ts';
import { depsOf, journeyPlaybook, launchRun, makeTeam, VirtualRun } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url);
afterAll(() => store.close());
const team = await makeTeam(store);
const START = Date.UTC(2026, 11, 1, 4);

/** Branches of which a join cancels one, rounds, replies that come or do not, and ends on the way. */
const document: Playbook = playbook(
  {
    begin: ['start', {}, { out: 'launch' }],
    launch: [
      'journey',
      { journey: 'each', wait: true, within: 'P10D' },
      { done: 'z', expired: 'z', empty: 'z' },
    ],
    z: ['end', { reason: 'over' }],
  },
  {
    journeys: {
      each: {
        title: { 'zh-CN': '各人' },
        graph: graphOf({
          enter: ['enter', {}, { out: 'fork' }],
          fork: ['parallel', { branches: [{ port: 'a' }, { port: 'b' }] }, { a: 'nap', b: 'listen' }],
          nap: ['wait', { for: 'PT20H' }, { done: 'meet' }],
          listen: [
            'wait-for-event',
            { topics: [{ event: 'member.replied', port: 'replied' }], within: 'P1D' },
            { replied: 'meet', timeout: 'silent' },
          ],
          silent: ['end', { reason: 'silent' }],
          meet: ['join', { need: 'any' }, { out: 'rounds' }],
          rounds: ['repeat', { max: 3 }, { each: 'mark', done: 'through' }],
          mark: ['tag', { add: ['seen'] }, { done: 'rest' }],
          rest: ['wait', { for: 'PT5H' }, { done: 'half' }],
          half: [
            'split',
            {
              variants: [
                { port: 'stay', percent: 80 },
                { port: 'leave', percent: 20 },
              ],
            },
            { stay: 'rounds', leave: 'left' },
          ],
          left: ['exit', { reason: 'left' }],
          through: ['end', { reason: 'through' }],
        }),
      },
    },
  },
);

const course = fc.record({
  seed: fc.integer({ min: 1, max: 1_000 }),
  members: fc.integer({ min: 1, max: 40 }),
  /** Who replies, after how many hours. */
  replies: fc.dictionary(fc.nat({ max: 39 }).map(String), fc.integer({ min: 1, max: 30 }), { maxKeys: 10 }),
  /** An operator pauses then, for so long, and resumes as told. */
  pause: fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 30 })),
  policy: fc.constantFrom('hold', 'skip', 'shift'),
  cancelAt: fc.option(fc.integer({ min: 2, max: 60 })),
  /** When somebody looks, hours after the start. */
  looks: fc.array(fc.integer({ min: 0, max: 80 }), { minLength: 1, maxLength: 4 }),
});

type Course = typeof course extends fc.Arbitrary<infer T> ? T : never;

function script({ members, replies, pause: [paused, forHours], policy, cancelAt }: Course) {
  const inTime = Object.entries(replies).filter(([ordinal]) => Number(ordinal) < members);
  return [
    ...inTime.map(([ordinal, hours]) => ({
      node: 'listen',
      subject: `each/${ordinal}`,
      event: 'member.replied',
      after: `PT${hours}H`,
    })),
    { control: 'pause', at: `PT${paused}H` },
    { control: 'resume', at: `PT${paused + forHours}H`, policy },
    ...(cancelAt === null ? [] : [{ control: 'cancel', at: `PT${cancelAt}H` }]),
  ];
}

/** Counts what is written, in the simplest way. */
async function recount(run: string) {
  const { rows: passed } = await store.pool.query<{ node: number; port: string; count: number }>(
    `select node, coalesce(port, '*') as port, count(*) as count from passed where run_id = $1 group by 1, 2`,
    [run],
  );
  const { rows: subjects } = await store.pool.query<{ entered: number; ended: number }>(
    `select count(*) as entered, count(ended_at) as ended from subject where run_id = $1 and graph = 1`,
    [run],
  );
  return { passed, subjects: subjects[0]! };
}

test('at any moment of any course they are what a recount gives', async () => {
  await fc.assert(
    fc.asyncProperty(course, async (it) => {
      const { seed, members, looks } = it;
      const launching = { document, startAt: START, seed, members, script: script(it) };
      const { run, plan } = await launchRun(store, team, launching);
      const virtual = new VirtualRun(depsOf(store, START), run, plan, { startAt: START, seed });
      for (const hours of [...looks.toSorted((a, b) => a - b), Infinity]) {
        await virtual.runUntil(START + hours * HOUR);
        expect((await audit(store, null)).breaches).toEqual([]);
        const facts = (await runOf(store.pool, run))!;
        const counts = await countsOf(store.pool, facts);
        const { passed, subjects } = await recount(run);
        for (const { node, port, count } of passed) expect(counts[node]!.passed[port]).toBe(count);
        expect(counts.reduce((sum, { passed: of }) => sum + Object.keys(of).length, 0)).toBe(passed.length);
        expect(await journeysOf(store.pool, facts)).toEqual([{ journey: 'each', open: false, ...subjects }]);
        const standing = counts.reduce((sum, it_) => sum + it_.standing, 0);
        // Everybody who has not ended stands somewhere, in one branch or in both.
        const alive = subjects.entered - subjects.ended + (virtual.isDone ? 0 : 1);
        expect(standing).toBeGreaterThanOrEqual(alive);
        expect(standing).toBeLessThanOrEqual(2 * alive);
        if (hours === Infinity) expect([virtual.isDone, standing]).toEqual([true, 0]);
      }
    }),
    { numRuns: 10 },
  );
});

test('a shard that goes on from an older state and passes the same visits again counts them once', async () => {
  const sketch = journeyPlaybook({
    in: ['enter', {}, { out: 'w' }],
    w: ['wait', { for: 'P1D' }, { done: 'z' }],
    z: ['end', {}],
  });
  const { run } = await launchRun(store, team, { document: sketch, startAt: START, members: 3 });
  const node = 0;
  const visit = (ordinal: number) => ({
    node,
    ordinal,
    lap: 0,
    at: START,
    port: 'out',
    lateMs: 60_000,
    skipped: 'late' as const,
  });
  const settlement = { listens: [], dropped: [], stuck: [], ended: [], wake: null, done: false };
  const at = { run, shard: 0, now: START, wall: START, counts: { 5: 2 } };
  await settle(store, { ...at, advance: 1, settlement: { ...settlement, passed: [visit(0), visit(1)] } });
  await settle(store, {
    ...at,
    advance: 2,
    settlement: { ...settlement, passed: [visit(0), visit(1), visit(2)] },
  });
  // The whole transaction, because something is parked as well.
  const stuck = [{ node, ordinal: 3, lap: 0, at: START, reason: 'failed' as const }];
  await settle(store, {
    ...at,
    advance: 3,
    settlement: { ...settlement, stuck, passed: [visit(1), visit(3)] },
  });
  // Settled already.
  await settle(store, { ...at, advance: 3, settlement: { ...settlement, passed: [visit(9)] } });
  const counts = await countsOf(store.pool, (await runOf(store.pool, run))!);
  expect(counts[node]).toEqual({ standing: 0, passed: { out: 4 }, ended: 0, skipped: 4, late: 4, stuck: 1 });
  expect(counts[5]!.standing).toBe(2);
  // Whoever has gone on is not parked any more, also where nothing but the trace is written.
  await settle(store, { ...at, advance: 4, settlement: { ...settlement, passed: [visit(2), visit(3)] } });
  const after = await countsOf(store.pool, (await runOf(store.pool, run))!);
  expect(after[node]).toMatchObject({ passed: { out: 4 }, stuck: 0 });
});
