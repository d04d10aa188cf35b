// The Bot API: the token in the address, errors as JSON with `parameters`.
import { accountOf, httpFake, type FakeProvider, type KnownError, type Said } from './provider.ts';

export async function telegramFake(): Promise<FakeProvider> {
  const token = '123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11';
  let ids = 0;
  const error = (error_code: number, description: string, parameters?: object): Said => ({
    status: error_code,
    body: { ok: false, error_code, description, ...(parameters === undefined ? {} : { parameters }) },
  });
  const fake = await httpFake({
    answer: ({ url, body }, arrive) => {
      if (url.pathname !== `/bot${token}/sendMessage`) return error(401, 'Unauthorized');
      const { text, chat_id: chat } = body as { readonly text: string; readonly chat_id: string };
      if (text.length > 4_096) return error(400, 'Bad Request: message is too long');
      if (chat !== '-1001234567890') return error(400, 'Bad Request: chat not found');
      arrive({ text, key: null, to: chat, mention: null });
      ids += 1;
      return { status: 200, body: { ok: true, result: { message_id: ids, text } } };
    },
    limited: error(429, 'Too Many Requests: retry after 23', { retry_after: 23 }),
    down: error(503, 'Service Unavailable'),
  });
  const account = (of: string) => accountOf('telegram', { api: fake.url }, { token: of });
  const ofRecipient = { outcome: 'rejected', kind: 'permanent', blames: 'recipient' } as const;
  return Object.assign(fake, {
    kind: 'telegram',
    account: account(token),
    wrongAccounts: [{ says: 'a wrong token', account: account('123456:XXX-DEF1234ghIkl-zyx57W2v1u123ew11') }],
    to: { kind: 'group' as const, externalId: '-1001234567890' },
    wrongTo: [
      { kind: 'group' as const, externalId: 'our group' },
      { kind: 'member' as const, externalId: '@somebody' },
      { kind: 'group' as const, externalId: null },
    ],
    mention: null,
    limit: { outcome: { outcome: 'rateLimited' as const }, afterMs: 23_000 },
    errors: [
      {
        says: 'a person who has blocked the bot',
        answer: {
          status: 403,
          body: { ok: false, error_code: 403, description: 'Forbidden: bot was blocked by the user' },
        },
        expected: ofRecipient,
      },
      {
        says: 'a chat that nobody knows',
        answer: {
          status: 400,
          body: { ok: false, error_code: 400, description: 'Bad Request: chat not found' },
        },
        expected: { ...ofRecipient, code: 'telegram-400' },
      },
      {
        says: 'a group that has moved',
        answer: {
          status: 400,
          body: {
            ok: false,
            error_code: 400,
            description: 'Bad Request: group chat was upgraded to a supergroup chat',
            parameters: { migrate_to_chat_id: -1009 },
          },
        },
        expected: { ...ofRecipient, code: 'telegram-migrated' },
      },
      {
        says: 'a limit without a time',
        answer: { status: 429, body: { ok: false, error_code: 429, description: 'Too Many Requests' } },
        expected: { outcome: 'rateLimited' },
        afterMs: 60_000,
      },
    ] satisfies KnownError[],
    brokenIs: 'unknown' as const,
    takesKey: false,
    givesId: true,
  });
}
