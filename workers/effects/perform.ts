// Performs the calls of an advance: every effect for a batch of visits, exactly once, with an answer for each visit.
// Never an exception because of one member; an exception means that the database is away, and the call may be repeated.
import { codeNumber, UNIVERSAL } from '../../engine/effect.ts';
import { effects, type EffectName } from '../../engine/effects/index.ts';
import { isInstant, type Instant } from '../../engine/instant.ts';
import type { BatchResult, Call, CallVisit } from '../../engine/run/protocol.ts';
import { inTransaction, type Sql } from '../store/client.ts';
import type { Nudge } from '../store/inbox.ts';
import {
  lockCalls,
  readLedger,
  writeDone,
  writeDoubt,
  writeIntended,
  type LedgerEntry,
  type LedgerRow,
  type LedgerScope,
} from '../store/ledger.ts';
import { runOf, type RunFacts } from '../store/run.ts';
import { breakCircuit } from './breaker.ts';
import { effectWork } from './index.ts';
import { forcedAnswer } from './scripted.ts';
import type { Answered, Batch, Deps, ExternalWork, Work } from './work.ts';

/** Calls of one run. */
export interface PerformRequest {
  readonly run: string;
  readonly calls: readonly Call[];
}

/** Their results, in the order of the calls. */
export interface Performed {
  readonly results: readonly BatchResult[];
  /** Shards whose inbox has new entries because of them. */
  readonly nudges: readonly Nudge[];
}

/** Performs calls one after the other. Repeating a call changes nothing and gives the same answers. */
export async function perform(deps: Deps, { run: id, calls }: PerformRequest): Promise<Performed> {
  const results: BatchResult[] = [];
  const nudges: Nudge[] = [];
  for (const call of calls) {
    const performed = await performCall(deps, id, call);
    results.push(performed.result);
    nudges.push(...performed.nudges);
  }
  return { results, nudges };
}

/** How one visit was answered. */
interface Settled {
  readonly code: number;
  readonly until: Instant;
}

interface PerformedCall {
  readonly result: BatchResult;
  readonly nudges: readonly Nudge[];
}

async function performCall(deps: Deps, id: string, call: Call): Promise<PerformedCall> {
  try {
    return await performBatch(deps, id, call);
  } catch (error) {
    if (!isOwnFault(error)) throw error;
    return call.visits.length === 1 ? giveUp(deps, id, call) : oneByOne(deps, id, call);
  }
}

// Values that the database or the code cannot take are the fault of one visit; that the database is away is nobody's.
function isOwnFault(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  const isRefusedValue = typeof code === 'string' && /^(22|23)\w{3}$/.test(code);
  return isRefusedValue || error instanceof TypeError || error instanceof RangeError;
}

// The others of the batch must not suffer for it.
async function oneByOne(deps: Deps, id: string, call: Call): Promise<PerformedCall> {
  const nudges: Nudge[] = [];
  const codes: number[] = [];
  const untils: Instant[] = [];
  for (const visit of call.visits) {
    const { result, nudges: more } = await performCall(deps, id, { ...call, visits: [visit] });
    codes.push(result.codes[0]!);
    untils.push(result.untils?.[0] ?? 0);
    nudges.push(...more);
  }
  return { result: { batch: call.batch, codes, untils }, nudges };
}

async function giveUp(deps: Deps, id: string, call: Call): Promise<PerformedCall> {
  const nudges: Nudge[] = [];
  await inTransaction(deps.store.pool, async (sql) => {
    nudges.length = 0;
    const run = (await runOf(sql, id))!;
    await breakCircuit(sql, batchOf(deps, run, call, { nudges, afterwards: [] }), 1);
  });
  return { result: { batch: call.batch, codes: [UNIVERSAL.failed] }, nudges };
}

async function performBatch(deps: Deps, id: string, call: Call): Promise<PerformedCall> {
  const work = effectWork(call.effect);
  const nudges: Nudge[] = [];
  const afterwards: (() => Promise<void>)[] = [];
  const settled = await inTransaction(deps.store.pool, async (sql) => {
    // A transaction that has to be repeated begins without what it had collected.
    nudges.length = 0;
    afterwards.length = 0;
    const run = await runOf(sql, id);
    if (run === undefined) throw new Error(`There is no run ${id}.`);
    const batch = batchOf(deps, run, call, { nudges, afterwards });
    return work.kind === 'internal' ? within(sql, work, batch) : intend(sql, work, batch);
  });
  if (work.kind === 'external') await request(deps, work, settled);
  for (const then of afterwards) await then();
  const ordered = call.visits.map((visit) => settled.answers.get(keyOf(visit)) ?? FAILED);
  return {
    result: {
      batch: call.batch,
      codes: ordered.map(({ code }) => code),
      ...(ordered.some(({ until }) => until !== 0) ? { untils: ordered.map(({ until }) => until) } : {}),
    },
    nudges,
  };
}

const FAILED: Settled = { code: UNIVERSAL.failed, until: 0 };

const keyOf = ({ ordinal, lap, call }: Pick<CallVisit, 'ordinal' | 'lap' | 'call'>): string =>
  `${ordinal}/${lap}/${call}`;

function batchOf(
  deps: Deps,
  run: RunFacts,
  { node, effect, visits }: Call,
  pending: Pick<Batch, 'nudges' | 'afterwards'>,
): Batch {
  return {
    deps,
    run,
    node,
    planNode: run.plan.nodes[node]!,
    effect,
    visits,
    wall: deps.clock(),
    ...pending,
  };
}

const scopeOf = ({ run, node, effect }: Batch): LedgerScope => ({
  team: run.team,
  run: run.id,
  node,
  effect,
});

/** What a transaction has found: answers by visit, and for an external effect what is still to be asked. */
interface Found {
  readonly batch: Batch;
  readonly answers: Map<string, Settled>;
  readonly open: { readonly visit: CallVisit; readonly request: unknown }[];
}

async function within(sql: Sql, work: Work & { kind: 'internal' }, batch: Batch): Promise<Found> {
  const answers = new Map<string, Settled>();
  const isPure = 'pure' in effects[batch.effect as EffectName];
  const fresh = isPure ? batch.visits : await unanswered(sql, batch, answers);
  if (fresh.length > 0) {
    const { forced, free } = await scripted(sql, batch, fresh);
    const given = free.length === 0 ? [] : await work.work(sql, { ...batch, visits: free });
    await keep(sql, batch, { answers, isPure }, [
      ...forced,
      ...free.map((visit, i) => ({ visit, answer: given[i] ?? UNANSWERED })),
    ]);
  }
  return { batch, answers, open: [] };
}

const UNANSWERED: Answered = { code: 'failed', why: { problem: 'no-answer' } };

interface Given {
  readonly visit: CallVisit;
  readonly answer: Answered;
}

// What the ledger knows already is taken from it; the rest comes back.
async function unanswered(
  sql: Sql,
  batch: Batch,
  answers: Map<string, Settled>,
): Promise<readonly CallVisit[]> {
  await lockCalls(sql, scopeOf(batch), batch.visits);
  const known = new Map(
    (await readLedger(sql, scopeOf(batch), batch.visits)).map((row) => [keyOf(row), row]),
  );
  return batch.visits.filter((visit) => {
    const row = known.get(keyOf(visit));
    const settled = row === undefined ? undefined : settledOf(row);
    if (settled !== undefined) answers.set(keyOf(visit), settled);
    return settled === undefined;
  });
}

function settledOf({ state, code, until }: LedgerRow): Settled | undefined {
  switch (state) {
    case 'done':
      return { code: code!, until: until ?? 0 };
    case 'doubt':
    // Somebody wrote down that a request goes out, and nobody what became of it.
    case 'intended':
      return { code: UNIVERSAL.doubt, until: 0 };
    case 'released':
      return undefined;
  }
}

async function scripted(
  sql: Sql,
  batch: Batch,
  visits: readonly CallVisit[],
): Promise<{ readonly forced: readonly Given[]; readonly free: readonly CallVisit[] }> {
  if (batch.run.script.length === 0) return { forced: [], free: visits };
  const forced: Given[] = [];
  const free: CallVisit[] = [];
  for (const visit of visits) {
    const answer = await forcedAnswer(sql, batch, visit);
    if (answer === undefined) free.push(visit);
    else forced.push({ visit, answer });
  }
  return { forced, free };
}

// Answers become numbers here. What failed or shall be tried again leaves no row: nothing has been done.
async function keep(
  sql: Sql,
  batch: Batch,
  { answers, isPure }: { readonly answers: Map<string, Settled>; readonly isPure: boolean },
  given: readonly Given[],
): Promise<void> {
  const rows: LedgerEntry[] = [];
  let failed = 0;
  for (const { visit, answer } of given) {
    const settled = numbered(batch, answer);
    answers.set(keyOf(visit), settled);
    if (settled.code === UNIVERSAL.failed) failed += 1;
    else if (settled.code !== UNIVERSAL.retry) {
      const { ordinal, lap, call, at } = visit;
      const until = settled.until === 0 ? undefined : settled.until;
      rows.push({ ordinal, lap, call, at, code: settled.code, until, why: answer.why });
    }
  }
  if (!isPure && !(await writeDone(sql, scopeOf(batch), rows))) throw new AnsweredMeanwhile();
  await breakCircuit(sql, batch, failed);
}

/** Another worker was faster: everything is undone, and at the next attempt its rows are there. */
class AnsweredMeanwhile extends Error {
  /** As PostgreSQL names it, so that the transaction is tried again. */
  readonly code = '40001';
  constructor() {
    super('Another worker has answered the same calls.');
    this.name = 'AnsweredMeanwhile';
  }
}

function numbered({ run, effect }: Batch, { code, until }: Answered): Settled {
  const forced = /^port:(\d+)$/.exec(code)?.[1];
  const number =
    forced === undefined ? codeNumber(run.plan.effects[effect] ?? [], code) : UNIVERSAL.port + +forced;
  if (number === undefined || (until !== undefined && !isInstant(until))) return FAILED;
  return { code: number, until: until ?? 0 };
}

// First half of an external effect: whatever will go out is written down before it does.
async function intend(sql: Sql, work: ExternalWork, batch: Batch): Promise<Found> {
  const answers = new Map<string, Settled>();
  const fresh = await unanswered(sql, batch, answers);
  const { forced, free } = await scripted(sql, batch, fresh);
  const prepared = free.length === 0 ? [] : await work.prepare(sql, { ...batch, visits: free });
  const decided: Given[] = [...forced];
  const open: Found['open'] = [];
  free.forEach((visit, i) => {
    const it = prepared[i] ?? UNANSWERED;
    if ('request' in it) open.push({ visit, request: it.request });
    else decided.push({ visit, answer: it });
  });
  await keep(sql, batch, { answers, isPure: false }, decided);
  await writeIntended(
    sql,
    scopeOf(batch),
    open.map(({ visit: { ordinal, lap, call, at } }) => ({ ordinal, lap, call, at })),
  );
  return { batch, answers, open };
}

/** Requests of one batch that are under way at a time. */
const AT_ONCE = 8;

// Second half: each request by itself, its outcome written as soon as it is known.
async function request(deps: Deps, work: ExternalWork, { batch, open, answers }: Found): Promise<void> {
  const queue = [...open];
  const one = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { visit, request: asked } = next;
      const key = `${batch.run.id}/${batch.planNode.id}/${keyOf(visit)}`;
      const answer = await work.request(deps, asked, key);
      await inTransaction(deps.store.pool, (sql) => conclude(sql, batch, { answers, visit, answer }));
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, open.length) }, one));
}

async function conclude(
  sql: Sql,
  batch: Batch,
  { answers, visit, answer }: Given & { readonly answers: Map<string, Settled> },
): Promise<void> {
  const { ordinal, lap, call, at } = visit;
  const settled = numbered(batch, answer);
  const row = {
    ordinal,
    lap,
    call,
    at,
    code: settled.code,
    until: settled.until || undefined,
    why: answer.why,
  };
  answers.set(keyOf(visit), settled);
  if (settled.code === UNIVERSAL.doubt) await writeDoubt(sql, scopeOf(batch), [row]);
  else if (settled.code === UNIVERSAL.retry || settled.code === UNIVERSAL.failed)
    await writeReleased(sql, batch, row);
  else await writeDone(sql, scopeOf(batch), [row]);
  await breakCircuit(sql, batch, settled.code === UNIVERSAL.failed ? 1 : 0);
}

// An outcome that is known to have done nothing frees the key for the next attempt.
async function writeReleased(sql: Sql, batch: Batch, row: LedgerEntry): Promise<void> {
  await writeDoubt(sql, scopeOf(batch), [row]);
  await sql.query(
    `update ledger set state = 'released'
     where run_id = $1 and node = $2 and ordinal = $3 and lap = $4 and call = $5 and state = 'doubt'`,
    [batch.run.id, batch.node, row.ordinal, row.lap, row.call],
  );
}
