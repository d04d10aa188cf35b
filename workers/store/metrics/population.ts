// Denominators: who was there, frozen by name before anything is counted, so that nobody can leave a rate afterwards.
// The same population is kept once, however many metrics look at it.
import type { Instant } from '../../../engine/instant.ts';
import type { Ask } from '../../../engine/metrics/facts.ts';
import { ACTIVATION_MS, ACTIVE_EVENTS, AGAIN_MS, SIGN_UPS } from '../../../engine/metrics/facts.ts';
import type { Sql } from '../client.ts';
import { newId } from '../id.ts';
import { Binder, queryOnce } from '../segments/binder.ts';
import { ofScope, type Scope, type Window } from './scope.ts';

/** A frozen population: its id, and how many they are. */
export interface Population {
  readonly id: string;
  readonly count: number;
}

/** Staff and test accounts are in groups too, and count nowhere. */
export const MEMBERS_ONLY = `m.kind = 'member'`;

/** Freezes the population that a kind of facts divides by; undefined where it divides by none. */
export async function freeze(
  sql: Sql,
  scope: Scope,
  { ask, window, now }: { readonly ask: Ask; readonly window: Window; readonly now: Instant },
): Promise<Population | undefined> {
  const binder = new Binder();
  const whom = populationOf(binder, scope, { ask, window });
  if (whom === undefined) return undefined;
  const { rows } = await queryOnce<{ hash: string; members: string[]; instants: (Instant | null)[] }>(
    sql,
    `with whom as (${whom})
     select encode(sha256(coalesce(string_agg(uuid_send(member) || int8send(coalesce(ms_of(at), 0)), ''::bytea
         order by member), ''::bytea)), 'hex') as hash
     from whom`,
    binder,
  );
  const { hash } = rows[0]!;
  const known = await byHash(sql, scope.team, hash);
  if (known !== undefined) return known;
  const place = [binder.bind(newId(now), 'uuid'), binder.bind(scope.team, 'int'), binder.bind(hash, 'text')];
  await queryOnce(
    sql,
    `with whom as (${whom})
     insert into metric_population (id, team_id, hash, members, instants, count, frozen_at)
     select ${place.join(', ')}, coalesce(array_agg(member order by member), '{}'),
       coalesce(array_agg(ms_of(at) order by member), '{}'), count(*), instant_of(${binder.bind(now, 'bigint')})
     from whom on conflict do nothing`,
    binder,
  );
  return (await byHash(sql, scope.team, hash))!;
}

async function byHash(sql: Sql, team: number, hash: string): Promise<Population | undefined> {
  const { rows } = await sql.query<Population>(
    'select id, count from metric_population where team_id = $1 and hash = $2',
    [team, hash],
  );
  return rows[0];
}

interface Asked {
  readonly ask: Ask;
  readonly window: Window;
}

/** Rows of `member` and `at`: the instant from which on what they do counts; null for the whole window. */
function populationOf(binder: Binder, scope: Scope, { ask, window }: Asked): string | undefined {
  switch (ask.kind) {
    case 'activity':
    case 'recency':
    case 'voices':
    case 'chains':
    case 'engagement':
    case 'event':
    case 'flow':
    case 'invites':
    case 'lastMessages':
    case 'penetration':
    case 'recall':
      return thereAt(binder, scope, window.from);
    case 'tagged':
      return tagged(binder, scope, { tag: ask.tag ?? '', window });
    case 'activation':
    case 'activationGap':
      return newcomers(binder, scope, { ask, window });
    case 'retention':
      return joinedOnDays(binder, scope, { day: ask.day ?? 0, window });
    case 'departures':
      return stayedUntil(binder, scope, { day: ask.day ?? 0, window });
    case 'response':
      return sent(binder, scope, { window, states: ask.of === 'eligible' ? SENT : ['sent'] });
    case 'followed':
      return having(binder, scope, { names: ask.since === undefined ? SIGN_UPS : [ask.since], window });
    case 'repeated':
      return firstHaving(binder, scope, { name: ask.event ?? '', window });
    case 'afterwards':
      return tookPart(binder, scope, { day: ask.day ?? 0, window });
    case 'approvals':
    case 'confirmations':
    case 'counts':
    case 'deliveries':
    case 'entries':
    case 'punctuality':
    case 'split':
    case 'staffing':
    case 'work':
      // Counted without a population of members.
      return undefined;
  }
}

/** Whoever has a stay that covers an instant. */
export function thereAt(binder: Binder, { team, groups }: Scope, at: Instant): string {
  const instant = `instant_of(${binder.bind(at, 'bigint')})`;
  return `select distinct s.member_id as member, null::timestamptz as at
    from membership s join member m on m.id = s.member_id and ${MEMBERS_ONLY}
    where s.team_id = ${binder.bind(team, 'int')} and s.group_id = any(${binder.bind([...groups], 'uuid[]')})
      and s.joined_at <= ${instant} and (s.left_at is null or s.left_at > ${instant})`;
}

/** Who joined so long ago that their first 72 hours are over: from a source, and with a tag, where one is asked about. */
function newcomers(binder: Binder, scope: Scope, { ask: { kind, tag, source }, window }: Asked): string {
  const joined = joinedBetween(binder, scope, {
    from: instant(binder, window.from - ACTIVATION_MS),
    to: instant(binder, window.to - ACTIVATION_MS),
    source,
  });
  // The gap is between those who have the tag and the others: both are needed.
  if (tag === undefined || kind === 'activationGap') return joined;
  return `select j.member, j.at from (${joined}) as j
    join member_tag t on t.member_id = j.member and ${isHeld(binder, { tag, at: window.to })}`;
}

interface Joined {
  /** Instants in SQL. */
  readonly from: string;
  readonly to: string;
  /** Where the first stay came from. Absent: from anywhere. */
  readonly source?: string | undefined;
}

/** Whose first stay began in a stretch of time, from its beginning until before its end. */
function joinedBetween(binder: Binder, { team, groups }: Scope, { from, to, source }: Joined): string {
  const first = '(array_agg(s.join_source order by s.joined_at, s.id))[1]';
  const isFrom = source === undefined ? '' : `and ${first} = ${binder.bind(source, 'text')}`;
  return `select s.member_id as member, min(s.joined_at) as at
    from membership s join member m on m.id = s.member_id and ${MEMBERS_ONLY}
    where s.team_id = ${binder.bind(team, 'int')} and s.group_id = any(${binder.bind([...groups], 'uuid[]')})
    group by s.member_id having min(s.joined_at) >= ${from} and min(s.joined_at) < ${to} ${isFrom}`;
}

interface OnDay {
  readonly day: number;
  readonly window: Window;
}

/** Whose day N, counted from joining, is one of the days of the window and over. */
function joinedOnDays(binder: Binder, scope: Scope, { day, window: { from, to } }: OnDay): string {
  const zone = binder.bind(scope.zone, 'text');
  const today = `(instant_of(${binder.bind(to, 'bigint')}) at time zone ${zone})::date`;
  const days = Math.max(1, Math.round((to - from) / 86_400_000));
  const startOf = (before: number) =>
    `((${today} - ${binder.bind(before, 'int')})::timestamp at time zone ${zone})`;
  return joinedBetween(binder, scope, { from: startOf(day + days), to: startOf(day) });
}

/** Of these, whoever was there when their day N began; on day 0 with their joining. */
function stayedUntil(binder: Binder, scope: Scope, { day, window }: OnDay): string {
  const zone = binder.bind(scope.zone, 'text');
  const begins = `greatest(j.at, (((j.at at time zone ${zone})::date + ${binder.bind(day, 'int')})::timestamp at time zone ${zone}))`;
  return `select j.member, j.at from (${joinedOnDays(binder, scope, { day, window })}) as j
    where exists (select from membership s where s.member_id = j.member
      and s.group_id = any(${binder.bind([...scope.groups], 'uuid[]')})
      and s.joined_at <= ${begins} and (s.left_at is null or s.left_at > ${begins}))`;
}

/** Who was there at the beginning and has the tag at the end. */
function tagged(
  binder: Binder,
  scope: Scope,
  { tag, window: { from, to } }: { readonly tag: string; readonly window: Window },
): string {
  return `select there.member, there.at from (${thereAt(binder, scope, from)}) as there
    join member_tag t on t.member_id = there.member and ${isHeld(binder, { tag, at: to })}`;
}

/** True for a row `t` of `member_tag` that puts a tag on its member at an instant. */
export function isHeld(binder: Binder, { tag, at }: { readonly tag: string; readonly at: Instant }): string {
  const then = instant(binder, at);
  return `t.tag = ${binder.bind(tag, 'text')} and t.at <= ${then} and (t.expires_at is null or t.expires_at > ${then})`;
}

/** Who had an event in a stretch of time, having been in one of the groups by its end; and when first. */
function having(
  binder: Binder,
  scope: Scope,
  { names, window: { from, to } }: { readonly names: readonly string[]; readonly window: Window },
): string {
  return `${eventsUntil(binder, scope, { names, until: instant(binder, to) })}
      and e.at >= ${instant(binder, from)}
    group by e.member_id`;
}

/** Whose first event of a name is so long ago that the second has had its time. */
function firstHaving(
  binder: Binder,
  scope: Scope,
  { name, window: { from, to } }: { readonly name: string; readonly window: Window },
): string {
  const until = instant(binder, to - AGAIN_MS);
  return `${eventsUntil(binder, scope, { names: [name], until })}
    group by e.member_id having min(e.at) >= ${instant(binder, from - AGAIN_MS)} and min(e.at) < ${until}`;
}

/** Rows of members, and when they first had one of these events; to be narrowed and grouped by whom. */
function eventsUntil(
  binder: Binder,
  scope: Scope,
  { names, until }: { readonly names: readonly string[]; readonly until: string },
): string {
  return `select e.member_id as member, min(e.at) as at
    from event e join member m on m.id = e.member_id and ${MEMBERS_ONLY}
    where e.team_id = ${binder.bind(scope.team, 'int')} and e.name = any(${binder.bind([...names], 'text[]')})
      and e.at <= ${until} and ${ofScope(binder, scope)}
      and exists (select from membership s where s.member_id = e.member_id and s.joined_at <= ${until}
        and s.group_id = any(${binder.bind([...scope.groups], 'uuid[]')}))`;
}

/** Who did something that counts as active while an activity ran whose day N after the end is over; the instant is the end. */
function tookPart(binder: Binder, scope: Scope, { day, window: { to } }: OnDay): string {
  const zone = binder.bind(scope.zone, 'text');
  const today = `(${instant(binder, to)} at time zone ${zone})::date`;
  const end = `(select ended_at from run where id = ${binder.bind(scope.id, 'uuid')})`;
  return `select p.member, ${end} as at from (
      ${eventsUntil(binder, scope, { names: ACTIVE_EVENTS, until: end })}
        and e.at >= ${instant(binder, scope.run?.startAt ?? to)}
      group by e.member_id) as p
    where (${end} at time zone ${zone})::date + ${binder.bind(day, 'int')} < ${today}`;
}

const instant = (binder: Binder, at: Instant): string => `instant_of(${binder.bind(at, 'bigint')})`;

/** States of what consent and caps have let go. */
export const SENT = ['sent', 'failed', 'unknown'] as const;

/** Who was sent a message of the run themselves, or was in a group when it was posted there; and when first. */
function sent(
  binder: Binder,
  { id }: Scope,
  { window: { from, to }, states }: { readonly window: Window; readonly states: readonly string[] },
): string {
  const run = binder.bind(id, 'uuid');
  const between = `d.run_id = ${run} and d.state = any(${binder.bind([...states], 'delivery_state[]')})
    and d.at between instant_of(${binder.bind(from, 'bigint')}) and instant_of(${binder.bind(to, 'bigint')})`;
  return `select r.member, min(r.at) as at from (
      select d.member_id as member, d.at from delivery d where ${between} and d.member_id is not null
      union all
      select s.member_id, d.at from delivery d join membership s on s.group_id = d.group_id
        and s.joined_at <= d.at and (s.left_at is null or s.left_at > d.at)
      where ${between} and d.group_id is not null) as r
    join member m on m.id = r.member and ${MEMBERS_ONLY}
    group by r.member`;
}
