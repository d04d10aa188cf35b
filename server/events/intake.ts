// Takes in the events of a request: whom they are about, whether their source may say so, and what became of each.
// A bad one does not keep the others out. A handful of statements, however many events there are.
import { parseInstant, type Instant } from '../../engine/instant.ts';
import type { Sql } from '../../workers/store/client.ts';
import { holdMerges } from '../../workers/store/merged.ts';
import { ingestIn } from '../../workers/store/event.ts';
import type { IncomingEvent } from '../../workers/store/stored-event.ts';
import { accountKey, makeMembers, membersByAccount, type NewAccount } from '../../workers/store/identity.ts';
import type { Nudge } from '../../workers/store/inbox.ts';
import type { Language } from '../refusal.ts';
import { unstorable } from '../storable.ts';
import type { Fault } from '../validate.ts';
import { known, type Known } from './known.ts';
import type { Read, Reported, Request } from './report.ts';

/** What became of one event. */
export type Item =
  | {
      readonly status: 'accepted' | 'duplicate';
      /** Where it named an account: whose it is, and whether they have just become a member. */
      readonly member?: string;
      readonly created?: true;
    }
  | { readonly status: 'refused'; readonly place: string; readonly message: string };

/** A clock may be ahead of ours; what lies further in the future is a mistake. */
const AHEAD_MS = 10 * 60_000;
const MOST_DATA = 10_000;

const WORDS = {
  future: { zh: '时间在未来', en: 'it lies in the future' },
  data: { zh: `data 超过 ${MOST_DATA} 个字符`, en: `data is longer than ${MOST_DATA} characters` },
  unknown: { zh: '团队里没有', en: 'the team has none of this id' },
  off: { zh: '这个来源已停用', en: 'this source is switched off' },
  both: { zh: 'member 和 identity 只能写一个', en: 'name either the member or an account, not both' },
  channel: { zh: '没有这个渠道', en: 'there is no such channel' },
  foreign: { zh: '这个来源不能用这个渠道的帐号', en: 'this source may not name accounts of this channel' },
  stranger: {
    zh: '没有成员用这个帐号，这个来源也不能新建成员',
    en: 'nobody has this account, and this source may not make members',
  },
  characters: {
    zh: '有不能保存的字符，或嵌套太深',
    en: 'it holds characters that cannot be stored, or is nested too deeply',
  },
};

interface Batch {
  readonly team: number;
  readonly request: Request;
  readonly now: Instant;
  readonly language: Language;
}

/** Takes them in. The shards that come back are to be nudged after the commit. */
export async function takeIn(
  sql: Sql,
  { team, request, now, language }: Batch,
): Promise<{ readonly items: readonly Item[]; readonly nudges: readonly Nudge[] }> {
  await holdMerges(sql, team, 'shared');
  const reads = request.events.map((read) => soundOr(read, now));
  const named = await known(
    sql,
    team,
    reads.flatMap((read) => ('event' in read ? [read.event] : [])),
  );
  const places = reads.map((read) => ('event' in read ? placed(read.event, named, now) : read));
  const { members, made } = await findMembers(sql, { team, now, places });
  const results = places.map((it) => ('event' in it ? assigned(it, members, now) : it));
  const good = results.flatMap((it, index) => ('event' in it ? [{ index, event: it.event }] : []));
  const { fresh, nudges } = await ingestIn(sql, { team, now, events: good.map(({ event }) => event) });
  const accepted = new Set([...fresh].map((place) => good[place]!.index));
  const items = results.map((it, index): Item => {
    if ('fault' in it)
      return {
        status: 'refused',
        place: request.placeOf(it.fault.pointer) || '/',
        message: it.fault[language],
      };
    const status = accepted.has(index) ? 'accepted' : 'duplicate';
    if (it.account === undefined) return { status };
    const created = made.has(it.account) ? ({ created: true } as const) : {};
    return { status, member: it.event.member!, ...created };
  });
  return { items, nudges };
}

const refused = (pointer: string, words: Omit<Fault, 'pointer'>): { readonly fault: Fault } => ({
  fault: { pointer, ...words },
});

function soundOr(read: Read, now: Instant): Read {
  if ('fault' in read) return read;
  const { event } = read;
  if (event.at !== undefined && (parseInstant(event.at) ?? Infinity) > now + AHEAD_MS)
    return refused('/at', WORDS.future);
  if (unstorable(event) !== undefined) return refused('/', WORDS.characters);
  if (JSON.stringify(event.data ?? {}).length > MOST_DATA) return refused('/data', WORDS.data);
  return event.member !== undefined && event.identity !== undefined ? refused('/identity', WORDS.both) : read;
}

/** An event with the account that it is about, if it names one, and whether that account may become a member. */
interface Placed {
  readonly event: Reported;
  readonly account?: NewAccount & { readonly mayBeMade: boolean };
}

function placed(event: Reported, team: Known, now: Instant): Placed | { readonly fault: Fault } {
  const source = team.sources.get(event.source);
  if (source?.enabled === false) return refused('/source', WORDS.off);
  const ids = Object.entries({ member: event.member, group: event.group, community: event.community });
  const stranger = ids.find(([, id]) => id !== undefined && !team.ids.has(id.toLowerCase()));
  if (stranger !== undefined) return refused(`/${stranger[0]}`, WORDS.unknown);
  const who = aboutWhom(event, team);
  if (who === undefined) return { event };
  if ('member' in who) {
    return team.ids.has(who.member) ? { event: { ...event, ...who } } : refused('/identity', WORDS.unknown);
  }
  if (who.channel === undefined) return refused('/identity', WORDS.channel);
  const isForeign =
    source !== undefined && source.channels.length > 0 && !source.channels.includes(who.channel);
  if (isForeign) return refused('/identity', WORDS.foreign);
  const account = {
    channel: who.channel,
    externalId: who.externalId,
    ...(who.name === undefined ? {} : { name: who.name }),
    at: instantOf(event, now),
    mayBeMade: source?.makesMembers === true,
  };
  return { event, account };
}

// What is a little ahead of our clock happened now.
const instantOf = ({ at }: Reported, now: Instant): Instant =>
  at === undefined ? now : Math.min(parseInstant(at) ?? now, now);

type Whom =
  | { readonly member: string }
  | { readonly channel: string | undefined; readonly externalId: string; readonly name?: string };

/** What names a channel is an account there; another subject of a CloudEvent is a thing that we need not know. */
function aboutWhom({ member, identity, subject }: Reported, { channels }: Known): Whom | undefined {
  if (identity !== undefined) return { ...identity, channel: channels.get(identity.channel) };
  if (member !== undefined || subject === undefined) return undefined;
  const slash = subject.indexOf('/');
  const [kind, rest] = [subject.slice(0, Math.max(0, slash)), subject.slice(slash + 1)];
  if (kind === 'member') return { member: rest.toLowerCase() };
  const channel = channels.get(kind);
  return channel === undefined || rest === '' || rest.length > 200
    ? undefined
    : { channel, externalId: rest };
}

/** Who has the accounts; whom nobody knows is made where the source may. */
async function findMembers(
  sql: Sql,
  {
    team,
    now,
    places,
  }: {
    readonly team: number;
    readonly now: Instant;
    readonly places: readonly (Placed | { fault: Fault })[];
  },
): Promise<{ readonly members: ReadonlyMap<string, string>; readonly made: ReadonlySet<string> }> {
  const accounts = places.flatMap((it) => ('account' in it && it.account !== undefined ? [it.account] : []));
  const members = await membersByAccount(sql, team, accounts);
  const unknown = accounts.filter((it) => it.mayBeMade && !members.has(accountKey(it)));
  const made = await makeMembers(sql, { team, accounts: unknown, now });
  // Who is missing now was made by somebody else meanwhile.
  const others = unknown.filter((it) => !made.has(accountKey(it)));
  const found = await membersByAccount(sql, team, others);
  return { members: new Map([...members, ...made, ...found]), made: new Set(made.keys()) };
}

type Assigned = { readonly event: IncomingEvent; readonly account?: string };

function assigned(
  { event: reported, account }: Placed,
  members: ReadonlyMap<string, string>,
  now: Instant,
): Assigned | { readonly fault: Fault } {
  const { name, source, sourceId, data } = reported;
  const ids = Object.entries({
    group: reported.group,
    community: reported.community,
    member: reported.member,
  });
  const event: IncomingEvent = {
    name,
    source,
    sourceId,
    at: instantOf(reported, now),
    ...Object.fromEntries(ids.flatMap(([key, id]) => (id === undefined ? [] : [[key, id.toLowerCase()]]))),
    ...(data === undefined ? {} : { data }),
  };
  if (account === undefined) return { event };
  const member = members.get(accountKey(account));
  if (member === undefined) return refused('/identity', WORDS.stranger);
  return { event: { ...event, member }, account: accountKey(account) };
}
