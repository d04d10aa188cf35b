// Hands what the gate has let through to the provider, a few at a time, and writes down what became of it as soon as it is
// known. Each is marked as handed over before it is, so whatever a dead worker has left unsaid is in doubt, and nothing else.
import { createHash, randomUUID } from 'node:crypto';
import type { Adapter, ChannelReach, OutMessage, SendOutcome } from '../channels/channel.ts';
import type { Account } from '../channels/channel.ts';
import { fillLinks } from '../../engine/language/links.ts';
import { inTransaction, type Sql } from '../store/client.ts';
import { countersIn, type Charges } from '../store/delivery.ts';
import { shareRun } from '../store/ledger.ts';
import { giveBack } from '../store/send-gate.ts';
import { conclude, type Landed } from './conclude.ts';
import { inLocale } from './config.ts';
import { insist } from './insist.ts';
import type { LetThrough } from './let-through.ts';
import { linksFor, optOutUrl } from './links.ts';
import { nowOf, type Letter, type Mail } from './mail.ts';
import { ANSWERED_WITHIN_MS, type Address } from './outbox.ts';
import { readBy } from './text.ts';
import type { Pace } from './tokens.ts';

/** Messages that a provider is given at a time. */
const AT_ONCE = 16;

/** Who hands over, for one batch. */
export interface Courier {
  readonly mail: Mail;
  readonly account: Account;
  readonly adapter: Adapter;
}

/** What has come back to the outbox without having been handed over, and until when the account takes nothing. */
export interface Round {
  readonly back: readonly Address[];
  readonly shut: Pace | undefined;
}

/** Hands them over. Whoever may not have it any more comes back, and everybody when the account takes nothing. */
export async function deliver(courier: Courier, through: readonly LetThrough[]): Promise<Round> {
  const { pool } = courier.mail.batch.deps.store;
  const waiting = [...through];
  const under = new Set<Promise<void>>();
  const back: Address[] = [];
  let landed: Landed[] = [];
  let shut: Pace | undefined;
  while (waiting.length > 0 || under.size > 0 || landed.length > 0) {
    if (landed.length > 0) {
      // Whatever has come back meanwhile is written at once, and before anything else is handed over.
      const done = landed;
      landed = [];
      shut = await persistently(() => inTransaction(pool, (sql) => conclude(sql, courier.mail, done)));
      if (shut === undefined) continue;
      const rest = waiting.splice(0);
      back.push(...rest);
      await persistently(() => inTransaction(pool, (sql) => putBack(sql, courier.mail, rest)));
    } else if (waiting.length > 0 && under.size <= AT_ONCE / 2) {
      const next = waiting.splice(0, AT_ONCE - under.size);
      const marked = await markHanded(courier, next);
      back.push(...next.filter((it) => !marked.has(it)));
      for (const [it, attempts] of marked) {
        const way = hand(courier, it).then((outcome) => void landed.push({ ...it, attempts, outcome }));
        const tracked: Promise<void> = way.finally(() => under.delete(tracked));
        under.add(tracked);
      }
    } else await Promise.race(under);
  }
  return { back, shut };
}

/**
 * Those that may go, and how often each has been handed over with this. While the database is away it waits, with the outcomes
 * of those that are under way; marks that were made and not answered are taken back first, for nothing has gone out by them.
 */
function markHanded(
  { mail }: Courier,
  next: readonly LetThrough[],
): Promise<ReadonlyMap<LetThrough, number>> {
  const { pool } = mail.batch.deps.store;
  const claim = randomUUID();
  let isAgain = false;
  return persistently(() => {
    const isLost = isAgain;
    isAgain = true;
    return inTransaction(pool, async (sql) => {
      await shareRun(sql, mail.batch.run.id);
      if (isLost) await takeBack(sql, mail, next, claim);
      const marked = await mark(sql, mail, next, claim);
      await putBack(
        sql,
        mail,
        next.filter((it) => !marked.has(it)),
      );
      return marked;
    });
  });
}

async function mark(
  sql: Sql,
  { batch, input }: Mail,
  next: readonly LetThrough[],
  claim: string,
): Promise<ReadonlyMap<LetThrough, number>> {
  const { rows } = await sql.query<Address & { readonly attempts: number }>(MARK, [
    next.map(({ message }) => message),
    next.map(({ recipient }) => recipient),
    nowOf(batch, next[0]!.letter.visit),
    input.class,
    batch.run.id,
    claim,
  ]);
  const attempts = new Map(rows.map((row) => [`${row.message}/${row.recipient}`, row.attempts]));
  const marked = new Map<LetThrough, number>();
  for (const it of next) {
    const times = attempts.get(`${it.message}/${it.recipient}`);
    if (times !== undefined) marked.set(it, times);
  }
  return marked;
}

// The gate was asked a moment ago. What may have changed since then is asked once more in the statement that marks.
const MARK = `
  update delivery d set state = 'requested', requested_of = 'provider', requested_at = instant_of($3),
    attempts = d.attempts + 1, claim = $6
  from unnest($1::uuid[], $2::text[]) as n (message, recipient)
  where d.message_id = n.message and d.recipient = n.recipient and d.state = 'gated'
    and d.valid_until >= instant_of($3)
    and exists (select from run where id = $5 and status in ('running', 'scheduled'))
    and (d.member_id is null or not exists (select from opt_out o where o.member_id = d.member_id
      and (o.scope = 'all' or (o.scope = 'class' and o.value = $4)
        or (o.scope = 'channel' and o.value = d.channel_id::text))))
    and (d.member_id is null or $4 <> 'marketing' or exists (select from consent c where c.member_id = d.member_id
      and c.purpose = 'marketing' and c.revoked_at is null))
  returning d.message_id as message, d.recipient, d.attempts`;

/** Back to the outbox, with what was counted: the gate is asked again. */
const putBack = (sql: Sql, mail: Mail, rest: readonly Address[]): Promise<void> =>
  toOutbox(sql, mail, rest, { where: `d.state = 'gated'`, values: [] });

/** The same for those that this claim has marked as handed over. */
const takeBack = (sql: Sql, mail: Mail, rest: readonly Address[], claim: string): Promise<void> =>
  toOutbox(sql, mail, rest, {
    where: `d.state = 'requested' and d.requested_of = 'provider' and d.claim = $3`,
    values: [claim],
  });

async function toOutbox(
  sql: Sql,
  { batch }: Mail,
  rest: readonly Address[],
  those: { readonly where: string; readonly values: readonly string[] },
): Promise<void> {
  if (rest.length === 0) return;
  const { rows } = await sql.query<{ charges: Charges | null }>(
    `with back as (
       select d.message_id, d.recipient, d.charges from unnest($1::uuid[], $2::text[]) as r (message, recipient)
       join delivery d on d.message_id = r.message and d.recipient = r.recipient
       where ${those.where} for update of d
     )
     update delivery d set state = 'planned', charges = null,
       attempts = d.attempts - case d.state when 'requested' then 1 else 0 end
     from back b where d.message_id = b.message_id and d.recipient = b.recipient returning b.charges`,
    [rest.map(({ message }) => message), rest.map(({ recipient }) => recipient), ...those.values],
  );
  await giveBack(
    sql,
    batch.run.team,
    rows.flatMap(({ charges }) => countersIn(charges)),
  );
}

async function hand({ mail, account, adapter }: Courier, it: LetThrough): Promise<SendOutcome> {
  const { allowPrivateAddresses, clock } = mail.batch.deps;
  const reach: ChannelReach = {
    clock,
    allowPrivateAddresses,
    signal: AbortSignal.timeout(ANSWERED_WITHIN_MS),
  };
  const key = keyOf(mail, it.letter, it);
  try {
    return await Promise.race([
      adapter.send(account, messageTo(mail, it), key, reach),
      silence(reach.signal),
    ]);
  } catch {
    // An adapter does not throw; what one did that does, nobody knows.
    return { outcome: 'unknown', code: 'no-answer' };
  }
}

/** An adapter that overhears the signal is not waited for. */
const silence = (signal: AbortSignal): Promise<SendOutcome> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () =>
      setTimeout(resolve, 500, { outcome: 'unknown', code: 'no-answer' }).unref(),
    );
  });

/** The key of a message to a recipient: the same at every attempt, and in every process. */
export function keyOf(
  { batch: { run, planNode } }: Mail,
  { visit: { ordinal, lap } }: Letter,
  { call, recipient }: Pick<LetThrough, 'call' | 'recipient'>,
): string {
  const name = JSON.stringify([run.id, planNode.id, ordinal, lap, call, recipient]);
  return createHash('sha256').update(name).digest('hex');
}

function messageTo({ batch, input }: Mail, { letter, to }: LetThrough): OutMessage {
  const { run, planNode } = batch;
  const member = to.memberId;
  const link = linksFor(batch, letter.visit.ordinal, member);
  const text = fillLinks(readBy(letter.text, run, to.locale), link);
  const optOut = optOutUrl(batch, member);
  const locales = [...(to.locale === null ? [] : [to.locale]), ...run.plan.locales];
  const locale = locales.find((it) => Object.hasOwn(letter.text, it)) ?? Object.keys(letter.text)[0] ?? '';
  const title = planNode.title === undefined ? '' : inLocale(planNode.title, [locale, ...locales]);
  return {
    text,
    format: 'text',
    subject: title === '' ? (text.split('\n', 1)[0] ?? '').slice(0, 120) : title,
    class: input.class,
    locale,
    to: { kind: to.kind, externalId: to.address },
    ...(optOut === undefined ? {} : { optOutUrl: optOut }),
    about: { run: run.id, node: planNode.id, recipient: to.recipient },
  };
}

/** What is known must not be lost because the database is away for a minute. */
const persistently = <T>(act: () => Promise<T>): Promise<T> =>
  insist(act, {
    firstMs: 250,
    longestMs: 5_000,
    isEnough: ({ ms, error }) => ms > 120_000 || isRefusal(error),
  });

// A statement that the database refuses is refused again.
const isRefusal = (error: unknown): boolean => {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && /^(22|23|42)\w{3}$/.test(code);
};
