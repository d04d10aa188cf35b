// The counts behind the community metrics of a run, read from its events, deliveries and reported numbers.
// Not the formulas: those are in engine/metrics.ts, and the rehearsal uses the same.
import type { Instant } from '../../engine/instant.ts';
import type { Counts } from '../../engine/metrics.ts';
import { communityOfRun } from '../store/community.ts';
import type { Sql } from '../store/client.ts';
import type { RunFacts } from '../store/run.ts';

// Events of the run itself, and events of its audience's members while it ran that name no run.
const EVENTS = `
  select e.name, coalesce('m' || e.member_id, 'p' || e.person, e.source_id) as who, e.at
  from event e
  where e.team_id = $2 and e.at <= instant_of($4)
    and (e.run_id = $1 or (e.run_id is null and e.at >= instant_of($5) and (e.member_id is null or exists (
      select from membership s where s.member_id = e.member_id and s.group_id = any($6)))))`;

// Who does something a second time does not count again, whatever stretch of time is looked at.
const FIRSTS = `select name, who, min(at) as at from events group by name, who`;

// Heads are counted once for a group, however often it was posted to; members of such a group are among its heads.
const COUNTS = `
  with events as (${EVENTS}),
  firsts as (${FIRSTS}),
  deliveries as (
    select d.*, m.class from delivery d join message m on m.id = d.message_id
    where d.run_id = $1 and d.at between instant_of($3) and instant_of($4)
  ),
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
    || coalesce((select jsonb_object_agg(name, value) from (
      select distinct on (name) name, value from metric_point
      where run_id = $1 and at <= instant_of($4) order by name, at desc, id desc) as r), '{}')
      as reported`;

/** The counts of a run up to `now`, from its start or over the last `windowMs`. */
export async function countsOf(
  sql: Sql,
  run: RunFacts,
  { now, windowMs }: { readonly now: Instant; readonly windowMs?: number | undefined },
): Promise<Counts> {
  const { groups } = await communityOfRun(sql, run);
  const from = windowMs === undefined ? run.startAt : Math.max(run.startAt, now - windowMs);
  const { rows } = await sql.query<Counts>(COUNTS, [
    run.id,
    run.team,
    from,
    now,
    run.startAt,
    run.groups,
    groups,
  ]);
  return rows[0]!;
}
