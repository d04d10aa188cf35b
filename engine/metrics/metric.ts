// What a metric is: the facts it is computed from, what it divides by what, over which stretch of time, and its formula.
import type { Ask, FactKind, FactKinds } from './facts.ts';
import type { Measured } from './formulas.ts';

/** Words in both languages. */
export interface Words {
  readonly zh: string;
  readonly en: string;
}

/** What a metric may be asked about. */
export type ScopeKind = 'run' | 'group' | 'community';

/** What a value is counted in. `share` is shown in per cent, `difference` in percentage points. */
export type Unit =
  | 'members'
  | 'times'
  | 'share'
  | 'ratio'
  | 'per-thousand'
  | 'minutes'
  | 'days'
  | 'difference';

/** When a value is good, and when somebody should act. Practitioners disagree: whoever asks may bring others. */
export interface Health {
  readonly good?: Bound;
  readonly alarm?: Bound;
}

export interface Bound {
  readonly op: '<' | '<=' | '>' | '>=';
  readonly value: number;
}

/** A metric of one kind of facts. */
export interface Metric<Kind extends FactKind = FactKind> {
  readonly kind: Kind;
  readonly unit: Unit;
  readonly label: Words;
  /** What stands above the line and what below it; a count has only the former. */
  readonly top: Words;
  readonly bottom?: Words;
  /** How the denominator is fixed, where it is not simply what is counted in the window. */
  readonly frozen?: Words;
  /** Absent: since the run began, or the last week of a community. `fixed`: no other can be asked for. */
  readonly window?: { readonly default: string } | { readonly fixed: string };
  readonly scopes: readonly ScopeKind[];
  readonly health?: Health;
  /** What a metric of its kind leaves open, where this one does not. */
  readonly about?: Omit<Ask, 'kind'>;
  measure(facts: FactKinds[Kind], ask: Ask): Measured;
}

/** A family of metrics: its name is followed by `.` and what it is about. */
export interface Family<Kind extends FactKind = FactKind> extends Metric<Kind> {
  readonly takes: Takes;
}

/** What follows a family's name: a word of the team's, two of them (`.by.event` may be left out), or a number. */
export type Takes =
  | 'event'
  | 'node.event'
  | 'event.to.event'
  | 'tag'
  | 'tag.by.event'
  | 'source'
  | 'source.by.event'
  | 'day'
  | 'cycles';

/** Every scope; a run is about its own audience. */
export const ANYWHERE = ['run', 'group', 'community'] as const;
export const RUN = ['run'] as const;

/** How populations are fixed, and who counts, in words. */
export const AT_START: Words = {
  zh: '窗口开始时在群里的成员，记下名单，之后不变',
  en: 'the members at the beginning of the window, noted by name and never changed',
};
export const FIRST_72_HOURS: Words = {
  zh: '窗口整体前移 72 小时，人人都有足够的时间；名单记下后不变',
  en: 'the window ends 72 hours ago, so that everybody has had the time; noted by name',
};
export const ACTIVE: Words = {
  zh: '有过有效行为（回复 5 字以上、点击、打卡、下单、投票、报名、填表）的成员',
  en: 'members with a qualified action: a reply of 5 characters or more, a click, check-in, order, vote, sign-up or form',
};
export const REACHED: Words = {
  zh: '收到过消息的成员：本人，或发过消息的群里的人',
  en: 'members who got a message themselves, or were in a group that was posted to',
};

export const ELIGIBLE: Words = {
  zh: '同意与频次放行、向其发过消息的成员，不论送达与否：本人，或所在的群',
  en: 'members to whom consent and caps let a message go, delivered or not: themselves, or a group that they were in',
};

/** Defines a metric; its formula knows the facts of its kind. */
export const metric = <const Kind extends FactKind>(definition: Metric<Kind>): Metric<Kind> => definition;
