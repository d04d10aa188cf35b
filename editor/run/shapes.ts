// The shapes of what the server answers about runs, tasks, reviews and the team.
import type { Text } from '../../engine/document.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import type { AGAIN_WORDS } from '../../engine/run/words.ts';

/** A run, as every list of runs shows it. */
export interface ListedRun {
  readonly id: string;
  readonly playbook: string;
  readonly title: Text;
  readonly version: number;
  readonly mode: 'real' | 'fast';
  readonly status: RunStatus;
  readonly reason: string | null;
  readonly start: string;
  readonly ended: string | null;
  readonly stuck: number;
  readonly openTasks: number;
}

export type RunStatus = 'waiting' | 'running' | 'paused' | 'stopping' | 'completed' | 'cancelled' | 'failed';

/** How it stands on one step. */
export interface NodeCounts {
  readonly node: string;
  readonly graph: string;
  readonly step: string;
  readonly title: Text | null;
  readonly phase: string | null;
  readonly standing: number;
  /** Visits that have left, by port. */
  readonly passed: Readonly<Record<string, number>>;
  readonly skipped: number;
  readonly late: number;
  readonly stuck: number;
}

/** A run at a glance. */
export interface Overview {
  readonly id: string;
  readonly playbook: string;
  readonly title: Text;
  readonly version: number;
  readonly mode: 'real' | 'fast';
  readonly status: RunStatus;
  readonly reason: string | null;
  readonly params: JsonObject;
  readonly overrides: JsonObject;
  readonly texts: Readonly<Record<string, Text>>;
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly start: string;
  readonly ended: string | null;
  /** The run's own time: in compressed time it runs ahead of the wall. */
  readonly now: string | null;
  readonly nodes: readonly NodeCounts[];
  readonly stuck: number;
  readonly openTasks: number;
  readonly journeys: readonly {
    readonly journey: string;
    readonly entered: number;
    readonly ended: number;
    readonly open: boolean;
    /** By reason. */
    readonly turnedAway: Readonly<Record<string, number>>;
  }[];
  readonly subjects: { readonly entered: number; readonly ended: number };
  readonly deliveries: Readonly<Record<string, number>>;
  readonly report: 'draft' | 'in_review' | 'approved' | null;
}

/** A visit that waits for a decision. */
export interface StuckVisit {
  readonly node: string;
  readonly ordinal: number;
  readonly lap: number;
  readonly at: string;
  readonly reason: string;
  /** What its last call gave as the reason. */
  readonly why: Readonly<Record<string, Json>> | null;
  readonly again: Again;
  readonly subject: string;
  readonly name: string | null;
}

/** What trying a visit again does that is in doubt; null where nothing is. */
export type Again = keyof typeof AGAIN_WORDS | null;

/** Who stands on a step. */
export interface Standing {
  readonly ordinal: number;
  readonly lap: number;
  readonly subject: string;
  readonly member: string | null;
  readonly person: number | null;
  readonly name: string | null;
  readonly since: string;
  readonly wake: string | null;
  readonly stuck: string | null;
  /** Of a visit that is stuck: what its last call gave as the reason. */
  readonly why: Readonly<Record<string, Json>> | null;
  readonly again: Again;
  readonly task: string | null;
  readonly listens: readonly string[];
}

/** One visit in somebody's way, with the reason of each decision. */
export interface StoryVisit {
  readonly node: string;
  readonly lap: number;
  readonly began: string;
  readonly left: string | null;
  readonly port: string | null;
  readonly lateMs: number;
  readonly skipped: string | null;
  readonly decisions: readonly {
    readonly at: string;
    readonly effect: string;
    readonly code: string | null;
    readonly state: string;
    readonly until: string | null;
    readonly why: Readonly<Record<string, Json>> | null;
  }[];
  readonly stuck: readonly {
    readonly at: string;
    readonly reason: string;
    readonly resolution: string | null;
  }[];
}

export interface Story {
  readonly subject: string;
  readonly member: string | null;
  readonly entered: string;
  readonly ended: string | null;
  readonly end: string | null;
  readonly visits: readonly StoryVisit[];
}

/** What happened to one member in a run, also where they did not enter. */
export interface MemberStory {
  readonly name: string | null;
  readonly journeys: readonly {
    readonly journey: string;
    readonly answer: 'entered' | 'turned-away' | 'not-open' | 'not-asked';
    readonly openSince: string | null;
    readonly turnedAway: {
      readonly reason: string;
      readonly at: string;
      readonly why: Readonly<Record<string, Json>> | null;
    } | null;
    readonly stays: readonly Story[];
  }[];
  readonly messages: readonly Delivery[];
}

/** Messages of a step that fared alike. */
export interface DeliveryGroup {
  readonly node: string;
  readonly channel: string;
  readonly class: string;
  readonly mode: string;
  readonly state: string;
  readonly reason: string | null;
  readonly why: Text | null;
  readonly recipients: number;
  readonly heads: number;
  readonly at: string;
}

/** A message to one recipient. */
export interface Delivery {
  readonly message: string;
  readonly recipient: string;
  readonly run: string;
  readonly node: string | null;
  readonly title: Text | null;
  readonly channel: string;
  readonly state: string;
  readonly why: Text | null;
  /** Who has said what became of it, after it was in doubt; `provider`: the receiver was asked. */
  readonly reconciledBy: string | null;
  readonly memberName: string | null;
  readonly groupName: string | null;
  readonly at: string;
  readonly nextAt: string | null;
}

/** What a correction touches. */
export interface Touched {
  readonly node: string;
  readonly title: Text | null;
  readonly standing: number;
  readonly passed: number;
  readonly instants: readonly {
    readonly before: string | null;
    readonly after: string | null;
    readonly impossible: boolean;
  }[];
}

export interface Preview {
  readonly touched: readonly Touched[];
  readonly impossible: readonly string[];
}

export type Order = { readonly do: string; readonly [key: string]: Json };

/** A task. */
export interface Task {
  readonly id: string;
  readonly run: string;
  readonly playbook: Text;
  readonly kind: string;
  readonly role: string;
  readonly title: Text;
  readonly script: Text;
  readonly outcomes: readonly { readonly name: string; readonly label?: Text }[];
  readonly numbers: readonly { readonly name: string; readonly label?: Text }[];
  readonly evidence: boolean;
  readonly quorum: number;
  readonly voices: number;
  readonly state: string;
  readonly openedAt: string;
  readonly dueAt: string;
  readonly outcome: string | null;
  readonly closedAt: string | null;
  readonly assignee: string | null;
  readonly mode: 'real' | 'fast';
  readonly mine: boolean;
}

export interface TaskDetail extends Task {
  readonly decisions: readonly {
    readonly by: string;
    readonly name: string | null;
    readonly outcome: string;
    readonly note: string | null;
    readonly evidence: readonly string[];
    readonly numbers: Readonly<Record<string, number>>;
    readonly recordedAt: string;
  }[];
}

export interface Decision {
  readonly outcome: string;
  readonly note?: string;
  readonly evidence?: readonly string[];
  readonly numbers?: Readonly<Record<string, number>>;
}

export interface Notice {
  readonly id: number;
  readonly run: string | null;
  readonly kind: string;
  readonly at: string;
  readonly text: Text;
  /** The title of the playbook that it is about. */
  readonly playbook: Text | null;
  /** Where it is about the launches of a playbook: its id. */
  readonly detail: { readonly playbook?: string };
}

/** Something that a run will do at an instant that is fixed already. */
export interface Upcoming {
  readonly run: string;
  readonly playbook: Text;
  readonly mode: 'real' | 'fast';
  readonly at: string;
  readonly node: string;
  readonly title: Text | null;
  /** What follows when the instant has come. */
  readonly next: readonly { readonly node: string; readonly title: Text | null }[];
}

export interface Changes {
  readonly revision: number;
  readonly version: number | null;
  readonly changes: {
    readonly nodes: ChangedParts;
    readonly edges: ChangedParts;
    readonly document: readonly { readonly pointer: string }[];
  };
  readonly standing: Readonly<Record<string, number>>;
  /** Published, it would take over a journey that a running activity holds open. */
  readonly takesOver: boolean;
}

interface ChangedParts {
  readonly added: readonly Part[];
  readonly removed: readonly Part[];
  readonly changed: readonly (Part & { readonly fields: readonly { readonly pointer: string }[] })[];
}

export interface Part {
  readonly graph: string;
  readonly id: string;
}

/** What came of publishing: the version, and what became of runs whose doors stand open. */
export interface Published {
  readonly number: number;
  readonly runs: {
    readonly followed: readonly { readonly run: string; readonly follows: string }[];
    readonly left: readonly { readonly run: string; readonly problems: readonly string[] }[];
  };
}

/** What a launch asks for. */
export interface Launching {
  readonly version: number;
  readonly params: JsonObject;
  readonly examples: JsonObject;
  readonly roles: readonly string[];
  readonly zone: string;
}

export interface LaunchOrder {
  readonly playbook: string;
  readonly version?: number;
  readonly params: JsonObject;
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  readonly community?: string;
  readonly groups?: readonly string[];
  readonly members?: number;
  readonly fast?: boolean;
  readonly key?: string;
  readonly confirm?: boolean;
}

export interface Colleague {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly roles: readonly string[];
  readonly disabledAt: string | null;
}

export interface Invitation {
  readonly id: string;
  readonly roles: readonly string[];
  readonly email: string | null;
  readonly expiresAt: string;
}

export interface Community {
  readonly id: string;
  readonly name: string;
}

export interface AuditEntry {
  readonly id: number;
  readonly at: string;
  readonly actor: string | null;
  /** Of the colleague; null for programs and for the product itself. */
  readonly name: string | null;
  readonly action: string;
  readonly reason: string | null;
}
