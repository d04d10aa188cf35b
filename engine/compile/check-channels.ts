// Messages against the channels that they name: is there such a channel, can it do what is asked, does the text fit?
// Only where the team's channels are known. Budgets need days and so a rehearsal: see rehearse/forecast.ts.
import { channelKind } from '../channels/index.ts';
import { fits, lengthIn, type Capabilities, type LengthUnit } from '../channels/kind.ts';
import { sayReason } from '../channels/reasons.ts';
import type { TeamChannel } from '../channels/team.ts';
import type { SendInput } from '../effects/send.ts';
import { placeOf, type DraftNode } from './draft.ts';
import { othersOf } from './others.ts';
import type { Params } from './params.ts';
import { inside, shown } from './pointer.ts';
import type { Report } from './report.ts';

interface Checks {
  readonly channels: readonly TeamChannel[] | undefined;
  readonly params: Params;
  readonly report: Report;
}

/** Checks every message of a document against the team's channels. What is wrong with a channel is said once, with all its steps. */
export function checkChannels(nodes: readonly DraftNode[], { channels, params, report }: Checks): void {
  if (channels === undefined) return;
  const byName = new Map(channels.map((channel) => [channel.name, channel]));
  const users = new Map<string, DraftNode[]>();
  for (const node of nodes) {
    const input = sentBy(node);
    if (input === undefined || isOpen(node, params)) continue;
    users.set(input.channel, [...(users.get(input.channel) ?? []), node]);
    const kind = channelKind(byName.get(input.channel)?.kind ?? '');
    if (kind === undefined) continue;
    checkAbility(node, input, kind.capabilities, report);
    checkLength(node, input, kind.capabilities, report);
  }
  for (const [name, its] of users) checkAccount(name, its, { channel: byName.get(name), byName, report });
}

/** Says at the first step that sends by it what is wrong with a channel itself. */
function checkAccount(
  name: string,
  [first, ...others]: readonly DraftNode[],
  {
    channel,
    byName,
    report,
  }: {
    readonly channel: TeamChannel | undefined;
    readonly byName: ReadonlyMap<string, TeamChannel>;
    readonly report: Report;
  },
): void {
  const trouble = channel === undefined ? undefined : channel.trouble;
  if (first === undefined || trouble === null) return;
  const place = placeOf(first, '/config/channel');
  const values = {
    step: first.name,
    channel: shown(name),
    ...othersOf(others),
  };
  if (trouble === undefined) {
    report.add('W-CHANNEL-UNKNOWN', place, { ...values, nearest: report.suggest(name, [...byName.keys()]) });
    return;
  }
  const { zh: reasonZh, en: reasonEn } = sayReason(trouble);
  report.add('W-CHANNEL-TROUBLE', place, { ...values, reasonZh, reasonEn });
}

/** What a node hands to the send gate; undefined when it sends nothing, or its settings are too wrong to know. */
export function sentBy({ step, config, wrong, off }: DraftNode): SendInput | undefined {
  const input = step?.effects?.['send'];
  if (input === undefined || off || wrong.length > 0) return undefined;
  const sent = input(config as never) as SendInput;
  return typeof sent.channel === 'string' && typeof sent.audience === 'object' ? sent : undefined;
}

/** Which channel it will be is decided at the launch. What a parameter is unless somebody says otherwise is looked at. */
function isOpen({ refs }: DraftNode, { declared, isLaunch }: Params): boolean {
  const name = refs.get('/channel');
  return name !== undefined && !isLaunch && declared.get(name)?.schema['default'] === undefined;
}

const ABILITIES = {
  auto: {
    whatZh: '自动发送',
    whatEn: 'send by itself',
    insteadZh: '怎么发改为由同事确认（confirm）或复制粘贴（humanCopy），或换一个渠道。',
    insteadEn: 'Let a colleague release it (confirm) or paste it (humanCopy), or choose another channel.',
  },
  groups: {
    whatZh: '发到群里',
    whatEn: 'post into groups',
    insteadZh: '改为发给成员，或换一个能发到群的渠道。',
    insteadEn: 'Send it to members, or choose a channel that posts into groups.',
  },
  members: {
    whatZh: '发给单个成员',
    whatEn: 'write to single members',
    insteadZh: '改为发到群里，或换一个能发给成员的渠道。',
    insteadEn: 'Post it into groups, or choose a channel that writes to members.',
  },
} as const;

function checkAbility(
  node: DraftNode,
  { channel, mode, audience }: SendInput,
  { sends, groupPost, dm }: Capabilities,
  report: Report,
): void {
  const lacks = (ability: keyof typeof ABILITIES, pointer: string): void =>
    report.add('E-CHANNEL-CANNOT', placeOf(node, pointer), {
      step: node.name,
      channel: shown(channel),
      ...ABILITIES[ability],
    });
  if (mode === 'auto' && sends !== 'auto') lacks('auto', '/config/mode');
  if ('group' in audience || 'groups' in audience) {
    if (!groupPost) lacks('groups', '/config/audience');
  } else if (!dm) lacks('members', '/config/audience');
}

const UNITS: Readonly<Record<LengthUnit, { readonly unitZh: string; readonly unitEn: string }>> = {
  bytes: { unitZh: '字节', unitEn: 'bytes' },
  characters: { unitZh: '个字符', unitEn: 'characters' },
  utf16: { unitZh: '个字符', unitEn: 'characters' },
};

function checkLength(
  node: DraftNode,
  { channel, text, optOut = {} }: SendInput,
  { maxLength }: Capabilities,
  report: Report,
): void {
  for (const [locale, words] of Object.entries(text)) {
    const whole = [words, optOut[locale] ?? '']
      .filter((part) => part !== '')
      .map(leastOf)
      .join('\n');
    if (fits(whole, { maxLength })) continue;
    report.add('E-CHANNEL-LENGTH', placeOf(node, inside('/config/text', locale)), {
      step: node.name,
      channel: shown(channel),
      got: lengthIn(whole, maxLength.unit),
      limit: maxLength.count,
      ...UNITS[maxLength.unit],
    });
  }
}

/** What a text has at least, whatever stands in its placeholders. What may be left out is not counted. */
const leastOf = (text: string): string => (text.includes('{%') ? '' : text.replaceAll(/\{\{.*?\}\}/gs, ''));
