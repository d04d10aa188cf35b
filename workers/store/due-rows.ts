// What is due later in a run: rows with an instant, which the drain of the shard promotes when it has come.
// Not their promotion, see due.ts.
import type { Text } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Control, VisitKey } from '../../engine/run/protocol.ts';
import type { Sql } from './client.ts';

/** What happens at the instant. */
export type DuePayload =
  /** Something a simulated member does, through the public path of events. */
  | {
      readonly kind: 'event';
      readonly name: string;
      readonly person?: number;
      readonly member?: string;
      readonly data?: JsonObject;
    }
  /** What simulated staff answer to the task of a visit. */
  | ({
      readonly kind: 'answer';
      /** simulated or script; a quorum hears several voices, numbered. */
      readonly by: string;
      readonly outcome: string;
      readonly numbers?: Readonly<Record<string, number>>;
      /** By which it reaches a visit that has opened no task. */
      readonly topic: number;
    } & VisitKey)
  /** What a simulated member fills into the form of a visit. */
  | ({ readonly kind: 'submit'; readonly person: number; readonly values: JsonObject } & VisitKey)
  /** The door of a journey closes, if it is still that of this launch. */
  | { readonly kind: 'close'; readonly graph: number; readonly launch: string }
  /** An operator's command out of a script. */
  | {
      readonly kind: 'control';
      /** Absent: only values change. */
      readonly control?: Control;
      readonly params?: JsonObject;
      readonly texts?: Readonly<Record<string, Text>>;
    };

/** One row. `key` is unique in the run: scheduling it again changes nothing. */
export interface Due {
  readonly run: string;
  readonly shard: number;
  readonly at: Instant;
  readonly key: string;
  readonly payload: DuePayload;
  /** The event that it will be, where it matters only to those who listen for it; the shard does not wake otherwise. */
  readonly event?: string;
  readonly person?: number;
  readonly member?: string;
}

/** Adds what becomes due. */
export async function scheduleDue(sql: Sql, team: number, rows: readonly Due[]): Promise<void> {
  if (rows.length === 0) return;
  await sql.query(
    `insert into due (team_id, run_id, shard, at, key, payload, event, person, member)
     select $1, r.run, r.shard, instant_of(r.at), r.key, r.payload, r.event, r.person, r.member
     from jsonb_to_recordset($2) as r (run uuid, shard int, at bigint, key text, payload jsonb, event text, person int,
       member uuid)
     on conflict do nothing`,
    [team, JSON.stringify(rows)],
  );
}
