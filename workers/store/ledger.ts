// The ledger of effects: one row for each call of each visit, which makes doing something twice impossible.
// Not the doing: whoever does it writes its change in the same transaction as the row.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from './client.ts';
import { isOver, type RunStatus } from './run.ts';
import { endsOf, eachOf, stretchesOf } from './stretch.ts';

/** A call of a visit of some node: the key of an effect. */
export interface CallKey {
  readonly ordinal: number;
  readonly lap: number;
  readonly call: number;
}

/** What the ledger knows of a call. `released`: a person wants the doubtful call made again. */
export interface LedgerRow extends CallKey {
  readonly state: 'intended' | 'done' | 'doubt' | 'released';
  readonly code: number | null;
  readonly until: Instant | null;
}

/** An answer to be kept. */
export interface LedgerEntry extends CallKey {
  readonly code: number;
  readonly until?: Instant | undefined;
  readonly why?: Readonly<Record<string, unknown>> | undefined;
  readonly at: Instant;
}

/** Of which node of which run, and which effect it called. */
export interface LedgerScope {
  readonly team: number;
  readonly run: string;
  readonly node: number;
  readonly effect: string;
}

/**
 * Takes the lock of a node's visits, so that two workers with the same batch follow each other:
 * the second finds the rows of the first. Held to the end of the transaction, and with it a share of the run's own
 * lock: a cancel waits until it ends, and whoever comes after the cancel sees that.
 */
export async function lockCalls(
  sql: Sql,
  { run, node }: Pick<LedgerScope, 'run' | 'node'>,
  calls: readonly CallKey[],
): Promise<void> {
  // Row locks cannot hold what is not there yet; a lock on the first visit holds the batch, which always begins with it.
  const [first] = calls;
  if (first === undefined) return;
  await sql.query(
    `select pg_advisory_xact_lock_shared(hashtextextended($1, 0)), pg_advisory_xact_lock(hashtextextended($2, 0))`,
    [run, `${run}/${node}/${first.ordinal}/${first.lap}`],
  );
}

/** Takes a share of the run's lock: a cancel waits until the transaction ends, and whoever comes after it sees that. */
export async function shareRun(sql: Sql, run: string): Promise<void> {
  await sql.query('select pg_advisory_xact_lock_shared(hashtextextended($1, 0))', [run]);
}

/** Waits until no effect of the run is in the middle of its transaction, and keeps others from beginning one. */
export async function lockEffects(sql: Sql, run: string): Promise<void> {
  await sql.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [run]);
}

/** What the ledger holds of these calls. Each is looked up by itself, and with the run at hand only its month's part is opened. */
export async function readLedger(
  sql: Sql,
  { run, node }: Pick<LedgerScope, 'run' | 'node'>,
  calls: readonly CallKey[],
): Promise<LedgerRow[]> {
  const { rows } = await sql.query<LedgerRow>(
    `select l.ordinal, l.lap, l.call, l.state, l.code, ms_of(l.until) as until
     from unnest($3::int[], $4::bigint[], $5::int[]) as k (ordinal, lap, call)
     cross join lateral (
       select * from ledger
       where run_id = $1 and node = $2 and ordinal = k.ordinal and lap = k.lap and call = k.call offset 0) as l`,
    [
      run,
      node,
      calls.map(({ ordinal }) => ordinal),
      calls.map(({ lap }) => lap),
      calls.map(({ call }) => call),
    ],
  );
  return rows;
}

/**
 * Keeps answers. Rows that are `intended`, `doubt` or `released` get their outcome; one that is `done` stays as it is.
 * `isNew`: the ledger had no row of any of these calls, so they are merely added, at half the cost.
 * False when somebody else has answered in the meantime; the transaction can only be rolled back then.
 */
export async function writeDone(
  sql: Sql,
  scope: LedgerScope,
  entries: readonly LedgerEntry[],
  { isNew = false }: { readonly isNew?: boolean } = {},
): Promise<boolean> {
  try {
    return (
      (await write(sql, scope, { state: 'done', isThere: isNew ? FAIL : REPLACE }, entries)) ===
      entries.length
    );
  } catch (error) {
    if (isNew && (error as { readonly code?: unknown }).code === UNIQUE_VIOLATION) return false;
    throw error;
  }
}

const UNIQUE_VIOLATION = '23505';

/** What came of {@link claimCall}: it may go out, or the run does not let it, or somebody else has it. */
export type Claim =
  | { readonly as: 'claimed' }
  | { readonly as: 'held' | 'over' }
  | { readonly as: 'taken'; readonly row: LedgerRow };

/**
 * Notes that the request of one call is about to go out: `intended`, if the run goes on and nobody has noted it before.
 * Committed before the request begins, so at most that one is in doubt after a crash. `claim` (a UUID) says whose it is:
 * when the connection is lost before the answer comes, the same claim is made again and is still the caller's own.
 */
export async function claimCall(
  sql: Sql,
  scope: LedgerScope,
  call: CallKey & { readonly at: Instant },
  claim: string,
): Promise<Claim> {
  const { team, run, node, effect } = scope;
  const { rows } = await sql.query<{ status: RunStatus; claimed: boolean }>(
    `with claimed as (
       insert into ledger (team_id, run_id, node, ordinal, lap, call, effect, state, at, claim)
       select $1, id, $3, $4, $5, $6, $7, 'intended', instant_of($8), $9 from run
       where id = $2 and status in ('scheduled', 'running')
       on conflict (run_id, node, ordinal, lap, call) do update
         set state = 'intended', code = null, until = null, at = excluded.at, why = null, claim = excluded.claim
         where ledger.state = 'released'
       returning 1)
     select status, exists (select from claimed) as claimed from run where id = $2`,
    [team, run, node, call.ordinal, call.lap, call.call, effect, call.at, claim],
  );
  const { status, claimed } = rows[0]!;
  if (claimed) return { as: 'claimed' };
  const isOwn = await isClaimedBy(sql, scope, call, claim);
  if (isOver(status) || status === 'paused') {
    // Noted while the run still went on, and nothing has gone out.
    if (isOwn) await writeUndone(sql, scope, 'released', [call]);
    return { as: status === 'paused' ? 'held' : 'over' };
  }
  if (isOwn) return { as: 'claimed' };
  const [row] = await readLedger(sql, scope, [call]);
  // Released a moment ago by whoever had it: not ours at this attempt.
  return row === undefined || row.state === 'released' ? { as: 'held' } : { as: 'taken', row };
}

async function isClaimedBy(
  sql: Sql,
  { run, node }: LedgerScope,
  { ordinal, lap, call }: CallKey,
  claim: string,
): Promise<boolean> {
  const { rows } = await sql.query(
    `select from ledger where (run_id, node, ordinal, lap, call) = ($1, $2, $3, $4, $5)
       and state = 'intended' and claim = $6`,
    [run, node, ordinal, lap, call, claim],
  );
  return rows.length > 0;
}

/** Notes what became of requests whose outcome is unknown (`doubt`), or that have surely done nothing (`released`). */
export async function writeUndone(
  sql: Sql,
  scope: LedgerScope,
  state: 'doubt' | 'released',
  entries: readonly Kept[],
): Promise<void> {
  await write(sql, scope, { state, isThere: REPLACE }, entries);
}

/** Notes why calls have failed that did nothing: whoever decides about their visits reads it, and they may be made again. */
export async function noteFailed(
  sql: Sql,
  scope: LedgerScope,
  entries: readonly LedgerEntry[],
): Promise<void> {
  await write(sql, scope, { state: 'released', isThere: LEAVE }, entries);
}

const ADD = `
  insert into ledger (team_id, run_id, node, ordinal, lap, call, effect, state, code, until, at, why)
  select $1, $2, $3, ordinal, e.lap, e.call, $4, $5::ledger_state, e.code, instant_of(e.until), instant_of(e.at), e.why
  from ${eachOf(`unnest($6::int[], $7::int[], $8::bigint[], $9::int[], $10::smallint[], $11::bigint[], $12::bigint[], $13::jsonb[])
    as e (first, last, lap, call, code, until, at, why)`)}`;

// What happens where the ledger has a row of the call already.
const FAIL = '';
const LEAVE = 'on conflict (run_id, node, ordinal, lap, call) do nothing';
const REPLACE = `
  on conflict (run_id, node, ordinal, lap, call) do update
    set state = excluded.state, code = excluded.code, until = excluded.until, at = excluded.at, why = excluded.why,
      claim = null
    where ledger.state <> 'done'`;

async function write(
  sql: Sql,
  { team, run, node, effect }: LedgerScope,
  { state, isThere }: { readonly state: 'done' | 'doubt' | 'released'; readonly isThere: string },
  entries: readonly Kept[],
): Promise<number> {
  if (entries.length === 0) return 0;
  const stretches = stretchesOf(entries, likeness);
  const column = <T>(of: (row: Kept) => T): T[] => stretches.map(({ row }) => of(row));
  const { rowCount } = await sql.query(`${ADD} ${isThere}`, [
    team,
    run,
    node,
    effect,
    state,
    ...endsOf(stretches),
    column(({ lap }) => lap),
    column(({ call }) => call),
    column(({ code }) => code ?? null),
    column(({ until }) => until ?? null),
    column(({ at }) => at ?? null),
    column(({ why }) => (why === undefined ? null : JSON.stringify(why))),
  ]);
  return rowCount ?? 0;
}

type Kept = CallKey & Partial<LedgerEntry>;

const likeness = ({ lap, call, code, until, at, why }: Kept): string =>
  `${lap}/${call}/${code}/${until}/${at}/${why === undefined ? '' : JSON.stringify(why)}`;

/** Somebody has had the run go on: nodes that had broken the circuit are counted anew. */
export async function closeCircuits(sql: Sql, run: string): Promise<void> {
  await sql.query(
    'update node_tally set failed = 0, broken_at = null where run_id = $1 and broken_at is not null',
    [run],
  );
}

/** Share of failed visits at which a node breaks the circuit, and the visits from which on it is counted. */
const BREAKS_AT = { share: 0.1, visits: 20 } as const;

/**
 * Counts failures of a node, over all shards of the run; its other visits are those that the ledger or the trace knows.
 * True once, until the run is resumed: when these failures are the ones that break the circuit.
 */
export async function tally(
  sql: Sql,
  { team, run, node }: Omit<LedgerScope, 'effect'>,
  { failed, now }: { readonly failed: number; readonly now: Instant },
): Promise<boolean> {
  const { rows } = await sql.query<{ broke: boolean }>(
    `with counted as (
       insert into node_tally (team_id, run_id, node, failed) values ($1, $2, $3, $4)
       on conflict (run_id, node) do update set failed = node_tally.failed + excluded.failed
       returning failed, broken_at
     ), seen as (
       select failed + greatest(
         (select count(distinct (ordinal, lap)) from ledger
          where run_id = $2 and node = $3 and state in ('done', 'intended')),
         (select coalesce(sum(visits), 0) from passed_alike where run_id = $2 and node = $3)) as visits
       from counted where broken_at is null)
     select visits >= $5 and failed > visits * $6::numeric as broke from counted, seen`,
    [team, run, node, failed, BREAKS_AT.visits, BREAKS_AT.share],
  );
  if (rows[0]?.broke !== true) return false;
  await sql.query('update node_tally set broken_at = instant_of($3) where run_id = $1 and node = $2', [
    run,
    node,
    now,
  ]);
  return true;
}
