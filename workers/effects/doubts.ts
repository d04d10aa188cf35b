// Messages that were handed over without an answer: the provider is asked what became of them, where it can be asked.
// Otherwise they stay in doubt and a person decides: see the stuck visits. Nothing is repeated blindly.
import type { Instant } from '../../engine/instant.ts';
import type { Doubt, Reconciled } from '../channels/channel.ts';
import { inTransaction, type Sql } from '../store/client.ts';
import { countersIn, type Charges } from '../store/delivery.ts';
import { giveBack } from '../store/send-gate.ts';
import { keyOf, type Courier } from './courier.ts';
import type { Letter, Mail } from './mail.ts';
import { nowOf } from './mail.ts';
import { ANSWERED_WITHIN_MS, LEASE_MS, type Address } from './outbox.ts';
import { recipientsAgain } from './recipients.ts';
import { capabilitiesOf, type Route } from './route.ts';

/** Doubts that the provider is asked about at a time. */
const ASKED = 100;

/** Whether doubts about a route's messages can be resolved without a person: it is asked before anything is sent again. */
export const canResolve = (route: Route): boolean => canAsk(route) || capabilitiesOf(route)?.dedupes === true;

const canAsk = ({ account, adapter }: Route): boolean =>
  account !== null && adapter?.reconcile?.offered(account) === true;

/** How long after a message was handed over its provider is asked for the last time. Then a person decides. */
const ASKED_FOR_MS = 16 * LEASE_MS;

/** When the provider is asked about a doubt next, each time after twice as long; undefined when it has been often enough. */
export function askedAgainAt(handed: Instant, now: Instant): Instant | undefined {
  for (let after = LEASE_MS; after <= ASKED_FOR_MS; after *= 2)
    if (handed + after > now) return handed + after;
  return undefined;
}

/** Resolves what can be. Fresh doubts are left alone for a while: what was handed over may still be on its way. */
export async function resolveDoubts(courier: Courier, letters: ReadonlyMap<string, Letter>): Promise<void> {
  const { mail } = courier;
  const { pool } = mail.batch.deps.store;
  if (!canResolve(mail.route) || letters.size === 0) return;
  const now = nowOf(mail.batch, mail.letters[0]!.visit);
  const { rows } = await pool.query<Row>(
    `select message_id as message, recipient, group_id as "groupId", member_id as "memberId", call,
       provider_id as "providerId", ms_of(requested_at) as at
     from delivery where message_id = any($1) and state = 'unknown' and requested_at <= instant_of($2)
     order by message_id, recipient`,
    [[...letters.keys()], now - LEASE_MS],
  );
  for (let first = 0; first < rows.length; first += ASKED) {
    const some = rows.slice(first, first + ASKED);
    const answers = canAsk(mail.route) ? await ask(courier, letters, some) : repeated(some);
    await inTransaction(pool, (sql) => resolve(sql, mail, answers));
  }
}

interface Row extends Address {
  readonly groupId: string | null;
  readonly memberId: string | null;
  readonly call: number;
  readonly providerId: string | null;
  readonly at: number;
}

interface Resolved extends Address {
  readonly answer: Reconciled;
}

/** The provider recognises a repeated key: whether it had it or not, handing it over again is safe. */
const repeated = (rows: readonly Row[]): Resolved[] =>
  rows.map(({ message, recipient }) => ({ message, recipient, answer: { outcome: 'missing' } }));

async function ask(
  { mail, account, adapter }: Courier,
  letters: ReadonlyMap<string, Letter>,
  rows: readonly Row[],
): Promise<Resolved[]> {
  const { deps, run } = mail.batch;
  const people = await recipientsAgain(deps.store.pool, run, mail.nature, {
    groups: rows.flatMap(({ groupId }) => groupId ?? []),
    members: rows.flatMap(({ memberId }) => memberId ?? []),
  });
  const doubts = rows.map((row): Doubt => ({
    key: keyOf(mail, letters.get(row.message)!, row),
    providerId: row.providerId,
    to: {
      kind: row.memberId === null ? 'group' : 'member',
      externalId: people.get(row.recipient)?.address ?? null,
    },
    at: row.at,
  }));
  const { allowPrivateAddresses, clock } = deps;
  const reach = { clock, allowPrivateAddresses, signal: AbortSignal.timeout(ANSWERED_WITHIN_MS) };
  const answers = await adapter
    .reconcile!.ask(account, doubts, reach)
    .catch(() => new Map<string, Reconciled>());
  return rows.map(({ message, recipient }, index) => ({
    message,
    recipient,
    answer: answers.get(doubts[index]!.key) ?? { outcome: 'unknown' },
  }));
}

async function resolve(sql: Sql, { batch }: Mail, resolved: readonly Resolved[]): Promise<void> {
  const changes = resolved.flatMap(({ message, recipient, answer }): object[] => {
    switch (answer.outcome) {
      case 'accepted':
        return [{ message, recipient, state: 'sent', provider: answer.providerId, back: false }];
      case 'missing':
        return [{ message, recipient, state: 'planned', reason: 'retry', back: true }];
      case 'rejected':
        return [{ message, recipient, state: 'failed', reason: answer.code, back: true }];
      case 'unknown':
        return [];
    }
  });
  if (changes.length === 0) return;
  const { rows } = await sql.query<{ charges: Charges | null }>(
    `with resolved as (
       select d.message_id, d.recipient, d.charges, r.state, r.reason, r.provider, r.back
       from jsonb_to_recordset($1) as r (message uuid, recipient text, state text, reason text, provider text, back boolean)
       join delivery d on d.message_id = r.message and d.recipient = r.recipient
       where d.state = 'unknown' order by d.message_id, d.recipient for update of d
     )
     update delivery d set state = r.state::delivery_state, reason = r.reason, next_at = null,
       provider_id = coalesce(r.provider, d.provider_id), charges = case when r.back then null else d.charges end,
       reconciled_at = instant_of($2), reconciled_by = 'provider', at = instant_of($2)
     from resolved r where d.message_id = r.message_id and d.recipient = r.recipient
     returning case when r.back then r.charges end as charges`,
    [JSON.stringify(changes), nowOf(batch, batch.visits[0]!)],
  );
  await giveBack(
    sql,
    batch.run.team,
    rows.flatMap(({ charges }) => countersIn(charges)),
  );
}
