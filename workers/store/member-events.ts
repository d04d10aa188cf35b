// What an event means for the member it is about: the few names that change what is known of people.
// Not counting: metrics read the events themselves.
import type { Sql } from './client.ts';
import type { StoredEvent } from './stored-event.ts';
import { applyTurns, JOINED, LEFT } from './stays.ts';

/** A member's "no more". `data.class` narrows it to a class of messages. */
export const OPTED_OUT = 'member.opted-out';

/** Applies events to the members they name, in the order of their arrival. */
export async function applyToMembers(
  sql: Sql,
  { team, events }: { readonly team: number; readonly events: readonly StoredEvent[] },
): Promise<void> {
  const named = events.filter(({ member }) => member !== undefined);
  if (named.length === 0) return;
  if (named.some(({ name, group }) => group !== undefined && (name === JOINED || name === LEFT))) {
    await lockMembers(sql, team, named);
  }
  await noteActivity(sql, team, named);
  const optOuts = named.filter(({ name }) => name === OPTED_OUT);
  if (optOuts.length > 0) await recordOptOuts(sql, team, optOuts);
  await applyTurns(sql, { team, events: named });
}

/** Whoever changes stays holds their members, as the guard of stays does; all of them before any other row of theirs. */
async function lockMembers(sql: Sql, team: number, events: readonly StoredEvent[]): Promise<void> {
  await sql.query('select from member where team_id = $1 and id = any($2) order by id for update', [
    team,
    [...new Set(events.map(({ member }) => member))],
  ]);
}

// To the minute: who acts all day long need not be written all day long. Rows are locked in the order of their ids, so
// that batches about the same members wait for each other, and never both at once.
async function noteActivity(sql: Sql, team: number, events: readonly StoredEvent[]): Promise<void> {
  const latest = new Map<string, number>();
  for (const { member, at } of events) {
    if (member !== undefined) latest.set(member, Math.max(latest.get(member) ?? at, at));
  }
  await sql.query(
    `with later as materialized (
       select m.id, instant_of(e.at) as at
       from unnest($2::uuid[], $3::bigint[]) as e (member, at)
       join member m on m.team_id = $1 and m.id = e.member
         and (m.last_active_at is null or m.last_active_at <= instant_of(e.at) - interval '1 minute')
       order by m.id for no key update of m
     )
     update member m set last_active_at = greatest(m.last_active_at, later.at) from later where m.id = later.id`,
    [team, [...latest.keys()], [...latest.values()]],
  );
}

async function recordOptOuts(sql: Sql, team: number, events: readonly StoredEvent[]): Promise<void> {
  const rows = events.map(({ member, at, source, run, data }) => {
    const only = data?.['class'];
    return { member, at, source, run, value: typeof only === 'string' ? only : '' };
  });
  await sql.query(
    `insert into opt_out (id, team_id, member_id, scope, value, at, source, run_id)
     select gen_random_uuid(), $1, r.member, case r.value when '' then 'all' else 'class' end, r.value,
       instant_of(r.at), r.source, r.run
     from jsonb_to_recordset($2) as r (member uuid, at bigint, source text, run uuid, value text)
     join member m on m.team_id = $1 and m.id = r.member
     on conflict do nothing`,
    [team, JSON.stringify(rows)],
  );
}
