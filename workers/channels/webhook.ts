// A system of the team's own: each message is a request, signed as Standard Webhooks says (version 1).
// The receiver recognises a repeated message by webhook-id; that it does so is not ours to promise.
import { createHmac } from 'node:crypto';
import { SECOND } from '../../engine/instant.ts';
import { askJson, byStatus, defineAdapter, objectIn } from './provider.ts';

export const webhook = defineAdapter('webhook', async ({ config, secret }, message, key, reach) => {
  const now = reach.clock();
  const timestamp = Math.floor(now / SECOND);
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
    {
      url: typeof config['url'] === 'string' ? config['url'] : '',
      headers: {
        'webhook-id': key,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signature(secret.part('key'), { id: key, timestamp, body }),
        'idempotency-key': key,
      },
      body,
    },
    reach,
  );
  if ('outcome' in asked) return asked.outcome;
  const bad = byStatus(asked.read, reach);
  if (bad !== undefined) return bad;
  // An id is welcome, but a receiver owes us nothing beyond its status.
  const id = objectIn(asked.read.body)?.['id'];
  return { outcome: 'accepted', providerId: typeof id === 'string' && id.length <= 200 ? id : null };
});

/** `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64; the key is base64 with or without `whsec_`. */
export function signature(
  key: string,
  { id, timestamp, body }: { readonly id: string; readonly timestamp: number; readonly body: string },
): string {
  const hmac = createHmac('sha256', Buffer.from(key.replace(/^whsec_/, ''), 'base64'));
  return `v1,${hmac.update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
