// Denominators: who was there, frozen by name before anything is counted, so that nobody can leave a rate afterwards.
// The same population is kept once, however many metrics look at it.
import type { Instant } from '../../../engine/instant.ts';
import type { FactKind } from '../../../engine/metrics/facts.ts';
import { ACTIVATION_MS, SIGN_UPS } from '../../../engine/metrics/facts.ts';
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
  {
    kind,
    day,
    window,
    now,
  }: {
    readonly kind: FactKind;
    readonly day?: number | undefined;
    readonly window: Window;
    readonly now: Instant;
  },
): Promise<Population | undefined> {
  const binder = new Binder();
  const whom = populationOf(binder, scope, { kind, day, window });
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
  readonly kind: FactKind;
  readonly day: number | undefined;
  readonly window: Window;
}

/** Rows of `member` and `at`: the instant from which on what they do counts; null for the whole window. */
function populationOf(binder: Binder, scope: Scope, { kind, day = 0, window }: Asked): string | undefined {
  switch (kind) {
    case 'activity':
    case 'recency':
    case 'voices':
    case 'engagement':
    case 'event':
    case 'flow':
    case 'invites':
      return thereAt(binder, scope, window.from);
    case 'activation':
      return joinedBetween(binder, scope, {
        from: `instant_of(${binder.bind(window.from - ACTIVATION_MS, 'bigint')})`,
        to: `instant_of(${binder.bind(window.to - ACTIVATION_MS, 'bigint')})`,
      });
    case 'retention': {
      const zone = binder.bind(scope.zone, 'text');
      const today = `(instant_of(${binder.bind(window.to, 'bigint')}) at time zone ${zone})::date`;
      const days = Math.max(1, Math.round((window.to - window.from) / 86_400_000));
      const startOf = (before: number) =>
        `((${today} - ${binder.bind(before, 'int')})::timestamp at time zone ${zone})`;
      return joinedBetween(binder, scope, { from: startOf(day + days), to: startOf(day) });
    }
    case 'response':
      return reached(binder, scope, window);
    case 'followed':
      return signedUp(binder, scope, window);
    case 'approvals':
    case 'confirmations':
    case 'counts':
    case 'deliveries':
    case 'entries':
    case 'punctuality':
    case 'split':
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

/** Whose first stay began in a stretch of time, from its beginning until before its end. */
function joinedBetween(
  binder: Binder,
  { team, groups }: Scope,
  { from, to }: { readonly from: string; readonly to: string },
): string {
  return `select s.member_id as member, min(s.joined_at) as at
    from membership s join member m on m.id = s.member_id and ${MEMBERS_ONLY}
    where s.team_id = ${binder.bind(team, 'int')} and s.group_id = any(${binder.bind([...groups], 'uuid[]')})
    group by s.member_id having min(s.joined_at) >= ${from} and min(s.joined_at) < ${to}`;
}

/** Who signed up in a stretch of time, having been in one of the groups by its end; and when first. */
function signedUp(binder: Binder, scope: Scope, { from, to }: Window): string {
  const until = `instant_of(${binder.bind(to, 'bigint')})`;
  return `select e.member_id as member, min(e.at) as at
    from event e join member m on m.id = e.member_id and ${MEMBERS_ONLY}
    where e.team_id = ${binder.bind(scope.team, 'int')} and e.name = any(${binder.bind([...SIGN_UPS], 'text[]')})
      and e.at between instant_of(${binder.bind(from, 'bigint')}) and ${until} and ${ofScope(binder, scope)}
      and exists (select from membership s where s.member_id = e.member_id and s.joined_at <= ${until}
        and s.group_id = any(${binder.bind([...scope.groups], 'uuid[]')}))
    group by e.member_id`;
}

/** Who got a message of the run themselves, or was in a group when it was posted there; and when first. */
function reached(binder: Binder, { id }: Scope, { from, to }: Window): string {
  const run = binder.bind(id, 'uuid');
  const between = `d.run_id = ${run} and d.state = 'sent'
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
