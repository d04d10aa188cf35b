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
  readonly visit: { readonly node: number; readonly ordinal: number; readonly lap: number };
  /** The number of the first. */
  readonly first: number;
  count: number;
  /** Those who are not through. */
  left: number;
  /** More may come. */
  isOpen: boolean;
}

/** A person who enters, and under which key that is not simply repeated. */
export interface Entering {
  readonly person: number;
  readonly key: string;
}

interface Stay {
  readonly at: Instant;
  inside: boolean;
}

interface Subject {
  readonly person: number;
  readonly stay: Stay;
  readonly launch: Launch;
}

/** Which person a subject is, per graph; ordinals are given in the order of entering. */
export class Subjects {
  readonly #subjects: Subject[][] = [];
  readonly #stays: Map<number | string, Stay>[] = [];
  readonly #events: Map<number, Readonly<Record<string, unknown>>>[] = [];

  /** The person behind a subject; -1 for the campaign. */
  personOf(graph: number, ordinal: number): number {
    return this.#subjects[graph]?.[ordinal]?.person ?? -1;
  }

  /** When a person last entered a graph under a key, and whether they are still in it. */
  lastStay(graph: number, { person, key }: Entering): Stay | undefined {
    return this.#stays[graph]?.get(keyOf(person, key));
  }

  /** How many have entered a graph so far. */
  entered(graph: number): number {
    return this.#subjects[graph]?.length ?? 0;
  }

  /** A launch, of nobody yet. */
  launch(graph: number, visit: Launch['visit'], isOpen = false): Launch {
    return { visit, first: this.entered(graph), count: 0, left: 0, isOpen };
  }

  /** Somebody enters by a launch; gives their number. */
  enter(graph: number, { person, key }: Entering, { launch, at }: { launch: Launch; at: Instant }): number {
    const subjects = (this.#subjects[graph] ??= []);
    const stay = { at, inside: true };
    (this.#stays[graph] ??= new Map()).set(keyOf(person, key), stay);
    launch.count += 1;
    launch.left += 1;
    return subjects.push({ person, stay, launch }) - 1;
  }

  /** A subject is through; gives the launch when it was the last one that could be expected. */
  left(graph: number, ordinal: number): Launch | undefined {
    const subject = this.#subjects[graph]?.[ordinal];
    if (subject === undefined) return undefined;
    const { launch, stay } = subject;
    stay.inside = false;
    launch.left -= 1;
    return launch.left === 0 && !launch.isOpen ? launch : undefined;
  }

  /** What woke the subject last: what its conditions see as `event`. */
  heard(graph: number, ordinal: number, event: Readonly<Record<string, unknown>>): void {
    (this.#events[graph] ??= new Map()).set(ordinal, event);
  }

  eventOf(graph: number, ordinal: number): Readonly<Record<string, unknown>> | undefined {
    return this.#events[graph]?.get(ordinal);
  }
}

// Most journeys have no keys: then the person's number does.
const keyOf = (person: number, key: string): number | string => (key === '' ? person : `${person}/${key}`);

/** An event as conditions see it. */
export const eventContext = (
  name: string,
  at: Instant,
  data: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> => ({ name, at, ...data });
