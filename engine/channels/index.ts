// Every kind of channel, by the name under which accounts carry it.
import { dingtalk } from './dingtalk.ts';
import { discord } from './discord.ts';
import { email } from './email.ts';
import { feishu } from './feishu.ts';
import type { JsonObject } from '../json.ts';
import type { ChannelKind } from './kind.ts';
import { manual, simulator, wecomCustomers } from './people.ts';
import { slack } from './slack.ts';
import { telegram } from './telegram.ts';
import { webhook } from './webhook.ts';
import { wecom } from './wecom.ts';

/** The registry. The order is the one in which people choose. */
export const channelKinds = {
  wecom,
  'wecom-customers': wecomCustomers,
  feishu,
  dingtalk,
  manual,
  email,
  webhook,
  telegram,
  discord,
  slack,
  simulator,
} as const satisfies Readonly<Record<string, ChannelKind>>;

export type ChannelKindName = keyof typeof channelKinds;

/** A kind by its name. */
export const channelKind = (name: string): ChannelKind | undefined =>
  Object.hasOwn(channelKinds, name) ? channelKinds[name as ChannelKindName] : undefined;

/**
 * Whether a message in doubt is cleared up without a person's word: its account can be asked, or recognises a repetition.
 * Otherwise trying again may reach somebody twice.
 */
export function clearsDoubts({
  kind,
  config,
}: {
  readonly kind: string;
  readonly config: JsonObject;
}): boolean {
  const known = channelKind(kind);
  return known?.capabilities.dedupes === true || known?.answers?.(config) === true;
}
