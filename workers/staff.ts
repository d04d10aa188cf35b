// Empties the outbox of what goes to colleagues: notices as one message for each of them, and tests of channels.
// At least once: what no answer came for goes again under the same key, by which those who can recognise a repetition do.
import { setTimeout as sleep } from 'node:timers/promises';
import { nextAllowed } from '../engine/calendar/day-window.ts';
import type { DayWindow } from '../engine/calendar/time-rule.ts';
import { channelKind } from '../engine/channels/index.ts';
import { limitsOf, type Limits } from '../engine/channels/limits.ts';
import type { Text } from '../engine/document.ts';
import { freeAt, take } from '../engine/effects/bucket.ts';
import { failed, limited, roomIn, succeeded } from '../engine/effects/circuit.ts';
import { DAY, MINUTE, SECOND, type Instant } from '../engine/instant.ts';
import type { JsonObject } from '../engine/json.ts';
import { isNoticeKind, noticeKinds, sayItems } from '../engine/notices.ts';
import { openAccount } from './channels/account.ts';
import type { Adapter, OutMessage, SendOutcome } from './channels/channel.ts';
import {
  bucketKey,
  keepBuckets,
  keepCircuit,
  lockCircuit,
  readBuckets,
  type ChannelAccount,
} from './store/channel-account.ts';
import { inTransaction, type Sql, type Store } from './store/client.ts';
import { newId } from './store/id.ts';
import { UnreadableSecret, type Keyring } from './store/keyring.ts';
import { signStaffLink, STAFF_LINKS, staffLinkUrl, type StaffTarget } from './store/staff-link.ts';

/** What the pump needs of its process. */
export interface StaffReach {
  readonly store: Store;
  readonly clock: () => Instant;
  readonly adapters: Readonly<Record<string, Adapter>>;
  readonly keyring: Keyring | undefined;
  readonly allowPrivateAddresses: boolean;
  /** Where colleagues reach the server. */
  readonly publicUrl: string;
}

const PAUSE_MS = 2 * SECOND;
const ANSWERED_WITHIN_MS = 20 * SECOND;
/** Whoever has taken rows up and not concluded by then is not there any more. */
const LEASE_MS = MINUTE;
const AT_A_TIME = 2_000;
const PAUSES = [5, 15, 60, 180, 600, 1_800, 3_600].map((seconds) => seconds * SECOND);
/** After so long it is given up, and stays visible as failed. */
const PATIENCE_MS = DAY;

/** Empties the outbox every other second until it is stopped. */
export function startTelling(reach: StaffReach, pauseMs = PAUSE_MS): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // The database may be away; what is in the outbox stays there.
      await tellWaiting(reach).catch(() => {});
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  const over = loop();
  return {
    async stop() {
      stopping.abort();
      await over;
    },
  };
}

interface Row {
  readonly id: number;
  readonly kind: string;
  readonly team: number;
  readonly channel: string;
  readonly userId: string | null;
  readonly dispatch: string | null;
  readonly attempts: number;
  readonly address: string;
  readonly text: string | null;
  readonly created: Instant;
  readonly task: string | null;
  readonly run: string | null;
  /** The playbook that a notice is about which comes from no run. */
  readonly about: string | null;
  readonly playbook: Text | null;
  readonly says: Text | null;
  readonly due: Instant | null;
  /** Somebody has seen to it. */
  readonly isMoot: boolean;
  readonly locale: string;
  readonly zone: string;
  readonly quiet: DayWindow | null;
  readonly archived: boolean;
  readonly channelKind: string;
  readonly channelName: string;
  readonly config: JsonObject;
  readonly secretRef: string | null;
  readonly limits: Partial<Limits> | null;
}

const READ = `
  select m.id, m.kind, m.team_id as team, m.channel_id as channel, m.user_id as "userId", m.dispatch, m.attempts,
    m.address, m.text, ms_of(m.created_at) as created, m.task_id as task, coalesce(n.run_id, k.run_id) as run,
    case when r.id is null then b.id end as about, b.title as playbook, coalesce(k.title, n.text) as says, ms_of(k.due_at) as due,
    m.kind <> 'test' and (u.disabled_at is not null or p.id is null or n.seen_at is not null
      or k.state in ('done', 'expired', 'dropped')
      or (m.kind = 'task' and k.assignee_id is not null and k.assignee_id <> m.user_id)) as "isMoot",
    coalesce(u.locale, t.locale) as locale, coalesce(p.zone, t.zone) as zone, p.quiet,
    c.archived_at is not null as archived, c.kind::text as "channelKind", c.name as "channelName", c.config,
    c.secret_ref as "secretRef", c.limits
  from staff_message m join team t on t.id = m.team_id join channel c on c.id = m.channel_id
  left join notice n on n.id = m.notice_id left join task k on k.id = m.task_id
  left join run r on r.id = coalesce(n.run_id, k.run_id) 
  left join playbook b on b.team_id = m.team_id and b.id = coalesce(r.playbook_id, (n.detail ->> 'playbook')::uuid)
  left join user_account u on u.id = m.user_id
  left join notice_preference p on p.user_id = m.user_id and p.channel_id = m.channel_id
  where m.state = 'waiting' and m.next_at <= instant_of($1) order by m.id limit ${AT_A_TIME}
  for update of m skip locked`;

/** One round: everything that is due goes out, or says why not. */
export async function tellWaiting(reach: StaffReach): Promise<void> {
  const now = reach.clock();
  const groups = await inTransaction(reach.store.pool, (sql) => takeUp(sql, now));
  await Promise.all(groups.map((group) => tell(reach, group).catch(() => {})));
}

async function takeUp(sql: Sql, now: Instant): Promise<readonly (readonly Row[])[]> {
  const { rows } = await sql.query<Row>(READ, [now]);
  const groups = new Map<string, { readonly dispatch: string; readonly rows: Row[] }>();
  for (const row of rows) {
    const reason = row.isMoot ? 'no-reader' : row.archived ? 'archived' : undefined;
    if (reason !== undefined) {
      await finish(sql, [row], { state: row.isMoot ? 'dropped' : 'failed', reason, now });
      continue;
    }
    const later = quietUntil(row, now);
    if (later > now) {
      await putOff(sql, [row], { at: later, reason: null });
      continue;
    }
    const key =
      row.dispatch ?? (row.userId === null ? String(row.id) : `${row.userId}/${row.channel}/${row.address}`);
    const group = groups.get(key) ?? { dispatch: row.dispatch ?? newId(now), rows: [] };
    groups.set(key, group);
    group.rows.push({ ...row, dispatch: group.dispatch, attempts: row.attempts + 1 });
  }
  for (const { dispatch, rows: some } of groups.values()) {
    await sql.query(
      `update staff_message set dispatch = $2, attempts = attempts + 1, next_at = instant_of($3) where id = any($1)`,
      [some.map(({ id }) => id), dispatch, now + LEASE_MS],
    );
  }
  return [...groups.values()].map((group) => group.rows);
}

function quietUntil({ kind, quiet, zone }: Row, now: Instant): Instant {
  if (quiet === null || !isNoticeKind(kind) || noticeKinds[kind].urgent) return now;
  return nextAllowed(now, quiet, zone) ?? now;
}

async function tell(reach: StaffReach, rows: readonly Row[]): Promise<void> {
  const { store } = reach;
  const first = rows[0]!;
  const account: ChannelAccount = {
    id: first.channel,
    team: first.team,
    name: first.channelName,
    kind: first.channelKind,
    config: first.config,
    secretRef: first.secretRef,
    limits: limitsOf(first.channelKind, first.limits),
    verified: true,
  };
  const busy = await inTransaction(store.pool, (sql) =>
    reserve(sql, account, { now: reach.clock(), isTest: first.kind === 'test' }),
  );
  const outcome: SendOutcome =
    busy === undefined ? await handOver(reach, account, rows) : { outcome: 'rateLimited', retryAt: busy };
  await inTransaction(store.pool, (sql) =>
    conclude(sql, account, { rows, outcome, now: reach.clock(), isOurs: busy !== undefined }),
  );
}

/** Takes the account's tokens; the instant from which there are some, where there are none now. */
async function reserve(
  sql: Sql,
  account: ChannelAccount,
  { now, isTest }: { readonly now: Instant; readonly isTest: boolean },
): Promise<Instant | undefined> {
  const room = roomIn(await lockCircuit(sql, account), now);
  // Whoever tests an account that rests after failures wants to know whether it is well again.
  if (room.count < 1 && !(isTest && room.by === 'circuit')) return room.until;
  const rates = account.limits.rates.filter(({ of }) => of === 'account');
  const buckets = await readBuckets(
    sql,
    account,
    rates.map(({ name }) => ({ name, recipient: '' })),
  );
  const outOf = (name: string) => buckets.get(bucketKey({ name, recipient: '' })) ?? [];
  const free = Math.max(now, ...rates.map((rate) => freeAt(outOf(rate.name), rate, now)));
  if (free > now) return free;
  await keepBuckets(
    sql,
    account,
    rates.map((rate) => ({
      name: rate.name,
      recipient: '',
      out: take(outOf(rate.name), rate, { now, back: now + rate.perMs }),
    })),
  );
  return undefined;
}

async function handOver(
  reach: StaffReach,
  account: ChannelAccount,
  rows: readonly Row[],
): Promise<SendOutcome> {
  const adapter = Object.hasOwn(reach.adapters, account.kind) ? reach.adapters[account.kind] : undefined;
  const refusal = (code: string): SendOutcome => ({
    outcome: 'rejected',
    code,
    kind: 'permanent',
    blames: 'account',
  });
  if (adapter === undefined) return refusal('no-members');
  try {
    const opened = await openAccount(reach.store.pool, reach.keyring, account);
    return await adapter.send(
      opened,
      messageTo(reach, rows),
      rows[0]!.dispatch!.replaceAll('-', '').repeat(2),
      {
        clock: reach.clock,
        allowPrivateAddresses: reach.allowPrivateAddresses,
        signal: AbortSignal.timeout(ANSWERED_WITHIN_MS),
      },
    );
  } catch (error) {
    if (error instanceof UnreadableSecret) return refusal('unreadable-secret');
    throw error;
  }
}

function messageTo({ keyring, publicUrl, clock }: StaffReach, rows: readonly Row[]): OutMessage {
  const first = rows[0]!;
  const { locale, zone, address } = first;
  const kind = channelKind(first.channelKind)!;
  const keys = keyring?.signingKeys(STAFF_LINKS);
  const linkTo = (row: Row): string => {
    const target = targetOf(row);
    if (keys === undefined || target === undefined) return publicUrl;
    return staffLinkUrl(publicUrl, signStaffLink(keys, target, clock()));
  };
  const items = rows.flatMap((row) =>
    isNoticeKind(row.kind)
      ? [{ kind: row.kind, playbook: row.playbook, says: row.says ?? {}, due: row.due, link: linkTo(row) }]
      : [],
  );
  const said =
    first.text === null
      ? sayItems(items, { locale, zone, home: publicUrl }, kind.capabilities)
      : { subject: first.text.split('\n', 1)[0]!.slice(0, 100), text: first.text };
  const { member } = kind.names;
  const isMember = member !== null && new RegExp(member.pattern, 'u').test(address);
  const calls = kind.mention !== null && address !== '';
  return {
    ...said,
    format: 'text',
    class: 'service',
    locale,
    to: { kind: isMember ? 'member' : 'group', externalId: address === '' || calls ? null : address },
    ...(calls ? { mention: address } : {}),
    about: {
      run: first.run ?? '',
      node: '',
      recipient: first.userId === null ? 'test' : `user/${first.userId}`,
    },
  };
}

function targetOf({ task, run, about }: Row): StaffTarget | undefined {
  if (task !== null) return { to: 'task', id: task };
  if (run !== null) return { to: 'run', id: run };
  return about === null ? undefined : { to: 'playbook', id: about };
}

interface Concluded {
  readonly rows: readonly Row[];
  readonly outcome: SendOutcome;
  readonly now: Instant;
  /** Our own limit, of which the provider knows nothing. */
  readonly isOurs: boolean;
}

async function conclude(
  sql: Sql,
  account: ChannelAccount,
  { rows, outcome: it, now, isOurs }: Concluded,
): Promise<void> {
  if (!isOurs) await learn(sql, account, it, now);
  const first = rows[0]!;
  const isTest = first.kind === 'test';
  if (it.outcome === 'accepted' || it.outcome === 'needsHuman') {
    await finish(sql, rows, { state: 'sent', reason: null, now, providerId: it.providerId });
    return;
  }
  const reason = it.outcome === 'rateLimited' ? 'rate' : it.code;
  const isOver = it.outcome === 'rejected' && it.kind === 'permanent';
  // Whoever tests a channel waits for the answer, and tests again.
  if (isOver || isTest) return finish(sql, rows, { state: 'failed', reason, now });
  const old = rows.filter(({ created }) => created + PATIENCE_MS <= now);
  await finish(sql, old, { state: 'failed', reason: 'given-up', now });
  const pause = PAUSES[Math.min(first.attempts, PAUSES.length) - 1] ?? SECOND;
  const at = it.outcome === 'rateLimited' ? Math.max(it.retryAt, now + SECOND) : now + pause;
  await putOff(
    sql,
    rows.filter((row) => !old.includes(row)),
    { at, reason },
  );
}

async function learn(sql: Sql, account: ChannelAccount, it: SendOutcome, now: Instant): Promise<void> {
  const circuit = await lockCircuit(sql, account);
  if (it.outcome === 'accepted' || it.outcome === 'needsHuman')
    return keepCircuit(sql, account, succeeded(circuit), { sentAt: now });
  if (it.outcome === 'rateLimited') return keepCircuit(sql, account, limited(circuit, it.retryAt), {});
  if (it.outcome === 'unknown' || it.blames === 'account')
    return keepCircuit(sql, account, failed(circuit, now), { failedAt: now, failure: it.code });
}

async function finish(
  sql: Sql,
  rows: readonly Row[],
  {
    state,
    reason,
    now,
    providerId = null,
  }: {
    readonly state: string;
    readonly reason: string | null;
    readonly now: Instant;
    readonly providerId?: string | null;
  },
): Promise<void> {
  await sql.query(
    `update staff_message set state = $2::staff_message_state, reason = $3, provider_id = $4, finished_at = instant_of($5)
     where id = any($1) and state = 'waiting'`,
    [rows.map(({ id }) => id), state, reason, providerId, now],
  );
}

const putOff = (
  sql: Sql,
  rows: readonly Row[],
  { at, reason }: { readonly at: Instant; readonly reason: string | null },
) =>
  sql.query(
    `update staff_message set next_at = instant_of($2), reason = $3 where id = any($1) and state = 'waiting'`,
    [rows.map(({ id }) => id), at, reason],
  );
