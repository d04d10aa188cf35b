// Events: taken in once, handed to the visits that wait for them, and never lost between the two.
import { afterAll, describe, expect, test } from 'vitest';
import type { Settlement } from '../../../workers/contract.ts';
import { openStore } from '../../../workers/store/client.ts';
import { drain } from '../../../workers/store/drain.ts';
import { leftBehind, savedUp } from '../../../workers/store/inbox.ts';
import { DEDUPE_WINDOW_MS, forgetSeen, ingest } from '../../../workers/store/event.ts';
import type { IncomingEvent } from '../../../workers/store/stored-event.ts';
import { newId } from '../../../workers/store/id.ts';
import { settle } from '../../../workers/store/settle.ts';
import { freshDatabase } from '../../support/database.ts';
import { journeyPlaybook, launchRun, makeTeam } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url, 20);
afterAll(() => store.close());
const team = await makeTeam(store);
const START = Date.UTC(2026, 11, 1, 4);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const waiting = journeyPlaybook({
  in: ['enter', {}, { out: 'w' }],
  w: [
    'wait-for-event',
    {
      topics: [
        { event: 'member.replied', where: { cel: 'event.text == "1"' }, port: 'one' },
        { event: 'member.left', port: 'left' },
      ],
      within: 'PT2H',
    },
    { one: 'z', left: 'z', timeout: 'z' },
  ],
  z: ['end', {}],
});

const twice = journeyPlaybook({
  in: ['enter', {}, { out: 'both' }],
  both: ['parallel', { branches: [{ port: 'p' }, { port: 'q' }] }, { p: 'a', q: 'z' }],
  a: [
    'wait-for-event',
    { topics: [{ event: 'first', port: 'f' }], within: 'PT2H' },
    { f: 'e', timeout: 'e' },
  ],
  z: [
    'wait-for-event',
    { topics: [{ event: 'second', port: 's' }], within: 'PT2H' },
    { s: 'e', timeout: 'e' },
  ],
  e: ['end', {}],
});

async function makeMember(): Promise<string> {
  const id = newId();
  await store.pool.query(
    `insert into member (id, team_id, display_name, joined_at) values ($1, $2, '小雨', instant_of($3))`,
    [id, team, START],
  );
  return id;
}

/** A run in which one member stands at the wait, though it does not listen yet. */
async function memberAtWait() {
  const { run, plan } = await launchRun(store, team, { document: waiting, startAt: START, mode: 'real' });
  const member = await makeMember();
  await store.pool.query(
    `insert into subject (run_id, graph, ordinal, team_id, shard, member_id, entered_at)
     values ($1, 1, 0, $2, 0, $3, instant_of($4))`,
    [run, team, member, START],
  );
  const node = plan.nodes.findIndex(({ id }) => id === 'w');
  const address = { run, shard: 0 };
  let advance = 0;
  const listen = () => {
    const visit = { node, ordinal: 0, lap: 0 };
    advance += 1;
    return settle(store, {
      ...address,
      advance,
      now: START + HOUR,
      wall: START + HOUR,
      settlement: { ...NOTHING, listens: [{ ...visit, since: START, until: START + 2 * HOUR }] },
    });
  };
  const entries = async () => (await drain(store, address, { cursor: 0, now: START + 3 * HOUR })).entries;
  return { run, member, node, listen, entries };
}

const NOTHING: Settlement = {
  passed: [],
  listens: [],
  dropped: [],
  stuck: [],
  ended: [],
  wake: null,
  done: false,
};

let no = 0;
const reply = (member: string, more: Partial<IncomingEvent> = {}): IncomingEvent => ({
  name: 'member.replied',
  source: 'test',
  sourceId: String((no += 1)),
  at: START + HOUR,
  member,
  data: { text: '1' },
  ...more,
});

describe('an event', () => {
  test('that comes again from the same source is recognised, in a batch and among concurrent batches', async () => {
    const member = await makeMember();
    const event = reply(member, { sourceId: 'same' });
    const results = await Promise.all(
      Array.from({ length: 12 }, () => ingest(store, team, [event, event, reply(member)], START)),
    );
    expect(results.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(13);
    expect(results.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(23);
    const { rows } = await store.pool.query(
      `select from event where team_id = $1 and source_id = 'same' and source = 'test'`,
      [team],
    );
    expect(rows).toHaveLength(1);
  });

  test('is new again only after the window', async () => {
    const member = await makeMember();
    const event = reply(member, { sourceId: 'old' });
    await ingest(store, team, [event], START);
    await forgetSeen(store.pool, START + DEDUPE_WINDOW_MS);
    expect(await ingest(store, team, [event], START)).toMatchObject({ accepted: 0 });
    await forgetSeen(store.pool, START + DEDUPE_WINDOW_MS + 1);
    expect(await ingest(store, team, [event], START)).toMatchObject({ accepted: 1 });
  });

  test('of the same source and number in another team is another event', async () => {
    const other = await makeTeam(store);
    const event: IncomingEvent = { name: 'x', source: 'test', sourceId: 'shared', at: START };
    expect(await ingest(store, team, [event], START)).toMatchObject({ accepted: 1 });
    expect(await ingest(store, other, [event], START)).toMatchObject({ accepted: 1 });
  });

  test('"no more" of a member is recorded once, and shows in what is known of them', async () => {
    const member = await makeMember();
    for (const sourceId of ['out-1', 'out-2']) {
      await ingest(store, team, [reply(member, { name: 'member.opted-out', data: {}, sourceId })], START);
    }
    const { rows } = await store.pool.query('select scope from opt_out where member_id = $1', [member]);
    expect(rows).toEqual([{ scope: 'all' }]);
  });
});

describe('a visit that listens', () => {
  test('is woken by the first event that fits, once', async () => {
    const { run, member, node, listen, entries } = await memberAtWait();
    await listen();
    const wrong = reply(member, { data: { text: '2' } });
    expect((await ingest(store, team, [wrong], START + HOUR)).nudges).toEqual([]);
    const right = await ingest(store, team, [reply(member), reply(member)], START + HOUR);
    expect(right.nudges).toEqual([{ run, shard: 0 }]);
    await ingest(store, team, [reply(member, { name: 'member.left' })], START + HOUR);
    expect(await entries()).toMatchObject([{ kind: 'arrived', node, ordinal: 0, lap: 0, topic: 0 }]);
  });

  test('does not hear of others, nor of what was before its last call, nor of what came too late', async () => {
    const { member, listen, entries } = await memberAtWait();
    await listen();
    await ingest(
      store,
      team,
      [
        reply(await makeMember()),
        reply(member, { at: START - 1 }),
        reply(member, { at: START + 2 * HOUR + 1 }),
      ],
      START + HOUR,
    );
    expect(await entries()).toEqual([]);
  });

  test('finds what happened between its last call and its listening', async () => {
    const { member, listen, entries } = await memberAtWait();
    await ingest(store, team, [reply(member, { at: START + MINUTE })], START + MINUTE);
    await listen();
    expect(await entries()).toMatchObject([{ kind: 'arrived', topic: 0 }]);
  });

  test('and listens again is not woken by the same event', async () => {
    const { member, listen, entries } = await memberAtWait();
    await listen();
    await ingest(store, team, [reply(member)], START + HOUR);
    await listen();
    expect(await entries()).toHaveLength(1);
    await ingest(store, team, [reply(member)], START + HOUR);
    expect(await entries()).toHaveLength(2);
  });

  test('and listens again hears what happened next, though it was told before', async () => {
    const { member, listen, entries } = await memberAtWait();
    await listen();
    const next = reply(member, { at: START + 2 * MINUTE });
    await ingest(store, team, [next, reply(member, { at: START + MINUTE })], START + HOUR);
    expect(await entries()).toHaveLength(1);
    await listen();
    expect(await entries()).toHaveLength(2);
    await listen();
    expect(await entries()).toHaveLength(2);
  });

  test('never misses an event that comes in at the same moment', async () => {
    const stands = await Promise.all(Array.from({ length: 12 }, memberAtWait));
    await Promise.all(
      stands.flatMap(({ member, listen }) => [listen(), ingest(store, team, [reply(member)], START + HOUR)]),
    );
    const heard = await Promise.all(stands.map(({ entries }) => entries()));
    expect(heard.map((entries) => entries.length)).toEqual(stands.map(() => 1));
  });

  test('is woken once by twenty events that fit and come in at the same moment', async () => {
    const { member, listen, entries } = await memberAtWait();
    await listen();
    const told = await Promise.all(
      Array.from({ length: 20 }, () => ingest(store, team, [reply(member)], START + HOUR)),
    );
    expect(told.flatMap(({ nudges }) => nudges)).toHaveLength(1);
    expect(await entries()).toHaveLength(1);
  });

  test('is woken by the event that happened first, whatever the order in the batch', async () => {
    const { run, member, listen, entries } = await memberAtWait();
    await listen();
    const late = reply(member, { at: START + 3 * MINUTE, name: 'member.left', data: {} });
    const early = reply(member, { at: START + 2 * MINUTE });
    await ingest(store, team, [late, early], START + HOUR);
    expect(await entries()).toMatchObject([{ topic: 0 }]);
    const { rows } = await store.pool.query(
      `select e.source_id as id from subject s join event e on e.id = s.event_id where s.run_id = $1 and s.graph = 1`,
      [run],
    );
    expect(rows).toEqual([{ id: early.sourceId }]);
  });

  test('in several places hears what one member did in the order in which it happened', async () => {
    const { run, plan } = await launchRun(store, team, { document: twice, startAt: START, mode: 'real' });
    const member = await makeMember();
    await store.pool.query(
      `insert into subject (run_id, graph, ordinal, team_id, shard, member_id, entered_at)
       values ($1, 1, 0, $2, 0, $3, instant_of($4))`,
      [run, team, member, START],
    );
    const [first, second] = ['a', 'z'].map((id) => plan.nodes.findIndex((node) => node.id === id));
    const visits = [first!, second!].map((node) => ({ node, ordinal: 0, lap: 0 }));
    await settle(store, {
      run,
      shard: 0,
      advance: 1,
      now: START,
      wall: START,
      settlement: {
        ...NOTHING,
        listens: visits.map((visit) => ({ ...visit, since: START, until: START + 2 * HOUR })),
      },
    });
    const then = reply(member, { name: 'first', at: START + 2 * MINUTE });
    const before = reply(member, { name: 'second', at: START + MINUTE });
    await ingest(store, team, [then, before], START + HOUR);
    const { entries } = await drain(store, { run, shard: 0 }, { cursor: 0, now: START + 3 * HOUR });
    const heard = entries.map((entry) => (entry.kind === 'arrived' ? [entry.node, entry.at] : []));
    expect(heard).toEqual([
      [second, START + HOUR],
      [first, START + HOUR + 1],
    ]);
  });

  test('settled twice, as after a lost answer, listens once', async () => {
    const { run, member, node, listen, entries } = await memberAtWait();
    await listen();
    await ingest(store, team, [reply(member)], START + HOUR);
    const visit = { node, ordinal: 0, lap: 0 };
    await settle(store, {
      run,
      shard: 0,
      advance: 1,
      now: START + HOUR,
      wall: START + HOUR,
      settlement: { ...NOTHING, listens: [{ ...visit, since: START, until: START + 2 * HOUR }] },
    });
    expect(await entries()).toHaveLength(1);
    const { rows } = await store.pool.query('select live from listener where run_id = $1', [run]);
    expect(rows.every((row) => (row as { live: boolean }).live === false)).toBe(true);
  });
});

describe('a burst', () => {
  const MEMBERS = 500;
  const CLIENTS = 8;

  /** A journey of real members, all of whom listen. */
  async function crowdAtWait() {
    const { run, plan } = await launchRun(store, team, { document: waiting, startAt: START, mode: 'real' });
    const node = plan.nodes.findIndex(({ id }) => id === 'w');
    const { rows } = await store.pool.query<{ id: string }>(
      `with crowd as (
         insert into member (id, team_id, display_name, joined_at)
         select gen_random_uuid(), $2, 'm', instant_of($3) from generate_series(1, $4::int) returning id)
       insert into subject (run_id, graph, ordinal, team_id, shard, member_id, entered_at)
       select $1, 1, row_number() over () - 1, $2, 0, id, instant_of($3) from crowd returning member_id as id`,
      [run, team, START, MEMBERS],
    );
    await settle(store, {
      run,
      shard: 0,
      advance: 1,
      now: START,
      wall: START,
      settlement: {
        ...NOTHING,
        listens: Array.from({ length: MEMBERS }, (_, ordinal) => ({
          node,
          ordinal,
          lap: 0,
          since: START,
          until: START + 2 * HOUR,
        })),
      },
    });
    return { run, members: rows.map(({ id }) => id) };
  }

  test('is saved up for whoever does not mind waiting, and the sweeper hears when it is time', async () => {
    const { run, members } = await crowdAtWait();
    const TICK = 10 * MINUTE;
    await store.pool.query('update listener set heed_ms = $2 where run_id = $1', [run, TICK]);
    const about = (some: readonly string[], name: string) =>
      some.map((member, index) => reply(member, { at: START + MINUTE + 1, sourceId: `${name}-${index}` }));
    const report = (some: readonly string[], name: string, now: number) =>
      ingest(store, team, about(some, name), now);
    const ofRun = (shards: readonly { readonly run: string }[]) => shards.filter((it) => it.run === run);
    const at = START + MINUTE;
    expect((await report(members.slice(0, 100), 'first', at)).nudges).toEqual([]);
    expect((await report(members.slice(100, 200), 'second', at + MINUTE)).nudges).toEqual([]);
    expect(ofRun(await leftBehind(store.pool, at + 5 * MINUTE))).toEqual([]);
    expect(ofRun(await savedUp(store.pool, START + TICK - 1))).toEqual([]);
    expect(ofRun(await savedUp(store.pool, START + TICK))).toEqual([{ run, shard: 0 }]);
    expect(ofRun(await savedUp(store.pool, START + TICK))).toEqual([]);
    const { entries } = await drain(store, { run, shard: 0 }, { cursor: 0, now: START + TICK });
    expect(entries).toHaveLength(200);
    // Somebody who does mind is not kept waiting by the others, and takes along what has been saved up.
    const late = START + TICK + MINUTE;
    expect((await report(members.slice(200, 300), 'third', late)).nudges).toEqual([]);
    await store.pool.query('update listener set heed_ms = 0 where run_id = $1', [run]);
    expect((await report(members.slice(300, 301), 'fourth', late)).nudges).toEqual([{ run, shard: 0 }]);
    expect(ofRun(await savedUp(store.pool, START + HOUR))).toEqual([]);
    const next = await drain(store, { run, shard: 0 }, { cursor: 200, now: START + HOUR });
    expect(next.entries).toHaveLength(101);
  });

  test('of 1,000 a batch from eight clients about the same members wakes each once, without a deadlock', async () => {
    const { run, members } = await crowdAtWait();
    // Every client reports every member twice, in an order of its own, and what its neighbour reports as well.
    const batchOf = (client: number): IncomingEvent[] =>
      members.flatMap((_, index) => {
        const member = members[(index * 7 + client * 61) % MEMBERS]!;
        const own = reply(member, {
          at: START + MINUTE + ((index * 13) % 50),
          sourceId: `burst-${client}-${index}`,
        });
        return [own, { ...own, sourceId: `burst-${(client + 1) % CLIENTS}-${index}` }];
      });
    let attempts = 0;
    const count = () => (attempts += 1);
    store.pool.on('acquire', count);
    const results = await Promise.all(
      Array.from({ length: CLIENTS }, (_, client) => ingest(store, team, batchOf(client), START + HOUR)),
    );
    store.pool.off('acquire', count);
    expect(results.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(CLIENTS * MEMBERS);
    expect(results.reduce((sum, { fresh }) => sum + fresh.size, 0)).toBe(CLIENTS * MEMBERS);
    expect(results.flatMap(({ nudges }) => nudges)).toEqual([{ run, shard: 0 }]);
    const { entries } = await drain(store, { run, shard: 0 }, { cursor: 0, now: START + 3 * HOUR });
    const woken = entries.map((entry) => (entry.kind === 'arrived' ? entry.ordinal : -1));
    expect(woken.toSorted((a, b) => a - b)).toEqual(members.map((_, ordinal) => ordinal));
    // A transaction that the database gives up for another begins again, on a connection of its own.
    expect(attempts).toBe(CLIENTS);
  });
});
