// Community metrics out of the database: counted like a naive count of the same world, without staff and test accounts,
// and the same again from a snapshot, whoever leaves and whatever is reported later.
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { isActive } from '../../../engine/metrics/facts.ts';
import { metrics, type Measured } from '../../../engine/metrics.ts';
import { inTransaction, openStore } from '../../../workers/store/client.ts';
import { ingest, ingestIn } from '../../../workers/store/event.ts';
import type { IncomingEvent } from '../../../workers/store/stored-event.ts';
import { newId } from '../../../workers/store/id.ts';
import { measureAndKeep, recompute, type Answer } from '../../../workers/store/metrics/measure.ts';
import { scopeOfPlace, scopeOfRun } from '../../../workers/store/metrics/scope.ts';
import { runOf } from '../../../workers/store/run.ts';
import { freshDatabase } from '../../support/database.ts';
import { journeyPlaybook, launchRun, makeTeam } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url, 20);
afterAll(() => store.close());
const { pool } = store;

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** Midnight in Shanghai. */
const NOW = Date.UTC(2026, 10, 30, 16);

interface Stay {
  readonly member: number;
  readonly from: number;
  readonly to: number | null;
}

interface Did {
  readonly member: number;
  readonly name: string;
  readonly at: number;
  readonly text?: string;
}

/** A community of one group, with these members; the first `staff` of them are colleagues. */
async function world({
  people,
  staff = 0,
  stays,
  did,
}: {
  readonly people: number;
  readonly staff?: number;
  readonly stays: readonly Stay[];
  readonly did: readonly Did[];
}) {
  const team = await makeTeam(store);
  const { rows } = await pool.query<{ community: string; group: string }>(
    `with c as (insert into community (id, team_id, name, created_at) values (gen_random_uuid(), $1, 'c', instant_of(0)) returning id)
     insert into community_group (id, team_id, community_id, name, created_at)
     select gen_random_uuid(), $1, id, 'g', instant_of(0) from c returning community_id as community, id as "group"`,
    [team],
  );
  const { community, group } = rows[0]!;
  const members = Array.from({ length: people }, () => crypto.randomUUID());
  await pool.query(
    `insert into member (id, team_id, display_name, joined_at, kind)
     select id, $1, 'm', instant_of(0), case when no <= $3 then 'staff'::member_kind else 'member' end
     from unnest($2::uuid[]) with ordinality as m (id, no)`,
    [team, members, staff],
  );
  for (const { member, from, to } of stays) {
    await pool.query(
      `insert into membership (id, team_id, member_id, group_id, joined_at, left_at)
       values (gen_random_uuid(), $1, $2, $3, instant_of($4), instant_of($5))`,
      [team, members[member], group, from, to],
    );
  }
  let no = 0;
  const event = ({ member, name, at, text }: Did): IncomingEvent => ({
    name,
    source: 'test',
    sourceId: String((no += 1)),
    at,
    member: members[member]!,
    ...(text === undefined ? {} : { data: { text } }),
  });
  const report = (deeds: readonly Did[]) => ingest(store, team, deeds.map(event), NOW);
  await report(did);
  const scope = (await scopeOfPlace(pool, { team, kind: 'community', id: community }))!;
  const ask = (
    metric: string,
    more: { readonly window?: string; readonly now?: number } = {},
  ): Promise<Answer & { snapshot: string }> =>
    inTransaction(pool, (sql) =>
      measureAndKeep(sql, { metric, scope, now: NOW, source: 'test', wall: NOW, ...more }),
    );
  return { team, community, group, members, ask, report, event };
}

const everybody = (people: number, from = NOW - 100 * DAY): Stay[] =>
  Array.from({ length: people }, (_, member) => ({ member, from, to: null }));

describe('the active rate', () => {
  test('counts each member once, by what counts as active, and no colleague', async () => {
    const did: Did[] = [
      ...Array.from({ length: 30 }, (_, member) => ({
        member,
        name: 'member.replied',
        at: NOW - DAY,
        text: '收到收到收到',
      })),
      { member: 10, name: 'member.clicked', at: NOW - DAY },
      { member: 40, name: 'member.replied', at: NOW - DAY, text: '好' },
      { member: 41, name: 'member.read', at: NOW - DAY },
      { member: 42, name: 'order.paid', at: NOW - 8 * DAY },
      { member: 43, name: 'checkin.submitted', at: NOW - 6 * DAY },
    ];
    const { ask } = await world({ people: 50, staff: 10, stays: everybody(50), did });
    const { measured, population } = await ask('active_rate');
    expect([measured, population?.count]).toEqual([{ value: 21 / 40, n: 40 }, 40]);
    expect((await ask('active_rate', { window: 'P10D' })).measured.value).toBe(22 / 40);
    expect((await ask('active_by.order.paid', { window: 'P10D' })).measured.value).toBe(1 / 40);
    expect((await ask('active_rate_day')).measured).toEqual({ value: 20 / 40, n: 40 });
    expect((await ask('silent_share')).measured.value).toBe(19 / 40);
    expect((await ask('event.member.replied')).measured.value).toBe(21);
    expect((await ask('event_members.member.replied')).measured.value).toBe(21);
  });

  test('of those who signed up says who came, noted by name', async () => {
    const at = (hours: number) => NOW - hours * HOUR;
    const did: Did[] = [
      ...Array.from({ length: 25 }, (_, member) => ({ member, name: 'member.signed-up', at: at(48) })),
      ...Array.from({ length: 5 }, (_, no) => ({ member: 25 + no, name: 'counted.sign_ups', at: at(47) })),
      // Twice, before signing up, without having signed up, and a colleague.
      ...[5, 6, 7, 7, 25].map((member) => ({ member, name: 'member.attended', at: at(2) })),
      { member: 8, name: 'member.attended', at: at(50) },
      { member: 35, name: 'member.attended', at: at(2) },
      { member: 0, name: 'member.attended', at: at(2) },
    ];
    const { team, group, ask } = await world({ people: 40, staff: 5, stays: everybody(40), did });
    const { measured, population, snapshot } = await ask('show_rate.member.attended');
    expect([measured, population?.count]).toEqual([{ value: 4 / 25, n: 25 }, 25]);
    await pool.query('update membership set left_at = instant_of($2) where group_id = $1', [group, at(1)]);
    expect((await recompute(pool, { team, id: snapshot }))!.again).toEqual(measured);
  });

  test('goes with a score that weighs what was done, and halves it every fortnight', async () => {
    const did: Did[] = [
      { member: 0, name: 'order.paid', at: NOW },
      { member: 0, name: 'member.replied', at: NOW - 14 * DAY, text: '好的好的好的' },
      { member: 1, name: 'counted.heads', at: NOW - 28 * DAY },
      { member: 2, name: 'member.clicked', at: NOW - 7 * DAY },
      // Too short, of no weight, and too long ago.
      { member: 1, name: 'member.replied', at: NOW, text: '好' },
      { member: 1, name: 'member.read', at: NOW },
      { member: 1, name: 'order.paid', at: NOW - 95 * DAY },
    ];
    const { ask } = await world({ people: 20, stays: everybody(20), did });
    const { measured, facts } = await ask('engagement_score');
    const points = 10 + 3 / 2 + 4 / 4 + 1 * 0.5 ** 0.5;
    expect(facts).toEqual({
      members: 20,
      points: Number(points.toFixed(6)),
      // What explains it: the three deeds that gave most.
      top: [
        { name: 'order.paid', points: 10 },
        { name: 'member.replied', points: 1.5 },
        { name: 'counted.heads', points: 1 },
      ],
    });
    expect(measured).toEqual({ value: Number(points.toFixed(6)) / 20, n: 20 });
  });

  test('of fewer than twenty is not shown, and neither is that of nobody', async () => {
    const { ask } = await world({
      people: 19,
      stays: everybody(19),
      did: [{ member: 0, name: 'order.paid', at: NOW - 1 }],
    });
    expect((await ask('active_rate')).measured).toEqual({ n: 19 });
    const { ask: of } = await world({ people: 1, stays: [], did: [] });
    expect((await of('active_rate')).measured).toEqual({ n: 0 });
  });

  test('divides by those who were there at the beginning: who leaves cannot raise it, who comes cannot lower it', async () => {
    const stays = [
      ...Array.from({ length: 40 }, (_, member) => ({
        member,
        from: NOW - 30 * DAY,
        to: member < 20 ? NOW - DAY : null,
      })),
      ...Array.from({ length: 40 }, (_, index) => ({ member: 40 + index, from: NOW - 2 * DAY, to: null })),
    ];
    const did = Array.from({ length: 10 }, (_, index) => ({
      member: 20 + index,
      name: 'order.paid',
      at: NOW - HOUR,
    }));
    const { ask } = await world({ people: 80, stays, did });
    expect((await ask('active_rate')).measured).toEqual({ value: 10 / 40, n: 40 });
  });
});

describe('a snapshot', () => {
  const kinds = [
    'active_rate',
    'stickiness',
    'top_share',
    'activation_rate',
    'retention_d1',
    'retention_rolling_d1',
    'stay_d1',
    'churn',
    'new_members',
    'event.member.replied',
    'opt_out',
    'complaints',
    'k_factor',
  ];

  test('gives the same number after members have left, events have come late and somebody was erased', async () => {
    const people = 400;
    const stays = Array.from({ length: people }, (_, member) => ({
      member,
      from: NOW - (member % 30) * DAY - 5 * HOUR,
      to: member % 7 === 0 ? NOW - HOUR : null,
    }));
    const did = Array.from({ length: 1_000 }, (_, index) => ({
      member: (index * 7) % people,
      name: ['member.replied', 'order.paid', 'member.complained', 'member.opted-out'][index % 4]!,
      at: NOW - ((index * 13) % 900) * HOUR,
    }));
    const { team, group, members, ask, report } = await world({ people, stays, did });
    const before = new Map<string, Answer & { snapshot: string }>();
    for (const metric of kinds) before.set(metric, await ask(metric));
    await pool.query(
      `update membership set left_at = instant_of($2) where group_id = $1 and left_at is null and joined_at < instant_of($2)`,
      [group, NOW - 3 * DAY],
    );
    await report(
      Array.from({ length: people }, (_, member) => ({ member, name: 'member.replied', at: NOW - 2 * HOUR })),
    );
    await pool.query(`update event set data = '{}' where team_id = $1 and member_id = $2`, [
      team,
      members[1],
    ]);
    let changed = 0;
    for (const [metric, { snapshot, measured }] of before) {
      const found = (await recompute(pool, { team, id: snapshot }))!;
      expect([metric, found.again]).toEqual([metric, measured]);
      expect(found.snapshot.value).toBe(measured.value ?? null);
      if ((await ask(metric)).measured.value !== measured.value) changed += 1;
    }
    // Otherwise nothing would be proven.
    expect(changed).toBeGreaterThan(5);
  });

  test('does not see events whose transactions were still open, although their numbers are lower', async () => {
    const { team, ask, event } = await world({
      people: 30,
      stays: everybody(30),
      did: [{ member: 0, name: 'order.paid', at: NOW - HOUR }],
    });
    const open = await pool.connect();
    await open.query('begin');
    await ingestIn(open as never, {
      team,
      now: NOW,
      events: [event({ member: 1, name: 'order.paid', at: NOW - HOUR })],
    });
    // A later number, committed before.
    await ingest(store, team, [event({ member: 2, name: 'order.paid', at: NOW - HOUR })], NOW);
    const { measured, snapshot } = await ask('active_rate');
    await open.query('commit');
    open.release();
    expect(measured).toEqual({ value: 2 / 30, n: 30 });
    expect((await recompute(pool, { team, id: snapshot }))!.again).toEqual(measured);
    expect((await ask('active_rate')).measured.value).toBe(3 / 30);
  });

  test('cannot be changed or deleted, and neither can its population', async () => {
    const { ask } = await world({ people: 20, stays: everybody(20), did: [] });
    const { snapshot, population } = await ask('active_rate');
    const refused = async (statement: string, id: string) =>
      pool.query(statement, [id]).then(
        () => 'done',
        (error: Error) => error.message,
      );
    expect(await refused('update metric_snapshot set value = 1 where id = $1', snapshot)).toMatch(
      /append-only/,
    );
    expect(await refused('delete from metric_population where id = $1', population!.id)).toMatch(
      /append-only/,
    );
  });

  test('of the same members keeps them once, and is nobody else’s to read', async () => {
    const { team, ask } = await world({ people: 25, stays: everybody(25), did: [] });
    const [first, second] = [await ask('active_rate'), await ask('silent_share', { window: 'P3D' })];
    expect(second.population).toEqual(first.population);
    expect(await recompute(pool, { team: team + 1, id: first.snapshot })).toBeUndefined();
  });
});

describe('comings and goings', () => {
  test('are told apart: who came, who left for good, who of those before is gone', async () => {
    const at = (days: number) => NOW - days * DAY;
    const { ask } = await world({
      people: 30,
      stays: [
        ...Array.from({ length: 25 }, (_, member) => ({
          member,
          from: at(90),
          to: member < 5 ? at(3) : null,
        })),
        // Away for a day, and back.
        { member: 4, from: at(2), to: null },
        { member: 25, from: at(5), to: null },
        { member: 26, from: at(5), to: at(1) },
        { member: 27, from: at(80), to: at(60) },
      ],
      did: [],
    });
    const value = async (metric: string) => (await ask(metric, { window: 'P7D' })).measured;
    expect(await value('members')).toEqual({ value: 22, n: 22 });
    expect(await value('new_members')).toMatchObject({ value: 2 });
    expect(await value('leaves')).toMatchObject({ value: 5 });
    expect(await value('net_growth')).toMatchObject({ value: 22 - 25 });
    expect(await value('churn')).toEqual({ value: 4 / 25, n: 25 });
  });

  test('retention goes by the calendar of the team’s zone', async () => {
    // All join on one local day; half are active on the next, by a minute before and after midnight.
    const joined = Date.UTC(2026, 10, 23, 20);
    const stays = Array.from({ length: 40 }, (_, member) => ({ member, from: joined, to: null }));
    const midnight = Date.UTC(2026, 10, 24, 16);
    const did = Array.from({ length: 40 }, (_, member) => ({
      member,
      name: 'order.paid',
      at: member < 20 ? midnight + 60_000 : midnight - 60_000,
    }));
    const { ask } = await world({ people: 40, stays, did });
    expect((await ask('retention_d1')).measured).toEqual({ value: 0.5, n: 40 });
    expect((await ask('retention_rolling_d1')).measured).toEqual({ value: 0.5, n: 40 });
    // Day 7 is not over yet.
    expect((await ask('retention_d7')).measured).toEqual({ n: 0 });
  });

  test('invitations: who brought whom, and how many of these count', async () => {
    const { team, group, members, ask, report } = await world({ people: 60, stays: everybody(30), did: [] });
    await pool.query(
      `insert into membership (id, team_id, member_id, group_id, joined_at, left_at, inviter_id)
       select gen_random_uuid(), $1, m.id, $2, instant_of($4), case when m.no > 28 then instant_of($5) end, ($3::uuid[])[m.no % 3 + 1]
       from unnest($6::uuid[]) with ordinality as m (id, no)`,
      [team, group, members.slice(0, 3), NOW - 10 * DAY, NOW - DAY, members.slice(30)],
    );
    await report(
      Array.from({ length: 24 }, (_, index) => ({
        member: 30 + index,
        name: 'order.paid',
        at: NOW - 2 * DAY,
      })),
    );
    expect((await ask('inviter_rate')).measured).toEqual({ value: 3 / 30, n: 30 });
    expect((await ask('invite_conversion')).measured).toEqual({ value: 24 / 30, n: 30 });
    expect((await ask('k_factor')).measured).toEqual({ value: 24 / 30, n: 30 });
    expect((await ask('invites_per_inviter')).measured).toEqual({ n: 3 });
    expect((await ask('invite_cycle')).measured).toEqual({ value: 90, n: 3 });
  });
});

describe('who leaves', () => {
  const ZONE_NOON = NOW - 12 * HOUR;

  test('is told by the day since joining: of those who were there when it began, those who were gone when it ended', async () => {
    // Joined at noon ten days ago; five leave on day 0, five on day 2, one of them is back before its end, one on day 3.
    const joined = ZONE_NOON - 10 * DAY;
    const left = (member: number): number | null =>
      member < 5 ? joined + HOUR : member < 10 ? joined + 2 * DAY : member === 10 ? joined + 3 * DAY : null;
    const stays = [
      ...Array.from({ length: 40 }, (_, member) => ({ member, from: joined, to: left(member) })),
      { member: 9, from: joined + 2 * DAY + HOUR, to: null },
    ];
    const { team, group, ask } = await world({ people: 40, staff: 0, stays, did: [] });
    const value = async (day: number) => (await ask(`churn_day.${day}`)).measured;
    expect(await value(0)).toEqual({ value: 5 / 40, n: 40 });
    expect(await value(1)).toEqual({ value: 0, n: 35 });
    expect(await value(2)).toEqual({ value: 4 / 35, n: 35 });
    expect(await value(3)).toEqual({ value: 1 / 31, n: 31 });
    expect((await value(10)).n).toBe(30);
    // Not over yet.
    expect(await value(11)).toEqual({ n: 0 });
    const { snapshot, measured } = await ask('churn_day.2');
    await pool.query(
      'update membership set left_at = instant_of($3) where group_id = $1 and joined_at = instant_of($2)',
      [group, joined, joined + 1],
    );
    expect((await recompute(pool, { team, id: snapshot }))!.again).toEqual(measured);
    expect((await ask('churn_day.2')).measured).toEqual({ n: 0 });
  });

  test('is told by the last message before: shares and wholes add up to the churn', async () => {
    const stays = Array.from({ length: 90 }, (_, member) => ({
      member,
      from: NOW - 100 * DAY,
      to: member % 3 === 0 ? NOW - 5 * DAY : null,
    }));
    const { team, community, group, members, ask } = await world({ people: 90, stays, did: [] });
    const { run } = await launchRun(store, team, {
      document: journeyPlaybook({ in: ['enter', {}, { out: 'z' }], z: ['end', {}] }),
      startAt: NOW - 40 * DAY,
      mode: 'real',
      community,
    });
    let node = 0;
    const send = (type: 'marketing' | 'service', at: number, to: readonly string[] | 'group') =>
      pool.query(
        `with m as (
           insert into message (id, team_id, run_id, node, ordinal, lap, channel, class, mode, text, posted, at)
           values (gen_random_uuid(), $1, $2, $3, 0, 0, 'x', $4::message_class, 'auto', '{}', '', instant_of($5)) returning id)
         insert into delivery (message_id, recipient, team_id, run_id, member_id, group_id, state, gated_at, at)
         select m.id, 'member/' || d, $1, $2, d, null, 'sent'::delivery_state, instant_of($5), instant_of($5) from m, unnest($6::uuid[]) as d
         union all
         select m.id, 'group/' || $7::uuid, $1, $2, null, $7::uuid, 'sent', instant_of($5), instant_of($5) from m
         where $7::uuid is not null`,
        [team, run, (node += 1), type, at, to === 'group' ? [] : to, to === 'group' ? group : null],
      );
    expect((await ask('churn_after_none')).measured).toEqual({ value: 30 / 90, n: 90 });
    await send('service', NOW - 10 * DAY, 'group');
    // Later, to some themselves; after some have left; and so long ago that it is no reason any more.
    await send('marketing', NOW - 8 * DAY, members.slice(0, 60));
    await send('service', NOW - 2 * DAY, members.slice(0, 30));
    const { facts, snapshot, measured } = await ask('churn_after_marketing');
    // Of the first thirty, the ten who had left got the marketing last; the next thirty did, whether they left or not.
    expect(facts).toEqual({
      marketing: { part: 20, whole: 40 },
      service: { part: 10, whole: 50 },
      none: { part: 0, whole: 0 },
    });
    expect(measured).toEqual({ value: 0.5, n: 40 });
    expect((await ask('churn_after_service')).measured).toEqual({ value: 10 / 50, n: 50 });
    expect((await ask('churn')).facts).toMatchObject({ leavers: 30, before: 90 });
    await send('service', NOW - 6 * DAY, members);
    expect((await recompute(pool, { team, id: snapshot }))!.again).toEqual(measured);
    expect((await ask('churn_after_marketing')).measured).toEqual({ n: 0 });
  });
});

describe('what follows what', () => {
  test('goes from one event to another, to its second time, and back after a day without', async () => {
    const at = (days: number) => NOW - 12 * HOUR - days * DAY;
    const did: Did[] = [
      ...Array.from({ length: 25 }, (_, member) => ({ member, name: 'member.applied', at: at(3) })),
      ...[0, 1, 2, 30].map((member) => ({ member, name: 'member.accepted', at: at(2) })),
      { member: 3, name: 'member.accepted', at: at(4) },
      // First orders 70 days ago; four come again within 60 days, one later, one had bought before.
      ...Array.from({ length: 24 }, (_, member) => ({ member, name: 'order.paid', at: at(70) })),
      ...[0, 1, 2, 3].map((member) => ({ member, name: 'order.paid', at: at(30) })),
      { member: 4, name: 'order.paid', at: at(5) },
      { member: 5, name: 'order.paid', at: at(130) },
      // Check-ins: all on days 8 and 7; of them ten are back on day 5, ten on day 3, the others never.
      ...Array.from({ length: 30 }, (_, member) => ({ member, name: 'checkin.submitted', at: at(8) })),
      ...Array.from({ length: 30 }, (_, member) => ({ member, name: 'checkin.submitted', at: at(7) })),
      ...Array.from({ length: 10 }, (_, member) => ({ member, name: 'checkin.submitted', at: at(5) })),
      ...Array.from({ length: 10 }, (_, no) => ({ member: 10 + no, name: 'checkin.submitted', at: at(2) })),
    ];
    const { team, ask } = await world({ people: 40, stays: everybody(40, at(200)), did });
    const applied = await ask('followed.member.applied.to.member.accepted');
    expect([applied.measured, applied.population?.count]).toEqual([{ value: 3 / 25, n: 25 }, 25]);
    expect((await ask('repeated.order.paid')).measured).toEqual({ value: 4 / 23, n: 23 });
    // Interruptions: thirty on day 6; ten more on day 4, who are not back by day 1. Day 1 of others is too young to say.
    const recall = await ask('checkin_recall');
    expect(recall.measured).toEqual({ value: 10 / 40, n: 40 });
    const share = await ask('penetration.order.paid');
    expect(share.measured).toEqual({ value: 1 / 20, n: 20 });
    for (const { snapshot, measured } of [applied, recall, share])
      expect((await recompute(pool, { team, id: snapshot }))!.again).toEqual(measured);
  });

  test('of members with a tag tells who is active, and of a source who came in', async () => {
    const { team, community, group, members, ask } = await world({
      people: 60,
      staff: 2,
      stays: everybody(60),
      did: Array.from({ length: 30 }, (_, member) => ({ member, name: 'order.paid', at: NOW - HOUR })),
    });
    await pool.query(
      `insert into member_tag (member_id, tag, team_id, source, at, expires_at)
       select id, 'KOL', $1, 'api', instant_of($3), case when no > 42 then instant_of($4) end
       from unnest($2::uuid[]) with ordinality as m (id, no) where no <= 45`,
      [team, members, NOW - DAY, NOW - HOUR],
    );
    expect((await ask('tag_active_rate.KOL')).measured).toEqual({ value: 28 / 40, n: 40 });
    expect((await ask('members_per_tagged.KOL')).measured).toEqual({ value: 58 / 28, n: 58 });
    await pool.query(
      `update membership set joined_at = instant_of($2), join_source = case when member_id = any($3) then 'poster-7' else 'api' end
       where group_id = $1`,
      [group, NOW - DAY, members.slice(10, 20)],
    );
    const seen = { name: 'entry.seen', at: NOW - HOUR, community };
    await ingest(
      store,
      team,
      [
        { ...seen, source: 'scan', sourceId: 'a', data: { count: 50, source: 'poster-7' } },
        { ...seen, source: 'scan', sourceId: 'b', data: { count: 30, source: 'poster-8' } },
      ],
      NOW,
    );
    expect((await ask('join_rate_of.poster-7')).measured).toEqual({ value: 10 / 50, n: 50 });
    expect((await ask('join_rate')).measured).toEqual({ value: 58 / 80, n: 80 });
  });
});

describe('newcomers', () => {
  /** Eighty who joined ten days ago at noon, the first ten staff; the first forty members have a buddy. */
  async function newcomers() {
    const joined = NOW - 10 * DAY;
    const it = await world({
      people: 80,
      staff: 10,
      stays: everybody(80, joined),
      did: [
        // Of those with a buddy: fifteen introduce themselves in time, five too late, five only click.
        ...Array.from({ length: 15 }, (_, no) => ({
          member: 10 + no,
          name: 'member.introduced',
          at: joined + HOUR,
        })),
        ...Array.from({ length: 5 }, (_, no) => ({
          member: 25 + no,
          name: 'member.introduced',
          at: joined + 72 * HOUR + 1,
        })),
        ...Array.from({ length: 5 }, (_, no) => ({
          member: 30 + no,
          name: 'member.clicked',
          at: joined + 72 * HOUR,
        })),
        // Of the others six; and a colleague.
        ...[50, 51, 52, 53, 54, 55, 0].map((member) => ({ member, name: 'member.introduced', at: joined })),
      ],
    });
    const tag = (name: string, members: readonly string[], at: number, expires: number | null = null) =>
      pool.query(
        `insert into member_tag (member_id, tag, team_id, source, at, expires_at)
         select id, $2, $1, 'api', instant_of($4), instant_of($5) from unnest($3::uuid[]) as id`,
        [it.team, name, members, at, expires],
      );
    await tag('has-buddy', it.members.slice(0, 50), joined + DAY);
    // Taken off again, and put on after the moment that is asked about.
    await tag('was', it.members.slice(10, 50), joined, NOW - HOUR);
    await tag('will', it.members.slice(10, 50), NOW + 1);
    return { ...it, joined, tag };
  }
  const introduced = '.by.member.introduced';
  const whole = { window: 'P30D' };

  test('with a tag are compared to the others by what they did within 72 hours', async () => {
    const { team, group, ask, report, joined, tag, members } = await newcomers();
    const buddies = await ask(`activation_of.has-buddy${introduced}`, whole);
    expect([buddies.measured, buddies.population?.count]).toEqual([{ value: 15 / 40, n: 40 }, 40]);
    expect((await ask('activation_of.has-buddy', whole)).measured).toEqual({ value: 5 / 40, n: 40 });
    for (const name of ['was', 'will', 'nobody'])
      expect((await ask(`activation_of.${name}`, whole)).measured).toEqual({ n: 0 });
    const gap = await ask(`activation_gap.has-buddy${introduced}`, whole);
    expect(gap.facts).toEqual({ holders: { part: 15, whole: 40 }, others: { part: 6, whole: 30 } });
    expect(gap.measured).toMatchObject({ n: 30, value: 15 / 40 - 6 / 30 });
    expect([gap.measured.low! < 0.175, gap.measured.high! > 0.175]).toEqual([true, true]);
    // Too few on one side, and nobody in the week of the default window.
    await tag('rare', members.slice(10, 29), joined);
    expect((await ask('activation_gap.rare', whole)).measured).toEqual({ n: 19 });
    expect((await ask('activation_of.has-buddy', { window: 'P6D' })).measured).toEqual({ n: 0 });
    // Whoever leaves, loses the tag or is reported late: the same again.
    await pool.query('update membership set left_at = instant_of($2) where group_id = $1', [
      group,
      NOW - DAY,
    ]);
    await pool.query(`delete from member_tag where tag = 'has-buddy' and team_id = $1`, [team]);
    await report([{ member: 40, name: 'member.introduced', at: joined + HOUR }]);
    for (const { snapshot, measured } of [buddies, gap])
      expect((await recompute(pool, { team, id: snapshot }))!.again).toEqual(measured);
    expect((await ask(`activation_of.has-buddy${introduced}`, whole)).measured).toEqual({ n: 0 });
  });

  test('from a source are those whose first stay came from it', async () => {
    const { team, group, members, ask, joined } = await newcomers();
    await pool.query(
      `update membership set join_source = case when member_id = any($2) then 'poster-7' end where group_id = $1`,
      [group, members.slice(0, 40)],
    );
    await pool.query(
      'update membership set left_at = instant_of($2) where group_id = $1 and member_id = any($3)',
      [group, joined + DAY, members.slice(20, 60)],
    );
    // Back later by another way: the first one counts.
    await pool.query(
      `insert into membership (id, team_id, member_id, group_id, joined_at, join_source)
       select gen_random_uuid(), $1, id, $2, instant_of($4), 'friend' from unnest($3::uuid[]) as id`,
      [team, group, members.slice(20, 60), joined + DAY],
    );
    const { measured, snapshot } = await ask(`activation_from.poster-7${introduced}`, whole);
    expect(measured).toEqual({ value: 15 / 30, n: 30 });
    expect((await ask(`activation_from.friend${introduced}`, whole)).measured).toEqual({ n: 0 });
    expect((await recompute(pool, { team, id: snapshot }))!.again).toEqual(measured);
  });

  test('are told apart like in a naive count of the same world', async () => {
    const life = fc.record({
      joined: fc.integer({ min: 0, max: 24 * 12 }),
      tagged: fc.option(fc.integer({ min: -2, max: 24 * 12 }), { nil: undefined }),
      did: fc.array(
        fc.record({ hours: fc.integer({ min: -1, max: 90 }), name: fc.constantFrom('order.paid', 'x') }),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 60, maxLength: 60 }), async (lives) => {
        const at = (hours: number) => NOW - hours * HOUR;
        const stays = lives.map(({ joined }, member) => ({ member, from: at(joined), to: null }));
        const did = lives.flatMap(({ joined, did: deeds }, member) =>
          deeds.map(({ name, hours }) => ({ member, name, at: Math.min(NOW, at(joined) + hours * HOUR) })),
        );
        const { team, members, ask } = await world({ people: 60, stays, did });
        const tagged = lives.flatMap(({ tagged: hours }, no) =>
          hours === undefined ? [] : [{ id: members[no], hours }],
        );
        await pool.query(
          `insert into member_tag (member_id, tag, team_id, source, at)
           select id, 't', $1, 'api', instant_of(at) from unnest($2::uuid[], $3::bigint[]) as m (id, at)`,
          [team, tagged.map(({ id }) => id), tagged.map(({ hours }) => at(hours))],
        );
        for (const [by, event] of [
          ['', 'order.paid'],
          ['.by.x', 'x'],
        ] as const) {
          const share = (holds: boolean) => {
            const them = lives.filter(
              ({ joined, tagged: hours = -1 }) =>
                joined > 72 && joined <= 72 + 24 * 7 && hours >= 0 === holds,
            );
            const soon = them.filter(({ did: deeds }) =>
              deeds.some(({ name, hours }) => name === event && hours >= 0 && hours <= 72),
            );
            return { part: soon.length, whole: them.length };
          };
          expect((await ask(`activation_of.t${by}`)).facts).toEqual(share(true));
          expect((await ask(`activation_gap.t${by}`)).facts).toEqual({
            holders: share(true),
            others: share(false),
          });
        }
      }),
      { numRuns: 8 },
    );
  });
});

test('whatever members did, a naive count of the same world gives the same', async () => {
  const person = fc.integer({ min: 0, max: 24 });
  const hour = fc.integer({ min: 0, max: 24 * 40 });
  const deed = fc.record({
    member: person,
    name: fc.constantFrom('member.replied', 'order.paid', 'member.read', 'counted.heads', 'member.clicked'),
    hours: hour,
    text: fc.constantFrom(undefined, '好', '好的好的好'),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ from: hour, long: fc.integer({ min: 1, max: 400 }), left: fc.boolean() }), {
        minLength: 25,
        maxLength: 25,
      }),
      fc.array(deed, { maxLength: 60 }),
      async (lives, deeds) => {
        const stays = lives.map(({ from, long, left }, member) => {
          const began = NOW - (from + 20 * 24) * HOUR;
          return { member, from: began, to: left ? began + long * HOUR : null };
        });
        const did = deeds.map(({ member, name, hours, text }) => ({
          member,
          name,
          at: NOW - hours * HOUR,
          ...(text === undefined ? {} : { text }),
        }));
        const { ask } = await world({ people: 25, stays, did });
        for (const days of [1, 7, 30]) {
          const from = NOW - days * DAY;
          const there = stays.filter((stay) => stay.from <= from && (stay.to === null || stay.to > from));
          const active = new Set(
            did
              .filter(({ name, text, at }) => isActive(name, text) && at >= from && at <= NOW)
              .map(({ member }) => member),
          );
          const part = there.filter(({ member }) => active.has(member)).length;
          const naive: Measured =
            there.length < 20 ? { n: there.length } : { value: part / there.length, n: there.length };
          expect((await ask('active_rate', { window: `P${days}D` })).measured).toEqual(naive);
        }
      },
    ),
    { numRuns: 15 },
  );
});

test('every metric of the catalogue has an answer of a community, or says that it has none', async () => {
  const { ask } = await world({ people: 30, stays: everybody(30), did: [] });
  for (const [name, { scopes }] of Object.entries(metrics)) {
    const { measured } = await ask(name);
    const isKnown = (scopes as readonly string[]).includes('community');
    expect([name, measured.cannot === undefined]).toEqual([name, isKnown]);
  }
});

describe('a run', () => {
  const START = NOW - 5 * DAY;
  const halves = journeyPlaybook({
    in: ['enter', {}, { out: 'halves' }],
    halves: [
      'split',
      {
        variants: [
          { port: 'control', percent: 50 },
          { port: 'told', percent: 50 },
        ],
      },
      { control: 'z', told: 'z' },
    ],
    z: ['end', {}],
  });

  /** A run for the community's group whose journey has divided all members, even numbers being told. */
  async function runOfWorld() {
    const it = await world({ people: 60, staff: 4, stays: everybody(60), did: [] });
    const { team, community, members } = it;
    const { run, plan } = await launchRun(store, team, {
      document: halves,
      startAt: START,
      mode: 'real',
      community,
    });
    const node = plan.nodes.findIndex(({ id }) => id === 'halves');
    await pool.query(
      `insert into subject (run_id, graph, ordinal, team_id, shard, member_id, entered_at)
       select $1, 1, no - 1, $2, 0, id, instant_of($3) from unnest($4::uuid[]) with ordinality as m (id, no)`,
      [run, team, START, members],
    );
    await pool.query(
      `insert into passed_alone (run_id, node, ordinal, lap, team_id, at, port, late_ms)
       select $1, $2, no, 0, $3, instant_of($4), case when no % 2 = 0 then 'told' else 'control' end,
         case when no < 6 then 1000 else 0 end
       from generate_series(0, 59) as no`,
      [run, node, team, START + HOUR],
    );
    const facts = (await runOf(pool, run))!;
    const scope = await scopeOfRun(pool, facts);
    const ask = (metric: string, window?: string) =>
      inTransaction(pool, (sql) =>
        measureAndKeep(sql, { metric, scope, window, now: NOW, source: 'test', wall: NOW }),
      );
    return { ...it, run, node, ask };
  }

  test('compares the ways out of a split by what members did afterwards, without colleagues', async () => {
    const { team, run, ask, report } = await runOfWorld();
    const paid = (member: number, at = START + 2 * HOUR): Did => ({ member, name: 'order.paid', at });
    await report([
      // Before they were divided does not count, nor do the four colleagues.
      paid(9, START),
      ...[0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20].map((member) => paid(member)),
      paid(5),
    ]);
    const { measured, snapshot } = await ask('uplift.halves.order.paid');
    expect(measured).toMatchObject({ n: 28, value: 9 / 28 - 1 / 28 });
    expect([measured.low! > 0.05, measured.high! < 0.5]).toEqual([true, true]);
    expect((await recompute(pool, { team, id: snapshot }))!.again).toEqual(measured);
    expect((await ask('uplift.in.order.paid')).measured.n).toBe(0);
    // Over for two days and a bit: who took part, and who of them was active on the day after.
    expect((await ask('retained_after_end.1')).measured).toEqual({ n: 0 });
    await report(Array.from({ length: 30 }, (_, no) => paid(10 + no, START + 3 * HOUR)));
    await report([paid(10, START + 2 * DAY + HOUR), paid(11, START + DAY + HOUR), paid(50, START + 2 * DAY)]);
    await pool.query('update run set ended_at = instant_of($2) where id = $1', [run, START + DAY]);
    const after = await ask('retained_after_end.1');
    expect([after.measured, after.population?.count]).toEqual([{ value: 1 / 35, n: 35 }, 35]);
    expect((await ask('retained_after_end.4')).measured).toEqual({ n: 0 });
    expect((await ask('on_time')).measured).toEqual({ value: 54 / 60, n: 60 });
  });

  test('has a K factor: whom those who were there at its start have brought since, and who of these counts', async () => {
    const { team, group, members, ask } = await runOfWorld();
    const stay = (who: string, inviter: string, at: number) =>
      pool.query(
        `insert into membership (id, team_id, member_id, group_id, joined_at, inviter_id) values (gen_random_uuid(), $1, $2, $3, instant_of($4), $5)`,
        [team, who, group, at, inviter],
      );
    // Two inviters bring 24; one came before the run began, one is a colleague's, one never did anything.
    const newcomers = Array.from({ length: 27 }, () => newId(START));
    await pool.query(
      `insert into member (id, team_id, display_name, joined_at) select id, $1, 'n', instant_of($2) from unnest($3::uuid[]) id`,
      [team, START, newcomers],
    );
    for (const [no, id] of newcomers.entries()) {
      const inviter = no === 25 ? members[59]! : members[10 + (no % 2)]!;
      await stay(id, inviter, no === 24 ? START - DAY : START + DAY);
    }
    await pool.query(`update member set kind = 'staff' where id = $1`, [newcomers[25]]);
    for (const member of newcomers.slice(0, 26)) {
      const event = {
        name: 'order.paid',
        source: 'shop',
        sourceId: `k-${member}`,
        at: START + 2 * DAY,
        member,
      };
      await ingest(store, team, [event], NOW);
    }
    const { measured, population, snapshot } = await ask('k_factor');
    // 56 members without the colleagues, and the one who came the day before the start.
    expect([measured, population?.count]).toEqual([{ value: 24 / 57, n: 57 }, 57]);
    expect((await ask('inviter_rate')).measured).toEqual({ value: 2 / 57, n: 57 });
    expect((await ask('invite_conversion')).measured).toEqual({ value: 24 / 25, n: 25 });
    expect((await ask('k_factor', 'P1D')).measured).toEqual({ value: 0, n: 82 });
    expect((await recompute(pool, { team, id: snapshot }))!.again).toEqual(measured);
  });

  test('divides by whom it reached, each by name, and counts what they did from then on', async () => {
    const { team, run, group, members, node, ask, report } = await runOfWorld();
    await pool.query(
      `with m as (
         insert into message (id, team_id, run_id, node, ordinal, lap, channel, class, mode, text, posted, at)
         values (gen_random_uuid(), $1, $2, $3, 0, 0, 'x', 'marketing', 'auto', '{}', '', instant_of($4)) returning id)
       insert into delivery (message_id, recipient, team_id, run_id, member_id, state, reason, gated_at, requested_of,
         requested_at, confirmed_at, at)
       select m.id, 'member/' || d.id, $1, $2, d.id,
         case when d.no <= 34 then 'sent' when d.no <= 40 then 'skipped' else 'failed' end::delivery_state,
         case when d.no <= 34 then null when d.no <= 40 then 'cap' else 'provider' end, instant_of($4), 'colleague',
         instant_of($4), case when d.no <= 22 then instant_of($4) + d.no * interval '1 minute' end, instant_of($4)
       from m, unnest($5::uuid[]) with ordinality as d (id, no)`,
      [team, run, node, START + DAY, members.slice(0, 44)],
    );
    const did = (member: number, name: string, days: number): Did => ({
      member,
      name,
      at: START + days * DAY,
    });
    await report([
      ...[10, 11, 12].map((member) => did(member, 'order.paid', 2)),
      did(13, 'order.paid', 0.5),
      did(40, 'order.paid', 2),
      did(14, 'member.clicked', 2),
    ]);
    const { measured, population, snapshot } = await ask('conversion.order.paid');
    expect([measured, population?.count]).toEqual([{ value: 3 / 30, n: 30 }, 30]);
    expect((await ask('click_rate')).measured).toEqual({ value: 1 / 30, n: 30 });
    expect((await ask('participation')).measured).toEqual({ value: 4 / 30, n: 30 });
    // Those who could not be delivered to were eligible as well; those whom a cap left out were not.
    expect((await ask('participation_eligible')).measured).toEqual({ value: 5 / 34, n: 34 });
    expect((await ask('reach_rate')).measured).toEqual({ value: 34 / 38, n: 38 });
    expect((await ask('reach_rate')).facts).toMatchObject({ withheld: { cap: 6 } });
    expect((await ask('confirm_rate')).measured).toEqual({ value: 22 / 44, n: 44 });
    expect((await ask('confirm_lag')).measured).toEqual({ value: 11.5, n: 22 });
    // Posted to the group as well, everybody is reached; the old number stays what it was.
    await pool.query(
      `insert into delivery (message_id, recipient, team_id, run_id, group_id, state, heads, gated_at, at)
       select id, 'group/' || $2, team_id, run_id, $2::uuid, 'sent', 80, instant_of($3), instant_of($3) from message where run_id = $1`,
      [run, group, START + 3 * DAY],
    );
    expect((await ask('conversion.order.paid')).measured).toEqual({ value: 3 / 56, n: 56 });
    expect((await recompute(pool, { team, id: snapshot }))!.again).toEqual(measured);
    expect((await ask('reach')).measured.value).toBe(80);
  });

  test('tells how soon colleagues take tasks up and close them', async () => {
    const { team, run, node, ask } = await runOfWorld();
    const MINUTE = 60_000;
    for (const [index, minutes] of [10, 20, 30, 40, 100].entries()) {
      await pool.query(
        `with t as (
           insert into task (id, team_id, run_id, node, ordinal, lap, kind, role, title, outcomes, opened_at, due_at, state, outcome, closed_at)
           values (gen_random_uuid(), $1, $2, $3, $4, 0, 'task', 'operator', '{}', '[]', instant_of($5), instant_of($6), 'done', 'ok',
             instant_of($7)) returning id),
         n as (insert into task_note (team_id, task_id, kind, at, call) select $1, id, 'accepted', instant_of($8), 0 from t)
         insert into task_decision (team_id, task_id, by, outcome, at, recorded_at)
         select $1, id, $9, 'ok', instant_of($7), instant_of($7) from t`,
        [
          team,
          run,
          node,
          index,
          NOW - DAY,
          NOW,
          NOW - DAY + minutes * MINUTE,
          NOW - DAY + (minutes / 10) * MINUTE,
          `user-${index % 2}`,
        ],
      );
    }
    expect((await ask('first_response_p50')).measured).toEqual({ value: 3, n: 5 });
    expect((await ask('first_response_p90')).measured.value).toBeCloseTo(7.6, 9);
    expect((await ask('resolution_p50')).measured).toEqual({ value: 30, n: 5 });
    expect((await ask('human_load')).measured).toEqual({ value: 5 / (2 * 5), n: 2 });
    expect((await ask('human_load', 'P1D')).measured.value).toBe(5 / 2);
    const [anna, ben] = [crypto.randomUUID(), crypto.randomUUID()];
    await pool.query(`update run set groups = $2, roles = $3 where id = $1`, [
      run,
      [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()],
      { operator: [anna, ben], owner: [anna] },
    ]);
    expect((await ask('groups_per_operator')).measured).toEqual({ value: 3 / 2, n: 2 });
  });

  test('tells how many came through the gate of an approval, and how soon they were answered', async () => {
    const { team, run, node, ask } = await runOfWorld();
    const MINUTE = 60_000;
    await pool.query(
      `insert into task (id, team_id, run_id, node, ordinal, lap, kind, role, title, outcomes, opened_at, due_at, state, outcome, closed_at)
       select gen_random_uuid(), $1, $2, $3, n, 0, case when n < 24 then 'approval' else 'task' end, 'operator', '{}', '[]',
         instant_of($4), instant_of($5),
         (case when n < 20 then 'done' when n < 22 then 'expired' when n < 24 then 'open' else 'done' end)::task_state,
         case when n < 15 then 'approved' when n < 20 then 'rejected' when n >= 24 then 'approved' end,
         case when n not between 22 and 23 then instant_of($4 + n * $6) end
       from generate_series(0, 29) as n`,
      [team, run, node, NOW - DAY, NOW, MINUTE],
    );
    expect((await ask('gate_pass')).measured).toEqual({ value: 15 / 22, n: 22 });
    expect((await ask('gate_latency_p50')).measured).toEqual({ value: 9.5, n: 20 });
    expect((await ask('gate_latency_p90')).measured.value).toBeCloseTo(17.1, 9);
  });

  test('that was tried out in compressed time counts in no community', async () => {
    const { team, community, ask } = await world({ people: 30, stays: everybody(30), did: [] });
    const { run } = await launchRun(store, team, {
      document: halves,
      startAt: START,
      mode: 'fast',
      community,
    });
    const { rows } = await pool.query<{ id: string }>('select id from member where team_id = $1', [team]);
    const events = rows.map(({ id }, index) => ({
      name: 'order.paid',
      source: `run/${run}`,
      sourceId: String(index),
      at: NOW - HOUR,
      member: id,
      run,
    }));
    await ingest(store, team, events, NOW);
    expect((await ask('active_rate')).measured).toEqual({ value: 0, n: 30 });
    const scope = await scopeOfRun(pool, (await runOf(pool, run))!);
    const own = await measureAndKeep(pool, {
      metric: 'active_rate',
      scope,
      now: NOW,
      source: 'test',
      wall: NOW,
    });
    expect(own.measured.value).toBe(1);
  });
});
