// The providers, by the kind of their accounts: one line each, one file each.
// `simulator`, `manual` and `wecom-customers` are none: the one lives within the database, by the others people post themselves.
import type { Adapter } from './channel.ts';
import { dingtalk } from './dingtalk.ts';
import { discord } from './discord.ts';
import { email } from './email.ts';
import { feishu } from './feishu.ts';
import { slack } from './slack.ts';
import { telegram } from './telegram.ts';
import { webhook } from './webhook.ts';
import { wecom } from './wecom.ts';

/** The adapters by channel kind. */
export const adapters: Readonly<Record<string, Adapter>> = {
  webhook,
  email,
  feishu,
  dingtalk,
  wecom,
  slack,
  discord,
  telegram,
};
