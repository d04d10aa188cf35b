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

/** Writes a notice of the batch's run. */
export async function notify(
  sql: Sql,
  { run, wall }: Pick<Batch, 'run' | 'wall'>,
  notice: Notice,
): Promise<void> {
  await sql.query(
    `insert into notice (team_id, run_id, kind, at, recorded_at, role, text, detail, key)
     values ($1, $2, $3, instant_of($4), instant_of($5), $6, $7, $8, $9) on conflict do nothing`,
    [
      run.team,
      run.id,
      notice.kind,
      notice.at,
      wall,
      notice.role,
      JSON.stringify(notice.text),
      JSON.stringify(notice.detail),
      notice.key,
    ],
  );
}
