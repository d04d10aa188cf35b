// A system of the team's own: each message is a request, signed as Standard Webhooks says (version 1), and where the receiver
// offers it, what became of one is a question to the same address. docs/webhook.md is the receiver's side.
// The receiver recognises a repeated message by webhook-id; that it does so is not ours to promise.
import { createHmac } from 'node:crypto';
import { channelKinds } from '../../engine/channels/index.ts';
import { SECOND } from '../../engine/instant.ts';
import type { Account, Adapter, ChannelReach, Doubt, Reconciled } from './channel.ts';
import { ask, askJson, byStatus, defineAdapter, objectIn } from './provider.ts';

const send: Adapter['send'] = async (account, message, key, reach) => {
  const now = reach.clock();
  const { text, format, subject, class: kind, locale, to, mention, optOutUrl, about } = message;
  const body = JSON.stringify({
    type: 'message',
    timestamp: new Date(now).toISOString(),
    data: {
      key,
      to: { kind: to.kind, id: to.externalId },
      text,
      format,
      subject,
      class: kind,
      locale,
      mention: mention ?? null,
      optOutUrl: optOutUrl ?? null,
      about,
    },
  });
  const asked = await askJson(
    { url: addressOf(account), headers: signedHeaders(account, { key, now, body }), body },
    reach,
  );
  if ('outcome' in asked) return asked.outcome;
  const bad = byStatus(asked.read, reach);
  if (bad !== undefined) return bad;
  // An id is welcome, but a receiver owes us nothing beyond its status.
  return { outcome: 'accepted', providerId: idIn(objectIn(asked.read.body)) };
};

/** Questions that a receiver gets at a time. */
const AT_ONCE = 4;

async function statusesOf(
  account: Account,
  doubts: readonly Doubt[],
  reach: ChannelReach,
): Promise<ReadonlyMap<string, Reconciled>> {
  const answers = new Map<string, Reconciled>();
  for (let first = 0; first < doubts.length; first += AT_ONCE) {
    const some = doubts.slice(first, first + AT_ONCE);
    const said = await Promise.all(some.map(({ key }) => statusOf(account, key, reach)));
    some.forEach(({ key }, index) => answers.set(key, said[index]!));
  }
  return answers;
}

// Only an answer that names the key is one: a page that some server shows for whatever is asked says nothing.
async function statusOf(account: Account, key: string, reach: ChannelReach): Promise<Reconciled> {
  const headers = {
    accept: 'application/json',
    'user-agent': 'Kindling',
    ...signedHeaders(account, { key, now: reach.clock(), body: '' }),
  };
  const asked = await ask({ url: addressOf(account), method: 'GET', headers }, reach);
  const said = 'read' in asked && asked.read.status === 200 ? objectIn(asked.read.body) : undefined;
  if (said?.['key'] !== key) return { outcome: 'unknown' };
  switch (said['status']) {
    case 'received':
      return { outcome: 'accepted', providerId: idIn(said) };
    case 'missing':
      return { outcome: 'missing' };
    case 'refused':
      return { outcome: 'rejected', code: 'refused' };
    default:
      return { outcome: 'unknown' };
  }
}

export const webhook = defineAdapter('webhook', send, {
  reconcile: { offered: ({ config }) => channelKinds.webhook.answers?.(config) === true, ask: statusesOf },
});

const addressOf = ({ config }: Account): string => (typeof config['url'] === 'string' ? config['url'] : '');

const idIn = (said: Readonly<Record<string, unknown>> | undefined): string | null => {
  const id = said?.['id'];
  return typeof id === 'string' && id.length <= 200 ? id : null;
};

function signedHeaders(
  { secret }: Account,
  { key, now, body }: { readonly key: string; readonly now: number; readonly body: string },
): Record<string, string> {
  const timestamp = Math.floor(now / SECOND);
  return {
    'webhook-id': key,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signature(secret.part('key'), { id: key, timestamp, body }),
    'idempotency-key': key,
  };
}

/** `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64; the key is base64 with or without `whsec_`. */
export function signature(
  key: string,
  { id, timestamp, body }: { readonly id: string; readonly timestamp: number; readonly body: string },
): string {
  const hmac = createHmac('sha256', Buffer.from(key.replace(/^whsec_/, ''), 'base64'));
  return `v1,${hmac.update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
