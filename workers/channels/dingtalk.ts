// 钉钉: the custom robot of a group. The signature stands in the query, its time in milliseconds.
import { createHmac } from 'node:crypto';
import { MINUTE } from '../../engine/instant.ts';
import type { HttpAnswer } from '../http/call.ts';
import type { ChannelReach, OutMessage, SendOutcome } from './channel.ts';
import {
  askJson,
  byStatus,
  defineAdapter,
  hindered,
  limitedFor,
  objectIn,
  refused,
  titleOf,
  unreadable,
} from './provider.ts';

const MOST_BYTES = 20_000;
/** Whoever sends too fast is shut out for so long. */
const SHUT_OUT_MS = 10 * MINUTE;

export const dingtalk = defineAdapter('dingtalk', async ({ secret }, message, _key, reach) => {
  const body = JSON.stringify(contentOf(message));
  if (Buffer.byteLength(body) > MOST_BYTES) return refused('too-long', 'recipient');
  const key = secret.part('sign');
  const url = new URL(secret.part('hook'));
  if (key !== '') {
    const timestamp = String(reach.clock());
    url.searchParams.set('timestamp', timestamp);
    url.searchParams.set('sign', signDingtalk(key, timestamp));
  }
  const asked = await askJson({ url: url.href, body }, reach);
  return 'outcome' in asked ? asked.outcome : outcomeOf(asked.read, reach);
});

/** The signature of a robot with 加签: the secret is the key, timestamp in milliseconds and secret are the message. Not yet URL-encoded. */
export const signDingtalk = (secret: string, timestamp: string): string =>
  createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');

function contentOf({ text, format, subject, mention }: OutMessage): object {
  const called = mention === undefined ? '' : `@${mention} `;
  const at = { atMobiles: mention === undefined ? [] : [mention], isAtAll: false };
  return format === 'text'
    ? { msgtype: 'text', text: { content: called + text }, at }
    : { msgtype: 'markdown', markdown: { title: titleOf({ subject, text }), text: called + text }, at };
}

function outcomeOf(answer: HttpAnswer, reach: ChannelReach): SendOutcome {
  const said = objectIn(answer.body);
  const code = Number(said?.['errcode'] ?? Number.NaN);
  const own = OWN[code];
  if (own !== undefined) return own(`dingtalk-${code}`, reach);
  const bad = byStatus(answer, reach);
  if (bad !== undefined) return bad;
  if (code === 0) return { outcome: 'accepted', providerId: null };
  return Number.isNaN(code) ? unreadable : refused(`dingtalk-${code}`, 'recipient');
}

const ofContent = (code: string): SendOutcome => refused(code, 'recipient');
const ofAccount = (code: string): SendOutcome => refused(code);
const shutOut = (_code: string, reach: ChannelReach): SendOutcome => limitedFor(SHUT_OUT_MS, reach);

const OWN: Readonly<Record<number, (code: string, reach: ChannelReach) => SendOutcome>> = {
  [-1]: (code) => hindered(code),
  130_101: shutOut,
  410_100: shutOut,
  // Signature, clock, keyword or address list; the group or the robot is gone; the token is wrong.
  310_000: ofAccount,
  300_001: ofAccount,
  400_013: ofAccount,
  400_101: ofAccount,
  400_102: ofAccount,
  400_106: ofAccount,
  40_035: ofContent,
  43_004: ofContent,
  400_105: ofContent,
  // Links, words and pictures that the platform does not like; too long.
  430_101: ofContent,
  430_102: ofContent,
  430_103: ofContent,
  430_104: ofContent,
  460_101: ofContent,
};
