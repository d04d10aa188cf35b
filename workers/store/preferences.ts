// What a member wants to get, as they say it themselves: opt-outs by class and channel, and consents taken back.
// Not the gate, which reads the same rows at every send.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from './client.ts';
import { ingestIn } from './event.ts';
import type { Nudge } from './inbox.ts';
import { OPTED_OUT } from './member-events.ts';

/** `service`: nothing that advertises. */
export type Wanted = 'everything' | 'service' | 'nothing';

/** What a member wants. */
export interface Preferences {
  readonly wanted: Wanted;
  /** The channels on which the member is known. */
  readonly channels: readonly { readonly id: string; readonly name: string; readonly open: boolean }[];
  /** What the member agreed to and has not taken back. */
  readonly consents: readonly {
    readonly purpose: string;
    readonly since: Instant;
    readonly active: boolean;
  }[];
}

/** Reads what a member wants, and holds the member until the end of the transaction. */
export async function preferencesOf(sql: Sql, team: number, member: string): Promise<Preferences> {
  await sql.query('select from member where team_id = $1 and id = $2 for update', [team, member]);
  const { rows } = await sql.query<Preferences>(
    `select
       case when exists (select from opt_out where member_id = $2 and scope = 'all') then 'nothing'
         when exists (select from opt_out where member_id = $2 and scope = 'class' and value = 'marketing') then 'service'
         else 'everything' end as wanted,
       coalesce((select jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name, 'open', not exists (
           select from opt_out o where o.member_id = $2 and o.scope = 'channel' and o.value = c.id::text)) order by c.name, c.id)
         from channel c where c.team_id = $1
           and exists (select from member_identity i where i.member_id = $2 and i.channel_id = c.id)), '[]') as channels,
       coalesce((select jsonb_agg(jsonb_build_object('purpose', purpose, 'since', since, 'active', true) order by purpose)
         from (select purpose, ms_of(max(granted_at)) as since from consent
           where team_id = $1 and member_id = $2 and revoked_at is null group by purpose) as c), '[]') as consents`,
    [team, member],
  );
  return rows[0]!;
}

/** Makes it so. Saying the same again changes nothing. Returns the shards to nudge after the commit. */
export async function setPreferences(
  sql: Sql,
  {
    team,
    member,
    source,
    now,
  }: { readonly team: number; readonly member: string; readonly source: string; readonly now: Instant },
  wanted: Preferences,
): Promise<readonly Nudge[]> {
  const before = await preferencesOf(sql, team, member);
  const nudges =
    wanted.wanted === before.wanted ? [] : await setWanted(sql, { team, member, source, now }, wanted.wanted);
  const shut = wanted.channels.filter(({ open }) => !open).map(({ id }) => id);
  const open = wanted.channels.filter((it) => it.open).map(({ id }) => id);
  await sql.query(
    `delete from opt_out where team_id = $1 and member_id = $2 and scope = 'channel' and value = any($3)`,
    [team, member, open],
  );
  await sql.query(
    `insert into opt_out (id, team_id, member_id, scope, value, at, source)
     select gen_random_uuid(), $1, $2, 'channel', c.id, instant_of($4), $5 from unnest($3::text[]) as c (id)
     on conflict do nothing`,
    [team, member, shut, now, source],
  );
  const revoked = wanted.consents.filter(({ active }) => !active).map(({ purpose }) => purpose);
  await sql.query(
    `update consent set revoked_at = greatest(granted_at, instant_of($4))
     where team_id = $1 and member_id = $2 and purpose = any($3) and revoked_at is null`,
    [team, member, revoked, now],
  );
  await sql.query(
    `insert into audit_log (team_id, at, actor_kind, actor_id, action, subject, detail)
     values ($1, instant_of($2), 'member', $3::text, 'member.preferences', 'member/' || $3::text, $4)`,
    [team, now, member, JSON.stringify({ wanted: wanted.wanted, shut: shut.length, revoked })],
  );
  return nudges;
}

type Change = {
  readonly team: number;
  readonly member: string;
  readonly source: string;
  readonly now: Instant;
};

async function setWanted(
  sql: Sql,
  { team, member, source, now }: Change,
  wanted: Wanted,
): Promise<readonly Nudge[]> {
  await sql.query(
    `delete from opt_out where team_id = $1 and member_id = $2
       and (scope = 'all' or scope = 'class' and value = 'marketing')`,
    [team, member],
  );
  if (wanted === 'everything') return [];
  // As an event, so that metrics count it and journeys hear it; the event writes the opt-out.
  const { nudges } = await ingestIn(sql, {
    team,
    now,
    events: [
      {
        name: OPTED_OUT,
        source,
        sourceId: `${member}/${wanted}/${now}`,
        at: now,
        member,
        data: wanted === 'service' ? { class: 'marketing' } : {},
      },
    ],
  });
  return nudges;
}
