// How many messages a playbook is expected to bring to the budgets of its channels: a rehearsal, counted by local days.
// Not the budgets at send time, which the gate keeps: this tells beforehand, from a small synthetic community.
import { pastMoments } from '../calendar/moments.ts';
import { wallAt } from '../calendar/zone.ts';
import { channelKind } from '../channels/index.ts';
import type { TeamChannel } from '../channels/team.ts';
import { objectOf } from '../compile/draft.ts';
import type { Playbook, Rehearsal as Settings } from '../document.ts';
import { anchorsIn } from '../effects/instant.ts';
import type { SendInput } from '../effects/send.ts';
import { compile, sampleParams, type Registry } from '../index.ts';
import { DAY, type Instant } from '../instant.ts';
import type { Json } from '../json.ts';
import type { Plan } from '../plan.ts';
import { problem, type Problem } from '../problem.ts';
import { Rehearsal } from '../rehearse.ts';
import { communityOf } from '../simulate.ts';
import { steps } from '../steps/index.ts';

/** So many members show what one of them gets; what the account sends is scaled up. */
const MEMBERS = 100;
/** Moments of the rehearsal; whatever takes more is not forecast to its end. */
const MOST_MOMENTS = 100_000;

const PERIODS = {
  day: { days: 1, periodZh: '每天', periodEn: 'a day' },
  week: { days: 7, periodZh: '每周', periodEn: 'a week' },
  month: { days: 31, periodZh: '每月', periodEn: 'a month' },
} as const;

type Budget = TeamChannel['budgets'][number];

/** Sends of one node: by whom it reaches, the local days. */
interface Sends {
  readonly node: string;
  readonly channel: string;
  /** Days by recipient; `*` stands for every member. */
  readonly days: ReadonlyMap<string, readonly number[]>;
  readonly kind: 'group' | 'member';
  /** Recipients of one sending, over the whole community. */
  readonly heads: number;
}

/**
 * Every budget that a document is expected to exceed; none where it does not compile. Values that nobody has given are
 * the document's own defaults and examples.
 */
export function forecast(
  document: unknown,
  {
    params,
    registry,
    now,
  }: { readonly params?: unknown; readonly registry: Registry; readonly now: Instant },
): Problem[] {
  const { channels = [] } = registry;
  if (channels.every(({ budgets }) => budgets.length === 0)) return [];
  const { plan } = compile(document, sampleParams(document, objectOf(params as Json)), registry);
  const settings = (document as Playbook | undefined)?.rehearsal;
  return plan === undefined ? [] : overBudget(plan, { channels, settings, now });
}

/**
 * Every budget that a playbook is expected to exceed, named at the step that uses it most. The plan must have been
 * compiled with parameters: given ones, or samples. Without budgets nothing is rehearsed.
 */
function overBudget(
  plan: Plan,
  {
    channels,
    settings,
    now,
  }: {
    readonly channels: readonly TeamChannel[];
    readonly settings: Settings | undefined;
    readonly now: Instant;
  },
): Problem[] {
  const limited = new Map(
    channels.filter(({ budgets }) => budgets.length > 0).map((channel) => [channel.name, channel]),
  );
  const senders = plan.nodes.flatMap((node, index) => {
    const input = sentBy(plan, index);
    return input !== undefined && limited.has(input.channel) && usesBudget(input, limited.get(input.channel)!)
      ? [{ node, index, input }]
      : [];
  });
  if (senders.length === 0) return [];
  const rehearsal = rehearsed(plan, settings, now);
  const sends = senders.map(({ node, index, input }) =>
    countSends(rehearsal, { plan, id: node.id, index, input, settings }),
  );
  return [...limited.values()].flatMap((channel) => {
    const own = sends.filter((it) => it.channel === channel.name);
    return channel.budgets.flatMap((budget) => exceeded(plan, channel, budget, own));
  });
}

function sentBy({ nodes }: Plan, index: number): SendInput | undefined {
  const { step, config, off } = nodes[index]!;
  const input = (steps as Readonly<Record<string, { readonly effects?: Readonly<Record<string, unknown>> }>>)[
    step
  ]?.effects?.['send'];
  return off === true || typeof input !== 'function' ? undefined : (input(config) as SendInput);
}

/** Pasted by hand, a message is nothing of the provider's. */
const usesBudget = ({ mode }: SendInput, { kind }: TeamChannel): boolean =>
  mode !== 'humanCopy' && channelKind(kind) !== undefined;

function rehearsed(plan: Plan, settings: Settings | undefined, now: Instant): Rehearsal {
  const past = pastMoments(plan, anchorsIn(plan.params, plan.zone), now);
  // Sample dates may lie in the past: it begins the day before the first of them.
  const start = past.length === 0 ? now : past[0]!.at - DAY;
  const { people } = communityOf(settings);
  const rehearsal = new Rehearsal(plan, { start, settings, members: Math.min(people, MEMBERS) });
  for (let moments = 0; moments < MOST_MOMENTS && rehearsal.step();) moments += 1;
  return rehearsal;
}

const WENT_OUT = new Set<string | null>(['sent', 'partial']);

function countSends(
  { recorder }: Rehearsal,
  {
    plan,
    id,
    index,
    input,
    settings,
  }: {
    readonly plan: Plan;
    readonly id: string;
    readonly index: number;
    readonly input: SendInput;
    readonly settings: Settings | undefined;
  },
): Sends {
  const { channel, audience } = input;
  const { groups, people } = communityOf(settings);
  const { graph } = plan.nodes[index]!;
  const days = new Map<string, number[]>();
  const whom = whomOf(audience, groups);
  for (const { ordinal, at, port } of recorder.passedAt(index)) {
    if (!WENT_OUT.has(port)) continue;
    const day = Math.floor((wallAt(at, plan.zone) ?? at) / DAY);
    for (const recipient of whom ?? [`${graph}/${ordinal}`]) {
      const known = days.get(recipient);
      if (known === undefined) days.set(recipient, [day]);
      else known.push(day);
    }
  }
  const isGroup = 'group' in audience || 'groups' in audience;
  const scale = people / Math.min(people, MEMBERS);
  const heads = isGroup ? 1 : 'subject' in audience ? scale : people;
  return { node: id, channel, days, kind: isGroup ? 'group' : 'member', heads };
}

/** Whom a message is for by name; undefined where it is for whoever stands on the step. */
function whomOf(audience: SendInput['audience'], groups: number): readonly string[] | undefined {
  if ('group' in audience) return [audience.group];
  if ('segment' in audience) return ['*'];
  if (!('groups' in audience)) return undefined;
  return audience.groups === 'all' ? Array.from({ length: groups }, (_, no) => `#${no}`) : audience.groups;
}

function exceeded(plan: Plan, { name }: TeamChannel, budget: Budget, all: readonly Sends[]): Problem[] {
  const { days: length, periodZh, periodEn } = PERIODS[budget.period];
  const limit = budget.count === 'days' ? length : budget.count;
  const concerned = all.filter(
    ({ kind }) => budget.of === 'account' || budget.of === 'recipient' || budget.of === kind,
  );
  const got = budget.of === 'account' ? mostOfAccount(concerned, length) : mostOfRecipient(concerned, length);
  const most = concerned.toSorted((a, b) => sizeOf(b) - sizeOf(a))[0];
  if (most === undefined || got <= limit) return [];
  const node = plan.nodes.find(({ id }) => id === most.node)!;
  const step = node.title?.[plan.locales[0] ?? ''] ?? node.id;
  const graph = plan.graphs[node.graph]?.id ?? 'campaign';
  const place = { graph: node.graph === 0 ? 'campaign' : graph, node: node.id };
  const found = problem('E-CHANNEL-BUDGET', place, {
    step,
    channel: name,
    got: Math.round(got),
    limit,
    periodZh,
    periodEn,
  });
  return [node.title === undefined ? found : { ...found, titles: { step: node.title } }];
}

const sizeOf = ({ days, heads }: Sends): number =>
  heads * [...days.values()].reduce((sum, { length }) => sum + length, 0);

function mostOfAccount(sends: readonly Sends[], length: number): number {
  const counts = new Map<number, number>();
  for (const { days, heads } of sends)
    for (const of of days.values()) for (const day of of) counts.set(day, (counts.get(day) ?? 0) + heads);
  return mostIn(counts, length);
}

function mostOfRecipient(sends: readonly Sends[], length: number): number {
  const everyone = sends.flatMap(({ days }) => days.get('*') ?? []);
  const own = new Map<string, number[]>();
  for (const { days } of sends)
    for (const [recipient, of] of days)
      if (recipient !== '*') own.set(recipient, [...(own.get(recipient) ?? []), ...of]);
  const each = [...own.values()].map((of) => mostIn(tallied([...of, ...everyone]), length));
  return each.reduce((most, it) => Math.max(most, it), mostIn(tallied(everyone), length));
}

function tallied(days: readonly number[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const day of days) counts.set(day, (counts.get(day) ?? 0) + 1);
  return counts;
}

/** The most in any stretch of so many days: the calendar's own periods begin wherever the launch puts them. */
function mostIn(counts: ReadonlyMap<number, number>, length: number): number {
  const days = [...counts.keys()].toSorted((a, b) => a - b);
  let most = 0;
  let sum = 0;
  let first = 0;
  for (const day of days) {
    sum += counts.get(day)!;
    for (; days[first]! <= day - length; first += 1) sum -= counts.get(days[first]!)!;
    most = Math.max(most, sum);
  }
  return most;
}
