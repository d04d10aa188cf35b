// Messages and what they led to: sign-ups, opt-outs, complaints, deliveries, reported numbers; of a run, or of groups.
// Not the formulas: those are in engine/metrics/, and the rehearsal uses the same.
import type { Counts } from '../../../engine/metrics.ts';
import type { Sql } from '../client.ts';
import type { Scope, Window } from './scope.ts';

const WHO = `e.name, coalesce('m' || e.member_id, 'p' || e.person, e.source_id) as who, e.at`;
const NO_STAFF = `(e.member_id is null or exists (select from member m where m.id = e.member_id and m.kind = 'member'))`;

// Events of the run itself, and events of its audience's members while it ran that name no run.
// Who does something a second time does not count again, whatever stretch of the run is looked at.
const OF_RUN = `
  events as (
    select ${WHO} from event e
    where e.team_id = $2 and e.at <= instant_of($4) and ${NO_STAFF}
      and (e.run_id = $1 or (e.run_id is null and e.at >= instant_of($5) and (e.member_id is null or exists (
        select from membership s where s.member_id = e.member_id and s.group_id = any($6)))))),
  deliveries as (
    select d.*, m.class from delivery d join message m on m.id = d.message_id
    where d.run_id = $1 and d.at between instant_of($3) and instant_of($4)),
  reports as (
    select distinct on (name) name, value from metric_point
    where run_id = $1 and at <= instant_of($4) order by name, at desc, id desc)`;

// What happened in groups, to whoever was in them at the time. What was tried out in compressed time happened to nobody.
const REAL = `(e.run_id is null or not exists (select from run r where r.id = e.run_id and r.mode = 'fast'))`;
const OF_GROUPS = `
  events as (
    select ${WHO} from event e
    where e.team_id = $2 and e.at between instant_of($3) and instant_of($4) and ${NO_STAFF} and ${REAL}
      and e.name in ('member.signed-up', 'counted.sign_ups', 'member.opted-out', 'member.complained')
      and (e.group_id = any($6) or exists (
        select from membership s where s.member_id = e.member_id and s.group_id = any($6)
          and s.joined_at <= e.at and (s.left_at is null or s.left_at >= e.at)))
      and $1::uuid is not null and $5::bigint is not null),
  deliveries as (
    select d.*, m.class from delivery d join message m on m.id = d.message_id
      join run r on r.id = d.run_id and r.mode = 'real'
    where d.team_id = $2 and d.at between instant_of($3) and instant_of($4)
      and (d.group_id = any($6) or exists (
        select from membership s where s.member_id = d.member_id and s.group_id = any($6)
          and s.joined_at <= d.at and (s.left_at is null or s.left_at > d.at)))),
  reports as (select null::text as name, null::numeric as value where false)`;

// Heads are counted once for a group, however often it was posted to; members of such a group are among its heads.
const counting = (gathered: string): string => `
  with ${gathered},
  firsts as (select name, who, min(at) as at from events group by name, who),
  posted as (
    select recipient, max(heads) as heads from deliveries
    where state = 'sent' and recipient like 'group/%' group by recipient
  ),
  told as (
    select distinct d.recipient from deliveries d
    where d.state = 'sent' and d.recipient not like 'group/%'
      and not exists (select from posted p join membership s on 'group/' || s.group_id = p.recipient
        where d.recipient = 'member/' || s.member_id and s.left_at is null)
      and not exists (select from posted p where p.recipient = 'group/' ||
        (case when d.recipient like 'person/%' then split_part(d.recipient, '/', 2)::int end % greatest($7, 1) + 1))
  )
  select
    (select count(distinct who) from firsts where name in ('member.signed-up', 'counted.sign_ups')
      and at >= instant_of($3)) as "signUps",
    (select coalesce(sum(heads), 0) from posted) + (select count(*) from told) as reached,
    (select coalesce(sum(heads), 0) from deliveries where state = 'sent' and class = 'marketing') as marketing,
    (select count(*) from firsts where name = 'member.opted-out' and at >= instant_of($3)) as "optOuts",
    (select count(*) from events where name = 'member.complained' and at >= instant_of($3)) as complaints,
    (select coalesce(sum(heads), 0) from deliveries where state = 'sent') as delivered,
    (select count(*) from deliveries where state = 'failed') as failed,
    coalesce((select jsonb_object_agg(name, count) from (
      select substr(name, 9) as name, count(*) as count from firsts
      where name like 'counted.%' group by name) as c), '{}')
    || coalesce((select jsonb_object_agg(name, value) from reports), '{}') as reported`;

const COUNTS_OF_RUN = counting(OF_RUN);
const COUNTS_OF_GROUPS = counting(OF_GROUPS);

/** The counts of a scope over a window. */
export async function countsOf(sql: Sql, scope: Scope, { from, to }: Window): Promise<Counts> {
  const { id, team, run, groups, synthetic } = scope;
  const { rows } = await sql.query<Counts>(run === undefined ? COUNTS_OF_GROUPS : COUNTS_OF_RUN, [
    id,
    team,
    from,
    to,
    run?.startAt ?? from,
    groups,
    synthetic?.groups ?? 1,
  ]);
  return rows[0]!;
}
