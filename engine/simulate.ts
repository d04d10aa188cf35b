// The synthetic community: what its people are like, what they do with a message, what staff answer, and after how long.
// Pure: every draw is a function of the seed and of what it is about, so a rehearsal and a run in compressed time
// on the simulator channel see the same people do the same things at the same instants. Nothing is remembered here.
//
// What is drawn, and from which parts (append only: a new draw goes to the end of its stream):
//   attributes of a person        seed, 'attribute', name, person
//   days since a person joined    seed, 'joined', person
//   reactions to a message        seed, 'reaction', node id, ordinal, lap, person
//   a task's answer               seed, 'answer', node id, ordinal, lap
//   a number that staff report    seed, 'number', node id, ordinal, lap, name
//   a form's answer               seed, 'form', node id, ordinal, lap, person
//   entering a journey by event   seed, 'enter', event, journey id, lap, person
//   doing what a step waits for   seed, 'deed', event, node id, ordinal, lap, person
//   the event of a launch         seed, 'sample', event
// Delays count from the logical instant of the call that sent the message, opened the task or opened the form.
import { chance } from './chance.ts';
import type { RehearsedEvent, Rehearsal } from './document.ts';
import type { FormField } from './effects/form.ts';
import { exactMsOf, HOUR, MINUTE, SECOND } from './instant.ts';
import type { JsonObject } from './json.ts';

type Rate = 'read' | 'click' | 'reply' | 'signUp' | 'optOut' | 'complain' | 'fail';
type Delay = 'read' | 'click' | 'reply' | 'signUp' | 'answer';

/** A synthetic community. People are numbered from 0, groups too; person p is in group p mod groups. */
export interface Community {
  readonly seed: number;
  readonly people: number;
  readonly groups: number;
  readonly rates: Readonly<Record<Rate, number>>;
  /** The middle of the spread, in milliseconds. */
  readonly delays: Readonly<Record<Delay, number>>;
  readonly answers: NonNullable<Rehearsal['answers']>;
  readonly attributes: NonNullable<Rehearsal['attributes']>;
  readonly events: NonNullable<Rehearsal['events']>;
}

/** What a message makes people do, by the name under which the public event path takes it. */
export const EVENTS = {
  read: 'member.read',
  click: 'member.clicked',
  reply: 'member.replied',
  signUp: 'member.signed-up',
  optOut: 'member.opted-out',
  complain: 'member.complained',
} as const;

/** Where nothing else is said. */
export const COMMUNITY_DEFAULTS = {
  members: 200,
  groups: 4,
  seed: 1,
  rates: { read: 0.6, click: 0.15, reply: 0.08, signUp: 0.1, optOut: 0.001, complain: 0.0005, fail: 0 },
  delays: { read: 'PT30M', click: 'PT45M', reply: 'PT2H', signUp: 'PT1H', answer: 'PT30M' },
} as const;

/** The community that a playbook's rehearsal settings describe; `members` and `seed` of a launch win over them. */
export function communityOf(
  settings: Rehearsal = {},
  launch: { readonly members?: number | undefined; readonly seed?: number | undefined } = {},
): Community {
  const delays = { ...COMMUNITY_DEFAULTS.delays, ...settings.delays };
  const ms = (delay: Delay): number => Math.max(0, exactMsOf(delays[delay]) ?? 0);
  return {
    seed: launch.seed ?? settings.seed ?? COMMUNITY_DEFAULTS.seed,
    people: launch.members ?? settings.members ?? COMMUNITY_DEFAULTS.members,
    groups: Math.max(1, settings.groups ?? COMMUNITY_DEFAULTS.groups),
    rates: { ...COMMUNITY_DEFAULTS.rates, ...settings.rates },
    delays: {
      read: ms('read'),
      click: ms('click'),
      reply: ms('reply'),
      signUp: ms('signUp'),
      answer: ms('answer'),
    },
    answers: settings.answers ?? {},
    attributes: settings.attributes ?? {},
    events: settings.events ?? {},
  };
}

/** The group that a person is in. */
export const groupOf = ({ groups }: Community, person: number): number => person % groups;

/** How people call a group, and how an audience names it. */
export const groupName = (group: number): string => `group-${group + 1}`;

/** The group of a name; undefined for a name that no group has. */
export function groupNamed({ groups }: Community, name: string): number | undefined {
  const group = /^group-\d{1,9}$/.test(name) ? Number(name.slice('group-'.length)) - 1 : -1;
  return group >= 0 && group < groups ? group : undefined;
}

/** How many people are in a group. */
export const headsOf = ({ people, groups }: Community, group: number): number =>
  Math.max(0, Math.ceil((people - group) / groups));

/** The people of a group, in the order of their numbers. */
export function* peopleOf({ people, groups }: Community, group: number): Generator<number> {
  for (let person = group; person < people; person += groups) yield person;
}

/** The id of a person, by which lists name them. */
export const nameOf = (person: number): string => `person-${person}`;

/**
 * What a person is like: who they are, and every declared attribute, drawn by its weights.
 * Unless the weights say otherwise they agree to marketing, and joined up to a year before the run (`days` stands still).
 */
export function attributesOf(
  community: Community,
  person: number,
): Record<string, string | number | boolean> {
  const attributes: Record<string, string | number | boolean> = {
    id: nameOf(person),
    name: `成员 ${person + 1}`,
    group: groupOf(community, person) + 1,
    consent: true,
    days: Math.floor(chance(community.seed, 'joined', person) * 365),
  };
  for (const [name, weights] of Object.entries(community.attributes)) {
    const drawn = weighted(weights, chance(community.seed, 'attribute', name, person));
    if (drawn !== undefined) attributes[name] = valueOf(drawn);
  }
  return attributes;
}

/** What conditions know of a person: their attributes, and the lists that members have. What they do later changes none. */
export function personFields(community: Community, person: number): Record<string, unknown> {
  const attributes = attributesOf(community, person);
  return {
    ...attributes,
    groups: [groupName(groupOf(community, person))],
    formerGroups: NO_TEXTS,
    channels: ON_SIMULATOR,
    consents: attributes['consent'] === true ? FOR_MARKETING : NO_TEXTS,
    optOuts: NO_TEXTS,
    recentEvents: NO_TEXTS,
  };
}

const NO_TEXTS: readonly string[] = [];
const ON_SIMULATOR: readonly string[] = ['simulator'];
const FOR_MARKETING: readonly string[] = ['marketing'];

/** The visit that something is drawn for, as the world names it. */
export interface DrawnFor {
  /** The node's id, not its index: moving nodes in the document changes nothing. */
  readonly node: string;
  readonly ordinal: number;
  readonly lap: number;
}

/** Something that a person does with a message. */
export interface Reaction {
  readonly event: (typeof EVENTS)[keyof typeof EVENTS];
  readonly delayMs: number;
}

/** What a person does with the message of a visit. A delivery that fails is not reacted to. */
export interface Reception {
  readonly fails: boolean;
  readonly reactions: readonly Reaction[];
}

const NOTHING: Reception = { fails: false, reactions: [] };
const FAILED: Reception = { fails: true, reactions: [] };

/** Reactions that imply that the message was read. Invariant: append only. */
const ACTIONS = ['click', 'reply', 'signUp', 'optOut', 'complain'] as const;

/**
 * What a person does with the message of a visit, in no particular order.
 * Each kind has its own pair of draws, so that changing one rate leaves all else as it was.
 */
export function receptionOf(community: Community, visit: DrawnFor, person: number): Reception {
  const { rates, delays } = community;
  const draw = stream(chance(community.seed, 'reaction', visit.node, visit.ordinal, visit.lap, person));
  if (draw() < rates.fail) return FAILED;
  let reads = draw() < rates.read;
  let readAfter = spread(delays.read, draw());
  let reactions: Reaction[] | undefined;
  for (const action of ACTIONS) {
    const happens = draw() < rates[action];
    const when = draw();
    if (!happens) continue;
    const delayMs = spread(
      action === 'optOut' || action === 'complain' ? delays.reply : delays[action],
      when,
    );
    reads = true;
    readAfter = Math.min(readAfter, delayMs);
    (reactions ??= []).push({ event: EVENTS[action], delayMs });
  }
  if (!reads) return NOTHING;
  (reactions ??= []).push({ event: EVENTS.read, delayMs: readAfter });
  return { fails: false, reactions };
}

/** What staff answer, and after how long. */
export interface StaffAnswer {
  readonly answer: string;
  readonly delayMs: number;
}

/**
 * What staff answer to the task of a visit; undefined when nobody answers. `answers` in the order of the node's topics.
 * Without shares for the node the first answer is given; shares that do not add up to 1 leave the rest unanswered.
 * It is the answer that decides: a quorum counts as reached by it.
 */
export function answerOf(
  community: Community,
  visit: DrawnFor,
  answers: readonly string[],
): StaffAnswer | undefined {
  const draw = stream(chance(community.seed, 'answer', visit.node, visit.ordinal, visit.lap));
  const drawn = draw();
  const delayMs = spread(community.delays.answer, draw());
  const shares = ownShares(community, visit.node);
  const answer = shares === undefined ? answers[0] : shareAt(shares, drawn);
  return answer !== undefined && answers.includes(answer) ? { answer, delayMs } : undefined;
}

/** The numbers that staff report with their answer: whole, 0 to 100 each. */
export function numbersOf(
  community: Community,
  visit: DrawnFor,
  names: readonly string[],
): Record<string, number> {
  return Object.fromEntries(
    names.map((name) => [
      name,
      Math.floor(chance(community.seed, 'number', visit.node, visit.ordinal, visit.lap, name) * 101),
    ]),
  );
}

/** What a person fills into a form, and after how long. */
export interface Submission {
  readonly delayMs: number;
  readonly values: JsonObject;
}

/**
 * What a person fills into the form of a visit; undefined when they do not. The share is that of the node's answer
 * `submitted`, otherwise the rate of sign-ups for a form that counts something, and of replies for any other.
 */
export function submissionOf(
  community: Community,
  visit: DrawnFor,
  person: number,
  form: { readonly fields: readonly FormField[]; readonly counts?: string | undefined },
): Submission | undefined {
  const draw = stream(chance(community.seed, 'form', visit.node, visit.ordinal, visit.lap, person));
  const kind = form.counts === undefined ? 'reply' : 'signUp';
  const share = ownShares(community, visit.node)?.['submitted'] ?? community.rates[kind];
  const submits = draw() < share;
  const delayMs = spread(community.delays[kind], draw());
  if (!submits) return undefined;
  return {
    delayMs,
    values: Object.fromEntries(form.fields.map((field) => [field.key, filledIn(field, draw())])),
  };
}

function filledIn({ type, options = [] }: FormField, drawn: number): string | number | boolean {
  switch (type) {
    case 'text':
      return '…';
    case 'number':
      return Math.floor(drawn * 10) + 1;
    case 'choice':
      return options[Math.floor(drawn * options.length)]?.value ?? '';
    case 'yes-no':
      return drawn < 0.5;
    case 'date':
      return '2000-01-01';
  }
}

/** Something that a person does by themselves, after how long, and what is said of it. */
export interface Deed {
  readonly delayMs: number;
  readonly data: JsonObject;
}

/** When a person enters a journey by its event, counted from its opening; undefined when they never do. */
export function entersBy(
  community: Community,
  { event, journey, lap }: { readonly event: string; readonly journey: string; readonly lap: number },
  person: number,
): Deed | undefined {
  return deedOf(community, event, chance(community.seed, 'enter', event, journey, lap, person));
}

/**
 * When a person does what a visit waits for, counted from when it began to listen; undefined when they do not, or when the
 * settings say nothing of such an event.
 */
export function doesMeanwhile(
  community: Community,
  event: string,
  { node, ordinal, lap }: DrawnFor,
  person: number,
): Deed | undefined {
  if (!Object.hasOwn(community.events, event)) return undefined;
  return deedOf(community, event, chance(community.seed, 'deed', event, node, ordinal, lap, person));
}

/** What an event says that launches a rehearsal. */
export function sampleOf(community: Community, event: string): JsonObject {
  return dataOf(community, event, stream(chance(community.seed, 'sample', event)));
}

function deedOf(community: Community, event: string, drawn: number): Deed | undefined {
  const { share = 1, within = 'PT24H' } = ownEvent(community, event);
  const draw = stream(drawn);
  if (draw() >= share) return undefined;
  const span = Math.max(0, exactMsOf(within) ?? 0);
  const unit = span < HOUR ? SECOND : MINUTE;
  const delayMs = Math.floor((draw() * span) / unit) * unit;
  return { delayMs, data: dataOf(community, event, draw) };
}

function dataOf(community: Community, event: string, draw: () => number): JsonObject {
  const said = Object.entries(ownEvent(community, event).data ?? {}).flatMap(([field, weights]) => {
    const value = weighted(weights, draw());
    return value === undefined ? [] : [[field, valueOf(value)] as const];
  });
  return Object.fromEntries(said);
}

const ownEvent = ({ events }: Community, event: string): RehearsedEvent =>
  Object.hasOwn(events, event) ? events[event]! : {};

function ownShares({ answers }: Community, node: string): Readonly<Record<string, number>> | undefined {
  return Object.hasOwn(answers, node) ? answers[node] : undefined;
}

function shareAt(shares: Readonly<Record<string, number>>, drawn: number): string | undefined {
  let upTo = 0;
  return Object.keys(shares).find((key) => drawn < (upTo += shares[key] ?? 0));
}

function weighted(weights: Readonly<Record<string, number>>, drawn: number): string | undefined {
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  return shareAt(weights, drawn * total);
}

// Keys of weights are texts; what reads as a number or as yes and no is meant as such.
function valueOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(0|[1-9]\d{0,14})(\.\d{1,9})?$/.test(text) ? Number(text) : text;
}

/**
 * From a quarter of the middle to four times it: half of all fall below the middle.
 * Whole minutes from a minute on, seconds below: what happens at one instant moves together, and costs once.
 * Only additions and multiplications, so that every machine computes the same.
 */
function spread(middle: number, drawn: number): number {
  const factor = drawn < 0.5 ? 0.25 + 1.5 * drawn : 1 + 6 * (drawn - 0.5);
  const delay = middle * factor;
  const unit = delay < MINUTE ? SECOND : MINUTE;
  return Math.round(delay / unit) * unit;
}

/** Further numbers from one drawn number (mulberry32): a hash for each would cost as much as everything else. */
function stream(drawn: number): () => number {
  let state = Math.floor(drawn * 0x100000000) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
}
