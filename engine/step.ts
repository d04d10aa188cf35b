// How a step type is defined, and the closed set of things one token may do.
// Imported by the Temporal sandbox: types and small pure functions only.
import type { FromSchema, JsonObject, JsonSchema } from './json.ts';
import type { Instant } from './instant.ts';

/** What a token does next. The interpreter switches over these and over nothing else. */
export type Outcome =
  | { readonly kind: 'go'; readonly port: string }
  | { readonly kind: 'sleep'; readonly until: Instant; readonly stage: number }
  | { readonly kind: 'call'; readonly effect: string; readonly stage: number }
  | { readonly kind: 'listen'; readonly until: Instant; readonly stage: number }
  | { readonly kind: 'fork' }
  | { readonly kind: 'again' }
  | { readonly kind: 'exit'; readonly reason: string }
  | { readonly kind: 'end'; readonly reason: string };

/** Leaves by a port. */
export const go = (port: string): Outcome => ({ kind: 'go', port });
/** Wakes at an instant. `stage` (0..255) is handed back on resume. */
export const sleep = (until: Instant, stage = 0): Outcome => ({ kind: 'sleep', until, stage });
/** Has the world do something; comes back with `returned`. */
export const call = (effect: string, stage = 0): Outcome => ({ kind: 'call', effect, stage });
/** Waits for one of the node's topics, or the deadline (`woke`). */
export const listen = (until: Instant, stage = 0): Outcome => ({ kind: 'listen', until, stage });
/** One token per port. */
export const fork = (): Outcome => ({ kind: 'fork' });
/** One more round by the port `each`, or `done` when the bound is reached. */
export const again = (): Outcome => ({ kind: 'again' });
/** The subject leaves the graph with all its tokens. */
export const exit = (reason: string): Outcome => ({ kind: 'exit', reason });
/** This token is finished. */
export const end = (reason: string): Outcome => ({ kind: 'end', reason });

/** What a token comes back with. */
export type Resumption =
  | { readonly kind: 'woke' }
  | { readonly kind: 'returned'; readonly code: string; readonly until: Instant }
  | { readonly kind: 'arrived'; readonly topic: number }
  /** An anchor that the node follows has moved while the token slept or listened. */
  | { readonly kind: 'retimed' };

/** What a step may know besides its configuration. */
export interface Visit {
  /** The planned instant while on time, the real one when late: durations are counted from here. */
  readonly now: Instant;
  /** Round of the innermost repeat (0-based); 0 outside. For a repeat node: rounds begun so far. */
  readonly round: number;
  /** The stage given with the last sleep, call or listen. */
  readonly stage: number;
  /** A number in [0,1), the same in every replay: a hash of seed, subject and node (sticky: not of the lap). */
  readonly chance: () => number;
}

/** An exit of a step. */
export interface Port {
  readonly name: string;
  readonly label: { readonly zh: string; readonly en: string };
  /** Unwired: `needed` is a problem, `first` leaves by the first port, `stuck` parks the token. Default `needed`. */
  readonly open?: 'needed' | 'first' | 'stuck';
}

/** What a listening node can be woken by; the index is the topic number of inbox entries. */
export type Topic =
  /** A member event (or any event of the run, in campaign scope) of this name; `where` narrows it. */
  | { readonly event: string; readonly where?: unknown }
  /** An answer addressed to the visit itself: a task's outcome, a form, a journey that finished. */
  | { readonly answer: string };

/** A form control and what the compiler must check in its value. One file per kind in the editor. */
export type FieldKind =
  | 'string'
  | 'integer'
  | 'number'
  | 'percent'
  | 'boolean'
  | 'choice'
  | 'text' // map of locales, Liquid
  | 'condition' // rule tree or { cel }
  | 'time' // TimeRule
  | 'duration' // exact or calendar ISO 8601 duration
  | 'local-time'
  | 'cron'
  | 'zone'
  | 'metric'
  | 'event'
  | 'channel'
  | 'audience'
  | 'role'
  | 'tag'
  | 'attribute'
  | 'journey'
  | 'playbook'
  | 'reason' // how an end is told apart: a name for programs, or words
  | 'url'
  | 'list'; // rows of further fields, see `of`

/** Form hint for one key of the config. */
export interface Field {
  readonly key: string;
  readonly as: FieldKind;
  readonly label: { readonly zh: string; readonly en: string };
  readonly help?: { readonly zh: string; readonly en: string };
  readonly of?: readonly Field[];
  /** What the values of a choice are called: a word for each value that the schema takes. */
  readonly choices?: Readonly<Record<string, { readonly zh: string; readonly en: string }>>;
}

/** A worked example: test, documentation and help at once. Times are durations from the visit's start. */
export interface Example {
  readonly says: { readonly zh: string; readonly en: string };
  readonly config: JsonObject;
  /** What the world does: answers of effects in order, arrivals with their instant. */
  readonly world?: readonly (
    | { readonly answers: string; readonly effect: string; readonly until?: string }
    | { readonly at: string; readonly arrives: number }
  )[];
  /** The port by which it leaves, or how else it ends. */
  readonly leaves?: string;
  readonly becomes?: 'exit' | 'end' | 'fork' | 'again';
  /** When, from the start. Default PT0S. */
  readonly at?: string;
}

/** A finding of a step's own lint: a code of engine/problem.ts, the config pointer it is about, and its values. */
export interface Finding {
  readonly code: string;
  readonly pointer: string;
  readonly values?: Readonly<Record<string, string | number>>;
}

/** A step type: what it is, what can be set, where it leaves, what it does, proof. */
export interface StepDefinition<S extends JsonSchema = JsonSchema> {
  readonly type: string;
  readonly family:
    | 'trigger'
    | 'message'
    | 'wait'
    | 'decision'
    | 'flow'
    | 'human'
    | 'member'
    | 'guard'
    | 'report'
    | 'end';
  readonly scope: 'campaign' | 'member' | 'any';
  readonly label: { readonly zh: string; readonly en: string };
  readonly says: { readonly zh: string; readonly en: string };
  /** JSON Schema of the config: an object without additional properties. */
  readonly config: S;
  readonly fields: readonly Field[];
  readonly ports: (config: FromSchema<S>) => readonly Port[];
  /** The port by which an operator skips it. Default: the first. */
  readonly skip?: string;
  /** What it is to the block structure. Absent: an ordinary node. */
  readonly block?: (
    config: FromSchema<S>,
  ) =>
    | { readonly kind: 'start' }
    | { readonly kind: 'fork' }
    | { readonly kind: 'join'; readonly need: number | 'all' }
    | { readonly kind: 'repeat'; readonly max: number; readonly each: string; readonly done: string }
    | { readonly kind: 'final' };
  /** True when passing takes time or a person: a loop through it does not spin. */
  readonly waits: (config: FromSchema<S>) => boolean;
  /** Its instants: kept on resume, or durations that may shift. Default absolute. */
  readonly instants?: 'absolute' | 'duration';
  /** By how many ms its sleeps and deadlines may be late in a journey, unless the document says otherwise; 0 is exact. */
  readonly grainMs?: (config: FromSchema<S>) => number;
  /** Members see it as a page of its own: `{{ links.<node id> }}` in a text leads there. */
  readonly page?: true;
  /** The effects it calls, each with the input made from the config. */
  readonly effects?: Readonly<Record<string, (config: FromSchema<S>) => unknown>>;
  /** What wakes it while it listens. The port of a topic is the step's affair. */
  readonly topics?: (config: FromSchema<S>) => readonly Topic[];
  /** Rules of this step beyond its schema (see honesty lints); pure. */
  readonly lint?: (config: FromSchema<S>) => readonly Finding[];
  readonly enter: (config: FromSchema<S>, visit: Visit) => Outcome;
  readonly resume?: (config: FromSchema<S>, visit: Visit, event: Resumption) => Outcome;
  readonly examples: readonly Example[];
}

/** Defines a step type; the config's TypeScript type follows from its schema. */
export function defineStep<const S extends JsonSchema>(step: StepDefinition<S>): StepDefinition {
  return step as unknown as StepDefinition;
}
