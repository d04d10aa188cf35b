// One contract for every adapter, against local servers that behave as their provider documents.
// What counts is what the provider has seen; an adapter's word is compared with it.
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { channelKinds, type ChannelKindName } from '../../../engine/channels/index.ts';
import type { Account, ChannelReach, OutMessage, SendOutcome } from '../../../workers/channels/channel.ts';
import { adapters } from '../../../workers/channels/index.ts';
import { dingtalkFake, discordFake, feishuFake, slackFake, wecomFake } from './fakes/robots.ts';
import type { FakeProvider, KnownError } from './fakes/provider.ts';
import { smtpFake } from './fakes/smtp.ts';
import { telegramFake } from './fakes/telegram.ts';
import { webhookFake } from './fakes/webhook.ts';

const NOW = Date.UTC(2026, 10, 27, 9, 0, 0);
const clock = () => NOW;

const fakes: Readonly<Record<string, FakeProvider>> = {
  webhook: await webhookFake(clock),
  email: await smtpFake(),
  feishu: await feishuFake(clock),
  dingtalk: await dingtalkFake(clock),
  wecom: await wecomFake(),
  slack: await slackFake(),
  discord: await discordFake(),
  telegram: await telegramFake(),
};
afterAll(() => Promise.all(Object.values(fakes).map((fake) => fake.close())));

test('every kind that sends by itself has an adapter, and every adapter a fake provider', () => {
  const sending = Object.entries(channelKinds).filter(
    ([name, { capabilities }]) => capabilities.sends === 'auto' && name !== 'simulator',
  );
  expect(sending.map(([name]) => name).toSorted()).toEqual(Object.keys(adapters).toSorted());
  expect(Object.keys(fakes).toSorted()).toEqual(Object.keys(adapters).toSorted());
});

const KEY = '5f'.repeat(32);

describe.each(Object.keys(adapters))('%s', (name) => {
  const fake = fakes[name]!;
  const adapter = adapters[name]!;
  const kind = channelKinds[name as ChannelKindName];

  const message = (more: Partial<OutMessage> = {}): OutMessage => ({
    text: '社群早报：今晚八点开讲。',
    format: 'text',
    subject: '早报',
    class: 'service',
    locale: 'zh-CN',
    to: fake.to,
    about: { run: 'r', node: 'n', recipient: 'group/g' },
    ...more,
  });
  const reach = (more: Partial<ChannelReach> = {}): ChannelReach => ({
    clock,
    allowPrivateAddresses: true,
    signal: AbortSignal.timeout(10_000),
    ...more,
  });
  const send = (
    {
      account = fake.account,
      key = KEY,
      ...rest
    }: Partial<ChannelReach> & { readonly account?: Account; readonly key?: string } = {},
    more: Partial<OutMessage> = {},
  ): Promise<SendOutcome> => adapter.send(account, message(more), key, reach(rest));
  const texts = () => fake.arrived.map(({ text }) => text);

  beforeEach(() => {
    fake.mode = 'well';
    fake.next = undefined;
    fake.limitAfter = Infinity;
    (fake.arrived as unknown[]).length = 0;
  });

  test('hands a message over once, and says that it was taken', async () => {
    const outcome = await send();
    expect(outcome).toMatchObject({ outcome: 'accepted' });
    expect(fake.arrived).toEqual([
      {
        text: '社群早报：今晚八点开讲。',
        key: fake.takesKey ? KEY : null,
        to: fake.to.externalId,
        mention: null,
      },
    ]);
    if (outcome.outcome === 'accepted') expect(outcome.providerId !== null).toBe(fake.givesId);
  });

  test('speaks every format that it says it speaks', async () => {
    for (const format of kind.capabilities.formats) {
      expect([format, await send({}, { format, text: '**八点** 开讲' })]).toMatchObject([
        format,
        { outcome: 'accepted' },
      ]);
    }
    expect(texts()).toEqual(kind.capabilities.formats.map(() => '**八点** 开讲'));
  });

  const calling = kind.mention === null ? undefined : test;
  calling?.('calls a colleague, and nobody else whom a text seems to call', async () => {
    await send({}, { mention: fake.mention! });
    const calls = ['<at user_id="all"></at> <!channel> <@all> @everyone @all', '<at id=all></at> hi'];
    for (const text of calls)
      for (const format of kind.capabilities.formats) await send({}, { text, format });
    expect(fake.arrived.map(({ mention }) => mention)).toEqual([
      fake.mention,
      ...calls.flatMap(() => kind.capabilities.formats.map(() => null)),
    ]);
  });

  test('carries any text unchanged', async () => {
    const nasty = [
      '"\\{}<>&;$(rm -rf)`\n\n.\n..\r\nQUIT\r\n',
      '🔥👩‍👩‍👧‍👦 ｆｕｌｌ　ｗｉｄｔｈ',
      'a\tb\u200bc',
      '=?UTF-8?B?xxx?=',
      '<at user_id="all">所有人</at>',
      `${'长'.repeat(300)}\n${'x'.repeat(1_500 - 900)}`,
    ];
    for (const text of nasty) {
      const outcome = await send({}, { text, subject: text });
      expect([text, outcome.outcome, texts().at(-1)]).toEqual([text, 'accepted', fake.shows(text)]);
    }
    const plain = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(plain, async (text) => {
        expect(await send({}, { text, subject: text })).toMatchObject({ outcome: 'accepted' });
        expect(texts().at(-1)).toBe(fake.shows(text));
      }),
      { numRuns: 25 },
    );
  });

  test('takes a text of exactly the longest length, and refuses one more without asking the provider', async () => {
    const { count, unit } = kind.capabilities.maxLength;
    const longest =
      unit === 'bytes' ? '中'.repeat(Math.floor(count / 3)) + 'x'.repeat(count % 3) : '中'.repeat(count);
    expect(await send({}, { text: longest })).toMatchObject({ outcome: 'accepted' });
    const before = fake.contacts();
    const refusal = { outcome: 'rejected', code: 'too-long', kind: 'permanent', blames: 'recipient' };
    expect(await send({}, { text: `${longest}x` })).toEqual(refusal);
    expect(fake.contacts()).toBe(before);
    // Emoji count twice where the provider counts units of UTF-16.
    if (unit === 'utf16') expect(await send({}, { text: '🔥'.repeat(count / 2 + 1) })).toEqual(refusal);
  });

  test.each(fake.wrongAccounts)(
    'with $says nothing arrives, and the account is to blame',
    async ({ account }) => {
      const outcome = await send({ account });
      expect(outcome).toMatchObject({ outcome: 'rejected', kind: 'permanent', blames: 'account' });
      expect(fake.arrived).toEqual([]);
    },
  );

  test('without a secret nothing is asked', async () => {
    const { secret } = fake.wrongAccounts[0]!.account;
    const before = fake.contacts();
    const account = {
      ...fake.account,
      secret: Object.assign(Object.create(secret), { part: () => '' }) as never,
    };
    expect(await send({ account })).toMatchObject({
      outcome: 'rejected',
      code: 'no-secret',
      blames: 'account',
    });
    expect(fake.contacts()).toBe(before);
  });

  test.each(fake.wrongTo)('refuses a recipient that it cannot reach: %o', async (to) => {
    const before = fake.contacts();
    expect(await send({}, { to })).toMatchObject({
      outcome: 'rejected',
      kind: 'permanent',
      blames: 'recipient',
    });
    expect(fake.contacts()).toBe(before);
  });

  test('hears when it is limited, until when, and goes on afterwards', async () => {
    fake.limitAfter = fake.contacts() + 2;
    const outcomes = [await send(), await send(), await send()];
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted', 'rateLimited']);
    const { limit, ...limited } = outcomes[2]!;
    expect(limited).toEqual({ outcome: 'rateLimited', retryAt: NOW + fake.limit.afterMs });
    const news = fake.limit.outcome.limit;
    expect(limit).toEqual(news === undefined ? undefined : { ...news, resetAt: NOW + news.resetAt });
    expect(fake.arrived).toHaveLength(2);
    fake.limitAfter = Infinity;
    expect(await send()).toMatchObject({ outcome: 'accepted' });
  });

  test.each(fake.errors)('understands $says', async ({ answer, expected, afterMs }) => {
    fake.next = dated(answer);
    const outcome = await send();
    expect(outcome).toMatchObject(expected);
    if (afterMs !== undefined) expect(outcome).toMatchObject({ retryAt: NOW + afterMs });
    expect(fake.next).toBeUndefined();
    expect(fake.arrived).toEqual([]);
  });

  test('a provider that is down has surely taken nothing, and may recover', async () => {
    fake.mode = 'down';
    expect(await send()).toMatchObject({ outcome: 'rejected', kind: 'transient', blames: 'account' });
    expect(fake.arrived).toEqual([]);
    fake.mode = 'well';
    expect(await send()).toMatchObject({ outcome: 'accepted' });
  });

  test('a provider that takes a message and hangs up is in doubt, and got it once', async () => {
    fake.mode = 'accepts-and-drops';
    expect(await send()).toMatchObject({ outcome: 'unknown' });
    expect(fake.arrived).toHaveLength(1);
  });

  test('a provider that says nothing is waited for no longer than allowed', async () => {
    fake.mode = 'hangs';
    const outcome = await send({ signal: AbortSignal.timeout(200) });
    expect(outcome.outcome).toBe(fake.hangIs === 'unknown' ? 'unknown' : 'rejected');
    if (outcome.outcome === 'rejected') expect(outcome.kind).toBe('transient');
    expect(fake.arrived).toEqual([]);
  });

  test('a slow answer is an answer', async () => {
    fake.mode = 'slow';
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    expect(fake.arrived).toHaveLength(1);
  });

  test.each(['broken', 'endless'] as const)('a success that is %s is what it can be', async (mode) => {
    fake.mode = mode;
    expect(await send()).toMatchObject({ outcome: fake.brokenIs });
  });

  if (fake.modes.includes('redirects'))
    test('is led nowhere else', async () => {
      fake.mode = 'redirects';
      const before = fake.contacts();
      expect(await send()).toMatchObject({ outcome: 'rejected', kind: 'permanent', code: 'http-302' });
      expect(fake.contacts()).toBe(before + 1);
    });

  if (fake.modes.includes('gateway'))
    test('a gateway that waited in vain leaves it in doubt', async () => {
      fake.mode = 'gateway';
      expect(await send()).toEqual({ outcome: 'unknown', code: 'http-504' });
    });

  if (fake.modes.includes('gateway'))
    test.each([502, 504, 520, 524])('a gateway that answers %i may have passed it on', async (status) => {
      const bodies = ['<html>bad gateway</html>', { ok: false, error_code: status }];
      for (const body of bodies) {
        fake.next = { status, body };
        expect(await send()).toMatchObject({ outcome: 'unknown' });
      }
    });

  if (fake.modes.includes('gateway'))
    test.each([429, 503])('a %i that says for how long is waited for, and no shorter', async (status) => {
      for (const after of ['30', 'DATE+30']) {
        fake.next = dated({ status, headers: { 'retry-after': after }, body: '' });
        expect(await send()).toMatchObject({ outcome: 'rateLimited', retryAt: NOW + 30_000 });
      }
      expect(fake.arrived).toEqual([]);
    });

  test('goes to no private address unless the installation allows it', async () => {
    const before = fake.contacts();
    expect(await send({ allowPrivateAddresses: false })).toMatchObject({
      outcome: 'rejected',
      code: 'private-address',
      kind: 'permanent',
    });
    expect(fake.contacts()).toBe(before);
  });

  test('does not begin when there is no time left', async () => {
    const before = fake.contacts();
    expect(await send({ signal: AbortSignal.abort() })).toMatchObject({
      outcome: 'rejected',
      kind: 'transient',
    });
    expect(fake.contacts()).toBe(before);
  });

  test('can be asked about doubts where its fake can, and not by an account that does not offer it', () => {
    expect(adapter.reconcile?.offered(fake.account) ?? false).toBe(false);
    expect(fake.asking !== undefined && adapter.reconcile?.offered(fake.asking) === true).toBe(
      adapter.reconcile !== undefined,
    );
  });

  const { asking } = fake;
  if (asking !== undefined)
    describe('asked what became of messages', () => {
      const OTHER = 'a7'.repeat(32);
      const ask = async (
        { account = asking, ...rest }: Partial<ChannelReach> & { readonly account?: Account } = {},
        keys: readonly string[] = [KEY, OTHER],
      ) => {
        const doubts = keys.map((key) => ({ key, providerId: null, to: fake.to, at: NOW }));
        const answers = await adapter.reconcile!.ask(account, doubts, reach(rest));
        return keys.map((key) => answers.get(key));
      };
      const nobodyKnows = [{ outcome: 'unknown' }, { outcome: 'unknown' }];

      test('says which it took although no answer came back, and which never arrived', async () => {
        fake.mode = 'accepts-and-drops';
        expect(await send({ account: asking })).toMatchObject({ outcome: 'unknown' });
        fake.mode = 'well';
        expect(await ask()).toEqual([
          { outcome: 'accepted', providerId: expect.any(String) },
          { outcome: 'missing' },
        ]);
        // Asking sends nothing.
        expect(fake.arrived).toHaveLength(1);
      });

      test('about a hundred answers for each of them', async () => {
        await send({ account: asking });
        const keys = [KEY, ...Array.from({ length: 99 }, (_, no) => String(no).padStart(64, '0'))];
        const answers = await ask({}, keys);
        expect(answers.map((it) => it?.outcome)).toEqual(['accepted', ...Array(99).fill('missing')]);
      });

      test.each(fake.modes.filter((mode) => mode !== 'slow'))(
        'is certain of nothing when it answers in the manner “%s”',
        async (mode) => {
          await send({ account: asking });
          fake.mode = mode;
          expect(await ask({ signal: AbortSignal.timeout(300) })).toEqual(nobodyKnows);
        },
      );

      test.each([
        { status: 404, body: '' },
        { status: 200, body: 'null' },
        { status: 200, body: '[]' },
        { status: 200, body: { status: 'missing' } },
        { status: 200, body: { key: 'another', status: 'missing' } },
        { status: 200, body: { key: KEY, status: 'perhaps' } },
        { status: 200, body: { key: KEY } },
        { status: 202, body: { key: KEY, status: 'missing' } },
        { status: 429, headers: { 'retry-after': '5' }, body: { key: KEY, status: 'missing' } },
      ])('takes %j for no answer', async (answer) => {
        fake.next = answer;
        expect(await ask({}, [KEY])).toEqual([{ outcome: 'unknown' }]);
      });

      test('knows a message that was refused', async () => {
        fake.next = { status: 200, body: { key: KEY, status: 'refused' } };
        expect(await ask({}, [KEY])).toEqual([{ outcome: 'rejected', code: 'refused' }]);
      });

      test('tells nothing to whoever signs wrongly, and is asked at no private address', async () => {
        const { config } = asking;
        for (const { account } of fake.wrongAccounts)
          expect(await ask({ account: { ...account, config } })).toEqual(nobodyKnows);
        const before = fake.contacts();
        expect(await ask({ allowPrivateAddresses: false })).toEqual(nobodyKnows);
        expect(fake.contacts()).toBe(before);
      });
    });

  test('no outcome says anything of a secret or of what was written', async () => {
    const outcomes: SendOutcome[] = [];
    for (const { account } of fake.wrongAccounts) outcomes.push(await send({ account }));
    for (const mode of fake.modes) {
      fake.mode = mode;
      outcomes.push(await send({ signal: AbortSignal.timeout(200) }));
    }
    const said = JSON.stringify(outcomes);
    for (const account of [fake.account, ...fake.wrongAccounts.map((it) => it.account)]) {
      for (const part of account.secret.names) {
        if (account.secret.part(part) !== '') expect(said).not.toContain(account.secret.part(part));
      }
    }
    expect(said).not.toContain('社群早报');
  });
});

/** A date in a header is told from now. */
function dated(answer: KnownError['answer']): KnownError['answer'] {
  if (typeof answer === 'string') return answer;
  const after = answer.headers?.['retry-after'];
  const seconds = /^DATE\+(\d+)$/.exec(after ?? '')?.[1];
  if (seconds === undefined) return answer;
  return { ...answer, headers: { 'retry-after': new Date(NOW + Number(seconds) * 1_000).toUTCString() } };
}
