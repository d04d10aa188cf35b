// What a rehearsal counts for its metrics, over the whole run and over the last stretch of it.
// Not the formulas: see metrics.ts. A group's members are reached by its posts (an estimate, as in real groups).
import type { Instant } from '../instant.ts';
import type { Counts } from '../metrics.ts';
import { groupOf, headsOf, type Community } from '../simulate.ts';

/** To whom a message was delivered. */
export type Target = { readonly person: number } | { readonly group: number };

const SIGN_UP = 0;
const OPT_OUT = 1;
const COMPLAINT = 2;
const FAILED = 3;
const SERVICE = 4;
const MARKETING = 5;
type Kind = 0 | 1 | 2 | 3 | 4 | 5;

/** Counts as they grow. */
export class Tally {
  readonly #community: Community;
  readonly #total: Sums;
  // One row for each thing counted, for windows. Groups stand as -1 - group.
  readonly #at: Instant[] = [];
  readonly #kind: Kind[] = [];
  readonly #to: number[] = [];
  readonly #signedUp = new Set<number>();
  readonly #optedOut = new Set<number>();
  readonly #reported: Record<string, number> = {};
  #reports = 0;

  constructor(community: Community) {
    this.#community = community;
    this.#total = new Sums(community);
  }

  /** Grows with whatever is counted. */
  get size(): number {
    return this.#at.length + this.#reports;
  }

  /** A person signs up; again does not count. Whoever is not known (-1) is somebody else each time. */
  signUp(at: Instant, person: number): void {
    if (isNew(this.#signedUp, person)) this.#add(at, SIGN_UP);
  }

  optOut(at: Instant, person: number): void {
    if (isNew(this.#optedOut, person)) this.#add(at, OPT_OUT);
  }

  complain(at: Instant): void {
    this.#add(at, COMPLAINT);
  }

  /** A message to a person could not be delivered. */
  failed(at: Instant, person: number): void {
    this.#add(at, FAILED, person);
  }

  /** A message was delivered to a person, or to everybody in a group. */
  delivered(at: Instant, to: Target, isMarketing: boolean): void {
    this.#add(at, isMarketing ? MARKETING : SERVICE, 'group' in to ? -1 - to.group : to.person);
  }

  /** A number that people reported; the last one counts. */
  report(name: string, value: number): void {
    this.#reported[name] = value;
    this.#reports += 1;
  }

  /** One more of something that forms count. */
  count(name: string): void {
    this.#reported[name] = (Object.hasOwn(this.#reported, name) ? this.#reported[name]! : 0) + 1;
    this.#reports += 1;
  }

  /** The counts since an instant; absent: since the run began. */
  counts(since?: Instant): Counts {
    if (since === undefined) return this.#total.counts(this.#reported);
    const sums = new Sums(this.#community);
    for (let row = this.#at.length - 1; row >= 0 && this.#at[row]! >= since; row -= 1) {
      sums.add(this.#kind[row]!, this.#to[row]!);
    }
    return sums.counts(this.#reported);
  }

  /** When whom a message was first sent since an instant, delivered or also in vain: people, and groups as -1 - group. */
  firstSent(since: Instant, { inVain }: { readonly inVain: boolean }): ReadonlyMap<number, Instant> {
    const first = new Map<number, Instant>();
    const least = inVain ? FAILED : SERVICE;
    for (const [row, at] of this.#at.entries()) {
      if (at >= since && this.#kind[row]! >= least && !first.has(this.#to[row]!))
        first.set(this.#to[row]!, at);
    }
    return first;
  }

  #add(at: Instant, kind: Kind, to = 0): void {
    this.#at.push(at);
    this.#kind.push(kind);
    this.#to.push(to);
    this.#total.add(kind, to);
  }
}

/** Sums over a stretch of time. */
class Sums {
  readonly #community: Community;
  readonly #sums = [0, 0, 0, 0, 0, 0];
  readonly #groups = new Set<number>();
  readonly #people = new Set<number>();

  constructor(community: Community) {
    this.#community = community;
  }

  add(kind: Kind, to: number): void {
    const isGroup = to < 0;
    this.#sums[kind]! += isGroup ? headsOf(this.#community, -1 - to) : 1;
    if (kind >= SERVICE) (isGroup ? this.#groups : this.#people).add(isGroup ? -1 - to : to);
  }

  counts(reported: Readonly<Record<string, number>>): Counts {
    const [signUps = 0, optOuts = 0, complaints = 0, failed = 0, service = 0, marketing = 0] = this.#sums;
    return {
      signUps,
      optOuts,
      complaints,
      failed,
      marketing,
      delivered: service + marketing,
      reached: this.#reached(),
      reported,
    };
  }

  // Whoever is in a group that was posted to is among its heads already.
  #reached(): number {
    let reached = 0;
    for (const group of this.#groups) reached += headsOf(this.#community, group);
    for (const person of this.#people) {
      if (!this.#groups.has(groupOf(this.#community, person))) reached += 1;
    }
    return reached;
  }
}

function isNew(known: Set<number>, person: number): boolean {
  if (person < 0) return true;
  const before = known.size;
  return known.add(person).size > before;
}
