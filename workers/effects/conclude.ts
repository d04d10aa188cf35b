// What became of messages that were handed over, as it is written down: the delivery, what was counted for it, the tokens
// it has used, and how the account fares. Not the handing over.
import { follow, moveBack } from '../../engine/effects/bucket.ts';
import { failed, limited, succeeded, type Circuit } from '../../engine/effects/circuit.ts';
import { MINUTE, SECOND, type Instant } from '../../engine/instant.ts';
import type { SendOutcome } from '../channels/channel.ts';
import {
  bucketKey,
  keepBuckets,
  keepCircuit,
  lockCircuit,
  readBuckets,
  type ChannelAccount,
} from '../store/channel-account.ts';
import type { Sql } from '../store/client.ts';
import { countersIn, type Charges } from '../store/delivery.ts';
import { giveBack } from '../store/send-gate.ts';
import type { LetThrough } from './let-through.ts';
import { nowOf, type Mail } from './mail.ts';
import { inTime } from './outbox.ts';
import type { Pace } from './tokens.ts';

/** A message that was handed over, and its outcome. */
export interface Landed extends LetThrough {
  readonly outcome: SendOutcome;
  /** How often it was handed over, this time included. */
  readonly attempts: number;
}

/** Writes it down. Says when the account takes nothing more for now. */
export async function conclude(sql: Sql, mail: Mail, landed: readonly Landed[]): Promise<Pace | undefined> {
  const { batch, route } = mail;
  const now = nowOf(batch, landed[0]!.letter.visit);
  const { rows } = await sql.query<{ charges: Charges | null }>(CONCLUDE, [
    JSON.stringify(
      landed.map((it) => ({ message: it.message, recipient: it.recipient, ...changeOf(it, now) })),
    ),
    now,
  ]);
  await giveBack(
    sql,
    batch.run.team,
    rows.flatMap(({ charges }) => countersIn(charges)),
  );
  const { closedUntil, closedBy } = await learn(sql, route.account!, landed, now);
  await settleTokens(sql, route.account!, landed, now);
  const isShut = closedUntil !== null && closedUntil > now;
  return isShut ? { at: closedUntil, by: closedBy ?? 'circuit' } : undefined;
}

// Another worker may have given it up meanwhile: then this is how its doubt is resolved.
const CONCLUDE = `
  with outcome as (
    select d.message_id, d.recipient, d.state as was, d.charges, o.state, o.reason, o.next, o.provider, o.of, o.back
    from jsonb_to_recordset($1) as o (message uuid, recipient text, state text, reason text, next bigint, provider text,
      of text, back boolean)
    join delivery d on d.message_id = o.message and d.recipient = o.recipient
    where d.requested_of = 'provider'
      and (d.state = 'requested' or (d.state = 'unknown' and o.state in ('sent', 'failed', 'planned')))
    order by d.message_id, d.recipient for update of d
  )
  update delivery d set state = o.state::delivery_state, reason = o.reason, next_at = instant_of(o.next),
    provider_id = coalesce(o.provider, d.provider_id), at = instant_of($2),
    requested_of = coalesce(o.of, d.requested_of), charges = case when o.back then null else d.charges end,
    reconciled_at = case when o.was = 'unknown' then instant_of($2) else d.reconciled_at end,
    reconciled_by = case when o.was = 'unknown' then 'provider' else d.reconciled_by end
  from outcome o where d.message_id = o.message_id and d.recipient = o.recipient
  returning case when o.back then o.charges end as charges`;

interface Change {
  readonly state: string;
  readonly reason?: string;
  readonly next?: Instant;
  readonly provider?: string | null;
  readonly of?: 'colleague';
  /** It did not go out: what was counted for it is given back. */
  readonly back: boolean;
}

function changeOf({ outcome: it, recipient, letter, attempts }: Landed, now: Instant): Change {
  const { expires } = letter.gate;
  switch (it.outcome) {
    case 'accepted':
      return { state: 'sent', provider: it.providerId, back: false };
    case 'needsHuman':
      return { state: 'requested', provider: it.providerId, of: 'colleague', back: false };
    case 'rateLimited':
      return { state: 'planned', reason: 'rate', next: inTime(it.retryAt, expires), back: true };
    case 'rejected':
      return it.kind === 'permanent'
        ? { state: 'failed', reason: it.code, back: true }
        : {
            state: 'planned',
            reason: 'retry',
            next: inTime(now + pauseFor(recipient, attempts), expires),
            back: true,
          };
    case 'unknown':
      return { state: 'unknown', reason: it.code, back: false };
  }
}

const PAUSE_MS = 30 * SECOND;
const DOUBLINGS = 5;

// Longer each time, and not all at once: spread over half as long again by the recipient's own name.
function pauseFor(recipient: string, attempts: number): number {
  const pause = PAUSE_MS * 2 ** Math.min(attempts - 1, DOUBLINGS);
  let sum = 0;
  for (const character of recipient) sum = (sum * 31 + character.codePointAt(0)!) % (PAUSE_MS / 2);
  return pause + Math.floor((sum / PAUSE_MS) * pause);
}

async function learn(
  sql: Sql,
  account: ChannelAccount,
  landed: readonly Landed[],
  now: Instant,
): Promise<Circuit> {
  let circuit = await lockCircuit(sql, account);
  let sentAt: Instant | undefined;
  let failure: string | undefined;
  for (const { outcome: it } of landed) {
    if (it.outcome === 'accepted' || it.outcome === 'needsHuman') {
      circuit = succeeded(circuit);
      sentAt = now;
    } else if (it.outcome === 'rateLimited') circuit = limited(circuit, penalised(account, it.retryAt, now));
    else if (it.outcome === 'unknown' || it.blames === 'account') {
      circuit = failed(circuit, now);
      failure = it.code;
    }
    if (it.limit !== undefined && it.limit.remaining <= 0 && it.limit.resetAt > now)
      circuit = limited(circuit, it.limit.resetAt);
  }
  const failedAt = failure === undefined ? undefined : now;
  await keepCircuit(sql, account, circuit, { sentAt, failedAt, failure });
  return circuit;
}

/** A provider that names no end of its limit shuts an account out for as long as it has published. */
function penalised({ limits }: ChannelAccount, retryAt: Instant, now: Instant): Instant {
  if (retryAt > now) return retryAt;
  return now + Math.max(MINUTE, ...limits.rates.map(({ penaltyMs }) => penaltyMs ?? 0));
}

/** A token is back a window after the answer, when it was surely used; and a provider may say that fewer are left. */
async function settleTokens(
  sql: Sql,
  account: ChannelAccount,
  landed: readonly Landed[],
  now: Instant,
): Promise<void> {
  const { rates } = account.limits;
  const used = landed.flatMap(({ charges }) => charges.tokens ?? []);
  const ofAccount = rates.filter(({ of }) => of === 'account').map(({ name }) => ({ name, recipient: '' }));
  const names = [...used.map(([name, recipient]) => ({ name, recipient })), ...ofAccount];
  const distinct = [...new Map(names.map((it) => [bucketKey(it), it])).values()];
  const buckets = await readBuckets(sql, account, distinct);
  const news = landed.map(({ outcome }) => outcome.limit).filter((it) => it !== undefined);
  const settled = distinct.flatMap((bucket) => {
    const rate = rates.find(({ name }) => name === bucket.name);
    if (rate === undefined) return [];
    let out = buckets.get(bucketKey(bucket)) ?? [];
    for (const [name, recipient, was] of used) {
      if (name !== bucket.name || recipient !== bucket.recipient) continue;
      out = moveBack(out, rate, { now, was, back: now + rate.perMs, tokens: 1 });
    }
    for (const { remaining, resetAt } of bucket.recipient === '' ? news : [])
      out = follow(out, rate, { now, remaining, until: resetAt });
    return [{ ...bucket, out }];
  });
  await keepBuckets(sql, account, settled);
}
