// A receiver of Standard Webhooks: signature over id, time and body, five minutes of tolerance; it tells what it has received.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { JsonObject } from '../../../../engine/json.ts';
import { accountOf, httpFake, type FakeProvider, type HttpFake, type KnownError } from './provider.ts';

export async function webhookFake(clock: () => number): Promise<FakeProvider> {
  const key = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
  const fake: HttpFake = await httpFake({
    answer: ({ method, headers, raw, body }, arrive) => {
      const id = String(headers['webhook-id']);
      const timestamp = String(headers['webhook-timestamp']);
      const signed = createHmac('sha256', Buffer.from(key.slice('whsec_'.length), 'base64'))
        .update(`${id}.${timestamp}.${raw}`)
        .digest();
      const given = Buffer.from(String(headers['webhook-signature']).replace(/^v1,/, ''), 'base64');
      const isSigned = given.length === signed.length && timingSafeEqual(given, signed);
      if (!isSigned || Math.abs(clock() / 1000 - Number(timestamp)) > 300) return { status: 401, body: {} };
      if (method === 'GET') {
        const isHere = fake.arrived.some((it) => it.key === id);
        return { status: 200, body: { key: id, status: isHere ? 'received' : 'missing', id: `their-${id}` } };
      }
      const { data } = body as unknown as {
        data: { text: string; key: string; to: { id: string }; mention: string | null };
      };
      if (data.key !== id || headers['idempotency-key'] !== id) return { status: 400, body: {} };
      arrive({ text: data.text, key: id, to: data.to.id, mention: data.mention });
      return { status: 202, body: { id: `their-${id}` } };
    },
    limited: { status: 429, headers: { 'retry-after': '17' }, body: '' },
    down: { status: 500, body: 'oops' },
  });
  const account = (of: string, more: JsonObject = {}) =>
    accountOf('webhook', { url: `${fake.url}/in`, ...more }, { key: of });
  return Object.assign(fake, {
    kind: 'webhook',
    account: account(key),
    asking: account(key, { answersStatus: true }),
    wrongAccounts: [{ says: 'a wrong key', account: account(Buffer.alloc(32, 9).toString('base64')) }],
    to: { kind: 'member' as const, externalId: 'user-42' },
    wrongTo: [
      { kind: 'member' as const, externalId: null },
      { kind: 'group' as const, externalId: 'a\nb' },
    ],
    mention: null,
    limit: { outcome: { outcome: 'rateLimited' as const }, afterMs: 17_000 },
    errors: [
      {
        says: 'a limit without a time',
        answer: { status: 429, body: '' },
        expected: { outcome: 'rateLimited' },
        afterMs: 60_000,
      },
      {
        says: 'a limit until a date',
        answer: { status: 429, headers: { 'retry-after': 'DATE+90' }, body: '' },
        expected: { outcome: 'rateLimited' },
        afterMs: 90_000,
      },
      {
        says: 'a limit of no time at all',
        answer: { status: 429, headers: { 'retry-after': '0' }, body: '' },
        expected: { outcome: 'rateLimited' },
        afterMs: 1_000,
      },
      {
        says: 'a limit of years',
        answer: { status: 429, headers: { 'retry-after': '999999999' }, body: '' },
        expected: { outcome: 'rateLimited' },
        afterMs: 86_400_000,
      },
      {
        says: 'a limit that is no number',
        answer: { status: 429, headers: { 'retry-after': 'soon' }, body: '' },
        expected: { outcome: 'rateLimited' },
        afterMs: 60_000,
      },
      {
        says: 'an address that is gone',
        answer: { status: 410, body: '' },
        expected: { outcome: 'rejected', kind: 'permanent', blames: 'account', code: 'http-410' },
      },
      {
        says: 'a message that is not taken',
        answer: { status: 422, body: '' },
        expected: { outcome: 'rejected', kind: 'permanent', blames: 'recipient' },
      },
      {
        says: 'a time-out of its own',
        answer: { status: 408, body: '' },
        expected: { outcome: 'rejected', kind: 'transient' },
      },
    ] satisfies KnownError[],
    // Its status is its answer; the body is a courtesy.
    brokenIs: 'accepted' as const,
    takesKey: true,
    givesId: true,
  });
}
