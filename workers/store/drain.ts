// How a workflow reads its shard's inbox: on from its own cursor, so that a drain may be repeated.
// Not a queue with consumers, and not the interpreter's affair: order inside one instant is decided there.
import type { Instant } from '../../engine/instant.ts';
import type { Entry } from '../../engine/run/protocol.ts';
import { inTransaction, type Sql, type Store } from './client.ts';
import { promoteDue } from './due.ts';
import type { NewEntry, Nudge, ShardAddress } from './inbox.ts';
import { nextDue } from './next-due.ts';

/** The most entries that one drain hands over. */
const PAGE = 2_000;

/** What a drain hands to the workflow. */
export interface Drained {
  readonly entries: readonly Entry[];
  /** Hand it to the next drain. */
  readonly cursor: number;
  /** Everything recorded up to this instant is among the entries so far: wake nothing beyond it. */
  readonly horizon: Instant;
  /** When something becomes due that is not in the inbox yet: part of the next wake-up. Null while there are entries. */
  readonly due: Instant | null;
  /** There is more: drain again at once. */
  readonly more: boolean;
  /** Everything has been settled and nothing will come any more: the shard ends, whatever it still knows. */
  readonly over: boolean;
  /** The last advance that is settled. */
  readonly settled: number;
  /** Other shards to nudge: what became due here concerns them. */
  readonly nudges: readonly Nudge[];
}

/**
 * Reads a shard's inbox on from `cursor`, as of `now` (the workflow's time).
 * The flag of the nudge falls before anything is read: whoever appends from then on nudges again.
 */
export async function drain(
  store: Store,
  address: ShardAddress,
  {
    cursor,
    now,
    page = PAGE,
    rests = true,
  }: {
    readonly cursor: number;
    readonly now: Instant;
    readonly page?: number;
    /** False: the shard goes on whatever is found here, so it need not know when to wake. */
    readonly rests?: boolean;
  },
): Promise<Drained> {
  const drained =
    (await peek(store.pool, address, { cursor, now, page })) ??
    (await read(store, address, { cursor, now, page }));
  const isOver = rests && drained.entries.length === 0 && !drained.more;
  return isOver ? { ...drained, due: await nextDue(store.pool, address) } : drained;
}

interface Reading {
  readonly cursor: number;
  readonly now: Instant;
  readonly page: number;
}

interface Peeked {
  /** Null in the one row that says that there is no entry. */
  readonly seq: number | null;
  readonly at: Instant;
  readonly entry: NewEntry;
  readonly over: boolean;
  readonly settled: number;
}

/**
 * What a busy shard finds nearly always, without a transaction: its settlement has lowered the flag and raised the
 * horizon a moment ago, and nothing is due. Undefined when that is not so.
 */
async function peek(
  sql: Sql,
  address: ShardAddress,
  { cursor, now, page }: Reading,
): Promise<Drained | undefined> {
  const { rows } = await sql.query<Peeked>(
    `select i.seq, ms_of(i.at) as at, i.entry, s.done as over, s.advance as settled
     from shard s left join inbox i on i.run_id = s.run_id and i.shard = s.no and i.seq > $3
     where s.run_id = $1 and s.no = $2 and not s.nudged and s.cursor >= $3 and s.horizon >= instant_of($4)
       and not exists (
         select from due d where d.run_id = s.run_id and d.shard = s.no and d.at <= instant_of($4))
     order by i.seq limit $5`,
    [address.run, address.shard, cursor, now, page],
  );
  const [first] = rows;
  if (first === undefined || rows.length === page) return undefined;
  const found = rows.filter(({ seq }) => seq !== null);
  return {
    entries: found.map(({ at, entry }) => ({ ...entry, at }) as Entry),
    cursor: found.at(-1)?.seq ?? cursor,
    horizon: now,
    due: null,
    more: false,
    over: first.over,
    settled: first.settled,
    nudges: [],
  };
}

function read(store: Store, address: ShardAddress, { cursor, now, page }: Reading): Promise<Drained> {
  return inTransaction(store.pool, async (sql) => {
    const nudges = await promoteDue(sql, address, now);
    const { rows: shards } = await sql.query<{ done: boolean; settled: number }>(
      `update shard set nudged = false, patient = null, cursor = greatest(cursor, least($3, head)),
         horizon = greatest(horizon, instant_of($4))
       where run_id = $1 and no = $2 returning done, advance as settled`,
      [address.run, address.shard, cursor, now],
    );
    const { rows } = await sql.query<{ seq: number; at: Instant; entry: NewEntry }>(
      `select seq, ms_of(at) as at, entry from inbox
       where run_id = $1 and shard = $2 and seq > $3 order by seq limit $4`,
      [address.run, address.shard, cursor, page],
    );
    const last = rows.at(-1)?.seq ?? cursor;
    const unread = rows.length < page ? null : await firstUnread(sql, address, last);
    return {
      entries: rows.map(({ at, entry }) => ({ ...entry, at }) as Entry),
      cursor: last,
      horizon: unread === null ? now : Math.min(now, unread - 1),
      due: null,
      more: unread !== null,
      over: shards[0]?.done === true,
      settled: shards[0]?.settled ?? 0,
      nudges,
    };
  });
}

async function firstUnread(sql: Sql, { run, shard }: ShardAddress, cursor: number): Promise<Instant | null> {
  const { rows } = await sql.query<{ at: Instant | null }>(
    'select ms_of(min(at)) as at from inbox where run_id = $1 and shard = $2 and seq > $3',
    [run, shard, cursor],
  );
  return rows[0]?.at ?? null;
}
