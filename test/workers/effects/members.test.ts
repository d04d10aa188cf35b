// Runs for real members: the demo community on the simulator, another playbook started, and the reasons kept.
import { afterAll, expect, test } from 'vitest';
import { seed } from '../../../prisma/seed.ts';
import type { Call } from '../../../engine/run/protocol.ts';
import { perform } from '../../../workers/effects/perform.ts';
import { inTransaction, openStore } from '../../../workers/store/client.ts';
import { drain } from '../../../workers/store/drain.ts';
import { timelineOf } from '../../../workers/store/inspect.ts';
import { runOf } from '../../../workers/store/run.ts';
import { settle } from '../../../workers/store/settle.ts';
import { setTags } from '../../../workers/store/tags.ts';
import { freshDatabase } from '../../support/database.ts';
import { playbook } from '../../support/temporal-play.ts';
import { depsOf, journeyPlaybook, launchRun, VirtualRun } from '../virtual-run.ts';

const { url } = await freshDatabase();
const START = Date.UTC(2026, 11, 1, 4);
await seed(url, START - 1_000);
const store = openStore(url);
afterAll(() => store.close());
const { pool } = store;
const team = (await pool.query<{ id: number }>('select id from team')).rows[0]!.id;
const groups = (await pool.query<{ id: string }>('select id from community_group order by name')).rows.map(
  ({ id }) => id,
);
const text = (words: string) => ({ 'zh-CN': words });

test('members get what they agreed to, react, are tagged, and what they refuse is respected', async () => {
  const hello = (to: string) =>
    [
      'send-message',
      {
        channel: 'simulator',
        audience: { subject: true },
        text: text('{{ member.name }}，你好'),
        optOut: text('回复 T 退订'),
        class: 'marketing',
      },
      { sent: to, partial: to, skipped: 'none', expired: 'none', failed: 'none' },
    ] as const;
  const document = journeyPlaybook(
    {
      in: ['enter', {}, { out: 'first' }],
      first: hello('wait'),
      wait: ['wait', { for: 'P2D' }, { done: 'second' }],
      second: hello('mark'),
      mark: ['tag', { add: ['两次'] }, { done: 'done' }],
      done: ['end', { reason: 'both' }],
      none: ['end', { reason: 'withheld' }],
    },
    { rehearsal: { rates: { optOut: 0.3, reply: 0 } } },
  );
  const { run, plan } = await launchRun(store, team, { document, startAt: START, groups, seed: 3 });
  await new VirtualRun(depsOf(store, START), run, plan, { startAt: START, seed: 3 }).runUntil();
  const facts = (await runOf(pool, run))!;
  expect(facts.status).toBe('completed');
  const count = async (sql: string) =>
    (await pool.query<{ n: number }>(`select count(*) as n from ${sql}`, [run])).rows[0]!.n;
  const agreed = await count(`consent where $1::uuid is not null`);
  const refused = await count('opt_out where run_id = $1');
  const tagged = await count(`member where $1::uuid is not null and '两次' = any(tags)`);
  expect(refused).toBeGreaterThan(3);
  // Whoever refused after the first message gets no second one; whoever refused after the second is tagged all the same.
  const between = await count(`opt_out o where run_id = $1 and at < instant_of(${START + 2 * 86_400_000})`);
  expect(tagged).toBe(agreed - between);
  expect(await count(`delivery where run_id = $1 and reason = 'consent'`)).toBe(60 - agreed);
  expect(await count(`delivery where run_id = $1 and reason = 'opt-out'`)).toBe(between);
  const { rows } = await pool.query<{ text: Record<string, string>; name: string; posted: string }>(
    `select m.text, m.posted, p.display_name as name from message m join delivery d on d.message_id = m.id
     join member p on p.id = d.member_id where m.run_id = $1 and d.state = 'sent'`,
    [run],
  );
  for (const message of rows) expect(message.text['zh-CN']).toBe(`${message.name}，你好\n回复 T 退订`);

  const lost = await pool.query<{ ordinal: number }>(
    `select ordinal from subject where run_id = $1 and end_reason = 'withheld' order by ordinal limit 1`,
    [run],
  );
  const timeline = await timelineOf(pool, facts, { graph: 1, ordinal: lost.rows[0]!.ordinal });
  const called = timeline.filter(({ kind }) => kind === 'called').at(-1);
  expect(called).toMatchObject({ effect: 'send', code: 'skipped', why: { recipients: 0 } });
  expect(timeline.map(({ kind }) => kind).at(-1)).toBe('passed');
});

test('a post to groups reaches their heads, counted once however often one posts', async () => {
  const post = (to: string) =>
    [
      'send-message',
      { channel: 'simulator', audience: { groups: 'all' }, text: text('开始啦'), class: 'service' },
      { sent: to, partial: to, skipped: to, expired: to, failed: to },
    ] as const;
  const document = playbook({
    begin: ['start', {}, { out: 'one' }],
    one: post('two'),
    two: post('enough'),
    enough: [
      'branch-metric',
      { metric: 'reach', bands: [{ port: 'all', atLeast: 60 }] },
      { all: 'yes', else: 'no', unknown: 'no' },
    ],
    yes: ['end', { reason: 'reached' }],
    no: ['end', { reason: 'missed' }],
  });
  const { run, plan } = await launchRun(store, team, { document, startAt: START, groups });
  await new VirtualRun(depsOf(store, START), run, plan, { startAt: START, seed: 1 }).runUntil();
  const { rows } = await pool.query(
    `select why -> 'value' as reach, (select facts -> 'delivered' from metric_snapshot where id = (why ->> 'snapshot')::uuid) as delivered from ledger
     where run_id = $1 and effect = 'measure'`,
    [run],
  );
  expect(rows).toEqual([{ reach: 60, delivered: 120 }]);
});

test('a channel without a voice of its own never claims to have posted; people do, and say so', async () => {
  const by = (mode: 'auto' | 'humanCopy') =>
    playbook({
      begin: ['start', {}, { out: 'm' }],
      m: [
        'send-message',
        {
          channel: 'wechat-group',
          audience: { groups: 'all' },
          text: text('开始啦'),
          class: 'service',
          mode,
        },
        { sent: 'z', partial: 'z', skipped: 'z', expired: 'z', failed: 'z' },
      ],
      z: ['end', {}],
    });
  const states = async (run: string) => {
    const { rows } = await pool.query<{ state: string }>(
      'select distinct state from delivery where run_id = $1',
      [run],
    );
    return rows.map(({ state }) => state);
  };
  const auto = await launchRun(store, team, { document: by('auto'), startAt: START, groups });
  await new VirtualRun(depsOf(store, START), auto.run, auto.plan, { startAt: START, seed: 1 }).runUntil();
  expect(await states(auto.run)).toEqual([]);
  const copied = await launchRun(store, team, { document: by('humanCopy'), startAt: START, groups });
  const run = new VirtualRun(depsOf(store, START), copied.run, copied.plan, { startAt: START, seed: 1 });
  await run.runUntil(START);
  expect(await states(copied.run)).toEqual(['requested']);
  await run.runUntil();
  expect(await states(copied.run)).toEqual(['sent']);
});

test('a playbook starts another one, once, and hears when it is over', async () => {
  const child = playbook({ begin: ['start', {}, { out: 'z' }], z: ['end', {}] }, { id: 'follow-up' });
  await launchRun(store, team, { document: child, startAt: START, mode: 'real' });
  const parent = playbook({
    begin: ['start', {}, { out: 'p' }],
    p: [
      'run-playbook',
      { playbook: 'follow-up', wait: true, within: 'P2D' },
      { done: 'z', expired: 'z', refused: 'z' },
    ],
    z: ['end', {}],
  });
  const { run, plan } = await launchRun(store, team, {
    document: parent,
    startAt: START,
    mode: 'real',
    groups,
  });
  const node = plan.nodes.findIndex(({ id }) => id === 'p');
  const started: string[] = [];
  const deps = depsOf(store, START, { startRun: async (id) => void started.push(id) });
  const visits = [{ ordinal: 0, lap: 0, call: 0, due: START, at: START }];
  const calls: Call[] = [{ batch: 1, node, effect: 'start-playbook', stage: 0, visits }];
  for (let time = 0; time < 2; time += 1) {
    const { results } = await perform(deps, { run, calls });
    expect(results[0]!.codes).toEqual([0]);
  }
  const { rows } = await pool.query<{ id: string; groups: string[] }>(
    'select id, groups from run where parent_run_id = $1',
    [run],
  );
  expect(rows).toHaveLength(1);
  expect(rows[0]!.groups.toSorted()).toEqual(groups.toSorted());
  expect(started).toEqual([rows[0]!.id]);
  const nudges = await settle(store, {
    run: rows[0]!.id,
    shard: 0,
    advance: 1,
    now: START,
    wall: START,
    settlement: {
      passed: [],
      listens: [],
      dropped: [],
      stuck: [],
      ended: [{ graph: 0, ordinal: 0, at: START, reason: 'over' }],
      wake: null,
      done: true,
    },
  });
  expect(nudges).toEqual([{ run, shard: 0 }]);
  const { entries } = await drain(store, { run, shard: 0 }, { cursor: 0, now: START + 1 });
  expect(entries).toMatchObject([{ kind: 'arrived', node, ordinal: 0, lap: 0, topic: 0 }]);
});

test('a playbook that nobody has published is refused, with the reason', async () => {
  const parent = playbook({
    begin: ['start', {}, { out: 'p' }],
    p: ['run-playbook', { playbook: 'nowhere' }, { started: 'z', refused: 'z' }],
    z: ['end', {}],
  });
  const { run, plan } = await launchRun(store, team, { document: parent, startAt: START, mode: 'real' });
  const node = plan.nodes.findIndex(({ id }) => id === 'p');
  const visits = [{ ordinal: 0, lap: 0, call: 0, due: START, at: START }];
  const { results } = await perform(depsOf(store, START), {
    run,
    calls: [{ batch: 1, node, effect: 'start-playbook', stage: 0, visits }],
  });
  expect(results[0]!.codes).toEqual([1]);
});

test('however many put tags on the same members and take them off at once, their tags and the notes on them agree', async () => {
  const { rows } = await pool.query<{ id: string }>('select id from member order by id');
  const everybody = rows.map(({ id }) => id);
  const change = (turn: number): Promise<void> => {
    const ids = everybody.filter((_, place) => (place * 7 + turn) % 3 > 0);
    const members = { team, ids: turn % 2 === 0 ? ids : ids.toReversed() };
    const [add, remove] = turn % 4 < 2 ? [['kept', 'fought over'], []] : [['kept'], ['fought over']];
    return inTransaction(pool, (sql) =>
      setTags(sql, { team, members, add, remove, source: `run/${turn}`, at: START }),
    );
  };
  await Promise.all(Array.from({ length: 24 }, (_, turn) => change(turn)));
  const { rows: found } = await pool.query<{ tags: string[]; noted: string[] }>(
    `select array(select tag from unnest(m.tags) as tag where tag = any($2) order by tag) as tags,
       array(select tag from member_tag n where n.member_id = m.id and tag = any($2) order by tag) as noted
     from member m where m.id = any($1) order by id`,
    [everybody, ['kept', 'fought over']],
  );
  expect(found.map(({ noted }) => noted)).toEqual(found.map(({ tags }) => tags));
  expect(found.filter(({ tags }) => tags.includes('kept'))).toHaveLength(everybody.length);
});
