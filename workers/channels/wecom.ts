// 企业微信: the robot of an internal group.
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
  unreadable,
} from './provider.ts';

export const wecom = defineAdapter('wecom', async ({ secret }, message, _key, reach) => {
  const asked = await askJson({ url: secret.part('hook'), body: contentOf(message) }, reach);
  return 'outcome' in asked ? asked.outcome : outcomeOf(asked.read, reach);
});

function contentOf({ text, format, mention }: OutMessage): object {
  if (format === 'markdown') {
    // In Markdown, `<@id>` calls somebody; only we may.
    const called = mention === undefined ? '' : `<@${mention}> `;
    return { msgtype: 'markdown', markdown: { content: called + text.replaceAll('<@', '<\u{200B}@') } };
  }
  return {
    msgtype: 'text',
    text: { content: text, ...(mention === undefined ? {} : { mentioned_list: [mention] }) },
  };
}

function outcomeOf(answer: HttpAnswer, reach: ChannelReach): SendOutcome {
  const code = Number(objectIn(answer.body)?.['errcode'] ?? Number.NaN);
  const own = OWN[code];
  if (own !== undefined) return own(`wecom-${code}`, reach);
  const bad = byStatus(answer, reach);
  if (bad !== undefined) return bad;
  if (code === 0) return { outcome: 'accepted', providerId: null };
  return Number.isNaN(code) ? unreadable : refused(`wecom-${code}`, 'recipient');
}

const OWN: Readonly<Record<number, (code: string, reach: ChannelReach) => SendOutcome>> = {
  [-1]: (code) => hindered(code),
  // More than twenty in a minute.
  45_009: (_code, reach) => limitedFor(undefined, reach),
  // The key is wrong, or the robot is gone.
  93_000: (code) => refused(code),
  93_004: (code) => refused(code),
  93_008: (code) => refused(code),
};
