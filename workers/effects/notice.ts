// Notices: what a run wants people to see, once per cause.
import type { Text } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Sql } from '../store/client.ts';
import type { Batch } from './work.ts';

/** A notice. `key` names its cause: a second one with the same key is not written. */
export interface Notice {
  readonly kind: 'alert' | 'breaker' | 'escalation';
  readonly key: string;
  readonly at: Instant;
  readonly role: string;
  readonly text: Text;
  readonly detail: JsonObject;
}

/** Writes notices of the batch's run. */
export async function notify(
  sql: Sql,
  { run, wall }: Pick<Batch, 'run' | 'wall'>,
  notices: readonly Notice[],
): Promise<void> {
  if (notices.length === 0) return;
  await sql.query(
    `insert into notice (team_id, run_id, kind, at, recorded_at, role, text, detail, key)
     select $1, $2, n.kind, instant_of(n.at), instant_of($3), n.role, n.text, n.detail, n.key
     from unnest($4::text[], $5::bigint[], $6::text[], $7::jsonb[], $8::jsonb[], $9::text[])
       as n (kind, at, role, text, detail, key)
     on conflict do nothing`,
    [
      run.team,
      run.id,
      wall,
      notices.map(({ kind }) => kind),
      notices.map(({ at }) => at),
      notices.map(({ role }) => role),
      notices.map(({ text }) => JSON.stringify(text)),
      notices.map(({ detail }) => JSON.stringify(detail)),
      notices.map(({ key }) => key),
    ],
  );
}
