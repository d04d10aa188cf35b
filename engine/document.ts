// The document that an operator edits and the editor saves: graph, texts and parameters of one playbook.
// Meaning only; `layout` carries what is drawn and never enters a hash. The JSON Schema is made in compile/schema.ts.
import type { Json, JsonObject, JsonSchema } from './json.ts';
import type { TimeRule } from './calendar/time-rule.ts';

/** A text in each of the playbook's locales. */
export type Text = Readonly<Record<string, string>>;

/** A playbook as it is edited. Any value inside a node's `config` may be `{ "param": "name" }`. */
export interface Playbook {
  readonly format: 1;
  readonly id: string;
  readonly title: Text;
  readonly description?: Text;
  /** IANA zone in which days and local times are meant. Default Asia/Shanghai. */
  readonly zone?: string;
  /** Locales in which every text must exist. Default ["zh-CN"]. */
  readonly locales?: readonly string[];
  /** JSON Schema (type object) of what is filled in at launch; a property with format date-time is an anchor. */
  readonly params?: JsonSchema;
  readonly goal?: Goal;
  readonly phases?: readonly Phase[];
  readonly graph: Graph;
  readonly journeys?: Readonly<Record<string, Journey>>;
  readonly rehearsal?: Rehearsal;
  readonly layout?: JsonObject;
}

/** What the activity is for, and what must not be hurt on the way. */
export interface Goal {
  readonly metric: string;
  /** Over which time up to the review, an exact duration. Absent: the metric's own window, otherwise since the run began. */
  readonly window?: string;
  readonly baseline: Json;
  readonly target: Json;
  readonly deadline: TimeRule;
  readonly guardrails: readonly { readonly metric: string; readonly atMost: Json }[];
}

/** A named stretch of an activity: a column of the drawing. */
export interface Phase {
  readonly id: string;
  readonly title: Text;
  readonly starts?: TimeRule;
  readonly ends?: TimeRule;
  readonly owner?: string;
  readonly goal?: Text;
}

/** A drawing: nodes and the edges between their ports. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly Edge[];
}

/** A member-level graph. */
export interface Journey {
  readonly title: Text;
  /** How much later its waits may end, instead of the default of each: see {@link GraphNode}. */
  readonly tolerance?: string;
  readonly graph: Graph;
}

/** One use of a step type. */
export interface GraphNode {
  readonly id: string;
  readonly step: string;
  readonly config?: JsonObject;
  readonly phase?: string;
  readonly title?: Text;
  /** Switched off: lets everything through by its first port. */
  readonly off?: boolean;
  readonly retry?: RetryPolicy;
  readonly late?: LatePolicy;
  /**
   * How much later than planned it may wake, an exact ISO 8601 duration of at most a day: members who would wake one
   * by one wake together. PT0S is exact. Default in a journey: an hour for a length of time of a day or more, a minute
   * for a shorter one, exact for a time of day or a date; in the campaign always exact.
   * A step that waits for what members do takes that up within a tolerance that is written down, otherwise at once.
   */
  readonly tolerance?: string;
}

/** From a port of one node into another node. Ids, never names. */
export interface Edge {
  readonly id: string;
  readonly from: string;
  readonly port: string;
  readonly to: string;
}

/** How a transient failure is tried again; exponential backoff with jitter. Durations are exact ISO 8601. */
export interface RetryPolicy {
  /** Calls in all, 1 to 20. Default 5. */
  readonly attempts?: number;
  /** Pause before the second call. Default PT10S. */
  readonly first?: string;
  /** Longest pause. Default PT10M. */
  readonly max?: string;
}

/** What happens when a visit begins later than planned (the system was down, or the run paused). */
export interface LatePolicy {
  /** Lateness that is still on time. Default PT5M. */
  readonly after?: string;
  readonly then: 'run' | 'skip' | 'ask';
}

/** The synthetic community that rehearsals and compressed runs use. Rates are 0..1, delays exact durations. */
export interface Rehearsal {
  readonly members?: number;
  readonly groups?: number;
  readonly seed?: number;
  /** What a member does with a message, after how long (the middle of the spread). */
  readonly rates?: Readonly<
    Partial<Record<'read' | 'click' | 'reply' | 'signUp' | 'optOut' | 'complain' | 'fail', number>>
  >;
  readonly delays?: Readonly<Partial<Record<'read' | 'click' | 'reply' | 'signUp' | 'answer', string>>>;
  /** What staff answer: per node id, the port and its share; what is not named answers by the first port. */
  readonly answers?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What members do by themselves, by the name of the event. */
  readonly events?: Readonly<Record<string, RehearsedEvent>>;
  /** Values of member attributes with their weights. */
  readonly attributes?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What the members of a synthetic community do by themselves: enter a journey, or answer a step that waits for it. */
export interface RehearsedEvent {
  /** The share of members who do it. Default: all. */
  readonly share?: number;
  /** Within which time, evenly spread; an exact duration. Default PT24H. */
  readonly within?: string;
  /** What such an event says: values with their weights, by field. */
  readonly data?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}
