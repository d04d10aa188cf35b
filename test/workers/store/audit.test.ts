// The audit finds what breaks an invariant, each by its own name and in its own team, and nothing in data that is sound.
import { afterAll, expect, test } from 'vitest';
import { adapters } from '../../../workers/channels/index.ts';
import { audit } from '../../../workers/store/audit/audit.ts';
import { openStore } from '../../../workers/store/client.ts';
import { freshDatabase } from '../../support/database.ts';
import { HOUR, launch, makePeople, NOON, posting } from '../send-stage.ts';
import { depsOf, journeyPlaybook, launchRun, VirtualRun } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url);
afterAll(() => store.close());

const provider = {
  ...adapters['webhook']!,
  send: () => Promise.resolve({ outcome: 'accepted', providerId: null } as const),
};

const LIMITS = {
  rates: [{ name: 'minute', count: 5, perMs: 60_000, of: 'account' }],
  budgets: [{ name: 'day', count: 5, period: 'day', of: 'account' }],
};

/** A team in which everything has happened that the audit looks at: messages sent, a journey under way, one that is over. */
async function sound() {
  const people = await makePeople(store, 3, { kind: 'webhook', limits: LIMITS });
  const sender = await launch(store, people, posting('segment'), {
    startAt: NOON,
    clock: () => NOON,
    adapters: { webhook: provider },
  });
  expect(await sender.send(NOON)).toMatchObject({ code: 'sent' });
  const document = journeyPlaybook({
    in: ['enter', {}, { out: 'w' }],
    w: ['wait', { for: 'P1D' }, { done: 'z' }],
    z: ['end', {}],
  });
  const runs = [];
  for (const until of [NOON + HOUR, Infinity]) {
    const { run, plan } = await launchRun(store, people.team, {
      document,
      startAt: NOON,
      groups: [people.group],
    });
    const virtual = new VirtualRun(depsOf(store, NOON), run, plan, { startAt: NOON, seed: 1 });
    await virtual.runUntil(until);
    runs.push(run);
  }
  return { ...people, sent: sender.run, open: runs[0]!, over: runs[1]! };
}

type Team = Awaited<ReturnType<typeof sound>>;

const sql = (text: string, ...values: unknown[]) => store.pool.query(text, values);

/** As if the gate had let a team's messages through by this setting. */
const saw = (team: number, setting: string, value: object) =>
  sql(
    `update delivery set charges = jsonb_set(charges, array['seen', $2], $3) where team_id = $1 and charges is not null`,
    team,
    setting,
    JSON.stringify(value),
  );

/** What breaks an invariant, by its name. */
const BROKEN: Readonly<Record<string, (it: Team) => Promise<unknown>>> = {
  'inbox-whole': ({ open }) => sql('update shard set head = head + 1 where run_id = $1', open),
  'over-all-ended': ({ over }) =>
    sql('update subject set ended_at = null where run_id = $1 and graph = 0', over),
  'over-shards-done': ({ over }) => sql('update shard set done = false where run_id = $1', over),
  'over-nothing-open': ({ over, team }) =>
    sql(
      `insert into stuck_visit (run_id, node, ordinal, lap, no, team_id, at, reason) values ($1, 0, 0, 0, 0, $2, now(), 'failed')`,
      over,
      team,
    ),
  'over-nothing-requested': ({ over, team }) =>
    sql(
      `insert into ledger (run_id, node, ordinal, lap, call, team_id, effect, state, at)
       values ($1, 0, 0, 0, 0, $2, 'webhook', 'intended', now())`,
      over,
      team,
    ),
  'left-is-closed': ({ open, team }) =>
    sql(
      `insert into stuck_visit (run_id, node, ordinal, lap, no, team_id, at, reason)
       select run_id, node, ordinal, lap, 0, $2, now(), 'failed' from passed where run_id = $1 limit 1`,
      open,
      team,
    ),
  'left-once': async ({ open, team }) => {
    await sql(
      `insert into passed_alone (run_id, node, ordinal, lap, team_id, at) values ($1, 9, 5, 0, $2, now())`,
      open,
      team,
    );
    // The database itself refuses it.
    await sql('alter table passed_together disable trigger passed_together_once');
    await sql(
      `insert into passed_together (run_id, node, first, lap, team_id, ordinals, visits, at)
       values ($1, 9, 0, 0, $2, '{[0,9]}', 10, now())`,
      open,
      team,
    );
    await sql('alter table passed_together enable trigger passed_together_once');
  },
  'launch-counts': ({ open }) => sql('update launch set ended = ended + 1 where run_id = $1', open),
  'counts-are-visits': ({ open }) =>
    sql(`update node_count set passed = passed + 1 where run_id = $1 and port = 'out'`, open),
  'standing-is-counted': ({ open }) => sql(`update shard set counts = '{"0": 7}' where run_id = $1`, open),
  'run-follows-plan': ({ open, team }) =>
    sql(
      `with other as (insert into playbook (id, team_id, key, title, created_at)
         values (gen_random_uuid(), $2, 'other', '{}', now()) returning id)
       update run set playbook_id = other.id from other where run.id = $1`,
      open,
      team,
    ),
  'done-was-decided': ({ open, team }) =>
    sql(
      `insert into task (id, team_id, run_id, node, ordinal, lap, kind, role, title, outcomes, state, opened_at, due_at,
         closed_at, outcome)
       values (gen_random_uuid(), $2, $1, 0, 0, 0, 'task', 'operator', '{}', '[]', 'done', now(), now(), now(), 'done')`,
      open,
      team,
    ),
  'entrance-counts': ({ open }) => sql('update entrance set next = next + 1 where run_id = $1', open),
  'turned-away-counts': ({ open, team }) =>
    sql(
      `insert into turned_count (run_id, graph, reason, team_id, count) values ($1, 1, 'full', $2, 1)`,
      open,
      team,
    ),
  'stay-has-subject': ({ open }) => sql('update stay set ordinal = 99 where run_id = $1', open),
  'erased-is-gone': ({ members }) =>
    sql(`update member set status = 'erased', erased_at = now(), zone = 'UTC' where id = $1`, members[0]),
  'I8-consent': ({ members }) =>
    sql('update consent set granted_at = instant_of($2) where member_id = $1', members[0], NOON + 1),
  'I8-opt-out': ({ members, team }) =>
    sql(
      `insert into opt_out (id, team_id, member_id, scope, value, at, source)
       values (gen_random_uuid(), $2, $1, 'class', 'marketing', instant_of($3), 'test')`,
      members[0],
      team,
      NOON - HOUR,
    ),
  'I9-quiet': ({ team }) => saw(team, 'quiet', { from: '11:30', to: '12:30', zone: 'Asia/Shanghai' }),
  'I9-member-caps': ({ team }) => saw(team, 'caps', { memberPerDay: 1, memberPerWeek: 0, groupPerDay: 1 }),
  'I9-group-caps': ({ sent, group }) =>
    sql(
      `update delivery set group_id = $2::uuid, charges = jsonb_build_object('counts',
         jsonb_build_array(jsonb_build_array('group/' || $2::uuid::text, 20000))) where run_id = $1`,
      sent,
      group,
    ),
  'I9-counted': ({ team, members }) =>
    sql('delete from send_count where team_id = $1 and recipient = $2', team, `member/${members[0]}`),
  'I10-in-time': ({ sent }) =>
    sql(`update delivery set valid_until = requested_at - interval '1 second' where run_id = $1`, sent),
  'I11-budget': ({ team, channel }) =>
    sql('update send_count set count = 6 where team_id = $1 and recipient = $2', team, `channel/${channel}`),
  'I11-rate': ({ team }) => saw(team, 'rates', { minute: 2 }),
};

/** Of whom nothing is broken. */
const other = await sound();

test.each(Object.entries(BROKEN))('what breaks %s is found', async (name, breaks) => {
  const it = await sound();
  expect(await audit(store, it.team)).toEqual({ invariants: expect.any(Number), breaches: [] });
  await breaks(it);
  const { breaches } = await audit(store, it.team);
  expect(breaches.map(({ invariant }) => invariant)).toContain(name);
  for (const { says, what } of breaches)
    expect([says.zh, says.en, what].every((text) => text.length > 3)).toBe(true);
  expect((await audit(store, other.team)).breaches).toEqual([]);
});

test('what was right by the settings of its time stays right when they are lowered', async () => {
  const { team, channel } = await sound();
  const lowered = {
    rates: [{ ...LIMITS.rates[0], count: 1 }],
    budgets: [{ ...LIMITS.budgets[0], count: 1 }],
  };
  await sql(
    `update team set caps = '{"memberPerDay": 0, "memberPerWeek": 0, "groupPerDay": 0}',
       quiet = '{"from": "11:30", "to": "12:30"}' where id = $1`,
    team,
  );
  await sql('update channel set limits = $2 where id = $1', channel, JSON.stringify(lowered));
  expect((await audit(store, team)).breaches).toEqual([]);
  // Of messages from before the gate noted what it saw, nobody can know it: they are judged by what holds now.
  await sql(`update delivery set charges = charges - 'seen' where team_id = $1`, team);
  const { breaches } = await audit(store, team);
  expect([...new Set(breaches.map(({ invariant }) => invariant))].toSorted()).toEqual([
    'I11-budget',
    'I11-rate',
    'I9-member-caps',
    'I9-quiet',
  ]);
});

test('a budget that is lowered in the middle of its period is held against those that saw it', async () => {
  const { team } = await sound();
  // Three went out, seeing five, four and one: the last one was let through beyond what it saw.
  const saw = (numbers: readonly number[]) =>
    sql(
      `update delivery d set charges = jsonb_set(charges, '{seen,budgets,day}', to_jsonb(s.most)),
         gated_at = gated_at + s.no * interval '1 millisecond'
       from (select recipient, row_number() over (order by recipient) as no from delivery where team_id = $1) as p
       join unnest($2::int[]) with ordinality as s (most, no) using (no)
       where d.team_id = $1 and d.recipient = p.recipient`,
      team,
      numbers,
    );
  await saw([5, 4, 1]);
  const { breaches } = await audit(store, team);
  expect(breaches.map(({ invariant }) => invariant)).toEqual(['I11-budget']);
  expect(breaches[0]!.what).toMatch(/day: 3 > 1$/);
  // One that came while it was lower, and two when it had been raised again.
  await saw([1, 5, 3]);
  expect((await audit(store, team)).breaches).toEqual([]);
});

test('of every invariant there is an example', async () => {
  const { invariants } = await audit(store, null);
  // Two stays that overlap are refused by the database itself.
  expect(Object.keys(BROKEN)).toHaveLength(invariants - 1);
});
