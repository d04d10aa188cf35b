// The second half of an external effect: each request by itself, noted before it goes out, its outcome as soon as it is known.
// Not what is asked: the effect has prepared that. A request whose outcome nobody knows is never sent again from here.
import { UNIVERSAL } from '../../engine/effect.ts';
import type { CallVisit } from '../../engine/run/protocol.ts';
import { inTransaction, type Sql } from '../store/client.ts';
import { claimCall, writeDone, writeUndone, type Claim } from '../store/ledger.ts';
import { keyOf, numbered, scopeOf, settledOf, type Found, type Given } from './answers.ts';
import { breakCircuit } from './breaker.ts';
import type { Batch, Deps, ExternalWork } from './work.ts';

/** Requests of one batch that are under way at a time: as many are in doubt when the worker is killed. */
const AT_ONCE = 8;

/** Why a batch stops on its way: the run is paused (go on later), or it is over (never go on). */
export type Halt = 'held' | 'over';

/** Sends what a batch has prepared. Undefined when all of it has gone out. */
export async function requestAll(deps: Deps, work: ExternalWork, found: Found): Promise<Halt | undefined> {
  const queue = [...found.open];
  const halts = new Set<Halt>();
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const halt = await requestOne(deps, work, found, next);
      if (halt === undefined) continue;
      halts.add(halt);
      queue.length = 0;
    }
  };
  const lanes = Array.from({ length: Math.min(AT_ONCE, queue.length) }, lane);
  // What is under way comes to its end even when another lane cannot go on: its outcome must be written.
  const ended = await Promise.allSettled(lanes);
  const failure = ended.find((it) => it.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return halts.has('over') ? 'over' : [...halts][0];
}

type Open = Found['open'][number];

async function requestOne(
  deps: Deps,
  work: ExternalWork,
  { batch, answers }: Found,
  { visit, request }: Open,
): Promise<Halt | undefined> {
  const { pool } = deps.store;
  const claim: Claim = await claimCall(pool, scopeOf(batch), visit);
  if (claim.as === 'held' || claim.as === 'over') return claim.as;
  if (claim.as === 'taken') {
    answers.set(keyOf(visit), settledOf(claim.row)!);
    return undefined;
  }
  const answer = await work.request(deps, request, providerKey(batch, visit));
  answers.set(keyOf(visit), numbered(batch, answer));
  await inTransaction(pool, (sql) => conclude(sql, batch, { visit, answer }));
  return undefined;
}

// The visit's, not the call's: whoever tries a doubtful one again must not be served twice by a provider that tells repetitions.
const providerKey = ({ run, planNode }: Batch, { ordinal, lap }: CallVisit): string =>
  `${run.id}/${planNode.id}/${ordinal}/${lap}`;

async function conclude(sql: Sql, batch: Batch, { visit, answer }: Given): Promise<void> {
  const { ordinal, lap, call, at } = visit;
  const { code, until } = numbered(batch, answer);
  const row = { ordinal, lap, call, at, code, until: until || undefined, why: answer.why };
  if (code === UNIVERSAL.doubt) await writeUndone(sql, scopeOf(batch), 'doubt', [row]);
  // What is known to have done nothing frees the key for the next attempt.
  else if (code === UNIVERSAL.retry || code === UNIVERSAL.failed)
    await writeUndone(sql, scopeOf(batch), 'released', [row]);
  else await writeDone(sql, scopeOf(batch), [row]);
  await breakCircuit(sql, batch, code === UNIVERSAL.failed ? 1 : 0);
}
