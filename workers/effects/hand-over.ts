// Sends through a provider: fills the outbox, asks the gate for a few at a time, hands those over, and answers the visits by
// what has become of their recipients. It may be killed at any point: the outbox says where it stood.
import { add, newTally, send as decision, type Tally } from '../../engine/effects/send.ts';
import type { SendReason } from '../../engine/effects/send-reasons.ts';
import type { Instant } from '../../engine/instant.ts';
import { openAccount } from '../channels/account.ts';
import { UnreadableSecret } from '../store/keyring.ts';
import { holdMerges } from '../store/merged.ts';
import { inTransaction } from '../store/client.ts';
import { inputOf } from './config.ts';
import { deliver, type Courier } from './courier.ts';
import { askedAgainAt, canResolve, resolveDoubts } from './doubts.ts';
import { letThrough, type Step } from './let-through.ts';
import { nowOf, openMail, type Letter } from './mail.ts';
import { dueIn, fillOutbox, LEASE_MS, putOff, takeUp, type Address } from './outbox.ts';
import { routeOf } from './route.ts';
import { askColleagues } from './send-task.ts';
import type { Answered, Batch } from './work.ts';

/** Deliveries that the gate is asked about at a time: few enough that its word is fresh when they are handed over. */
const AT_A_TIME = 64;
/** How long one call stays at it. Whoever is left comes back with the visit's next call. */
const STAYS_MS = 20_000;

/** Sends the messages of visits whose channel is a provider's. */
export async function handOver(
  batch: Batch,
): Promise<readonly Answered[] | { readonly halt: 'held' | 'over' }> {
  const opened = await open(batch);
  if ('code' in opened) return batch.visits.map(() => opened);
  const { courier, letters } = opened;
  await resolveDoubts(courier, letters);
  const halt = await work(courier, letters);
  return halt === undefined ? stand(courier, letters) : { halt };
}

interface Opened {
  readonly courier: Courier;
  /** By message. */
  readonly letters: ReadonlyMap<string, Letter>;
}

async function open(batch: Batch): Promise<Opened | Answered> {
  const { deps, run } = batch;
  const input = await inputOf(deps.store.pool, batch, 'send');
  const route = await routeOf(deps.store.pool, deps, run, input.channel);
  if (route?.account == null || route.adapter === null)
    return { code: 'failed', why: { problem: 'unknown-channel', channel: input.channel } };
  try {
    const account = await openAccount(deps.store.pool, deps.keyring, route.account);
    const filled = await inTransaction(deps.store.pool, async (sql) => {
      await holdMerges(sql, run.team, 'shared');
      const mail = await openMail(sql, batch, input, route);
      const letters = await fillOutbox(sql, mail);
      await takeUp(sql, mail, { messages: [...letters.keys()], now: nowOf(batch, batch.visits[0]!) });
      return { mail, letters };
    });
    return { courier: { mail: filled.mail, account, adapter: route.adapter }, letters: filled.letters };
  } catch (error) {
    if (!(error instanceof UnreadableSecret)) throw error;
    return { code: 'failed', why: { problem: 'unreadable-secret', channel: input.channel } };
  }
}

/** Goes through everybody whose turn it is, for as long as one call stays at it. */
async function work(courier: Courier, letters: ReadonlyMap<string, Letter>): Promise<Step['halt']> {
  const { mail } = courier;
  const { deps, visits } = mail.batch;
  const { pool } = deps.store;
  const over = performance.now() + STAYS_MS;
  const now = (): Instant => nowOf(mail.batch, visits[0]!);
  const leftMs = (): number => (deps.stopping?.aborted === true ? 0 : Math.max(0, over - performance.now()));
  let queue: Address[] = await dueIn(pool, { messages: [...letters.keys()], now: now() });
  while (queue.length > 0) {
    const left = leftMs();
    if (left === 0) return undefined;
    const some = queue.slice(0, AT_A_TIME);
    const step = await inTransaction(pool, (sql) =>
      letThrough(sql, mail, letters, { some, patience: now() + left }),
    );
    if (step.halt !== undefined) return step.halt;
    const { back, shut } = await deliver(courier, step.through);
    queue = [...back, ...step.soon, ...queue.slice(some.length)];
    if (queue.length === 0) return undefined;
    if (shut === undefined && step.soon.length > 0) {
      await pause(Math.max(50, step.soonAt - now()), deps.stopping);
      continue;
    }
    const pace = shut ?? step.pace;
    if (pace === undefined) continue;
    const rest = queue.map((it) => ({ ...it, expires: letters.get(it.message)!.gate.expires }));
    await inTransaction(pool, (sql) => putOff(sql, mail, rest, { ...pace, stepMs: step.stepMs }));
    return undefined;
  }
  return undefined;
}

const pause = (ms: number, stopping: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    stopping?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });

/** How the visits stand: their answers, from what the outbox says of everybody. */
async function stand(courier: Courier, letters: ReadonlyMap<string, Letter>): Promise<readonly Answered[]> {
  const { mail } = courier;
  const tallies = await talliesOf(courier, letters);
  const answers = [...letters].map(([message, letter]) => {
    const tally = tallies.get(message) ?? newTally();
    const answer = decision.decide(mail.input, tally, letter.now);
    return {
      letter,
      answer:
        answer.code === 'failed' && letter.unsaid !== undefined
          ? { ...answer, why: { ...letter.unsaid } }
          : answer,
    };
  });
  const waiting = answers.filter(({ answer }) => answer.code === 'waiting');
  if (waiting.length > 0)
    await inTransaction(mail.batch.deps.store.pool, (sql) => askColleagues(sql, mail, waiting));
  const byVisit = new Map(answers.map(({ letter, answer }) => [letter.visit, answer]));
  return mail.batch.visits.map((visit) => byVisit.get(visit)!);
}

interface Standing {
  readonly message: string;
  readonly state: string;
  readonly reason: string | null;
  readonly requestedOf: string | null;
  readonly count: number;
  readonly next: Instant | null;
  readonly requested: Instant | null;
  readonly valid: Instant | null;
}

async function talliesOf(
  courier: Courier,
  letters: ReadonlyMap<string, Letter>,
): Promise<ReadonlyMap<string, Tally>> {
  const { mail } = courier;
  const now = nowOf(mail.batch, mail.batch.visits[0]!);
  const { rows } = await mail.batch.deps.store.pool.query<Standing>(
    `select message_id as message, state::text, reason, requested_of as "requestedOf", count(*) as count,
       ms_of(min(coalesce(next_at, instant_of(0)))) as next, ms_of(min(requested_at)) as requested,
       ms_of(min(valid_until)) as valid
     from delivery where message_id = any($1) group by message_id, state, reason, requested_of`,
    [[...letters.keys()]],
  );
  const tallies = new Map<string, Tally>();
  for (const row of rows) {
    const letter = letters.get(row.message)!;
    const tally = tallies.get(row.message) ?? newTally();
    tallies.set(row.message, tally);
    count(courier, tally, { row, letter, now });
  }
  return tallies;
}

function count(
  courier: Courier,
  tally: Tally,
  { row, letter, now }: { readonly row: Standing; readonly letter: Letter; readonly now: Instant },
): void {
  const { state, reason, requested, next, valid } = row;
  const later = (until: Instant, why: string): void =>
    add(tally, { go: 'defer', until: Math.max(until, now), reason: why as SendReason }, row.count);
  switch (state) {
    case 'sent':
      tally.sent += row.count;
      return;
    case 'failed':
      tally.failed += row.count;
      return;
    case 'skipped':
      return add(tally, { go: 'skip', reason: reason as SendReason }, row.count);
    case 'expired':
      return add(tally, { go: 'expire', reason: 'expired' }, row.count);
    case 'unknown': {
      // The provider can be asked, a while after it was handed over, and again while it cannot say.
      const asked = canResolve(courier.mail.route) ? askedAgainAt(requested!, now) : undefined;
      if (asked === undefined) tally.unknown += row.count;
      else later(asked, 'no-answer');
      return;
    }
    case 'requested':
      if (row.requestedOf === 'colleague') add(tally, { go: 'ask', until: letter.gate.expires }, row.count);
      else later(requested! + LEASE_MS, 'no-answer');
      return;
    case 'gated':
      return later(valid!, 'retry');
    default:
      later(next ?? now, reason ?? 'retry');
  }
}
