// The second half of an external effect: each request by itself, noted before it goes out, its outcome as soon as it is known.
// Not what is asked: the effect has prepared that. A request whose outcome nobody knows is never sent again from here.
import { randomUUID } from 'node:crypto';
import { UNIVERSAL } from '../../engine/effect.ts';
import type { CallVisit } from '../../engine/run/protocol.ts';
import { inTransaction, isRefusedValue, type Sql } from '../store/client.ts';
import { claimCall, writeDone, writeUndone } from '../store/ledger.ts';
import { keyOf, numbered, scopeOf, settledOf, type Found, type Given } from './answers.ts';
import { breakCircuit } from './breaker.ts';
import { insist, type Patience } from './insist.ts';
import { Pace } from './pace.ts';
import type { Answered, Batch, Deps, ExternalWork } from './work.ts';

/** Why a batch stops on its way: what is left waits for another attempt (`held`), or never goes out (`over`). */
export type Halt = 'held' | 'over';

/** After so long an activity is better begun anew than kept: well inside its time limit. */
const SHIFT_MS = 5 * 60_000;
/** A provider's patience that is waited for here; a longer one is the visit's own wait. */
const PATIENCE_MS = 30_000;
/** How often one request is put off here before that counts as an attempt of its visit. */
const PUT_OFF = 5;

interface Open {
  readonly visit: CallVisit;
  readonly request: unknown;
  readonly putOff: number;
}

/** Sends what a batch has prepared. Undefined when all of it has gone out. */
export async function requestAll(deps: Deps, work: ExternalWork, found: Found): Promise<Halt | undefined> {
  const pace = new Pace();
  const queue: Open[] = found.open.map((it) => ({ ...it, putOff: 0 }));
  const { stopping } = deps;
  const ends = AbortSignal.any([
    AbortSignal.timeout(SHIFT_MS),
    ...(stopping === undefined ? [] : [stopping]),
  ]);
  const failures: unknown[] = [];
  let halt: Halt | undefined;
  const one = async (open: Open): Promise<void> => {
    try {
      const next = await requestOne(deps, work, { found, open, pace });
      if (next === 'again') queue.unshift({ ...open, putOff: open.putOff + 1 });
      else if (next !== undefined && halt !== 'over') halt = next;
    } catch (error) {
      failures.push(error);
    }
  };
  // What is under way comes to its end even when another cannot go on: its outcome must be written.
  await pace.run(queue, one, () => halt !== undefined || failures.length > 0 || ends.aborted);
  if (failures.length > 0) throw failures[0];
  return halt ?? (queue.length > 0 ? 'held' : undefined);
}

async function requestOne(
  deps: Deps,
  work: ExternalWork,
  { found: { batch, answers }, open, pace }: { found: Found; open: Open; pace: Pace },
): Promise<Halt | 'again' | undefined> {
  const { visit, request } = open;
  const own = randomUUID();
  const claim = await insist(() => claimCall(deps.store.pool, scopeOf(batch), visit, own), PATIENT);
  if (claim.as === 'held' || claim.as === 'over') return claim.as;
  if (claim.as === 'taken') {
    answers.set(keyOf(visit), settledOf(claim.row)!);
    return undefined;
  }
  const answer = pace.isClosed ? CLOSED : await work.request(deps, request, providerKey(batch, visit));
  const settled = numbered(batch, answer);
  const waitMs =
    settled.code === UNIVERSAL.retry && settled.until > 0 ? Math.max(1, settled.until - deps.clock()) : 0;
  if (answer !== CLOSED) pace.heard(settled, Math.min(waitMs, PATIENCE_MS));
  const isPutOff = waitMs > 0 && waitMs <= PATIENCE_MS && open.putOff < PUT_OFF;
  await insist(
    () => inTransaction(deps.store.pool, (sql) => conclude(sql, batch, { visit, answer, isPutOff })),
    PATIENT,
  );
  if (isPutOff) return 'again';
  answers.set(keyOf(visit), settled);
  return undefined;
}

/** Nobody has been asked: the other side does not answer at the moment. */
const CLOSED: Answered = { code: 'retry', why: { problem: 'provider-down' } };

// The visit's, not the call's: whoever tries a doubtful one again must not be served twice by a provider that tells repetitions.
const providerKey = ({ run, planNode }: Batch, { ordinal, lap }: CallVisit): string =>
  `${run.id}/${planNode.id}/${ordinal}/${lap}`;

async function conclude(
  sql: Sql,
  batch: Batch,
  { visit, answer, isPutOff }: Given & { readonly isPutOff: boolean },
): Promise<void> {
  const { ordinal, lap, call, at, last } = visit;
  const { code, until } = numbered(batch, answer);
  const row = { ordinal, lap, call, at, code, until: until || undefined, why: answer.why };
  if (code === UNIVERSAL.doubt) await writeUndone(sql, scopeOf(batch), 'doubt', [row]);
  // What is known to have done nothing frees the key for the next attempt.
  else if (code === UNIVERSAL.retry || code === UNIVERSAL.failed)
    await writeUndone(sql, scopeOf(batch), 'released', [row]);
  else await writeDone(sql, scopeOf(batch), [row]);
  const isLost =
    code === UNIVERSAL.failed ||
    code === UNIVERSAL.doubt ||
    (code === UNIVERSAL.retry && last === true && !isPutOff);
  await breakCircuit(sql, batch, isLost ? 1 : 0);
}

// The outcome of a request that is out, or that one whose claim was not answered has not gone out: without it a person would have
// to find out.
const PATIENT: Patience = {
  firstMs: 200,
  longestMs: 5_000,
  isEnough: ({ tries, error }) => tries === 25 || isRefusedValue(error),
};
