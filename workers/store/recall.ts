// Finds the state of a shard again without Temporal: the last checkpoint, and what its advances were told since, told again.
// Nothing is performed and nothing is written: whoever goes on from it has the calls under way go out again.
import type { Instant } from '../../engine/instant.ts';
import { advance as move, start, type State } from '../../engine/run/advance.ts';
import { pack, unpack } from '../../engine/run/pack.ts';
import type { BatchResult, Entry } from '../../engine/run/protocol.ts';
import { steps } from '../../engine/steps/index.ts';
import { unpackResults } from '../packed/payloads.ts';
import { checkpointOf, type Checkpoint } from './checkpoint.ts';
import type { Sql } from './client.ts';
import type { NewEntry, ShardAddress } from './inbox.ts';
import type { RunFacts } from './run.ts';

/** What an advance was told besides the entries of the inbox up to `cursor`. */
export interface Told {
  readonly cursor: number;
  readonly reissued: boolean;
  /** Packed, see packed/payloads.ts. */
  readonly results: Uint8Array;
}

/** Keeps what an advance was told. Belongs into the transaction that settles it. */
export async function keepTick(
  sql: Sql,
  team: number,
  {
    run,
    shard,
    advance,
    now,
    told,
  }: ShardAddress & { readonly advance: number; readonly now: Instant; readonly told: Told },
): Promise<void> {
  await sql.query(
    `insert into shard_tick (run_id, shard, advance, team_id, at, cursor, reissued, results)
     values ($1, $2, $3, $4, instant_of($5), $6, $7, $8)`,
    [run, shard, advance, team, now, told.cursor, told.reissued, Buffer.from(told.results)],
  );
}

/** A shard that is done goes on from nowhere. */
export async function forgetShard(sql: Sql, { run, shard }: ShardAddress): Promise<void> {
  await sql.query(
    `with ticks as (delete from shard_tick where run_id = $1 and shard = $2)
     delete from shard_checkpoint where run_id = $1 and shard = $2`,
    [run, shard],
  );
}

/** Where a shard stood when its last settlement was written, packed; undefined when it has never begun. */
export async function recall(
  sql: Sql,
  run: Pick<RunFacts, 'id' | 'plan' | 'seed' | 'startAt'>,
  shard: number,
): Promise<Checkpoint | undefined> {
  const recalled = await recallState(sql, run, shard);
  if (recalled === undefined) return undefined;
  const { now, cursor, advance, state } = recalled;
  return { now, cursor, advance, state: pack(state) };
}

/** A state that was found again. */
export interface Recalled extends Omit<Checkpoint, 'state'> {
  readonly state: State;
  /** It is that of the last settlement; otherwise an older build has not kept all that leads there. */
  readonly isLatest: boolean;
}

/** Where a shard stood when its last settlement was written, to be looked at; undefined when it has never begun. */
export async function recallState(
  sql: Sql,
  run: Pick<RunFacts, 'id' | 'plan' | 'seed' | 'startAt'>,
  shard: number,
): Promise<Recalled | undefined> {
  const address = { run: run.id, shard };
  const settled = await settledAdvance(sql, address);
  if (settled === 0) return undefined;
  const checkpoint = await checkpointOf(sql, address);
  const state = checkpoint === undefined ? begun(run, shard) : unpack(run.plan, checkpoint.state);
  let { now, cursor, advance } = checkpoint ?? { now: run.startAt, cursor: 0, advance: 1 };
  for (const tick of await ticksSince(sql, address, advance)) {
    // A run of an older build has kept none for its first advances: it goes on from what is known.
    if (tick.advance !== advance + 1) break;
    const entries = await entriesUpTo(sql, address, { after: cursor, upTo: tick.cursor });
    const results = unpackResults(tick.results);
    move(run.plan, steps, state, { tick: { entries, results, reissue: tick.reissued }, now: tick.at });
    ({ at: now, cursor, advance } = tick);
  }
  // Whatever is settled from now on must count as later than all that was.
  return { now, cursor, advance: settled, state, isLatest: advance === settled };
}

/** An advance that is settled, as it was told. */
export interface ToldBefore extends Omit<Told, 'results'> {
  readonly now: Instant;
  readonly entries: readonly Entry[];
  readonly results: readonly BatchResult[];
}

/** What an advance was told when it was settled, on from a cursor; undefined when that is not kept. */
export async function toldBefore(
  sql: Sql,
  address: ShardAddress,
  { advance, after }: { readonly advance: number; readonly after: number },
): Promise<ToldBefore | undefined> {
  const [tick] = await ticksSince(sql, address, advance - 1);
  if (tick?.advance !== advance) return undefined;
  const { at: now, cursor, reissued } = tick;
  const entries = await entriesUpTo(sql, address, { after, upTo: cursor });
  return { now, cursor, reissued, entries, results: unpackResults(tick.results) };
}

const begun = ({ plan, seed, startAt }: Pick<RunFacts, 'plan' | 'seed' | 'startAt'>, shard: number): State =>
  start(plan, steps, { seed, now: startAt, campaign: shard === 0 }).state;

async function settledAdvance(sql: Sql, { run, shard }: ShardAddress): Promise<number> {
  const { rows } = await sql.query<{ advance: number }>(
    'select advance from shard where run_id = $1 and no = $2',
    [run, shard],
  );
  return rows[0]?.advance ?? 0;
}

interface TickRow {
  readonly advance: number;
  readonly at: Instant;
  readonly cursor: number;
  readonly reissued: boolean;
  readonly results: Uint8Array;
}

async function ticksSince(sql: Sql, { run, shard }: ShardAddress, advance: number): Promise<TickRow[]> {
  const { rows } = await sql.query<TickRow>(
    `select advance, ms_of(at) as at, cursor, reissued, results from shard_tick
     where run_id = $1 and shard = $2 and advance > $3 order by advance`,
    [run, shard, advance],
  );
  return rows;
}

async function entriesUpTo(
  sql: Sql,
  { run, shard }: ShardAddress,
  { after, upTo }: { readonly after: number; readonly upTo: number },
): Promise<Entry[]> {
  if (upTo <= after) return [];
  const { rows } = await sql.query<{ at: Instant; entry: NewEntry }>(
    `select ms_of(at) as at, entry from inbox
     where run_id = $1 and shard = $2 and seq > $3 and seq <= $4 order by seq`,
    [run, shard, after, upTo],
  );
  return rows.map(({ at, entry }) => ({ ...entry, at }) as Entry);
}
