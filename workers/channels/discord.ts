// Discord: a webhook of one channel. Its limits come with each answer and are never assumed.
import { channelKinds } from '../../engine/channels/index.ts';
import { fits } from '../../engine/channels/kind.ts';
import { SECOND } from '../../engine/instant.ts';
import type { HttpAnswer } from '../http/call.ts';
import type { ChannelReach, LimitNews, OutMessage, SendOutcome } from './channel.ts';
import {
  askJson,
  byStatus,
  defineAdapter,
  limitedFor,
  numberIn,
  objectIn,
  refused,
  retryAfterMs,
  unreadable,
} from './provider.ts';

export const discord = defineAdapter('discord', async ({ secret }, message, _key, reach) => {
  const content = contentOf(message);
  if (!fits(content.content, channelKinds.discord.capabilities)) return refused('too-long', 'recipient');
  const url = new URL(secret.part('hook'));
  // Answered only when the message stands in the channel, with its id.
  url.searchParams.set('wait', 'true');
  const asked = await askJson({ url: url.href, body: content }, reach);
  if ('outcome' in asked) return asked.outcome;
  const limit = newsOf(asked.read, reach);
  return { ...outcomeOf(asked.read, reach), ...(limit === undefined ? {} : { limit }) };
});

function contentOf({ text, mention }: OutMessage) {
  const called = mention === undefined ? '' : `<@${mention}> `;
  // Whoever else the text seems to call is not called.
  return {
    content: called + text,
    allowed_mentions: { parse: [], users: mention === undefined ? [] : [mention] },
  };
}

function outcomeOf(answer: HttpAnswer, reach: ChannelReach): SendOutcome {
  const said = objectIn(answer.body);
  const code = Number(said?.['code'] ?? Number.NaN);
  if (answer.status === 429) {
    const seconds = Number(said?.['retry_after'] ?? Number.NaN);
    const ms = Number.isNaN(seconds) ? retryAfterMs(answer.headers, reach.clock()) : seconds * SECOND;
    return limitedFor(ms, reach);
  }
  if (answer.status >= 400 && answer.status < 500 && Number.isInteger(code) && code > 0) {
    return refused(`discord-${code}`, OF_CONTENT.has(code) ? 'recipient' : 'account');
  }
  const bad = byStatus(answer, reach);
  if (bad !== undefined) return bad;
  const id = said?.['id'];
  return typeof id === 'string' ? { outcome: 'accepted', providerId: id } : unreadable;
}

// Empty, blocked by the server's own filter, or not of the form that is asked for.
const OF_CONTENT = new Set([50_006, 50_035, 50_109, 200_000, 200_001, 240_000]);

function newsOf({ headers }: HttpAnswer, { clock }: ChannelReach): LimitNews | undefined {
  const remaining = numberIn(headers, 'x-ratelimit-remaining');
  const seconds = numberIn(headers, 'x-ratelimit-reset-after');
  if (remaining === undefined || seconds === undefined || remaining < 0 || seconds < 0) return undefined;
  return { remaining: Math.floor(remaining), resetAt: clock() + Math.ceil(seconds * SECOND) };
}
