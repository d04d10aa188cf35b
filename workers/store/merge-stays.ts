// The stays in groups of two records that become one: where they overlap in a group, they were one stay.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from './client.ts';

/** A stay of either. */
export interface OneStay {
  readonly id: string;
  readonly from: Instant;
  /** Null while it lasts. */
  readonly to: Instant | null;
  readonly source: string | null;
  readonly inviter: string | null;
  readonly role: string;
}

const ROLES = ['member', 'admin', 'owner'];

/** Stays of one person in one group, from those of two records: how they began is told by the earlier. */
export function joined(stays: readonly OneStay[]): OneStay[] {
  const result: OneStay[] = [];
  for (const next of stays.toSorted((a, b) => a.from - b.from || (a.id < b.id ? -1 : 1))) {
    const last = result.at(-1);
    if (last === undefined || (last.to !== null && last.to <= next.from)) {
      result.push(next);
      continue;
    }
    const to = last.to === null || next.to === null ? null : Math.max(last.to, next.to);
    const role = ROLES.indexOf(next.role) > ROLES.indexOf(last.role) ? next.role : last.role;
    result[result.length - 1] = { ...last, to, role };
  }
  return result;
}

/** Makes it so. */
export async function foldStays(
  sql: Sql,
  { team, from, into }: { readonly team: number; readonly from: string; readonly into: string },
): Promise<void> {
  const { rows } = await sql.query<OneStay & { readonly member: string; readonly group: string }>(
    `select id, member_id as member, group_id as "group", ms_of(joined_at) as from, ms_of(left_at) as to,
       join_source as source, inviter_id as inviter, role
     from membership where team_id = $1 and member_id in ($2, $3)`,
    [team, from, into],
  );
  // Stays never overlap at any moment, so those that change make room first.
  const changed = [...new Set(rows.filter(({ member }) => member === from).map(({ group }) => group))];
  if (changed.length === 0) return;
  await sql.query(
    'delete from membership where team_id = $1 and member_id in ($2, $3) and group_id = any($4)',
    [team, from, into, changed],
  );
  const stays = changed.flatMap((group) => joined(rows.filter((row) => row.group === group)));
  await sql.query(
    `insert into membership (id, team_id, member_id, group_id, joined_at, left_at, join_source, inviter_id, role)
     select s.id, $1, $2, s."group", instant_of(s."from"), instant_of(s."to"), s.source, nullif(s.inviter, $2::uuid), s.role
     from jsonb_to_recordset($3) as s (id uuid, "group" uuid, "from" bigint, "to" bigint, source text, inviter uuid, role text)`,
    [team, into, JSON.stringify(stays)],
  );
}
