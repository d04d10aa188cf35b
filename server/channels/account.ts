// Channel accounts as people see them: settings, which parts of their secret there are, in whose name they speak, how they fare.
// No secret passes through here: their names and ages are all that is read.
import { healthOf, lackOf, type HealthFacts } from '../../engine/channels/health.ts';
import { channelKind } from '../../engine/channels/index.ts';
import { limitsOf, type Limits } from '../../engine/channels/limits.ts';
import { sayReason } from '../../engine/channels/reasons.ts';
import { HOUR, isoOf, type Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Sql } from '../../workers/store/client.ts';
import type { Identity } from '../identity/identity.ts';
import { Refusal, type Language } from '../refusal.ts';

/** Where the secret of an account lies. */
export const secretPlace = (team: number, id: string) => ({ team, name: `channel/${id}` });

interface AccountRow extends Omit<HealthFacts, 'missing' | 'recent'> {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly label: JsonObject;
  readonly audience: string;
  readonly config: JsonObject;
  readonly limits: Partial<Limits> | null;
  readonly identity: string | null;
  readonly verifiedAt: Instant | null;
  readonly verifiedBy: string | null;
  readonly createdAt: Instant;
  readonly archivedAt: Instant | null;
  readonly secretParts: readonly string[] | null;
  readonly secretAt: Instant | null;
  readonly keyId: string | null;
  readonly sent: number;
  readonly failed: number;
  readonly unknown: number;
}

const ACCOUNTS = `
  select c.id, c.name, c.kind::text, c.label, c.audience, c.config, c.limits, c.identity,
    ms_of(c.verified_at) as "verifiedAt", c.verified_by as "verifiedBy", ms_of(c.created_at) as "createdAt",
    ms_of(c.archived_at) as "archivedAt", s.parts as "secretParts", ms_of(s.changed_at) as "secretAt",
    s.key_id as "keyId", ms_of(h.closed_until) as "closedUntil", h.closed_by as "closedBy",
    coalesce(h.failures, 0) as failures, ms_of(h.sent_at) as "sentAt", ms_of(h.failed_at) as "failedAt", h.failure,
    r.sent, r.failed, r.unknown
  from channel c
  left join channel_health h on h.channel_id = c.id
  left join secret s on s.team_id = c.team_id and s.name = 'channel/' || c.id
  cross join lateral (
    select count(*) filter (where state = 'sent') as sent, count(*) filter (where state = 'failed') as failed,
      count(*) filter (where state = 'unknown') as unknown
    from (
      select d.state::text from delivery d where d.channel_id = c.id and d.at > instant_of($2) and d.at <= instant_of($3)
      union all
      select m.state::text from staff_message m where m.channel_id = c.id and m.finished_at > instant_of($2)
    ) as lately
  ) as r
  where c.team_id = $1`;

/** What the server knows besides the rows. */
export interface Knows {
  /** Keys that are here, by their ids. */
  readonly opens: (keyId: string) => boolean;
  readonly language: Language;
  readonly now: Instant;
}

/** The accounts of a team, in the order in which they were made. */
export async function accountsOf(sql: Sql, team: number, knows: Knows) {
  const rows = await read(sql, `${ACCOUNTS} order by c.created_at, c.id`, [team, ...hourOf(knows)]);
  return rows.map((row) => shown(row, knows));
}

/** One account. Refused as not found when the team has none of this id. */
export async function accountOf(sql: Sql, who: Identity, id: string, knows: Knows) {
  const rows = await read(sql, `${ACCOUNTS} and c.id = $4`, [who.team, ...hourOf(knows), id]);
  if (rows[0] === undefined) throw new Refusal('not-found');
  return shown(rows[0], knows);
}

const hourOf = ({ now }: Knows): readonly [Instant, Instant] => [now - HOUR, now];

async function read(sql: Sql, text: string, values: readonly unknown[]): Promise<readonly AccountRow[]> {
  const { rows } = await sql.query<AccountRow>(text, values);
  return rows;
}

function shown(row: AccountRow, { opens, language, now }: Knows) {
  const kind = channelKind(row.kind);
  const health = healthOf({ ...row, missing: missingOf(row, opens), recent: row }, now);
  const iso = (at: Instant | null): string | null => (at === null ? null : isoOf(at));
  const { limits, identity, verifiedBy } = row;
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    label: row.label,
    audience: row.audience,
    config: row.config,
    capabilities: kind?.capabilities ?? null,
    limits: limitsOf(row.kind, limits),
    /** Which of them were set for this account. */
    ownLimits: Object.keys(limits ?? {}),
    secret: { parts: row.secretParts ?? [], changedAt: iso(row.secretAt) },
    sender: { identity, verifiedAt: iso(row.verifiedAt), verifiedBy },
    health: {
      ...health,
      until: iso(health.until),
      says: health.reason === null ? null : sayReason(health.reason)[language],
      sentAt: iso(row.sentAt),
      failedAt: iso(row.failedAt),
      lastHour: { sent: row.sent, failed: row.failed, unknown: row.unknown },
    },
    createdAt: iso(row.createdAt),
    archivedAt: iso(row.archivedAt),
  };
}

const missingOf = (row: AccountRow, opens: Knows['opens']): HealthFacts['missing'] =>
  lackOf({
    kind: row.kind,
    config: row.config,
    secretParts: row.secretParts ?? [],
    opens: row.keyId === null || opens(row.keyId),
    isVerified: row.verifiedAt !== null,
  });
