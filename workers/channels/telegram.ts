// Telegram: a bot by the Bot API. Its token stands in the address, so the address is as secret as the token.
import { SECOND } from '../../engine/instant.ts';
import type { HttpAnswer } from '../http/call.ts';
import type { ChannelReach, SendOutcome } from './channel.ts';
import {
  askJson,
  byStatus,
  defineAdapter,
  hindered,
  IN_DOUBT,
  limitedFor,
  objectIn,
  refused,
  retryAfterMs,
  unreadable,
} from './provider.ts';

const API = 'https://api.telegram.org';

export const telegram = defineAdapter('telegram', async ({ config, secret }, message, _key, reach) => {
  const api = typeof config['api'] === 'string' ? config['api'].replace(/\/$/, '') : API;
  const asked = await askJson(
    {
      url: `${api}/bot${secret.part('token')}/sendMessage`,
      // Without a parse mode the text is taken as it is.
      body: { chat_id: message.to.externalId, text: message.text },
    },
    reach,
  );
  return 'outcome' in asked ? asked.outcome : outcomeOf(asked.read, reach);
});

function outcomeOf(answer: HttpAnswer, reach: ChannelReach): SendOutcome {
  const said = objectIn(answer.body);
  if (said === undefined) return byStatus(answer, reach) ?? unreadable;
  if (said['ok'] === true) {
    const id = (said['result'] as { readonly message_id?: unknown } | undefined)?.message_id;
    return { outcome: 'accepted', providerId: typeof id === 'number' ? String(id) : null };
  }
  const code = Number(said['error_code'] ?? answer.status);
  const told = (said['parameters'] ?? {}) as Readonly<Record<string, unknown>>;
  if (code === 429) {
    const seconds = told['retry_after'];
    const ms = typeof seconds === 'number' ? seconds * SECOND : retryAfterMs(answer.headers, reach.clock());
    return limitedFor(ms, reach);
  }
  // The group has become a supergroup with another id: somebody has to write it down.
  if (told['migrate_to_chat_id'] !== undefined) return refused('telegram-migrated', 'recipient');
  // Blocked by the person, thrown out of the group, no such chat, text not accepted.
  if (code === 400 || code === 403) return refused(`telegram-${code}`, 'recipient');
  if (IN_DOUBT.has(code)) return { outcome: 'unknown', code: `telegram-${code}` };
  if (code >= 500) return hindered(`telegram-${code}`);
  // The token is wrong or was revoked.
  if (code === 401 || code === 404) return refused(`telegram-${code}`);
  return byStatus(answer, reach) ?? unreadable;
}
