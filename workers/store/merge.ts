// Two records of one person become one: everything of the one that goes is the other's from then on, in one transaction.
// Not the permission and not the audit, which are the server's; and what was measured and frozen before stays as it was.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from './client.ts';
import { foldStays } from './merge-stays.ts';
import { holdMerges } from './merged.ts';

/** Who goes, and into whom. */
export interface Merging {
  readonly team: number;
  readonly from: string;
  readonly into: string;
  readonly now: Instant;
}

/** Why two records cannot become one, or not now. */
export type MergeRefusal =
  /** The same record twice. */
  | { readonly refused: 'itself' }
  /** The team has none of this id, or it was erased. */
  | { readonly refused: 'unknown'; readonly member: string }
  /** One is a member and the other a colleague, or a test account. */
  | { readonly refused: 'kinds' }
  /** Both are under way in these journeys: one person would stand in one of them twice. */
  | { readonly refused: 'both-under-way'; readonly journeys: readonly string[] }
  /** So many messages to the one that goes are with a provider or a colleague, or in doubt. */
  | { readonly refused: 'messages-out'; readonly messages: number };

/** Null: it is done. */
export type Merged = MergeRefusal | null;

/**
 * Merges. Refusals of either hold: a consent that one has taken back is taken back, an opt-out of either counts, whoever
 * is blocked stays blocked. What both have said of themselves is as the one that stays has said it.
 */
export async function merge(sql: Sql, merging: Merging): Promise<Merged> {
  const { team, from, into, now } = merging;
  if (from === into) return { refused: 'itself' };
  await holdMerges(sql, team, 'alone');
  const refusal = await refusalOf(sql, merging);
  if (refusal !== null) return refusal;
  await sql.query(`select set_config('kindling.merging', 'on', true)`);
  await sql.query(TAKE_BACK, [from, into, now]);
  await foldStays(sql, merging);
  for (const statement of OF_MEMBER) await sql.query(statement, [team, from, into]);
  await sql.query('update member_merge set into_id = $3 where team_id = $1 and into_id = $2', [
    team,
    from,
    into,
  ]);
  const { rows } = await sql.query<{ key: string | null }>(
    'delete from member where team_id = $1 and id = $2 returning external_key as key',
    [team, from],
  );
  const key = rows[0]?.key ?? null;
  // Two numbers of one person: the other one still finds them.
  await sql.query(
    'update member set external_key = coalesce(external_key, $3) where team_id = $1 and id = $2',
    [team, into, key],
  );
  // It happens now that nobody else is at work on either, after all that was let through while it waited for that.
  await sql.query(
    `insert into member_merge (from_id, team_id, into_id, external_key, at)
     select $2, $1, $3, case when m.external_key is distinct from $4 then $4 end,
       greatest(instant_of($5), (select max(greatest(d.gated_at, d.requested_at)) from delivery d where d.member_id = $3))
     from member m where m.team_id = $1 and m.id = $3`,
    [team, from, into, key, now],
  );
  await sql.query(`select set_config('kindling.merging', 'off', true)`);
  return null;
}

async function refusalOf(sql: Sql, { team, from, into }: Merging): Promise<MergeRefusal | null> {
  const { rows: members } = await sql.query<{ id: string; kind: string }>(
    `select id, kind::text from member where team_id = $1 and id = any($2) and status <> 'erased' order by id for update`,
    [team, [from, into]],
  );
  const missing = [into, from].find((id) => !members.some((it) => it.id === id));
  if (missing !== undefined) return { refused: 'unknown', member: missing };
  if (members[0]!.kind !== members[1]!.kind) return { refused: 'kinds' };
  const { rows: doubled } = await sql.query<{ journey: string }>(BOTH_UNDER_WAY, [team, from, into]);
  if (doubled.length > 0)
    return { refused: 'both-under-way', journeys: doubled.map(({ journey }) => journey) };
  // Held: whoever hands messages over leaves planned ones alone that another transaction holds.
  const { rows: out } = await sql.query<{ isOut: boolean }>(
    `select state <> 'planned' or requested_at is not null as "isOut" from delivery
     where team_id = $1 and member_id = $2 and state in ('planned', 'gated', 'requested', 'confirmed', 'unknown')
     order by message_id for update`,
    [team, from],
  );
  const messages = out.filter(({ isOut }) => isOut).length;
  return messages > 0 ? { refused: 'messages-out', messages } : null;
}

const LIVE = `s.ended_at is null and r.finished_at is null and r.status not in ('completed', 'cancelled', 'failed')`;

/** In one journey of one run; or, where a journey counts over runs, in two of them. */
const BOTH_UNDER_WAY = `
  with live as (
    select s.member_id, s.run_id, s.graph, s.ordinal from subject s join run r on r.id = s.run_id
    where s.team_id = $1 and s.member_id in ($2, $3) and ${LIVE}
  )
  select coalesce(k.journey, a.graph::text) as journey from live a
  join live b on b.run_id = a.run_id and b.graph = a.graph
  left join stay k on k.team_id = $1 and k.run_id = a.run_id and k.graph = a.graph and k.ordinal = a.ordinal
  where a.member_id = $2 and b.member_id = $3
  union
  select j.journey from stay j join stay k using (team_id, scope, journey)
  join live a on (a.run_id, a.graph, a.ordinal) = (j.run_id, j.graph, j.ordinal)
  join live b on (b.run_id, b.graph, b.ordinal) = (k.run_id, k.graph, k.ordinal)
  where j.team_id = $1 and j.who = $2::text and k.who = $3::text
  order by 1`;

/** What either has refused, both have: silence takes nothing away. */
const TAKE_BACK = `
  with said as (
    select purpose, bool_or(revoked_at is null) as agrees from consent where member_id in ($1, $2) group by member_id, purpose
  )
  update consent set revoked_at = greatest(granted_at, instant_of($3))
  where member_id in ($1, $2) and revoked_at is null and purpose in (select purpose from said where not agrees)`;

/** $1 the team, $2 who goes, $3 into whom. Every one names all three. */
const OF_MEMBER: readonly string[] = [
  'update member_identity set member_id = $3 where team_id = $1 and member_id = $2',
  'update consent set member_id = $3 where team_id = $1 and member_id = $2',
  `update opt_out a set at = least(a.at, b.at) from opt_out b
   where b.team_id = $1 and b.member_id = $2 and a.member_id = $3 and (a.scope, a.value) = (b.scope, b.value)`,
  `update opt_out b set member_id = $3 where b.team_id = $1 and b.member_id = $2
     and not exists (select from opt_out a where a.member_id = $3 and (a.scope, a.value) = (b.scope, b.value))`,
  // A tag that the other has for good does not end with this one's.
  `insert into member_tag (member_id, tag, team_id, source, at, expires_at)
   select $3, t.tag, t.team_id, t.source, t.at, t.expires_at from member_tag t join member m on m.id = $3
   where t.team_id = $1 and t.member_id = $2 and t.tag <> all(m.tags)`,
  `update membership set inviter_id = nullif($3, member_id) where team_id = $1 and inviter_id = $2`,
  'update event set member_id = $3 where team_id = $1 and member_id = $2',
  // Where they stand they go on; whoever enters again meets the rule of the journey with all that either has done.
  'update subject set member_id = $3 where team_id = $1 and member_id = $2',
  'update listener set member_id = $3 where team_id = $1 and member_id = $2',
  'update due set member = $3 where team_id = $1 and member = $2',
  'update import_row set member_id = $3 where team_id = $1 and member_id = $2',
  `insert into stay (scope, journey, who, key, team_id, run_id, graph, ordinal, at)
   select scope, journey, $3::uuid::text, key, team_id, run_id, graph, ordinal, at from stay
   where team_id = $1 and who = $2::uuid::text
   on conflict (scope, journey, who, key) do update
     set run_id = excluded.run_id, graph = excluded.graph, ordinal = excluded.ordinal, at = excluded.at
     where stay.at < excluded.at`,
  `delete from stay where team_id = $1 and who = $2::uuid::text and $3::uuid is not null`,
  `insert into turned_away (run_id, graph, who, team_id, member_id, at, reason, why, event_id, times)
   select run_id, graph, $3::uuid::text, team_id, $3::uuid, at, reason, why, event_id, times from turned_away
   where team_id = $1 and member_id = $2
   on conflict (run_id, graph, who) do update
     set times = turned_away.times + excluded.times, at = greatest(turned_away.at, excluded.at),
       reason = case when excluded.at > turned_away.at then excluded.reason else turned_away.reason end,
       why = case when excluded.at > turned_away.at then excluded.why else turned_away.why end,
       event_id = case when excluded.at > turned_away.at then excluded.event_id else turned_away.event_id end`,
  'delete from turned_away where team_id = $1 and member_id = $2 and $3::uuid is not null',
  // Of two answers to one form the later is the correction.
  `delete from answer a using answer b
   where a.team_id = $1 and a.form_id = b.form_id and a.member_id in ($2, $3) and b.member_id in ($2, $3)
     and a.id <> b.id and (a.at, a.id) < (b.at, b.id)`,
  `update answer set member_id = $3::uuid, by = 'member/' || $3::uuid where team_id = $1 and member_id = $2`,
  // What is planned for both is planned once; what has gone out stays as it went.
  `update delivery b set state = 'skipped', reason = 'gone', next_at = null
   where b.team_id = $1 and b.member_id = $2 and b.state = 'planned'
     and exists (select from delivery a where a.message_id = b.message_id and a.member_id = $3)`,
  `update delivery b set member_id = $3::uuid, recipient = 'member/' || $3::uuid
   where b.team_id = $1 and b.member_id = $2
     and not exists (select from delivery a where a.message_id = b.message_id and a.member_id = $3)`,
  'update delivery set member_id = $3 where team_id = $1 and member_id = $2',
  `with keys as (
     select 'member/' || $2::uuid as old, 'member/' || $3::uuid as new
     union all select 'channel/' || c.id || '/member/' || $2::uuid, 'channel/' || c.id || '/member/' || $3::uuid
     from channel c where c.team_id = $1
   ), gone as (
     delete from send_count s using keys k where s.team_id = $1 and s.recipient = k.old returning k.new, s.day, s.count
   )
   insert into send_count (team_id, recipient, day, count) select $1, new, day, count from gone
   on conflict (team_id, recipient, day) do update set count = send_count.count + excluded.count`,
  `with gone as (
     delete from channel_bucket where team_id = $1 and recipient = 'member/' || $2::uuid returning *
   )
   insert into channel_bucket (channel_id, name, recipient, team_id, out)
   select channel_id, name, 'member/' || $3::uuid, team_id, out from gone
   on conflict (channel_id, name, recipient) do update set out = (
     select coalesce(jsonb_agg(token order by (token ->> 0)::bigint), '[]')
     from jsonb_array_elements(channel_bucket.out || excluded.out) as token)`,
  `update member a set
     status = case when 'blocked' in (a.status::text, b.status::text) then 'blocked'
       when 'active' in (a.status::text, b.status::text) then 'active' else a.status::text end::member_status,
     attributes = b.attributes || a.attributes,
     tags = array(select distinct tag from unnest(a.tags || b.tags) as tag order by tag),
     zone = coalesce(a.zone, b.zone), locale = coalesce(a.locale, b.locale),
     joined_at = least(a.joined_at, b.joined_at), last_active_at = greatest(a.last_active_at, b.last_active_at),
     links_after = greatest(a.links_after, b.links_after)
   from member b where a.team_id = $1 and b.id = $2 and a.id = $3`,
];
