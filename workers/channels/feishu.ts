// 飞书 / Lark: the custom robot of a group. The signature stands in the body, its time in seconds.
import { createHmac } from 'node:crypto';
import { SECOND } from '../../engine/instant.ts';
import type { ChannelReach, OutMessage, SendOutcome } from './channel.ts';
import {
  askJson,
  byStatus,
  defineAdapter,
  hindered,
  limitedFor,
  numberIn,
  objectIn,
  refused,
  retryAfterMs,
  titleOf,
  unreadable,
} from './provider.ts';
import type { HttpAnswer } from '../http/call.ts';

const MOST_BYTES = 20_000;

export const feishu = defineAdapter('feishu', async ({ secret }, message, _key, reach) => {
  const timestamp = String(Math.floor(reach.clock() / SECOND));
  const key = secret.part('sign');
  const signed = key === '' ? {} : { timestamp, sign: signFeishu(key, timestamp) };
  const body = JSON.stringify({ ...signed, ...contentOf(message) });
  if (Buffer.byteLength(body) > MOST_BYTES) return refused('too-long', 'recipient');
  const asked = await askJson({ url: secret.part('hook'), body }, reach);
  return 'outcome' in asked ? asked.outcome : outcomeOf(asked.read, reach);
});

/** The signature of a robot with 签名校验: timestamp in seconds and secret are the key, and the message is empty. */
export const signFeishu = (secret: string, timestamp: string): string =>
  createHmac('sha256', `${timestamp}\n${secret}`).update('').digest('base64');

function contentOf({ text, format, subject, mention }: OutMessage): object {
  if (format === 'text') {
    const called = mention === undefined ? '' : `<at user_id="${mention}"></at> `;
    return { msg_type: 'text', content: { text: called + harmless(text) } };
  }
  const called = mention === undefined ? '' : `<at id=${mention}></at> `;
  return {
    msg_type: 'interactive',
    card: {
      config: { wide_screen_mode: true },
      header: { title: { tag: 'plain_text', content: titleOf({ subject, text }) } },
      elements: [{ tag: 'markdown', content: called + harmless(text) }],
    },
  };
}

// A member's name in a text must not call everybody.
const harmless = (text: string): string => text.replaceAll(/<(?=\s*\/?\s*at\b)/gi, '<\u{200B}');

function outcomeOf(answer: HttpAnswer, reach: ChannelReach): SendOutcome {
  const said = objectIn(answer.body);
  const code = Number(said?.['code'] ?? said?.['StatusCode'] ?? Number.NaN);
  // The platform limits by 429 or 400, the robot by 200; the header says how many seconds it takes.
  if (code === 99_991_400 || code === 11_232 || answer.status === 429) {
    const seconds = numberIn(answer.headers, 'x-ogw-ratelimit-reset');
    const after = seconds === undefined ? retryAfterMs(answer.headers, reach.clock()) : seconds * SECOND;
    return limitedFor(after, reach);
  }
  const own = OWN[code];
  if (own !== undefined) return own(`feishu-${code}`);
  const bad = byStatus(answer, reach);
  if (bad !== undefined) return bad;
  if (code === 0) return { outcome: 'accepted', providerId: null };
  return Number.isNaN(code) ? unreadable : refused(`feishu-${code}`, 'recipient');
}

const OWN: Readonly<Record<number, (code: string) => SendOutcome>> = {
  // The content is not what the robot takes.
  9_499: (code) => refused(code, 'recipient'),
  11_246: (code) => refused(code, 'recipient'),
  // No such robot, wrong signature or clock, address not on the list, keyword missing.
  19_001: (code) => refused(code),
  19_021: (code) => refused(code),
  19_022: (code) => refused(code),
  19_024: (code) => refused(code, 'recipient'),
  19_002: (code) => refused(code, 'recipient'),
  // Trouble on the platform's side.
  19_003: (code) => hindered(code),
  10_003: (code) => hindered(code),
};
