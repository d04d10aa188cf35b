// What goes into the interpreter and what comes out of it: events, commands, traces. No behaviour.
import type { Instant } from '../instant.ts';

/** One visit, as the world addresses it: together with the run this is its key. Campaign visits have ordinal 0. */
export interface VisitKey {
  readonly node: number;
  readonly ordinal: number;
  readonly lap: number;
}

/** Something that happened to a run. Several kinds may come at once: see {@link Tick}. */
export interface Tick {
  /** Inbox entries, each at the instant it was recorded. */
  readonly entries?: readonly Entry[];
  /** Results of batches. */
  readonly results?: readonly BatchResult[];
  /** Whoever drives has lost the answers that were on their way: calls are issued again, in batches of new numbers. */
  readonly reissue?: boolean;
}

/** An inbox entry. */
export type Entry =
  | ({ readonly kind: 'arrived'; readonly at: Instant; readonly topic: number } & VisitKey)
  /** Subjects first..first+count-1 enter a graph. */
  | {
      readonly kind: 'enter';
      readonly at: Instant;
      readonly graph: number;
      readonly first: number;
      readonly count: number;
    }
  | ({ readonly kind: 'control'; readonly at: Instant } & Control);

/** An operator's command. */
export type Control =
  | { readonly do: 'pause' }
  /** hold: absolute instants that passed run now; skip: they leave by their skip port; shift: durations move by the pause. */
  | { readonly do: 'resume'; readonly policy: 'hold' | 'skip' | 'shift' }
  | { readonly do: 'cancel'; readonly reason: string }
  /** The named anchors have new values: what follows them is asked again. */
  | { readonly do: 'retime'; readonly anchors: readonly string[] }
  | ({ readonly do: 'retry' | 'skip' | 'end' } & VisitKey);

/** The answers to one batch, in the order of its visits. Codes: index into the effect's list, or UNIVERSAL. */
export interface BatchResult {
  readonly batch: number;
  readonly codes: ArrayLike<number>;
  /** 0 where there is none. Absent: none at all. */
  readonly untils?: ArrayLike<number>;
}

/** What the world must do, in an order that depends on nothing but plan, state and event. */
export interface Commands {
  /** The one instant at which the interpreter wants to be called next; null: nothing sleeps. */
  wake: Instant | null;
  calls: Call[];
  /** Visits that began to listen (with their deadline), of nodes that have event topics. */
  listens: Listen[];
  /** Visits abandoned by exit, join, cancel or skip: close their tasks and listeners. */
  dropped: VisitKey[];
  /** Visits parked for a person. */
  stuck: Stuck[];
  /** What was passed, in order. */
  passed: Passed[];
  /** Subjects that left their graph. */
  ended: Ended[];
  /** Every subject has ended and nobody sleeps, calls or listens. */
  done: boolean;
}

/** One batch: the visits of one node that call one effect in one stage. Visits sorted by ordinal, lap. */
export interface Call {
  readonly batch: number;
  readonly node: number;
  readonly effect: string;
  readonly stage: number;
  readonly visits: readonly CallVisit[];
}

/**
 * `call` counts the calls of this visit (0-based; retries keep it); `due` is the planned instant of the visit,
 * `at` its logical time at this call: the `now` that the effect decides by.
 */
export interface CallVisit {
  readonly ordinal: number;
  readonly lap: number;
  readonly call: number;
  readonly due: Instant;
  readonly at: Instant;
  /** The policy of the node allows no attempt after this one. */
  readonly last?: true;
}

/** A visit that listens until `until`; it looks back to `since`, the issue of its last call (or its start). */
export interface Listen extends VisitKey {
  readonly since: Instant;
  readonly until: Instant;
}

/** A visit that a person must decide about. */
export interface Stuck extends VisitKey {
  readonly at: Instant;
  readonly reason: 'failed' | 'doubt' | 'late' | 'calls';
}

/** A visit that was left. `port` null: it ended there (end, exit) or forked. */
export interface Passed extends VisitKey {
  readonly at: Instant;
  readonly port: string | null;
  /** Milliseconds by which it began later than planned, beyond its tolerance; 0 on time. */
  readonly lateMs: number;
  /** It was skipped: by its late policy, by an operator, or because it is off. */
  readonly skipped?: 'late' | 'operator' | 'off';
}

/** A subject that is done; the reason is that of its exit, else of its last end. */
export interface Ended {
  readonly graph: number;
  readonly ordinal: number;
  readonly at: Instant;
  readonly reason: string;
}
