// When a shard must wake for what becomes due: the one question that its timer asks of the due table.
// Not the promotion of what is due, see due.ts.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from './client.ts';
import type { ShardAddress } from './inbox.ts';
import { planOfRun } from './run.ts';
import { eventNames } from './topics.ts';

// A due event matters when it lets somebody in, or when somebody listens for it: from its instant on, or from the tick at
// which the listener heeds it.
// 'is not distinct from' is asked of no index. After many have finished the planner takes the table of listeners for empty, and
// any index for as good as another: that of members, for an event alone, goes through all listeners for each row of due.
// Rows are walked in the order of their instants up to the first that matters; only one within its tick can come before.
const NEXT_DUE = `
  with heard as not materialized (
    select d.at, h.tick from due d cross join lateral (
      select d.at as tick where d.event is null
      union all
      select d.at from entrance e
      where e.run_id = d.run_id and e.event = d.event and e.closed_at is null and coalesce(d.at < e.until, true)
        and (d.person is not null or d.member is not null)
      union all
      select min(case l.heed_ms when 0 then d.at
        else least(l.until, instant_of((ms_of(d.at) + l.heed_ms - 1) / l.heed_ms * l.heed_ms)) end)
      from (
        select heed_ms, until from listener l
        where l.live and l.person = d.person and l.event is not distinct from d.event
          and l.run_id is not distinct from d.run_id
        union all
        select heed_ms, until from listener l
        where l.live and l.member_id = d.member and l.team_id = d.team_id
          and l.event is not distinct from d.event and l.run_id is not distinct from d.run_id
        union all
        select heed_ms, until from listener l
        where l.live and l.member_id is null and l.graph = 0 and l.team_id = d.team_id
          and l.event is not distinct from d.event
          and l.run_id is not distinct from d.run_id) as l
      where d.event is not null and l.until >= d.at) as h
    where d.run_id = $1 and d.shard = $2 and (d.event is null or d.event = any($3)) and h.tick is not null)
  select ms_of(min(tick)) as at from heard where at <= (select tick from heard order by at limit 1)`;

/**
 * The instant at which a shard must wake for what becomes due; null when it need not.
 * An event that nobody listens for wakes nobody: it is taken in with the next drain, at its own instant.
 */
export async function nextDue(sql: Sql, { run, shard }: ShardAddress): Promise<Instant | null> {
  const names = eventNames(await planOfRun(sql, run));
  const { rows } = await sql.query<{ at: Instant | null }>(NEXT_DUE, [run, shard, names]);
  return rows[0]?.at ?? null;
}
