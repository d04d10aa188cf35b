// Slack: an incoming webhook. It answers in plain words, not in JSON.
import type { HttpAnswer } from '../http/call.ts';
import type { ChannelReach, OutMessage, SendOutcome } from './channel.ts';
import { askJson, byStatus, defineAdapter, hindered, refused, unreadable } from './provider.ts';

export const slack = defineAdapter('slack', async ({ secret }, message, _key, reach) => {
  const asked = await askJson({ url: secret.part('hook'), body: contentOf(message) }, reach);
  return 'outcome' in asked ? asked.outcome : outcomeOf(asked.read, reach);
});

function contentOf({ text, format, mention }: OutMessage): object {
  const called = mention === undefined ? '' : `<@${mention}> `;
  const plain = { text: called + escaped(text), mrkdwn: false };
  return format === 'text' ? plain : { ...plain, blocks: [{ type: 'markdown', text: called + text }] };
}

// Between these, Slack reads commands such as `<!channel>`.
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function outcomeOf(answer: HttpAnswer, reach: ChannelReach): SendOutcome {
  const said = answer.body?.trim() ?? '';
  const isWord = /^[a-z_]{2,60}$/.test(said);
  const own = isWord && Object.hasOwn(OWN, said) ? OWN[said as keyof typeof OWN] : undefined;
  if (own !== undefined && answer.status >= 400) return own(`slack-${said}`);
  const bad = byStatus(answer, reach);
  if (bad !== undefined) return bad;
  return said === 'ok' ? { outcome: 'accepted', providerId: null } : unreadable;
}

const ofContent = (code: string): SendOutcome => refused(code, 'recipient');
const ofAccount = (code: string): SendOutcome => refused(code);

const OWN: Readonly<Record<string, (code: string) => SendOutcome>> = {
  invalid_payload: ofContent,
  invalid_blocks: ofContent,
  no_text: ofContent,
  user_not_found: ofAccount,
  channel_not_found: ofAccount,
  channel_is_archived: ofAccount,
  action_prohibited: ofAccount,
  posting_to_general_channel_denied: ofAccount,
  invalid_token: ofAccount,
  no_service: ofAccount,
  no_service_id: ofAccount,
  no_active_hooks: ofAccount,
  no_team: ofAccount,
  team_disabled: ofAccount,
  rollup_error: (code) => hindered(code),
};
