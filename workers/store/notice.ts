// Notices: what people should see of a run or of their team, once per cause; and for whom of them it is put into the outbox,
// in the same transaction.
// Not the sending: workers/staff/ empties the outbox.
import type { Text } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { NoticeKind } from '../../engine/notices.ts';
import type { Sql } from './client.ts';

/** A notice. `key` names its cause: a second one with the same key is not written. */
export interface Notice {
  readonly kind: Exclude<NoticeKind, 'task' | 'reminder'>;
  readonly key: string;
  readonly at: Instant;
  readonly role: string;
  readonly text: Text;
  readonly detail: JsonObject;
}

/** Of which run, and when on the wall. */
export interface Occasion {
  readonly run: { readonly id: string; readonly team: number };
  readonly wall: Instant;
}

/** Writes notices of a run, and tells whoever wants to be told of such. */
export const notify = (sql: Sql, { run, wall }: Occasion, notices: readonly Notice[]): Promise<void> =>
  notifyTeam(sql, { team: run.team, run: run.id, wall }, notices);

/** Whom it concerns; without a run, everybody in the team who acts in the role. */
export interface TeamOccasion {
  readonly team: number;
  readonly run?: string | undefined;
  /** Who knows it already: the id of a colleague. */
  readonly except?: string | undefined;
  readonly wall: Instant;
}

/** Writes notices of a team, and tells whoever wants to be told of such. */
export async function notifyTeam(
  sql: Sql,
  occasion: TeamOccasion,
  notices: readonly Notice[],
): Promise<void> {
  if (notices.length === 0) return;
  const { team, run, wall } = occasion;
  const { rows } = await sql.query<{ id: number; kind: NoticeKind; role: string; task: string | null }>(
    `insert into notice (team_id, run_id, kind, at, recorded_at, role, text, detail, key)
     select $1, $2, n.kind, instant_of(n.at), instant_of($3), n.role, n.text, n.detail, n.key
     from unnest($4::text[], $5::bigint[], $6::text[], $7::jsonb[], $8::jsonb[], $9::text[])
       as n (kind, at, role, text, detail, key)
     on conflict do nothing returning id, kind, role, detail ->> 'task' as task`,
    [
      team,
      run ?? null,
      wall,
      notices.map(({ kind }) => kind),
      notices.map(({ at }) => at),
      notices.map(({ role }) => role),
      notices.map(({ text }) => JSON.stringify(text)),
      notices.map(({ detail }) => JSON.stringify(detail)),
      notices.map(({ key }) => key),
    ],
  );
  await tell(
    sql,
    occasion,
    rows.map(({ id, kind, role, task }) => ({ kind, key: `notice/${id}`, role, notice: id, task })),
  );
}

/** Something that whoever acts in a role should hear of. `key`: each of them hears of it once. */
export interface News {
  readonly kind: NoticeKind;
  readonly key: string;
  readonly role: string;
  readonly notice?: number;
  readonly task?: string | null;
}

/**
 * Puts news into the outbox for each colleague who acts in its role and wants to hear of such things, by each channel
 * that they have chosen. In compressed time only those are told whom the launch has named: nobody waits for the others.
 */
export const tellStaff = (sql: Sql, { run, wall }: Occasion, news: readonly News[]): Promise<void> =>
  tell(sql, { team: run.team, run: run.id, wall }, news);

async function tell(
  sql: Sql,
  { team, run, except, wall }: TeamOccasion,
  news: readonly News[],
): Promise<void> {
  if (news.length === 0) return;
  await sql.query(
    `insert into staff_message (team_id, kind, key, channel_id, user_id, notice_id, task_id, address, next_at, created_at)
     select $1, n.kind, n.key, p.channel_id, u.id, n.notice, n.task, p.address, instant_of($3), instant_of($3)
     from (
       select roles, mode::text from run where id = $2 union all select '{}'::jsonb, 'real' where $2::uuid is null
     ) as r
     cross join unnest($4::text[], $5::text[], $6::text[], $7::bigint[], $8::uuid[]) as n (kind, key, role, notice, task)
     join notice_preference p on p.team_id = $1 and n.kind = any(p.kinds)
     join user_account u on u.id = p.user_id and u.disabled_at is null and u.id::text is distinct from $9
     join channel c on c.id = p.channel_id and c.archived_at is null
     where case when jsonb_array_length(coalesce(r.roles -> n.role, '[]')) > 0
       then (r.roles -> n.role) ? u.id::text
       else r.mode = 'real' and (n.role = any(u.roles::text[]) or 'owner' = any(u.roles::text[])) end
     on conflict (key, user_id, channel_id) do nothing`,
    [
      team,
      run ?? null,
      wall,
      news.map(({ kind }) => kind),
      news.map(({ key }) => key),
      news.map(({ role }) => role),
      news.map(({ notice }) => notice ?? null),
      news.map(({ task }) => task ?? null),
      except ?? null,
    ],
  );
}
