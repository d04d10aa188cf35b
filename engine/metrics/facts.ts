// What is counted for metrics, by kind of question. The database and the rehearsal's world gather the same facts.
// Not the formulas: see catalogue.ts. Wherever staff and test accounts could count, they do not.

/** About one run's messages and what they led to; also about a community's, over a stretch of time. */
export interface Counts {
  /** Members who signed up, each once. */
  readonly signUps: number;
  /** Members who were reached: delivered messages to themselves or to their groups, each member once. */
  readonly reached: number;
  /** Deliveries that carried marketing. */
  readonly marketing: number;
  /** Members who opted out. */
  readonly optOuts: number;
  readonly complaints: number;
  /** Deliveries in all that succeeded, and that failed for good. */
  readonly delivered: number;
  readonly failed: number;
  /** Latest number that people reported by a task, and names counted by forms. */
  readonly reported: Readonly<Record<string, number>>;
}

/** A part and the whole that it is of. */
export interface Share {
  readonly part: number;
  readonly whole: number;
}

/** Each kind of facts, by name. Populations are frozen: those who were there at the beginning of the window. */
export interface FactKinds {
  readonly counts: Counts;
  /** Of deliveries that consent and caps let through, those that went out; and why the others were withheld. */
  readonly deliveries: Share & { readonly withheld: Readonly<Record<string, number>> };
  /** Of posts that colleagues were asked to confirm, those they did; and the median of the minutes it took. */
  readonly confirmations: Share & { readonly minutes: number | null };
  /** Of the members, those who did something that counts as active. */
  readonly activity: Share;
  /** Of those active in the last 30 days, those active in the last day. */
  readonly recency: Share;
  /**
   * Of the messages, those of the most talkative tenth of who spoke. `ranked` is what Gini's coefficient is made of: the sum
   * of everybody's messages, each number times its place from the quietest (1) to the loudest.
   */
  readonly voices: Share & { readonly speakers: number; readonly ranked: number };
  /** Of the messages, those that answer another or are answered; and how many say which message they answer. */
  readonly chains: Share & { readonly named: number };
  /** Of those who were active, those who had an event. */
  readonly penetration: Share;
  /** Of the times that somebody left a day of checking in out, those after which they were back within three days. */
  readonly recall: Share;
  /** Of the members who had an event for the first time, those who had it again within 60 days. */
  readonly repeated: Share;
  /** Of those who took part in an activity, those active on day N after its end. */
  readonly afterwards: Share;
  /** Of the members with a tag, those who were active; and how many members there are in all. */
  readonly tagged: Share & { readonly members: number };
  /** Of the approvals that are over, those that were given; how many were answered, and within how many minutes. */
  readonly approvals: Share & {
    readonly answered: number;
    readonly minutes50: number | null;
    readonly minutes90: number | null;
  };
  /** What members did, by what it weighs and how long ago it was: all of it together, and how many they are. */
  readonly engagement: {
    readonly points: number;
    readonly members: number;
    /** The three deeds that gave most of them. */
    readonly top: readonly { readonly name: string; readonly points: number }[];
  };
  /** Comings and goings: members before and after, who joined, who left, and who of the members before left. */
  readonly flow: {
    readonly before: number;
    readonly after: number;
    readonly joined: number;
    readonly left: number;
    readonly leavers: number;
  };
  /** Of those who joined and were still there when their day N began, those who were gone when it ended. */
  readonly departures: Share;
  /**
   * The members at the beginning by the class of the message that they got last, before they left or the window ended;
   * and of these, those who left.
   */
  readonly lastMessages: { readonly [Class in LastMessage]: Share };
  /** Of those who joined, those who were active within 72 hours. */
  readonly activation: Share;
  /** The same, of those who have a tag and of the others. */
  readonly activationGap: { readonly holders: Share; readonly others: Share };
  /** Of those who joined, those active on day N after it, on day N or later, and still members after day N. */
  readonly retention: {
    readonly joined: number;
    readonly active: number;
    readonly later: number;
    readonly still: number;
  };
  /** Invitations that members made: who invited, whom they brought, who of these stayed and was active. */
  readonly invites: {
    readonly members: number;
    readonly inviters: number;
    readonly invited: number;
    readonly qualified: number;
    /** Median of the days between an inviter's own joining and their first qualified invitee's. */
    readonly days: number | null;
  };
  /** Of the times that an entry point was seen, the joins that came of it. */
  readonly entries: Share;
  /** How often an event happened, and to how many members. */
  readonly event: { readonly count: number; readonly members: number };
  /**
   * Of the members who were reached (or whom consent and caps would have let be reached), those who then did something:
   * one event, or anything that counts as active.
   */
  readonly response: Share;
  /** Of the members who signed up, or had another event, those who then had an event. */
  readonly followed: Share;
  /** People's work: how soon tasks were taken up and closed, in minutes, and by how many people over how many days. */
  readonly work: {
    readonly tasks: number;
    readonly first50: number | null;
    readonly first90: number | null;
    readonly closed: number;
    readonly closed50: number | null;
    readonly closed90: number | null;
    readonly people: number;
    readonly days: number;
  };
  /** Groups that activities are running for, and the people who fill their roles. */
  readonly staffing: { readonly groups: number; readonly people: number };
  /** Of the steps that were left, those that were not late. */
  readonly punctuality: Share;
  /** A split by chance: those who were treated and those who were left alone, and how many of each did something. */
  readonly split: { readonly treated: Share; readonly control: Share };
}

export type FactKind = keyof FactKinds;

/** What the last message to somebody was; `none`: none for a month. */
export type LastMessage = 'marketing' | 'service' | 'none';

/** Which facts are asked for; what a name of a metric leaves open stands in the others. */
export interface Ask {
  readonly kind: FactKind;
  /** For `event`, `response`, `followed` and the like: which event. Absent: whatever counts as active. */
  readonly event?: string;
  /** For `followed`: the event that comes first. Absent: signing up. */
  readonly since?: string;
  /** For `response`: of whom. Absent: of those who were reached. */
  readonly of?: 'eligible';
  /** For `retention`, `departures` and `afterwards`: which day. */
  readonly day?: number;
  /** For `invites`: after how many cycles. */
  readonly cycles?: number;
  /** For `tagged`, `activation` and `activationGap`: which tag. Absent: whatever they have. */
  readonly tag?: string;
  /** For `entries` and `activation`: where they came from. Absent: from anywhere. */
  readonly source?: string;
  /** For `split`: which node. */
  readonly node?: string;
}

/** Events by which a member counts as active, besides answers to forms (`form.submitted`, `counted.…`). */
export const ACTIVE_EVENTS: readonly string[] = [
  'member.replied',
  'member.clicked',
  'member.signed-up',
  'member.checked-in',
  'checkin.submitted',
  'order.paid',
  'vote.cast',
  'form.submitted',
];

/**
 * What a deed weighs in the engagement score, from 0 to 10: the more it costs the member, the more. Judgement, not measurement;
 * what forms count (`counted.…`) weighs as much as a form. After a half-life a deed weighs half.
 */
export const ENGAGEMENT_WEIGHTS: Readonly<Record<string, number>> = {
  'order.paid': 10,
  'member.signed-up': 6,
  'member.checked-in': 5,
  'checkin.submitted': 5,
  'form.submitted': 4,
  'member.replied': 3,
  'vote.cast': 2,
  'member.clicked': 1,
};
export const ENGAGEMENT_HALF_LIFE_MS = 14 * 86_400_000;

/** The weight of an event that makes its member active. */
export const weightOf = (name: string): number =>
  ENGAGEMENT_WEIGHTS[name] ?? ENGAGEMENT_WEIGHTS['form.submitted']!;

/** Events by which a member signs up: their own word, or a form that counts sign-ups. */
export const SIGN_UPS: readonly string[] = ['member.signed-up', 'counted.sign_ups'];

/** A reply whose words are known counts from this many characters on: 「1」 is no conversation. */
export const SHORTEST_REPLY = 5;

/** True for an event that makes its member active. */
export function isActive(name: string, text: unknown): boolean {
  if (name === 'member.replied' && typeof text === 'string') return Array.from(text).length >= SHORTEST_REPLY;
  return ACTIVE_EVENTS.includes(name) || name.startsWith('counted.');
}

/** How long a newcomer may take to become active. */
export const ACTIVATION_MS = 72 * 3_600_000;

/** Who comes back to check in within so many days after a day without. */
export const RECALL_DAYS = 3;
export const CHECK_INS: readonly string[] = ['checkin.submitted', 'member.checked-in'];

/** The second time counts within this of the first. */
export const AGAIN_MS = 60 * 86_400_000;

/** What somebody was sent longer ago is no reason to leave. */
export const LAST_MESSAGE_MS = 30 * 86_400_000;

/** The port of a split whose members are left alone: the one called `control`, otherwise the last. */
export const controlOf = (ports: readonly string[]): string | undefined =>
  ports.find((name) => name === 'control') ?? ports.at(-1);

/** Kinds of facts that a synthetic community has, in a rehearsal as in a run. */
export const SYNTHETIC: ReadonlySet<FactKind> = new Set([
  'counts',
  'activity',
  'recency',
  'voices',
  'penetration',
  'engagement',
  'event',
  'response',
  'followed',
  'split',
]);
