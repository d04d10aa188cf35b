// Who did what: every change that a person or a program makes through the server leaves a line.
import type { Instant } from '../engine/instant.ts';
import type { Sql } from '../workers/store/client.ts';
import type { Identity } from './identity/identity.ts';

/** A line of the audit log. Detail holds ids and names of fields, never what people wrote about members. */
export interface Deed {
  readonly who: Identity;
  readonly action: string;
  readonly subject: string;
  readonly reason?: string | undefined;
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly now: Instant;
}

/** Writes a line, in the transaction of what it tells. */
export async function audit(sql: Sql, { who, action, subject, reason, detail, now }: Deed): Promise<void> {
  await sql.query(
    `insert into audit_log (team_id, at, actor_kind, actor_id, action, subject, reason, detail)
     values ($1, instant_of($2), $3, $4, $5, $6, $7, $8)`,
    [who.team, now, who.kind, who.id, action, subject, reason ?? null, JSON.stringify(detail ?? {})],
  );
}
