// A channel account as the send path keeps it: what it may hand over, what it has handed over of that, and how it fares.
// Not the provider: see workers/channels/. Whoever takes tokens or changes its health holds the account's row.
import { channelKind } from '../../engine/channels/index.ts';
import { limitsOf, type Limits } from '../../engine/channels/limits.ts';
import type { Out } from '../../engine/effects/bucket.ts';
import { FRESH, type Circuit } from '../../engine/effects/circuit.ts';
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Sql } from './client.ts';

/** An account. Its secret stays where it is. */
export interface ChannelAccount {
  readonly id: string;
  readonly team: number;
  readonly name: string;
  readonly kind: string;
  readonly config: JsonObject;
  readonly secretRef: string | null;
  readonly limits: Limits;
  /** Somebody of the staff has vouched for whom it speaks. */
  readonly verified: boolean;
}

/** The account that a team's playbooks call by this name. Those for colleagues, and archived ones, are none of theirs. */
export async function channelNamed(
  sql: Sql,
  team: number,
  name: string,
): Promise<ChannelAccount | undefined> {
  const { rows } = await sql.query<
    Omit<ChannelAccount, 'limits'> & { readonly limits: Partial<Limits> | null }
  >(
    `select id, team_id as team, name, kind::text, config, secret_ref as "secretRef", limits,
       verified_at is not null as verified
     from channel where team_id = $1 and name = $2 and audience = 'members' and archived_at is null`,
    [team, name],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  // By these nobody speaks to anybody: people post under their own names, or the community is synthetic.
  const speaksForNobody = row.kind === 'simulator' || channelKind(row.kind)?.capabilities.sends === 'person';
  return { ...row, limits: limitsOf(row.kind, row.limits), verified: row.verified || speaksForNobody };
}

type AccountKey = Pick<ChannelAccount, 'id' | 'team'>;

/** Takes the account's row, and says how it fares. */
export async function lockCircuit(sql: Sql, { id, team }: AccountKey): Promise<Circuit> {
  const { rows } = await sql.query<Circuit>(
    `insert into channel_health (channel_id, team_id) values ($1, $2)
     on conflict (channel_id) do update set failures = channel_health.failures
     returning failures, opened, ms_of(closed_until) as "closedUntil", closed_by as "closedBy"`,
    [id, team],
  );
  return rows[0] ?? FRESH;
}

/** What was learned about an account since. */
export interface Learned {
  readonly sentAt?: Instant | undefined;
  readonly failedAt?: Instant | undefined;
  readonly failure?: string | undefined;
}

/** Keeps how it fares. The row is held. */
export async function keepCircuit(
  sql: Sql,
  { id }: AccountKey,
  { failures, opened, closedUntil, closedBy }: Circuit,
  { sentAt, failedAt, failure }: Learned,
): Promise<void> {
  await sql.query(
    `update channel_health set failures = $2, opened = $3, closed_until = instant_of($4), closed_by = $5,
       sent_at = greatest(sent_at, instant_of($6)), failed_at = greatest(failed_at, instant_of($7)),
       failure = coalesce($8, failure)
     where channel_id = $1`,
    [id, failures, opened, closedUntil, closedBy, sentAt ?? null, failedAt ?? null, failure ?? null],
  );
}

/** One bucket of an account: of a limit, and of a recipient where each has one. */
export interface BucketName {
  readonly name: string;
  /** Empty for a limit of the whole account. */
  readonly recipient: string;
}

/** A bucket as one word, to find it among others of its account. */
export const bucketKey = ({ name, recipient }: BucketName): string => `${name}@${recipient}`;

/** The tokens that are out of these buckets. The account's row is held. */
export async function readBuckets(
  sql: Sql,
  { id }: AccountKey,
  names: readonly BucketName[],
): Promise<Map<string, Out>> {
  if (names.length === 0) return new Map();
  const { rows } = await sql.query<BucketName & { readonly out: Out }>(
    `select b.name, b.recipient, b.out from unnest($2::text[], $3::text[]) as w (name, recipient)
     join channel_bucket b on b.channel_id = $1 and b.name = w.name and b.recipient = w.recipient`,
    [id, names.map(({ name }) => name), names.map(({ recipient }) => recipient)],
  );
  return new Map(rows.map((row) => [bucketKey(row), row.out]));
}

/** Keeps them. The account's row is held. */
export async function keepBuckets(
  sql: Sql,
  { id, team }: AccountKey,
  buckets: readonly (BucketName & { readonly out: Out })[],
): Promise<void> {
  if (buckets.length === 0) return;
  await sql.query(
    `insert into channel_bucket (channel_id, team_id, name, recipient, out)
     select $1, $2, b.name, b.recipient, b.out
     from jsonb_to_recordset($3) as b (name text, recipient text, out jsonb)
     on conflict (channel_id, name, recipient) do update set out = excluded.out`,
    [id, team, JSON.stringify(buckets)],
  );
}
