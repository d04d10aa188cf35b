// A team's channels as its playbooks are checked against them: names, kinds, budgets, and why nothing goes out by one.
// Not how an account is used (channel-account.ts) and not what people see of it, which is the server's.
import { healthOf, lackOf } from '../../engine/channels/health.ts';
import { limitsOf, type Limits } from '../../engine/channels/limits.ts';
import type { TeamChannel } from '../../engine/channels/team.ts';
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Sql } from './client.ts';

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly config: JsonObject;
  readonly limits: Partial<Limits> | null;
  readonly isVerified: boolean;
  readonly parts: readonly string[] | null;
  readonly keyId: string | null;
  readonly closedUntil: Instant | null;
  readonly closedBy: 'circuit' | 'rate' | null;
  readonly failures: number;
  readonly failure: string | null;
}

const NOTHING = { sentAt: null, failedAt: null, recent: { sent: 0, failed: 0, unknown: 0 } } as const;

/** The channels that a team's playbooks may name, in the order in which they were made. `opens`: the key is here. */
export async function channelsOf(
  sql: Sql,
  team: number,
  { opens, now }: { readonly opens: (keyId: string) => boolean; readonly now: Instant },
): Promise<readonly TeamChannel[]> {
  const { rows } = await sql.query<Row>(
    `select c.name, c.kind::text, c.config, c.limits, c.verified_at is not null as "isVerified", s.parts,
       s.key_id as "keyId", ms_of(h.closed_until) as "closedUntil", h.closed_by as "closedBy",
       coalesce(h.failures, 0) as failures, h.failure
     from channel c
     left join channel_health h on h.channel_id = c.id
     left join secret s on s.team_id = c.team_id and s.name = 'channel/' || c.id
     where c.team_id = $1 and c.audience = 'members' and c.archived_at is null order by c.created_at, c.id`,
    [team],
  );
  return rows.map((row) => {
    const { name, kind, config, limits, isVerified, keyId } = row;
    const isOpen = keyId === null || opens(keyId);
    const missing = lackOf({ kind, config, secretParts: row.parts ?? [], opens: isOpen, isVerified });
    const { state, reason } = healthOf({ ...NOTHING, ...row, missing }, now);
    const isBroken = state === 'incomplete' || state === 'failing';
    return {
      name,
      kind,
      budgets: limitsOf(kind, limits).budgets,
      trouble: isBroken ? (reason ?? 'circuit') : null,
    };
  });
}
