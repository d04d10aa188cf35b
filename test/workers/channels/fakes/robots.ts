// 飞书, 钉钉, 企业微信, Slack and Discord, each as its documentation describes it.
import { createHmac } from 'node:crypto';
import type { OutMessage } from '../../../../workers/channels/channel.ts';
import {
  accountOf,
  httpFake,
  type Asked,
  type FakeProvider,
  type KnownError,
  type Said,
} from './provider.ts';

/** Now, by the provider's clock. */
export type Clock = () => number;

const GROUP: OutMessage['to'] = { kind: 'group', externalId: null };
const MEMBER: OutMessage['to'] = { kind: 'member', externalId: 'somebody' };
const textAt = (body: unknown, ...path: string[]): string => {
  const found = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], body);
  return typeof found === 'string' ? found : '';
};
const bytes = (text: string): number => Buffer.byteLength(text);

export async function feishuFake(clock: Clock): Promise<FakeProvider> {
  const secret = 'feishu-secret';
  const path = '/open-apis/bot/v2/hook/f19token';
  const error = (code: number, msg: string, status = 200, headers = {}): Said => ({
    status,
    headers,
    body: { code, data: {}, msg },
  });
  const fake = await httpFake({
    answer: ({ url, body, raw }, arrive) => {
      if (url.pathname !== path) return error(19_001, 'param invalid: incoming webhook access token invalid');
      const seconds = Number(body['timestamp']);
      // Key and message are swapped against other providers: the key holds both, the message is empty.
      const expected = createHmac('sha256', `${textAt(body, 'timestamp')}\n${secret}`)
        .update('')
        .digest('base64');
      const isTimely = Math.abs(clock() / 1000 - seconds) <= 3_600;
      if (!isTimely || body['sign'] !== expected)
        return error(19_021, 'sign match fail or timestamp is not within one hour from current time');
      if (bytes(raw) > 20_000) return error(9_499, 'Bad Request');
      const text = body['msg_type'] === 'text' ? textAt(body, 'content', 'text') : cardText(body);
      const called = /^<at (?:user_id="|id=)([\w-]+)"?><\/at> /.exec(text);
      arrive({
        text: text.slice(called?.[0].length ?? 0),
        key: null,
        to: null,
        mention: called?.[1] ?? null,
      });
      return {
        status: 200,
        body: { StatusCode: 0, StatusMessage: 'success', code: 0, data: {}, msg: 'success' },
      };
    },
    limited: error(11_232, 'frequency limited psm[lark.oapi.app_platform_runtime]'),
    down: { status: 503, body: 'service unavailable' },
  });
  const account = (token: string, sign: string) =>
    accountOf(
      'feishu',
      {},
      { hook: `${fake.url}/open-apis/bot/v2/hook/${token}`, ...(sign === '' ? {} : { sign }) },
    );
  return Object.assign(fake, {
    kind: 'feishu',
    account: account('f19token', secret),
    wrongAccounts: [
      { says: 'a wrong signing secret', account: account('f19token', 'another') },
      { says: 'no signing secret', account: account('f19token', '') },
      { says: 'a wrong token', account: account('f19other', secret) },
    ],
    to: GROUP,
    wrongTo: [MEMBER],
    mention: 'ou_18eac85d35a26f989317ad4f02e8bbbb',
    // Only we may call people.
    shows: (text: string) => text.replaceAll(/<(?=\s*\/?\s*at\b)/gi, '<\u{200B}'),
    limit: { outcome: { outcome: 'rateLimited' as const }, afterMs: 60_000 },
    errors: [
      {
        says: 'the platform’s own limit',
        answer: {
          status: 400,
          headers: { 'x-ogw-ratelimit-reset': '7' },
          body: { code: 99_991_400, msg: 'request trigger frequency limit' },
        },
        expected: { outcome: 'rateLimited' },
        afterMs: 7_000,
      },
      {
        says: 'the platform’s limit as 429',
        answer: { status: 429, headers: { 'x-ogw-ratelimit-reset': '3' }, body: { code: 99_991_400 } },
        expected: { outcome: 'rateLimited' },
        afterMs: 3_000,
      },
      {
        says: 'a missing keyword',
        answer: { body: { code: 19_024, msg: 'Key Words Not Found' } },
        expected: { outcome: 'rejected', kind: 'permanent', blames: 'recipient', code: 'feishu-19024' },
      },
      {
        says: 'an address that is not on the list',
        answer: { body: { code: 19_022, msg: 'Ip Not Allowed' } },
        expected: { outcome: 'rejected', kind: 'permanent', blames: 'account' },
      },
      {
        says: 'a bad request',
        answer: { status: 400, body: { code: 9_499, msg: 'Bad Request' } },
        expected: { outcome: 'rejected', kind: 'permanent', blames: 'recipient' },
      },
      {
        says: 'a code that nobody knows',
        answer: { body: { code: 12_345, msg: '?' } },
        expected: { outcome: 'rejected', kind: 'permanent', blames: 'recipient', code: 'feishu-12345' },
      },
    ] satisfies KnownError[],
    brokenIs: 'unknown' as const,
    takesKey: false,
    givesId: false,
  });
}

function cardText(body: unknown): string {
  const elements = (body as { card?: { elements?: { content: string }[] } }).card?.elements;
  return elements?.[0]?.content ?? '';
}

export async function dingtalkFake(clock: Clock): Promise<FakeProvider> {
  const secret = 'SEC0123456789abcdef';
  const token = 'dingtoken';
  const error = (errcode: number, errmsg: string): Said => ({ status: 200, body: { errcode, errmsg } });
  const fake = await httpFake({
    answer: ({ url, body, raw }, arrive) => {
      if (url.searchParams.get('access_token') !== token) return error(300_001, 'token is not exist');
      const timestamp = url.searchParams.get('timestamp') ?? '';
      const expected = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');
      const isTimely = Math.abs(clock() - Number(timestamp)) <= 3_600_000 && timestamp !== '';
      if (!isTimely) return error(310_000, 'invalid timestamp');
      if (url.searchParams.get('sign') !== expected) return error(310_000, 'sign not match');
      if (bytes(raw) > 20_000) return error(460_101, 'message too long');
      const at = (body['at'] as { atMobiles?: string[] } | undefined)?.atMobiles ?? [];
      const text =
        body['msgtype'] === 'text' ? textAt(body, 'text', 'content') : textAt(body, 'markdown', 'text');
      const called = at[0] === undefined ? '' : `@${at[0]} `;
      if (!text.startsWith(called)) return error(40_035, 'at without mention');
      arrive({ text: text.slice(called.length), key: null, to: null, mention: at[0] ?? null });
      return error(0, 'ok');
    },
    limited: error(130_101, 'send too fast, exceed 20 times per minute'),
    down: error(-1, '系统繁忙'),
  });
  const account = (access: string, sign: string) =>
    accountOf(
      'dingtalk',
      {},
      { hook: `${fake.url}/robot/send?access_token=${access}`, ...(sign === '' ? {} : { sign }) },
    );
  return Object.assign(fake, {
    kind: 'dingtalk',
    account: account(token, secret),
    wrongAccounts: [
      { says: 'a wrong signing secret', account: account(token, 'SECanother') },
      { says: 'no signing secret', account: account(token, '') },
      { says: 'a wrong token', account: account('othertoken', secret) },
    ],
    to: GROUP,
    wrongTo: [MEMBER],
    mention: '13800000000',
    // Ten minutes, whatever one does.
    limit: { outcome: { outcome: 'rateLimited' as const }, afterMs: 600_000 },
    errors: [
      {
        says: 'the newer code for too fast',
        answer: { body: { errcode: 410_100, errmsg: '发送速度太快而限流' } },
        expected: { outcome: 'rateLimited' },
        afterMs: 600_000,
      },
      {
        says: 'a group that was dissolved',
        answer: { body: { errcode: 400_013, errmsg: '群已被解散' } },
        expected: { outcome: 'rejected', kind: 'permanent', blames: 'account' },
      },
      {
        says: 'words that are not liked',
        answer: { body: { errcode: 430_102, errmsg: '含有不合适的文本' } },
        expected: { outcome: 'rejected', kind: 'permanent', blames: 'recipient', code: 'dingtalk-430102' },
      },
      {
        says: 'a busy system',
        answer: { body: { errcode: -1, errmsg: '系统繁忙' } },
        expected: { outcome: 'rejected', kind: 'transient', blames: 'account' },
      },
      {
        says: 'a code that nobody knows',
        answer: { body: { errcode: 999, errmsg: '?' } },
        expected: { outcome: 'rejected', kind: 'permanent' },
      },
    ] satisfies KnownError[],
    brokenIs: 'unknown' as const,
    takesKey: false,
    givesId: false,
  });
}

export async function wecomFake(): Promise<FakeProvider> {
  const key = '693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa';
  const error = (errcode: number, errmsg: string): Said => ({ status: 200, body: { errcode, errmsg } });
  const fake = await httpFake({
    answer: ({ url, body }, arrive) => {
      if (url.searchParams.get('key') !== key) return error(93_000, 'invalid webhook url, hint: [1]');
      const isText = body['msgtype'] === 'text';
      const text = isText ? textAt(body, 'text', 'content') : textAt(body, 'markdown', 'content');
      if (bytes(text) > (isText ? 2_048 : 4_096)) return error(40_058, 'content exceed max length');
      const listed = (body['text'] as { mentioned_list?: string[] } | undefined)?.mentioned_list?.[0];
      const called = isText ? null : /^<@([\w.@-]+)> /.exec(text);
      arrive({
        text: text.slice(called?.[0].length ?? 0),
        key: null,
        to: null,
        mention: listed ?? called?.[1] ?? null,
      });
      return error(0, 'ok');
    },
    limited: error(45_009, 'api freq out of limit'),
    down: { status: 503, body: 'service unavailable' },
  });
  const account = (of: string) =>
    accountOf('wecom', {}, { hook: `${fake.url}/cgi-bin/webhook/send?key=${of}` });
  return Object.assign(fake, {
    kind: 'wecom',
    account: account(key),
    wrongAccounts: [{ says: 'a wrong key', account: account('00000000-7xxx-4bc4-97a0-0ec2sifa5aaa') }],
    to: GROUP,
    wrongTo: [MEMBER],
    mention: 'zhangsan',
    limit: { outcome: { outcome: 'rateLimited' as const }, afterMs: 60_000 },
    errors: [
      {
        says: 'a content that is not taken',
        answer: { body: { errcode: 40_058, errmsg: 'invalid Request Parameter' } },
        expected: { outcome: 'rejected', kind: 'permanent', blames: 'recipient', code: 'wecom-40058' },
      },
      {
        says: 'a busy system',
        answer: { body: { errcode: -1, errmsg: 'system busy' } },
        expected: { outcome: 'rejected', kind: 'transient', blames: 'account' },
      },
      {
        says: 'a status without a body',
        answer: { status: 500, body: '' },
        expected: { outcome: 'rejected', kind: 'transient', code: 'http-500' },
      },
    ] satisfies KnownError[],
    brokenIs: 'unknown' as const,
    takesKey: false,
    givesId: false,
  });
}

export async function slackFake(): Promise<FakeProvider> {
  const path = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';
  const word = (status: number, body: string, headers = {}): Said => ({
    status,
    headers: { 'content-type': 'text/html', ...headers },
    body,
  });
  const fake = await httpFake({
    answer: ({ url, body }, arrive) => {
      if (url.pathname !== path) return word(403, 'invalid_token');
      const text = textAt(body, 'text');
      if (text === '') return word(400, 'no_text');
      if (text.length > 40_000) return word(400, 'invalid_payload');
      const called = /^<@([UW][A-Z0-9]+)> /.exec(text);
      const rest = text.slice(called?.[0].length ?? 0);
      // What stands between angle brackets is a command.
      if (/[<>]/.test(rest)) return word(400, 'invalid_payload');
      const read = rest.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
      arrive({ text: read, key: null, to: null, mention: called?.[1] ?? null });
      return word(200, 'ok');
    },
    limited: word(429, 'rate_limited', { 'retry-after': '30' }),
    down: word(503, 'service unavailable'),
  });
  const account = (end: string) =>
    accountOf('slack', {}, { hook: `${fake.url}/services/T00000000/B00000000/${end}` });
  return Object.assign(fake, {
    kind: 'slack',
    account: account('XXXXXXXXXXXXXXXXXXXXXXXX'),
    wrongAccounts: [{ says: 'a wrong token', account: account('YYYYYYYYYYYYYYYYYYYYYYYY') }],
    to: GROUP,
    wrongTo: [MEMBER],
    mention: 'U012AB3CD',
    limit: { outcome: { outcome: 'rateLimited' as const }, afterMs: 30_000 },
    errors: [
      {
        says: 'a limit until a date',
        answer: { status: 429, headers: { 'retry-after': 'DATE+90' }, body: '' },
        expected: { outcome: 'rateLimited' },
        afterMs: 90_000,
      },
      {
        says: 'a channel that was archived',
        answer: { status: 410, body: 'channel_is_archived' },
        expected: {
          outcome: 'rejected',
          kind: 'permanent',
          blames: 'account',
          code: 'slack-channel_is_archived',
        },
      },
      {
        says: 'a hook that is gone',
        answer: { status: 404, body: 'no_service' },
        expected: { outcome: 'rejected', kind: 'permanent', blames: 'account' },
      },
      {
        says: 'a payload that cannot be read',
        answer: { status: 400, body: 'invalid_payload' },
        expected: { outcome: 'rejected', kind: 'permanent', blames: 'recipient' },
      },
      {
        says: 'trouble on their side',
        answer: { status: 500, body: 'rollup_error' },
        expected: { outcome: 'rejected', kind: 'transient', blames: 'account' },
      },
    ] satisfies KnownError[],
    brokenIs: 'unknown' as const,
    takesKey: false,
    givesId: false,
  });
}

export async function discordFake(): Promise<FakeProvider> {
  const path =
    '/api/webhooks/223704706495545344/3d89bb7572e0fb30d8128367b3b1b44fecd1726de135cbe28a41f8b2f777c372ba2939e72279b94526ff5d1bd4358d65cf11';
  let ids = 0;
  const fake = await httpFake({
    answer: ({ url, body }: Asked, arrive) => {
      if (url.pathname !== path)
        return { status: 401, body: { message: 'Invalid Webhook Token', code: 50_027 } };
      const content = textAt(body, 'content');
      if (content.length > 2_000)
        return { status: 400, body: { code: 50_035, message: 'Invalid Form Body' } };
      const allowed = body['allowed_mentions'] as { parse?: string[]; users?: string[] } | undefined;
      if (allowed?.parse?.length !== 0) return { status: 400, body: { code: 50_035, message: 'would ping' } };
      const called = /^<@(\d+)> /.exec(content);
      const mention = called !== null && allowed.users?.includes(called[1]!) === true ? called[1]! : null;
      arrive({
        text: mention === null ? content : content.slice(called![0].length),
        key: null,
        to: null,
        mention,
      });
      ids += 1;
      return {
        status: 200,
        headers: {
          'x-ratelimit-limit': '5',
          'x-ratelimit-remaining': '4',
          'x-ratelimit-reset-after': '2.5',
          'x-ratelimit-bucket': 'abcd1234',
        },
        body: { id: String(1_000 + ids), content },
      };
    },
    limited: {
      status: 429,
      headers: {
        'retry-after': '65',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset-after': '64.57',
        'x-ratelimit-scope': 'user',
      },
      body: { message: 'You are being rate limited.', retry_after: 64.57, global: false },
    },
    down: { status: 503, body: 'service unavailable' },
  });
  const account = (of: string) => accountOf('discord', {}, { hook: `${fake.url}${of}` });
  return Object.assign(fake, {
    kind: 'discord',
    account: account(path),
    wrongAccounts: [{ says: 'a wrong token', account: account(`${path}0`) }],
    to: GROUP,
    wrongTo: [MEMBER],
    mention: '80351110224678912',
    limit: {
      outcome: { outcome: 'rateLimited' as const, limit: { remaining: 0, resetAt: 64_570 } },
      afterMs: 64_570,
    },
    errors: [
      {
        says: 'a hook that was deleted',
        answer: { status: 404, body: { message: 'Unknown Webhook', code: 10_015 } },
        expected: { outcome: 'rejected', kind: 'permanent', blames: 'account', code: 'discord-10015' },
      },
      {
        says: 'a message blocked by the server’s filter',
        answer: { status: 400, body: { message: 'blocked by AutoMod', code: 200_000 } },
        expected: { outcome: 'rejected', kind: 'permanent', blames: 'recipient' },
      },
      {
        says: 'a limit of the edge, without a body',
        answer: { status: 429, headers: { 'retry-after': '12' }, body: 'error code: 1015' },
        expected: { outcome: 'rateLimited' },
        afterMs: 12_000,
      },
    ] satisfies KnownError[],
    brokenIs: 'unknown' as const,
    takesKey: false,
    givesId: true,
  });
}
