// What is particular to mail: encryption is not optional, headers say how to unsubscribe, and nobody writes headers through a text.
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { OutMessage } from '../../../workers/channels/channel.ts';
import { email } from '../../../workers/channels/email.ts';
import { smtpFake, type SmtpFake } from './fakes/smtp.ts';

const NOW = Date.UTC(2026, 10, 27, 9, 0, 0);
const KEY = '5f'.repeat(32);
const servers = {
  tls: await smtpFake({ security: 'tls' }),
  starttls: await smtpFake({ security: 'starttls' }),
  none: await smtpFake({ security: 'none' }),
};
afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())));
beforeEach(() => {
  for (const server of Object.values(servers)) {
    (server.mails as unknown[]).length = 0;
    server.mode = 'well';
    server.silentAfterData = false;
  }
});

const send = (
  fake: SmtpFake,
  more: Partial<OutMessage> = {},
  { config = {}, timeoutMs = 10_000 }: { readonly config?: object; readonly timeoutMs?: number } = {},
) =>
  email.send(
    { ...fake.account, config: { ...fake.account.config, ...config } },
    {
      text: '今晚八点开讲。',
      format: 'text',
      subject: '早报',
      class: 'service',
      locale: 'zh-CN',
      to: { kind: 'member', externalId: 'lan@example.com' },
      about: { run: 'r', node: 'n', recipient: 'member/m' },
      ...more,
    },
    KEY,
    { clock: () => NOW, allowPrivateAddresses: true, signal: AbortSignal.timeout(timeoutMs) },
  );

test('a mail says who writes to whom, when, in what language, and that a program has written it', async () => {
  expect(await send(servers.tls)).toEqual({ outcome: 'accepted', providerId: 'Q1ABC' });
  const [mail] = servers.tls.mails;
  expect(mail).toMatchObject({
    from: 'hello@community.example',
    to: 'lan@example.com',
    text: '今晚八点开讲。',
  });
  expect(mail!.headers).toMatchObject({
    from: '薪火 Kindling <hello@community.example>',
    to: 'lan@example.com',
    subject: '早报',
    date: 'Fri, 27 Nov 2026 09:00:00 +0000',
    'message-id': `<${KEY}@community.example>`,
    'auto-submitted': 'auto-generated',
    'content-language': 'zh-CN',
  });
  expect(Object.keys(mail!.headers)).not.toContain('list-unsubscribe');
});

test('marketing offers one click to stop it; where the page is not encrypted, a link', async () => {
  const optOutUrl = 'https://kindling.example/m/abc';
  await send(servers.tls, { class: 'marketing', optOutUrl });
  await send(servers.tls, { class: 'marketing', optOutUrl: 'http://127.0.0.1/m/abc' });
  await send(servers.tls, { class: 'marketing', optOutUrl: 'https://x/>\r\nBcc: <evil@example.com' });
  const [one, two, three] = servers.tls.mails.map(({ headers }) => headers);
  expect(one).toMatchObject({
    'list-unsubscribe': `<${optOutUrl}>`,
    'list-unsubscribe-post': 'List-Unsubscribe=One-Click',
    precedence: 'bulk',
  });
  expect([two!['list-unsubscribe'], two!['list-unsubscribe-post']]).toEqual([
    '<http://127.0.0.1/m/abc>',
    undefined,
  ]);
  expect([three!['list-unsubscribe'], three!['bcc']]).toEqual([undefined, undefined]);
});

test('no text writes a header or another recipient', async () => {
  const evil = 'Hi\r\nBcc: evil@example.com\r\nX-Evil: 1\r\n\r\nbody';
  expect(
    await send(servers.tls, { subject: evil, locale: 'en\r\nX-Evil: 2', text: '.\r\nQUIT\r\n' }),
  ).toMatchObject({
    outcome: 'accepted',
  });
  const [mail] = servers.tls.mails;
  expect(Object.keys(mail!.headers).filter((name) => /evil|bcc/i.test(name))).toEqual([]);
  expect([mail!.to, mail!.text, servers.tls.mails.length]).toEqual(['lan@example.com', '.\nQUIT', 1]);
});

test('without a subject the first line stands for it', async () => {
  await send(servers.tls, { subject: '', text: '第一行\n第二行' });
  expect(servers.tls.mails[0]!.headers['subject']).toBe('第一行');
});

describe('encryption', () => {
  test('by STARTTLS goes on encrypted', async () => {
    expect(await send(servers.starttls)).toMatchObject({ outcome: 'accepted' });
    expect(servers.starttls.mails).toHaveLength(1);
  });

  test('is never given up: a server that offers none gets nothing', async () => {
    const before = servers.none.mails.length;
    const wanted = { config: { security: 'starttls', user: 'kindling' } };
    expect(await send(servers.none, {}, wanted)).toMatchObject({ outcome: 'rejected', blames: 'account' });
    expect(servers.none.mails).toHaveLength(before);
  });

  test('checks the certificate, and the name in it', async () => {
    const { ca, ...config } = servers.tls.account.config as { readonly ca: string };
    expect(await email.send({ ...servers.tls.account, config: config as never }, ...rest())).toMatchObject({
      outcome: 'rejected',
      code: 'tls',
      kind: 'permanent',
    });
    // The certificate is for localhost and 127.0.0.1, not for this other name of the same machine.
    expect(await send(servers.tls, {}, { config: { host: '127.0.0.2', ca } })).toMatchObject({
      outcome: 'rejected',
    });
    expect(servers.tls.mails).toEqual([]);
    // An address is checked as well as a name is.
    for (const server of [servers.tls, servers.starttls]) {
      expect(await send(server, {}, { config: { host: '127.0.0.1' } })).toMatchObject({
        outcome: 'accepted',
      });
    }
  });

  test('may be off where nothing secret is sent', async () => {
    expect(await send(servers.none)).toMatchObject({ outcome: 'accepted' });
  });
});

describe('doubt', () => {
  test('begins when the server has asked for the message', async () => {
    servers.tls.silentAfterData = true;
    expect(await send(servers.tls, {}, { timeoutMs: 500 })).toEqual({
      outcome: 'unknown',
      code: 'no-answer',
    });
    expect(servers.tls.mails).toHaveLength(1);
  });

  test('does not begin while nobody has greeted', async () => {
    servers.tls.mode = 'hangs';
    expect(await send(servers.tls, {}, { timeoutMs: 300 })).toMatchObject({
      outcome: 'rejected',
      kind: 'transient',
    });
  });

  test('does not begin at a port where nobody listens', async () => {
    expect(await send(servers.tls, {}, { config: { port: 1 } })).toMatchObject({
      outcome: 'rejected',
      code: 'refused-connection',
      kind: 'transient',
    });
  });
});

function rest(): [OutMessage, string, Parameters<typeof email.send>[3]] {
  return [
    {
      text: 'x',
      format: 'text',
      subject: '',
      class: 'service',
      locale: 'en',
      to: { kind: 'member', externalId: 'lan@example.com' },
      about: { run: 'r', node: 'n', recipient: 'member/m' },
    },
    KEY,
    { clock: () => NOW, allowPrivateAddresses: true, signal: AbortSignal.timeout(10_000) },
  ];
}
