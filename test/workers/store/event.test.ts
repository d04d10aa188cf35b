// Events: taken in once, handed to the visits that wait for them, and never lost between the two.
import { afterAll, describe, expect, test } from 'vitest';
import type { Settlement } from '../../../workers/store/settle.ts';
import { openStore } from '../../../workers/store/client.ts';
import { drain } from '../../../workers/store/drain.ts';
import { DEDUPE_WINDOW_MS, forgetSeen, ingest, type IncomingEvent } from '../../../workers/store/event.ts';
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

  test('never misses an event that comes in at the same moment', async () => {
    const stands = await Promise.all(Array.from({ length: 12 }, memberAtWait));
    await Promise.all(
      stands.flatMap(({ member, listen }) => [listen(), ingest(store, team, [reply(member)], START + HOUR)]),
    );
    const heard = await Promise.all(stands.map(({ entries }) => entries()));
    expect(heard.map((entries) => entries.length)).toEqual(stands.map(() => 1));
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
