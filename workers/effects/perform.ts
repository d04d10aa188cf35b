// Performs the calls of an advance: every effect for a batch of visits, exactly once, with an answer for each visit.
// Never an exception because of one member; an exception means that the database is away, and the call may be repeated.
import { UNIVERSAL } from '../../engine/effect.ts';
import { effects, type EffectName } from '../../engine/effects/index.ts';
import type { Instant } from '../../engine/instant.ts';
import type { BatchResult, Call, CallVisit } from '../../engine/run/protocol.ts';
import { inOneFlight, inTransaction, isRefusedValue, type Sql } from '../store/client.ts';
import type { Nudge } from '../store/inbox.ts';
import {
  lockCalls,
  readLedger,
  writeDone,
  noteFailed,
  writeUndone,
  type LedgerEntry,
  type LedgerRow,
} from '../store/ledger.ts';
import { holdMergesOf } from '../store/merged.ts';
import { isOver, runOf, type RunFacts } from '../store/run.ts';
import {
  FAILED,
  keyOf,
  numbered,
  scopeOf,
  settledOf,
  UNANSWERED,
  type Found,
  type Given,
  type Settled,
} from './answers.ts';
import { breakCircuit } from './breaker.ts';
import { effectWork } from './index.ts';
import { requestAll, type Halt } from './request.ts';
import { forcedAnswer } from './scripted.ts';
import type { Batch, Deps, ExternalWork, StagedWork, Work } from './work.ts';

/** Calls of one run. */
export interface PerformRequest {
  readonly run: string;
  readonly calls: readonly Call[];
  /** The time on the wall when they were issued. Default: now. */
  readonly issued?: Instant;
}

/** What came of it. */
export interface Performed {
  /** The results, in the order of the calls. A run that is over gets none: its visits have been told to go. */
  readonly results: readonly BatchResult[];
  /** Shards whose inbox has new entries because of them. */
  readonly nudges: readonly Nudge[];
  /** Some call has stopped on its way (the run is paused, for instance): performed again later, it goes on from there. */
  readonly held: boolean;
}

/** Performs calls one after the other. Repeating a call changes nothing and gives the same answers. */
export async function perform(deps: Deps, { calls, ...job }: PerformRequest): Promise<Performed> {
  const results: BatchResult[] = [];
  const nudges: Nudge[] = [];
  let held = false;
  for (const call of calls) {
    const performed = await performCall(deps, job, call);
    nudges.push(...performed.nudges);
    if ('codes' in performed.result) results.push(performed.result);
    else held ||= performed.result.halt === 'held';
  }
  return { results, nudges, held };
}

type Job = Omit<PerformRequest, 'calls'>;

interface PerformedCall {
  readonly result: BatchResult | { readonly halt: Halt };
  readonly nudges: readonly Nudge[];
}

async function performCall(deps: Deps, job: Job, call: Call): Promise<PerformedCall> {
  try {
    return await performBatch(deps, job, call);
  } catch (error) {
    if (!isOwnFault(error)) throw error;
    return call.visits.length === 1 ? giveUp(deps, job, call) : oneByOne(deps, job, call);
  }
}

// Values that the database or the code cannot take are the fault of one visit; that the database is away is nobody's.
function isOwnFault(error: unknown): boolean {
  return isRefusedValue(error) || error instanceof TypeError || error instanceof RangeError;
}

// The others of the batch must not suffer for it.
async function oneByOne(deps: Deps, job: Job, call: Call): Promise<PerformedCall> {
  const nudges: Nudge[] = [];
  const codes: number[] = [];
  const untils: Instant[] = [];
  for (const visit of call.visits) {
    const { result, nudges: more } = await performCall(deps, job, { ...call, visits: [visit] });
    if ('halt' in result) return { result, nudges: [...nudges, ...more] };
    codes.push(result.codes[0]!);
    untils.push(result.untils?.[0] ?? 0);
    nudges.push(...more);
  }
  return { result: { batch: call.batch, codes, untils }, nudges };
}

async function giveUp(deps: Deps, job: Job, call: Call): Promise<PerformedCall> {
  const nudges: Nudge[] = [];
  await inTransaction(deps.store.pool, async (sql) => {
    nudges.length = 0;
    const run = (await runOf(sql, job.run))!;
    await breakCircuit(sql, batchOf(deps, run, call, { nudges, afterwards: [] }), 1);
  });
  return { result: { batch: call.batch, codes: [UNIVERSAL.failed] }, nudges };
}

async function performBatch(deps: Deps, job: Job, call: Call): Promise<PerformedCall> {
  const work = effectWork(call.effect);
  const nudges: Nudge[] = [];
  const afterwards: (() => Promise<void>)[] = [];
  const found = await inTransaction(deps.store.pool, async (sql) => {
    // A transaction that has to be repeated begins without what it had collected.
    nudges.length = 0;
    afterwards.length = 0;
    const isPure = 'pure' in effects[call.effect as EffectName];
    const calls = { run: job.run, node: call.node };
    const [, , run, known] = isPure
      ? [undefined, undefined, await runOf(sql, job.run), []]
      : await inOneFlight(
          holdMergesOf(sql, job.run),
          lockCalls(sql, calls, call.visits),
          runOf(sql, job.run),
          readLedger(sql, calls, call.visits),
        );
    if (run === undefined) throw new Error(`There is no run ${job.run}.`);
    const halt = isPure ? undefined : haltOf(run, call.effect as EffectName);
    if (halt !== undefined) return { halt };
    const visits = isPure
      ? call.visits
      : delayed(call.visits, run, { issued: job.issued, wall: deps.clock() });
    const batch = batchOf(deps, run, { ...call, visits }, { nudges, afterwards });
    const answers = new Map<string, Settled>();
    const fresh = unanswered(known, visits, answers);
    const ledger = { answers, fresh, isNew: known.length === 0 };
    return work.kind === 'internal' ? within(sql, work, batch, ledger) : prepare(sql, work, batch, ledger);
  });
  if ('halt' in found) return { result: found, nudges };
  const halt = await outside(deps, work, found);
  for (const then of afterwards) await then();
  return { result: halt === undefined ? resultOf(call, found.answers) : { halt }, nudges };
}

/** What an effect does outside of the transaction. Undefined when all of it is done. */
async function outside(deps: Deps, work: Work, found: Found): Promise<Halt | undefined> {
  switch (work.kind) {
    case 'internal':
      return undefined;
    case 'external':
      return requestAll(deps, work, found);
    case 'staged':
      return proceed(deps, work, found);
  }
}

/** A delay of which nobody takes notice. */
const PUNCTUAL_MS = 60_000;

// What was issued hours ago (the run was paused, the database away) is decided as if it were issued now: a message may have
// expired meanwhile, or the night have come. Time that is compressed knows no delays.
function delayed(
  visits: readonly CallVisit[],
  { mode }: RunFacts,
  { issued, wall }: { readonly issued: Instant | undefined; readonly wall: Instant },
): readonly CallVisit[] {
  const delayMs = mode === 'real' && issued !== undefined ? wall - issued : 0;
  return delayMs <= PUNCTUAL_MS ? visits : visits.map((visit) => ({ ...visit, at: visit.at + delayMs }));
}

// Nothing begins in a run that is over. A paused one holds what thousands wait for; what a single visit has asked of the
// database is done, and so is everything in compressed time, which stands still until all answers are there.
function haltOf({ status, mode }: RunFacts, effect: EffectName): Halt | undefined {
  if (isOver(status)) return 'over';
  const isHeld = status === 'paused' && mode === 'real' && effects[effect].cost === 'bulk';
  return isHeld ? 'held' : undefined;
}

function resultOf({ batch, visits }: Call, answers: ReadonlyMap<string, Settled>): BatchResult {
  const ordered = visits.map((visit) => answers.get(keyOf(visit)) ?? FAILED);
  return {
    batch,
    codes: ordered.map(({ code }) => code),
    ...(ordered.some(({ until }) => until !== 0) ? { untils: ordered.map(({ until }) => until) } : {}),
  };
}

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

/** The visits that the ledger has no answer to, and the answers to the others. */
interface Known {
  readonly answers: Map<string, Settled>;
  readonly fresh: readonly CallVisit[];
  /** It has no row at all of these calls. */
  readonly isNew: boolean;
}

async function within(
  sql: Sql,
  work: Work & { kind: 'internal' },
  batch: Batch,
  { answers, fresh, isNew }: Known,
): Promise<Found> {
  const isPure = 'pure' in effects[batch.effect as EffectName];
  if (fresh.length > 0) {
    const { forced, free } = await scripted(sql, batch, fresh);
    const given = free.length === 0 ? [] : await work.work(sql, { ...batch, visits: free });
    await keep(sql, batch, { answers, isPure, isNew }, [
      ...forced,
      ...free.map((visit, i) => ({ visit, answer: given[i] ?? UNANSWERED })),
    ]);
  }
  return { batch, answers, open: [] };
}

// What the ledger knows already is taken from it; the rest comes back.
function unanswered(
  rows: readonly LedgerRow[],
  visits: readonly CallVisit[],
  answers: Map<string, Settled>,
): readonly CallVisit[] {
  const known = new Map(rows.map((row) => [keyOf(row), row]));
  return visits.filter((visit) => {
    const row = known.get(keyOf(visit));
    const settled = row === undefined ? undefined : settledOf(row);
    if (settled !== undefined) answers.set(keyOf(visit), settled);
    return settled === undefined;
  });
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

// Answers become numbers here. What failed or shall be tried again has done nothing; of a failure only its reason is kept.
async function keep(
  sql: Sql,
  batch: Batch,
  { answers, isPure, isNew }: Pick<Known, 'answers' | 'isNew'> & { readonly isPure: boolean },
  given: readonly Given[],
): Promise<void> {
  const rows: LedgerEntry[] = [];
  const doubts: LedgerEntry[] = [];
  const failures: LedgerEntry[] = [];
  for (const { visit, answer } of given) {
    const settled = numbered(batch, answer);
    answers.set(keyOf(visit), settled);
    if (settled.code === UNIVERSAL.retry) continue;
    const { ordinal, lap, call, at } = visit;
    const until = settled.until === 0 ? undefined : settled.until;
    const row = { ordinal, lap, call, at, code: settled.code, until, why: answer.why };
    if (settled.code === UNIVERSAL.failed) failures.push(row);
    else (settled.code === UNIVERSAL.doubt ? doubts : rows).push(row);
  }
  if (!isPure && !(await writeDone(sql, scopeOf(batch), rows, { isNew }))) throw new AnsweredMeanwhile();
  await writeUndone(sql, scopeOf(batch), 'doubt', doubts);
  const told = failures.filter(({ why }) => why !== undefined);
  await noteFailed(sql, scopeOf(batch), told);
  await breakCircuit(sql, batch, failures.length);
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

// First half of an effect on the outside: what shall go out, and the answers that need nobody there.
async function prepare(
  sql: Sql,
  work: ExternalWork | StagedWork,
  batch: Batch,
  { answers, fresh, isNew }: Known,
): Promise<Found> {
  const { forced, free } = await scripted(sql, batch, fresh);
  const prepared = free.length === 0 ? [] : await work.prepare(sql, { ...batch, visits: free });
  const decided: Given[] = [...forced];
  const open: { visit: CallVisit; request: unknown }[] = [];
  free.forEach((visit, i) => {
    const it = prepared[i] ?? UNANSWERED;
    if (it === 'open') open.push({ visit, request: undefined });
    else if ('request' in it) open.push({ visit, request: it.request });
    else decided.push({ visit, answer: it });
  });
  await keep(sql, batch, { answers, isPure: false, isNew }, decided);
  return { batch, answers, open };
}

// Second half of a staged effect: its own account says what is done already, so the ledger hears of it at the end.
async function proceed(deps: Deps, work: StagedWork, found: Found): Promise<Halt | undefined> {
  const { batch, open, answers } = found;
  if (open.length === 0) return undefined;
  const visits = open.map(({ visit }) => visit);
  const given = await work.proceed({ ...batch, visits });
  if ('halt' in given) return given.halt;
  await inTransaction(deps.store.pool, async (sql) => {
    await lockCalls(sql, { run: batch.run.id, node: batch.node }, visits);
    // Another worker may have come to the end first; its answers stand.
    const known = await readLedger(sql, scopeOf(batch), visits);
    const left = new Set(unanswered(known, visits, answers));
    const mine = visits.map((visit, i) => ({ visit, answer: given[i] ?? UNANSWERED }));
    await keep(
      sql,
      batch,
      { answers, isPure: false, isNew: known.length === 0 },
      mine.filter(({ visit }) => left.has(visit)),
    );
  });
  return undefined;
}
