// The people of a rehearsal as they change: attributes, tags, consent, what they were sent; and who is which subject.
// Not what they will do: that is drawn in simulate.ts.
import type { Recipient } from '../effects/send-gate.ts';
import type { Instant } from '../instant.ts';
import { personFields, type Community } from '../simulate.ts';

/** One person. `attributes` are what conditions see as `member`. */
export interface Person {
  readonly no: number;
  readonly attributes: Record<string, unknown>;
  tags: readonly string[];
  optedOut: boolean;
  /** Local days of the marketing messages they were sent, one entry each. */
  readonly sentDays: number[];
}

/** Everybody, made when first asked for. */
export class People {
  readonly #community: Community;
  readonly #people: (Person | undefined)[] = [];
  /** Local days of posts, by group. */
  readonly #groupDays: number[][] = [];

  constructor(community: Community) {
    this.#community = community;
  }

  get count(): number {
    return this.#community.people;
  }

  person(no: number): Person {
    return (this.#people[no] ??= this.#born(no));
  }

  /** Puts tags on a person and takes tags off; they stand in alphabetical order. */
  retag(no: number, add: readonly string[], remove: readonly string[]): void {
    const person = this.person(no);
    const { tags } = person;
    const isSo = add.every((tag) => tags.includes(tag)) && !remove.some((tag) => tags.includes(tag));
    if (isSo) return;
    const kept = tags.filter((tag) => !remove.includes(tag) && !add.includes(tag));
    person.tags = [...kept, ...add].sort();
    person.attributes['tags'] = person.tags;
  }

  /** A person as the send gate sees them, on a local day of the community's zone. */
  recipient(no: number, day: number, zone: string): Recipient {
    const { attributes, optedOut, sentDays } = this.person(no);
    const consents = attributes['consent'] === true;
    return { kind: 'member', zone, consents, optedOut, sent: lastSeven(sentDays, day) };
  }

  /** A group as the send gate sees it. */
  groupRecipient(group: number, day: number, zone: string): Recipient {
    const sent = lastSeven(this.#daysOf(group), day);
    return { kind: 'group', zone, consents: true, optedOut: false, sent };
  }

  sentTo(no: number, day: number): void {
    this.person(no).sentDays.push(day);
  }

  postedTo(group: number, day: number): void {
    this.#daysOf(group).push(day);
  }

  #daysOf(group: number): number[] {
    return (this.#groupDays[group] ??= []);
  }

  #born(no: number): Person {
    const tags: readonly string[] = [];
    const attributes = { ...personFields(this.#community, no), tags };
    return { no, attributes, tags, optedOut: false, sentDays: [] };
  }
}

const NOTHING: readonly number[] = [];

// What was sent on each of seven days, the given one first. Days only grow, so the last ones are enough.
function lastSeven(days: readonly number[], day: number): readonly number[] {
  const last = days.at(-1);
  if (last === undefined || last <= day - 7) return NOTHING;
  const sent = [0, 0, 0, 0, 0, 0, 0];
  for (let index = days.length - 1; index >= 0 && days[index]! > day - 7; index -= 1)
    sent[day - days[index]!]! += 1;
  return sent;
}

/** A journey's launch that some visit may wait for. */
export interface Launch {
  readonly first: number;
  readonly count: number;
  left: number;
  readonly visit: { readonly node: number; readonly ordinal: number; readonly lap: number };
}

/** Which person a subject is, per graph; ordinals are given in the order of entering. */
export class Subjects {
  readonly #people: number[][] = [];
  readonly #stays: Map<number, { readonly at: Instant; inside: boolean }>[] = [];
  readonly #launches: Launch[][] = [];
  readonly #events: Map<number, Readonly<Record<string, unknown>>>[] = [];

  /** The person behind a subject; -1 for the campaign. */
  personOf(graph: number, ordinal: number): number {
    return this.#people[graph]?.[ordinal] ?? -1;
  }

  /** When a person last entered a graph, and whether they are still in it. */
  lastStay(graph: number, person: number): { readonly at: Instant; readonly inside: boolean } | undefined {
    return this.#stays[graph]?.get(person);
  }

  /** How many have entered a graph so far. */
  entered(graph: number): number {
    return this.#people[graph]?.length ?? 0;
  }

  /** Enrols people and remembers who launched them. */
  enrol(graph: number, people: readonly number[], visit: Launch['visit'], at: Instant): Launch {
    const stays = (this.#stays[graph] ??= new Map());
    const list = (this.#people[graph] ??= []);
    const launch = { first: list.length, count: people.length, left: people.length, visit };
    for (const person of people) {
      stays.set(person, { at, inside: true });
      list.push(person);
    }
    (this.#launches[graph] ??= []).push(launch);
    return launch;
  }

  /** A subject is through; gives the launch of which it was the last one. */
  left(graph: number, ordinal: number): Launch | undefined {
    const stay = this.#stays[graph]?.get(this.personOf(graph, ordinal));
    if (stay !== undefined) stay.inside = false;
    const launch = this.#launches[graph]?.find(
      ({ first, count }) => ordinal >= first && ordinal < first + count,
    );
    if (launch === undefined) return undefined;
    launch.left -= 1;
    return launch.left === 0 ? launch : undefined;
  }

  /** What woke the subject last: what its conditions see as `event`. */
  heard(graph: number, ordinal: number, event: Readonly<Record<string, unknown>>): void {
    (this.#events[graph] ??= new Map()).set(ordinal, event);
  }

  eventOf(graph: number, ordinal: number): Readonly<Record<string, unknown>> | undefined {
    return this.#events[graph]?.get(ordinal);
  }
}

/** An event as conditions see it. */
export const eventContext = (
  name: string,
  at: Instant,
  data: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> => ({ name, at, ...data });
