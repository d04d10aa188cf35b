// What was sent to whom, and what was withheld and why: one message for each visit, one delivery for each recipient.
import type { Text } from '../../engine/document.ts';
import type { SendInput } from '../../engine/effects/send.ts';
import type { Instant } from '../../engine/instant.ts';
import type { CallVisit } from '../../engine/run/protocol.ts';
import type { Sql } from '../store/client.ts';
import { newId } from '../store/id.ts';
import type { Candidate } from './recipients.ts';
import type { Answered, Batch } from './work.ts';

/** One visit's message, decided. */
export interface Sending {
  readonly visit: CallVisit;
  readonly answer: Answered;
  readonly candidates: readonly Candidate[];
  readonly admitted: readonly Candidate[];
  /** Why a recipient gets nothing, by recipient. */
  readonly reasons: ReadonlyMap<string, string>;
  /** Recipients whom the channel could not reach. */
  readonly failed: Set<string>;
  /** Rendered, per locale; empty where nothing goes out. */
  readonly text: Text;
  readonly posted: string;
  readonly expires: Instant;
}

/** Writes them down. A message that was deferred or waited for a person is brought up to date. */
export async function recordMessages(
  sql: Sql,
  { run, node }: Batch,
  {
    input,
    channelId,
    sendings,
  }: {
    readonly input: SendInput;
    readonly channelId: string | null;
    readonly sendings: readonly Sending[];
  },
): Promise<void> {
  const told = sendings.filter(({ answer }) => answer.code !== 'deferred');
  if (told.length === 0) return;
  const { rows } = await sql.query<{ id: string; ordinal: number; lap: number }>(
    `insert into message (id, team_id, run_id, node, ordinal, lap, channel_id, channel, class, mode, text, posted, at,
       expires_at)
     select m.id, $1, $2, $3, m.ordinal, m.lap, $4, $5, $6::message_class, $7, m.text, m.posted, instant_of(m.at),
       instant_of(m.expires)
     from jsonb_to_recordset($8) as m (id uuid, ordinal int, lap bigint, text jsonb, posted text, at bigint,
       expires bigint)
     on conflict (run_id, node, ordinal, lap) do update
       set at = excluded.at, posted = excluded.posted,
         text = case when excluded.text = '{}' then message.text else excluded.text end
     returning id, ordinal, lap`,
    [
      run.team,
      run.id,
      node,
      channelId,
      input.channel,
      input.class,
      input.mode,
      JSON.stringify(
        told.map(({ visit: { ordinal, lap, at }, text, posted, expires }) => ({
          id: newId(),
          ordinal,
          lap,
          text,
          posted,
          at,
          expires,
        })),
      ),
    ],
  );
  const ids = new Map(rows.map(({ id, ordinal, lap }) => [`${ordinal}/${lap}`, id]));
  const deliveries = told.flatMap((sending) => {
    const { ordinal, lap, at } = sending.visit;
    const message = ids.get(`${ordinal}/${lap}`)!;
    return sending.candidates.map((candidate) => ({
      message,
      recipient: candidate.recipient,
      group: candidate.groupId,
      member: candidate.memberId,
      heads: candidate.heads,
      at,
      ...stateOf(sending, candidate),
    }));
  });
  await writeDeliveries(sql, run, deliveries);
}

function stateOf(
  { answer, reasons, failed }: Sending,
  { recipient }: Candidate,
): { readonly state: string; readonly reason: string | null } {
  const reason = reasons.get(recipient) ?? null;
  switch (answer.code) {
    case 'sent':
    case 'partial':
      if (reason !== null) return { state: 'skipped', reason };
      return failed.has(recipient)
        ? { state: 'failed', reason: 'delivery' }
        : { state: 'sent', reason: null };
    case 'waiting':
      return reason === null ? { state: 'requested', reason } : { state: 'skipped', reason };
    case 'expired':
      return { state: 'expired', reason };
    case 'failed':
      return { state: 'failed', reason: reason ?? 'delivery' };
    default:
      return { state: 'skipped', reason: reason ?? 'unspecified' };
  }
}

async function writeDeliveries(
  sql: Sql,
  run: Batch['run'],
  deliveries: readonly { readonly message: string; readonly recipient: string }[],
): Promise<void> {
  if (deliveries.length === 0) return;
  await sql.query(
    `insert into delivery (message_id, team_id, run_id, recipient, group_id, member_id, state, heads, reason, at,
       gated_at, requested_at)
     select d.message, $1, $2, d.recipient, d."group", d.member, d.state::delivery_state, d.heads, d.reason,
       instant_of(d.at), passed.at, passed.at
     from jsonb_to_recordset($3) as d (message uuid, recipient text, "group" uuid, member uuid, state text, heads int,
       reason text, at bigint)
     left join lateral (select instant_of(d.at) as at where d.state in ('requested', 'sent')) as passed on true
     on conflict (message_id, recipient) do update
       set state = excluded.state, reason = excluded.reason, at = excluded.at, heads = excluded.heads,
         gated_at = coalesce(delivery.gated_at, excluded.gated_at),
         requested_at = coalesce(delivery.requested_at, excluded.requested_at)`,
    [run.team, run.id, JSON.stringify(deliveries)],
  );
}
