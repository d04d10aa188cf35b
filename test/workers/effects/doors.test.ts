// Journeys that members enter by event, on a real database: doors open and close, and a rehearsal tells the same.
import { afterAll, expect, test } from 'vitest';
import type { Playbook } from '../../../engine/document.ts';
import { DAY, HOUR } from '../../../engine/instant.ts';
import { compile } from '../../../engine/index.ts';
import type { JsonObject } from '../../../engine/json.ts';
import { rehearse } from '../../../engine/rehearse.ts';
import { inTransaction, openStore } from '../../../workers/store/client.ts';
import { reportOfRun } from '../../../workers/store/inspect.ts';
import { ingest } from '../../../workers/store/event.ts';
import type { IncomingEvent } from '../../../workers/store/stored-event.ts';
import { perform } from '../../../workers/effects/perform.ts';
import { closeDoor } from '../../../workers/store/door.ts';
import { newId } from '../../../workers/store/id.ts';
import { audit } from '../../../workers/store/audit/audit.ts';
import { runOf } from '../../../workers/store/run.ts';
import { freshDatabase } from '../../support/database.ts';
import { graphOf, playbook } from '../../support/temporal-play.ts';
import { depsOf, launchRun, makeTeam, VirtualRun } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url);
afterAll(() => store.close());
const START = Date.UTC(2026, 11, 1, 1);

/** Rehearses a document and runs it in compressed time; both must tell the same. */
async function both(document: Playbook) {
  const { plan, problems } = compile(document, {});
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const rehearsal = rehearse(plan!, { start: START, settings: document.rehearsal });
  const team = await makeTeam(store);
  const launched = await launchRun(store, team, { document, startAt: START, seed: 3 });
  const run = new VirtualRun(depsOf(store, START), launched.run, launched.plan, { startAt: START, seed: 3 });
  await run.runUntil();
  const facts = (await runOf(store.pool, launched.run))!;
  const report = await reportOfRun(store.pool, facts);
  expect(rehearsal.isDone).toBe(true);
  expect(report).toEqual(rehearsal.report());
  expect(facts.status).toBe('completed');
  expect((await audit(store, null)).breaches).toEqual([]);
  const members = report.traces.filter(({ subject }) => subject !== 'campaign');
  return { report, members, run: launched.run };
}

const welcome = (enter: JsonObject, campaign: JsonObject = {}, rehearsal: Playbook['rehearsal'] = {}) =>
  playbook(
    {
      begin: ['start', {}, { out: 'launch' }],
      launch: [
        'journey',
        { journey: 'welcome', ...campaign },
        campaign['wait'] === true
          ? { done: 'over', expired: 'late', empty: 'over' }
          : { launched: 'over', empty: 'over' },
      ],
      over: ['end', { reason: 'over' }],
      ...(campaign['wait'] === true ? { late: ['end', { reason: 'late' }] as const } : {}),
    },
    {
      rehearsal: {
        members: 40,
        seed: 3,
        attributes: { city: { 上海: 1, 杭州: 1 } },
        events: {
          'member.joined': {
            share: 0.7,
            within: 'PT72H',
            data: { source: { friend: 2, search: 1 }, item: { a: 1, b: 1 } },
          },
        },
        ...rehearsal,
      },
      journeys: {
        welcome: {
          title: { 'zh-CN': '欢迎' },
          graph: graphOf({
            in: ['enter', { from: 'event', event: 'member.joined', ...enter }, { out: 'stay' }],
            stay: ['wait', { for: 'PT30H' }, { done: 'bye' }],
            bye: ['end', { reason: 'through' }],
          }),
        },
      },
    },
  );

test('whoever does it enters, once each, and a compressed run ends when nobody will come any more', async () => {
  const { members } = await both(welcome({ again: 'once' }));
  expect(members.length).toBeGreaterThan(20);
  expect(members.length).toBeLessThan(36);
  expect(new Set(members.map(({ end }) => end))).toEqual(new Set(['through']));
});

test('only events and members that qualify lead in, as many as there is room for', async () => {
  const { members, run } = await both(
    welcome({
      where: { cel: 'event.source == "friend"' },
      segment: { cel: 'member.city == "上海"' },
      capacity: 6,
    }),
  );
  expect(members).toHaveLength(6);
  const { rows } = await store.pool.query(
    `select t.reason, bool_and(e.data ->> 'source' = 'friend') as friends, count(*) > 0 as some,
       min(t.why -> 'seen' ->> 'member.city') as city
     from turned_away t join event e on e.id = t.event_id where t.run_id = $1 group by reason order by reason`,
    [run],
  );
  expect(rows).toEqual([
    { reason: 'full', friends: true, some: true, city: null },
    { reason: 'segment', friends: true, some: true, city: '杭州' },
  ]);
});

test('a door that closes lets nobody in after its time, and the campaign that waits goes on when all are through', async () => {
  const { report, members } = await both(welcome({ open: 'P1D' }, { wait: true, within: 'P10D' }));
  expect(members.length).toBeGreaterThan(0);
  expect(members.length).toBeLessThan(20);
  expect(report.traces[0]?.end).toBe('over');
});

test('a campaign that waits longer than anybody needs is told at the closing', async () => {
  const { report } = await both(welcome({ open: 'P9D' }, { wait: true, within: 'P10D' }));
  expect(report.traces[0]?.end).toBe('over');
  expect(report.traces[0]?.steps.find(({ node }) => node === 'launch')?.at).toBe(
    new Date(START + 9 * DAY).toISOString(),
  );
});

test('a campaign does not wait for ever for a door that nobody closes', async () => {
  const { report } = await both(welcome({}, { wait: true, within: 'P10D' }));
  expect(report.traces[0]?.end).toBe('late');
});

test('nobody comes at all', async () => {
  const { members, report } = await both(welcome({}, {}, { events: { 'member.joined': { share: 0 } } }));
  expect(members).toEqual([]);
  expect(report.traces[0]?.end).toBe('over');
});

test('what has let somebody in, or brought them on, is not heard again at that instant by the next step', async () => {
  const once = { topics: [{ event: 'member.joined', port: 'again' }], within: 'PT9H' };
  const reply = (port: string) => ({ topics: [{ event: 'member.replied', port }], within: 'PT9H' });
  const document = playbook(
    {
      begin: ['start', {}, { out: 'launch' }],
      launch: ['journey', { journey: 'all' }, { launched: 'over', empty: 'over' }],
      over: ['end', { reason: 'over' }],
    },
    {
      rehearsal: {
        members: 12,
        seed: 3,
        events: {
          'member.replied': { share: 0.7, within: 'PT3H' },
        },
      },
      journeys: {
        all: {
          title: { 'zh-CN': '大家' },
          graph: graphOf({
            in: ['enter', { from: 'event', event: 'member.joined' }, { out: 'listen' }],
            listen: ['wait-for-event', once, { again: 'heard', timeout: 'first' }],
            heard: ['end', { reason: 'heard-again' }],
            first: ['wait-for-event', reply('one'), { one: 'second', timeout: 'silent' }],
            second: ['wait-for-event', reply('two'), { two: 'both', timeout: 'single' }],
            silent: ['end', { reason: 'silent' }],
            single: ['end', { reason: 'single' }],
            both: ['end', { reason: 'both' }],
          }),
        },
      },
    },
  );
  const { members } = await both(document);
  const ends = new Set(members.map(({ end }) => end));
  expect(ends).not.toContain('heard-again');
  expect(ends).toContain('both');
  for (const { steps } of members) {
    const at = (id: string) => Date.parse(steps.find(({ node }) => node === id)?.at ?? '');
    if (!Number.isNaN(at('second'))) expect(at('second')).toBeGreaterThan(at('first'));
  }
});

test('an activity that an event launches is tried with a sample of it', async () => {
  const document = playbook(
    {
      begin: ['start', { trigger: 'event', event: 'order.paid' }, { out: 'size' }],
      size: [
        'branch',
        { rules: [{ port: 'large', when: { cel: 'event.amount > 1000 && event.plan == "gold"' } }] },
        { large: 'again', else: 'small' },
      ],
      again: [
        'wait-for-event',
        { topics: [{ event: 'order.paid', port: 'more' }], within: 'PT2H' },
        { more: 'odd', timeout: 'over' },
      ],
      odd: ['end', { reason: 'odd' }],
      small: ['end', { reason: 'small' }],
      over: ['end', { reason: 'over' }],
    },
    {
      rehearsal: {
        members: 3,
        seed: 3,
        events: { 'order.paid': { data: { amount: { '1200': 1 }, plan: { gold: 1 } } } },
      },
    },
  );
  const { report } = await both(document);
  expect(report.traces[0]?.end).toBe('over');
});

test('what counts as an answer may depend on parameters and on the run', async () => {
  const document = playbook(
    {
      begin: ['start', {}, { out: 'launch' }],
      launch: ['journey', { journey: 'all' }, { launched: 'over', empty: 'over' }],
      over: ['end', { reason: 'over' }],
    },
    {
      params: {
        type: 'object',
        properties: { least: { type: 'integer', title: { 'zh-CN': '至少' }, default: 10 } },
      } as never,
      rehearsal: {
        members: 12,
        seed: 3,
        events: { 'order.paid': { data: { amount: { '5': 1, '20': 1 } }, within: 'PT30H' } },
      },
      journeys: {
        all: {
          title: { 'zh-CN': '大家' },
          graph: graphOf({
            in: ['enter', {}, { out: 'listen' }],
            listen: [
              'wait-for-event',
              {
                topics: [
                  { event: 'order.paid', where: { cel: 'event.amount >= params.least' }, port: 'large' },
                  { event: 'order.paid', where: { cel: 'run.day == 2' }, port: 'next-day' },
                ],
                within: 'P3D',
              },
              { large: 'large', 'next-day': 'next-day', timeout: 'none' },
            ],
            large: ['end', { reason: 'large' }],
            'next-day': ['end', { reason: 'next-day' }],
            none: ['end', { reason: 'none' }],
          }),
        },
      },
    },
  );
  const { members } = await both(document);
  expect(new Set(members.map(({ end }) => end))).toEqual(new Set(['large', 'next-day', 'none']));
});

/** A team with a group of `members`, numbered from 1, of whom the first is staff and the second a test account. */
async function community(count: number) {
  const team = await makeTeam(store);
  const [place, group, other] = [newId(START), newId(START), newId(START)];
  const { pool } = store;
  await pool.query(
    `insert into community (id, team_id, name, created_at) values ($1, $2, 'C', instant_of(0))`,
    [place, team],
  );
  await pool.query(
    `insert into community_group (id, team_id, community_id, name, created_at)
     values ($1, $2, $3, 'G', instant_of(0)), ($4, $2, $3, 'H', instant_of(0))`,
    [group, team, place, other],
  );
  await pool.query(
    `insert into member (id, team_id, display_name, kind, external_key, joined_at)
     select gen_random_uuid(), $1, 'M' || no,
       case no when 1 then 'staff'::member_kind when 2 then 'test'::member_kind else 'member'::member_kind end,
       'C-' || no, instant_of(0)
     from generate_series(1, $2) as no`,
    [team, count],
  );
  const { rows } = await pool.query<{ id: string }>(
    `select id from member where team_id = $1 order by length(external_key), external_key`,
    [team],
  );
  return { team, group, other, members: rows.map(({ id }) => id) };
}

/** A run for a group whose door is open since {@link START}. */
async function openRun(team: number, group: string, enter: JsonObject) {
  const launched = await launchRun(store, team, {
    document: welcome(enter),
    startAt: START,
    mode: 'real',
    groups: [group],
  });
  const node = launched.plan.nodes.findIndex((it) => it.id === 'launch');
  const visits = [{ ordinal: 0, lap: 0, call: 0, due: START, at: START }];
  const call = { batch: 0, node, effect: 'launch-journey', stage: 0, visits };
  await perform(depsOf(store, START), { run: launched.run, calls: [call] });
  return launched.run;
}

let serial = 0;
const joined = (member: string, more: Partial<IncomingEvent> = {}): IncomingEvent => ({
  name: 'member.joined',
  source: 'test',
  sourceId: `${(serial += 1)}`,
  at: START + HOUR,
  member,
  ...more,
});

/** Who has entered, as often as they have, and the entries that their shard was told. */
async function entered(run: string) {
  const { rows } = await store.pool.query<{ key: string; ordinal: number }>(
    `select m.external_key as key, s.ordinal from subject s join member m on m.id = s.member_id
     where s.run_id = $1 and s.graph = 1 order by s.ordinal`,
    [run],
  );
  const { rows: told } = await store.pool.query<{ n: number }>(
    `select coalesce(sum((entry ->> 'count')::int), 0)::int as n from inbox where run_id = $1 and entry ->> 'kind' = 'enter'`,
    [run],
  );
  expect(rows.map(({ ordinal }) => ordinal)).toEqual(rows.map((_, index) => index));
  expect(told[0]?.n).toBe(rows.length);
  return rows.map(({ key }) => key);
}

async function turnedAway(run: string) {
  const { rows } = await store.pool.query<{ reason: string; count: number }>(
    'select reason, sum(times)::int as count from turned_away where run_id = $1 group by reason order by reason',
    [run],
  );
  return Object.fromEntries(rows.map(({ reason, count }) => [reason, count]));
}

test('members enter once although their events come twice, at once, and from two sources; staff and tests do not', async () => {
  const { team, group, members } = await community(302);
  const run = await openRun(team, group, { again: 'once' });
  const events = members.map((member) => joined(member, { group }));
  const again = members.map((member) => joined(member, { group, source: 'other' }));
  const parts = [events, events, again, again.toReversed()].flatMap((list) =>
    [0, 1, 2].map((part) => list.filter((_, index) => index % 3 === part)),
  );
  await Promise.all(parts.map((part) => ingest(store, team, part, START + 2 * HOUR)));
  const keys = await entered(run);
  expect(new Set(keys).size).toBe(300);
  expect(keys).toHaveLength(300);
  expect(await turnedAway(run)).toEqual({ again: 300, staff: 2, test: 2 });
  expect((await audit(store, null)).breaches).toEqual([]);
});

test('a capacity holds however many come at once', async () => {
  const { team, group, members } = await community(102);
  const run = await openRun(team, group, { capacity: 30 });
  await Promise.all(
    [0, 1, 2, 3].map((part) =>
      ingest(
        store,
        team,
        members.filter((_, index) => index % 4 === part).map((member) => joined(member, { group })),
        START + 2 * HOUR,
      ),
    ),
  );
  expect(await entered(run)).toHaveLength(30);
  expect(await turnedAway(run)).toEqual({ full: 70, staff: 1, test: 1 });
});

test('once for each value of a field, however long, and once for those without it', async () => {
  const { team, group, members } = await community(4);
  const run = await openRun(team, group, { again: 'key', key: 'item' });
  const [, , ann, bob] = members as [string, string, string, string];
  const long = 'x'.repeat(5_000);
  const said = (member: string, data: JsonObject = {}) => joined(member, { group, data });
  const order = (member: string, item: string | number) => said(member, { item });
  await ingest(
    store,
    team,
    [order(ann, 'a'), order(ann, 'b'), order(ann, 'a'), order(bob, 'a')],
    START + 2 * HOUR,
  );
  await ingest(
    store,
    team,
    [order(ann, long), order(ann, 7), said(ann), said(ann), order(bob, 'a')],
    START + 2 * HOUR,
  );
  await ingest(store, team, [order(ann, long), order(ann, '7')], START + 2 * HOUR);
  const keys = await entered(run);
  expect(keys.filter((key) => key === 'C-3')).toHaveLength(5);
  expect(keys.filter((key) => key === 'C-4')).toHaveLength(1);
});

test('an event of another group, of nobody, from before the door or after it lets nobody in', async () => {
  const { team, group, other, members } = await community(12);
  const run = await openRun(team, group, { open: 'P1D' });
  const [, , a, b, c, d, e, f] = members as string[];
  await store.pool.query(
    `insert into membership (id, team_id, member_id, group_id, joined_at)
     values (gen_random_uuid(), $1, $2, $3, instant_of(0))`,
    [team, e, group],
  );
  const { member: _nobody, ...ofNobody } = joined(a!, { group });
  await ingest(
    store,
    team,
    [
      joined(a!, { group: other }),
      ofNobody,
      joined(b!, { group, at: START - 1 }),
      joined(c!, { group, at: START + DAY }),
      joined(d!),
      joined(e!),
      joined(f!, { group, at: START + DAY - 1 }),
    ],
    START + 3 * DAY,
  );
  // e is in the group; d is nowhere, and the event does not say where either.
  expect(await entered(run)).toEqual(['C-7', 'C-8']);
});

test('what happened between the launch and the opening counts, what comes after the closing does not', async () => {
  const { team, group, members } = await community(5);
  const [, , early, inTime, late] = members as string[];
  await ingest(store, team, [joined(early!, { group, at: START })], START);
  const run = await openRun(team, group, {});
  expect(await entered(run)).toEqual(['C-3']);
  await ingest(store, team, [joined(inTime!, { group })], START + 2 * HOUR);
  const facts = (await runOf(store.pool, run))!;
  const graph = 1;
  await inTransaction(store.pool, (sql) =>
    closeDoor(sql, { run: facts, graph, at: START + 3 * HOUR, wall: START + 3 * HOUR }),
  );
  await ingest(store, team, [joined(late!, { group })], START + 4 * HOUR);
  expect(await entered(run)).toEqual(['C-3', 'C-4']);
});

test('those who are beyond ten thousand enter another shard', async () => {
  const { team, group, members } = await community(32);
  const run = await openRun(team, group, {});
  await store.pool.query('update entrance set next = 9990 where run_id = $1', [run]);
  await ingest(
    store,
    team,
    members.map((member) => joined(member, { group })),
    START + 2 * HOUR,
  );
  const { rows } = await store.pool.query(
    `select shard, entry ->> 'first' as first, entry ->> 'count' as count from inbox
     where run_id = $1 and entry ->> 'kind' = 'enter' order by shard`,
    [run],
  );
  expect(rows).toEqual([
    { shard: 0, first: '9990', count: '10' },
    { shard: 1, first: '10000', count: '20' },
  ]);
});
