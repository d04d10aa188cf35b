// The outbox of a batch: whom its messages are still to be handed to. Written before anything goes out, so that a worker
// that dies leaves behind what it was about to do. Not the gate, and not the provider.
import { fillLinks } from '../../engine/language/links.ts';
import { HOUR, MINUTE, SECOND, type Instant } from '../../engine/instant.ts';
import type { Sql } from '../store/client.ts';
import { countersIn, type Charges } from '../store/delivery.ts';
import { giveBack } from '../store/send-gate.ts';
import { LIKE_A_LINK } from './links.ts';
import type { Letter, Mail } from './mail.ts';
import { earlierOf, isSettled, keepMessages, visitKey, writeDeliveries, type Written } from './messages.ts';

/** What is handed over is answered within this time, or nobody knows what became of it. */
export const ANSWERED_WITHIN_MS = 15 * SECOND;
/** Whoever has not concluded by then is not there any more: twice the time of an answer. */
export const LEASE_MS = 2 * ANSWERED_WITHIN_MS;
/** The gate's word holds no longer, even where hour and day would let it. */
export const GATED_MS = MINUTE;

/** A delivery by its key. */
export interface Address {
  readonly message: string;
  readonly recipient: string;
}

/** Fills the outbox: everybody in the audience who has no delivery yet is planned, and who has left it is not any more. */
export async function fillOutbox(sql: Sql, mail: Mail): Promise<ReadonlyMap<string, Letter>> {
  const { batch, letters } = mail;
  // The messages' rows are held from here on, and only then is it read what another worker has made of them meanwhile.
  const messages = await keepMessages(sql, mail, letters);
  const earlier = await earlierOf(sql, { ...batch, visits: letters.map(({ visit }) => visit) });
  const rows = letters.flatMap((letter): Written[] => {
    const message = messages.get(visitKey(letter.visit))!;
    const known = earlier.deliveries.get(visitKey(letter.visit));
    const people = new Set(letter.people.map(({ recipient }) => recipient));
    const row = { message, at: letter.now, call: letter.visit.call };
    const unfit = unfitOf(mail, letter);
    const fresh = letter.people.filter(({ recipient }) => known?.has(recipient) !== true);
    const open = [...(known?.values() ?? [])].filter((it) => !isSettled(it) && it.requestedOf !== 'provider');
    const gone = open.filter(({ recipient }) => !people.has(recipient));
    const staying = open.filter(({ recipient }) => people.has(recipient));
    return [
      ...fresh.map((to): Written => ({ ...row, to, ...(unfit ?? { state: 'planned' }) })),
      ...gone.map((it): Written => ({ ...row, to: { ...it, heads: 1 }, state: 'skipped', reason: 'gone' })),
      ...(unfit === undefined
        ? []
        : staying.map((it): Written => ({ ...row, to: { ...it, heads: 1 }, ...unfit }))),
    ];
  });
  await writeDeliveries(sql, mail, rows);
  await release(sql, messages, letters);
  return new Map(letters.map((letter) => [messages.get(visitKey(letter.visit))!, letter]));
}

/** Why a message cannot go out to anybody. */
function unfitOf({ route }: Mail, { unsaid, text }: Letter): Pick<Written, 'state' | 'reason'> | undefined {
  if (unsaid !== undefined) return { state: 'failed', reason: 'text' };
  return Object.values(text).every((words) => route.takes(fillLinks(words, LIKE_A_LINK)))
    ? undefined
    : { state: 'skipped', reason: 'too-long' };
}

// A colleague has let it go: the gate is asked again before it does. What the provider itself had a colleague confirm is sent.
async function release(
  sql: Sql,
  messages: ReadonlyMap<string, string>,
  letters: readonly Letter[],
): Promise<void> {
  const released = letters.filter(({ isDone }) => isDone);
  if (released.length === 0) return;
  await sql.query(
    `update delivery d set confirmed_at = instant_of(r.at),
       state = case when d.provider_id is null then 'confirmed'::delivery_state else 'sent' end
     from unnest($1::uuid[], $2::bigint[]) as r (message, at)
     where d.message_id = r.message and d.state = 'requested' and d.requested_of = 'colleague'`,
    [released.map(({ visit }) => messages.get(visitKey(visit))!), released.map(({ now }) => now)],
  );
}

/**
 * Takes up what a worker has left that is not there any more: what the gate had let through is planned again, what was
 * handed over is in doubt. Others that are at work on the same messages are left alone.
 */
export async function takeUp(
  sql: Sql,
  mail: Mail,
  { messages, now }: { readonly messages: readonly string[]; readonly now: Instant },
): Promise<void> {
  const { rows } = await sql.query<{ charges: Charges | null }>(
    `with left_behind as (
       select message_id, recipient, charges from delivery
       where message_id = any($1) and state = 'gated' and valid_until < instant_of($2) for update skip locked
     )
     update delivery d set state = 'planned', charges = null
     from left_behind l where d.message_id = l.message_id and d.recipient = l.recipient returning l.charges`,
    [messages, now],
  );
  await giveBack(
    sql,
    mail.batch.run.team,
    rows.flatMap(({ charges }) => countersIn(charges)),
  );
  await sql.query(
    `update delivery set state = 'unknown', reason = 'no-answer'
     where message_id = any($1) and state = 'requested' and requested_of = 'provider'
       and requested_at < instant_of($2)`,
    [messages, now - LEASE_MS],
  );
}

/** Whose turn it is, the visits in their order. */
export async function dueIn(
  sql: Sql,
  { messages, now }: { readonly messages: readonly string[]; readonly now: Instant },
): Promise<Address[]> {
  const { rows } = await sql.query<Address>(
    `select d.message_id as message, d.recipient
     from unnest($1::uuid[]) with ordinality as m (id, no)
     join delivery d on d.message_id = m.id
     where d.state in ('planned', 'confirmed') and (d.next_at is null or d.next_at <= instant_of($2))
     order by m.no, d.recipient`,
    [messages, now],
  );
  return rows;
}

/** Puts off whoever was not reached, each as far as the account's pace says, behind those who wait already. */
export async function putOff(
  sql: Sql,
  { route, rank }: Mail,
  rest: readonly (Address & { readonly expires: Instant })[],
  pace: { readonly at: Instant; readonly stepMs: number; readonly by: string },
): Promise<void> {
  if (rest.length === 0) return;
  const { rows } = await sql.query<{ waiting: number }>(
    `select count(*) as waiting from delivery
     where channel_id = $1 and state = 'planned' and priority >= $2 and next_at > instant_of($3)
       and next_at < instant_of($4)`,
    [route.account!.id, rank, pace.at, pace.at + HOUR],
  );
  const waiting = rows[0]!.waiting;
  await sql.query(
    `update delivery d set next_at = instant_of(r.next), reason = $4
     from unnest($1::uuid[], $2::text[], $3::bigint[]) as r (message, recipient, next)
     where d.message_id = r.message and d.recipient = r.recipient and d.state in ('planned', 'confirmed')`,
    [
      rest.map(({ message }) => message),
      rest.map(({ recipient }) => recipient),
      rest.map(({ expires }, index) => inTime(together(pace.at + (waiting + index) * pace.stepMs), expires)),
      pace.by,
    ],
  );
}

/** Instants for those who are put off together are rounded up to this, so that they come back together. */
const TOGETHER_MS = 20 * SECOND;

/** Rounds up, so that those who wait for one limit come back as one batch. */
export const together = (at: Instant): Instant => Math.ceil(at / TOGETHER_MS) * TOGETHER_MS;

/** Not later than it takes to say that it has expired. */
export const inTime = (at: Instant, expires: Instant): Instant => Math.min(at, expires + 1);
