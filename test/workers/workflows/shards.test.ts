// Journeys of more members than one shard holds, on the real Temporal and the real PostgreSQL.
import { expect, test } from 'vitest';
import { workflowId } from '../../../workers/contract.ts';
import { drainNow, nudge, stateOf } from '../../../workers/client.ts';
import { ingest } from '../../../workers/store/event.ts';
import { graphOf, playbook, type Sketch } from '../../support/temporal-play.ts';
import { openStage } from '../../support/temporal-stage.ts';
import { makePeople } from '../send-stage.ts';
import { journeyPlaybook, launchRun } from '../virtual-run.ts';

const stage = await openStage();
const MEMBERS = 25_000;
const SHARDS = [0, 1, 2];

/** A campaign that waits for its journey. */
const waiting = (journey: Sketch) =>
  playbook(
    {
      begin: ['start', {}, { out: 'launch' }],
      launch: [
        'journey',
        { journey: 'all', wait: true, within: 'P1D' },
        { done: 'over', expired: 'late', empty: 'late' },
      ],
      over: ['end', { reason: 'all-through' }],
      late: ['end', { reason: 'late' }],
    },
    {
      journeys: {
        all: { title: { 'zh-CN': '大家', en: 'All' }, tolerance: 'PT0S', graph: graphOf(journey) },
      },
    },
  );

test('25,000 members in three shards: everybody goes through once, and the campaign waits for all of them', async () => {
  const run = await stage.launch(
    waiting({
      in: ['enter', {}, { out: 'mark' }],
      mark: ['tag', { add: ['met'] }, { done: 'pause' }],
      pause: ['wait', { for: 'PT2S' }, { done: 'bye' }],
      bye: ['end', { reason: 'met' }],
    }),
    { members: MEMBERS },
  );
  await stage.until('it is over', async () => (await stage.status(run)) === 'completed');
  for (const shard of SHARDS) {
    await stage.temporal.client.workflow.getHandle(workflowId(run, shard)).result();
  }
  const { rows } = await stage.store.pool.query(
    `select s.shard, count(*) as members, min(ordinal) as first, max(ordinal) as last, count(distinct person) as people,
       bool_and(end_reason = 'met') as through
     from subject s where run_id = $1 and graph = 1 group by s.shard order by s.shard`,
    [run],
  );
  expect(rows).toEqual([
    { shard: 0, members: 10_000, first: 0, last: 9_999, people: 10_000, through: true },
    { shard: 1, members: 10_000, first: 10_000, last: 19_999, people: 10_000, through: true },
    { shard: 2, members: 5_000, first: 20_000, last: 24_999, people: 5_000, through: true },
  ]);
  expect(await stage.count('person where run_id = $1 and $2 = any(tags)', run, 'met')).toBe(MEMBERS);
  expect(await stage.count('passed where run_id = $1', run)).toBe(3 + 4 * MEMBERS);
  expect(await stage.count('shard where run_id = $1 and not done', run)).toBe(0);
  const campaign = (await stage.steps(run)).filter(({ ordinal, node }) => ordinal === 0 && node === 'launch');
  expect(campaign).toMatchObject([{ port: 'done' }]);
});

test('a command reaches every shard, and what it says of one visit reaches the shard of that visit', async () => {
  const run = await stage.launch(
    waiting({
      in: ['enter', {}, { out: 'pause' }],
      pause: ['wait', { for: 'PT1H' }, { done: 'bye' }],
      bye: ['end', { reason: 'met' }],
    }),
    { members: 20_001 },
  );
  const entered = 'passed where run_id = $1 and port is not null';
  await stage.until('all wait', async () => (await stage.count(entered, run)) === 20_002);
  const passed = 'passed where run_id = $1 and ordinal = 20000 and skipped = $2';
  await stage.command(run, { do: 'skip', node: await stage.node(run, 'pause'), ordinal: 20_000, lap: 0 });
  await drainNow(stage.temporal, { run, shard: 2 });
  expect(await stage.count(passed, run, 'operator')).toBe(1);
  await stage.command(run, { do: 'pause' });
  const heard = `inbox where run_id = $1 and entry->>'do' = $2`;
  expect(await stage.count(heard, run, 'pause')).toBe(3);
  await stage.command(run, { do: 'resume', policy: 'hold' });
  await stage.command(run, { do: 'cancel', reason: 'enough' });
  await stage.until('it is over', async () => (await stage.status(run)) === 'cancelled');
  const ends = `subject where run_id = $1 and end_reason = $2`;
  expect(await stage.count(ends, run, 'enough')).toBe(20_001);
  for (const shard of SHARDS) {
    await stage.temporal.client.workflow.getHandle(workflowId(run, shard)).result();
  }
});

test('10,000 events over two shards cost a handful of history events, and everybody is woken once', async () => {
  const run = await stage.launch(
    waiting({
      in: ['enter', {}, { out: 'listen' }],
      listen: [
        'wait-for-event',
        { topics: [{ event: 'member.checked-in', port: 'came' }], within: 'PT1H' },
        { came: 'bye', timeout: 'bye' },
      ],
      bye: ['end', { reason: 'came' }],
    }),
    { members: 15_000 },
  );
  const live = 'listener where run_id = $1 and live';
  await stage.until('all listen', async () => (await stage.count(live, run)) === 15_000);
  const lengths = () =>
    Promise.all(
      [0, 1].map(async (shard) => {
        const handle = stage.temporal.client.workflow.getHandle(workflowId(run, shard));
        return (await handle.describe()).historyLength;
      }),
    );
  const before = await lengths();
  const team = await stage.team();
  // Of both shards in turn, so that each batch concerns both.
  const people = Array.from({ length: 10_000 }, (_, i) => (i % 2 === 0 ? i / 2 : 10_000 + (i - 1) / 2));
  for (let from = 0; from < people.length; from += 1_000) {
    const now = Date.now();
    const events = people.slice(from, from + 1_000).map((person) => ({
      name: 'member.checked-in',
      source: `app-${run}`,
      sourceId: String(person),
      at: now,
      run,
      person,
    }));
    const { nudges } = await ingest(stage.store, team, events, now);
    await nudge(stage.store, stage.temporal, nudges);
  }
  const came = `subject where run_id = $1 and end_reason = 'came'`;
  await stage.until('all came', async () => (await stage.count(came, run)) === 10_000);
  const after = await lengths();
  const spent = after.reduce((sum, length, shard) => sum + length - before[shard]!, 0);
  expect(spent).toBeLessThan(200);
  expect(
    await stage.count('passed where run_id = $1 and node = $2', run, await stage.node(run, 'listen')),
  ).toBe(10_000);
  await stage.command(run, { do: 'cancel', reason: 'enough' });
});

test('whoever is the first of a new shard begins it: nobody waits for the sweeper', async () => {
  const people = await makePeople(stage.store, 2);
  const document = journeyPlaybook({
    in: ['enter', { from: 'event', event: 'member.joined' }, { out: 'bye' }],
    bye: ['end', { reason: 'welcomed' }],
  });
  const launched = { document, startAt: Date.now(), mode: 'real', groups: [people.group] } as const;
  const { run } = await launchRun(stage.store, people.team, launched);
  await stage.begin(run);
  const open = 'entrance where run_id = $1 and opened_at is not null';
  await stage.until('the door is open', async () => (await stage.count(open, run)) === 1);
  // As if the first shard were full but for one.
  await stage.store.pool.query('update entrance set next = 9999 where run_id = $1', [run]);
  const now = Date.now();
  const events = people.members.map((member) => ({
    name: 'member.joined',
    source: 'app',
    sourceId: member,
    at: now,
    member,
    group: people.group,
  }));
  const { nudges } = await ingest(stage.store, people.team, events, now);
  expect(await stateOf(stage.temporal, { run, shard: 1 })).toBe('lost');
  await nudge(stage.store, stage.temporal, nudges);
  expect(await stateOf(stage.temporal, { run, shard: 1 })).toBe('running');
  const welcomed = `subject where run_id = $1 and end_reason = 'welcomed' and ordinal in (9999, 10000)`;
  await stage.until('both are through', async () => (await stage.count(welcomed, run)) === 2);
  await stage.command(run, { do: 'cancel', reason: 'enough' });
});
