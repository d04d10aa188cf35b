// What a rehearsal foretells, as people plan by it: what goes out on which day, and what colleagues have to do. Pure.
// Not the rehearsal itself, which is the engine's.
import { fixedRules } from '../../engine/calendar/moments.ts';
import { resolve } from '../../engine/calendar/resolve.ts';
import { sayInstant } from '../../engine/calendar/say.ts';
import type { Playbook, Text } from '../../engine/document.ts';
import { anchorsIn } from '../../engine/effects/instant.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import type { Plan, PlanNode } from '../../engine/plan.ts';
import type { RunReport } from '../../engine/run/trace.ts';
import { stepOf } from '../document/commands.ts';
import { graphNames, graphOf } from '../document/graphs.ts';

export const DEFAULT_ZONE = 'Asia/Shanghai';

/** Something that happens on a day. */
export interface DayEntry {
  readonly at: string;
  readonly kind: 'post' | 'task';
  readonly node: string;
  readonly title: Text | undefined;
  /** Recipients, or tasks. */
  readonly count: number;
  readonly text: string;
  /** The channel of a post, the role of a task. */
  readonly by: string;
}

export interface Day {
  readonly date: string;
  readonly entries: readonly DayEntry[];
}

/** A rehearsal, told by days. */
export interface Forecast {
  readonly days: readonly Day[];
  /** Messages to one recipient each. */
  readonly sends: number;
  /** Different messages. */
  readonly messages: number;
  readonly tasks: number;
  /** The most messages that one recipient can get on one day. */
  readonly busiest: number;
  /** The last instant at which anything happens. */
  readonly until: string | undefined;
}

/** Tells a rehearsal by local days. The plan is the rehearsed one, bound to its parameters: who is asked may depend on them. */
export function forecastOf(report: RunReport, plan: Plan | undefined): Forecast {
  const nodes = new Map((plan?.nodes ?? []).map((node) => [node.id, node]));
  const posts = report.calendar.map((it): DayEntry => ({
    at: it.at,
    kind: 'post',
    node: it.node,
    title: titleOf(nodes.get(it.node)),
    count: it.count,
    text: it.text,
    by: it.channel,
  }));
  const tasks = report.traces.flatMap(({ steps }) =>
    steps.flatMap(({ at, node }): DayEntry[] => {
      const it = nodes.get(node);
      const by = it === undefined ? undefined : roleOf(it);
      return by === undefined ? [] : [{ at, kind: 'task', node, title: titleOf(it), count: 1, text: '', by }];
    }),
  );
  const days = daysOf(added([...posts, ...tasks]), plan?.zone ?? DEFAULT_ZONE);
  const perDay = days.map(({ entries }) => new Set(entries.filter(isPost).map(({ node }) => node)).size);
  return {
    days,
    sends: posts.reduce((sum, { count }) => sum + count, 0),
    messages: new Set(posts.map(({ node }) => node)).size,
    tasks: tasks.length,
    busiest: Math.max(0, ...perDay),
    until:
      report.ended ??
      report.traces
        .flatMap(({ steps }) => steps.map(({ at }) => at))
        .toSorted()
        .at(-1),
  };
}

/** What a step is called: by its title, else as what it is. */
function titleOf(node: PlanNode | undefined): Text | undefined {
  const label = node === undefined ? undefined : stepOf(node.step)?.label;
  return node?.title ?? (label === undefined ? undefined : { 'zh-CN': label.zh, en: label.en });
}

const isPost = ({ kind }: DayEntry): boolean => kind === 'post';

/** The same message within one hour of one day is one line: a journey posts to its members one by one. */
function added(entries: readonly DayEntry[]): DayEntry[] {
  const lines = new Map<string, DayEntry>();
  for (const entry of entries.toSorted((a, b) => a.at.localeCompare(b.at))) {
    const key = `${entry.kind} ${entry.node} ${entry.at.slice(0, 13)}`;
    const line = lines.get(key);
    lines.set(key, line === undefined ? entry : { ...line, count: line.count + entry.count });
  }
  return [...lines.values()];
}

function daysOf(entries: readonly DayEntry[], zone: string): Day[] {
  const days = new Map<string, DayEntry[]>();
  for (const entry of entries) {
    const date = sayInstant(Date.parse(entry.at), zone, 'zh-CN', 'date') ?? entry.at.slice(0, 10);
    days.set(date, [...(days.get(date) ?? []), entry]);
  }
  return [...days.values()].map((list) => ({ date: list[0]!.at, entries: list }));
}

/** Whose answer a step waits for: it has topics that are answered, and names a role. */
function roleOf({ step, config }: PlanNode): string | undefined {
  const isAnswered =
    stepOf(step)
      ?.topics?.(config as never)
      .some((topic) => 'answer' in topic) ?? false;
  const { role } = config;
  return isAnswered && typeof role === 'string' ? role : undefined;
}

/** The instants that a document fixes with these parameters, earliest first. */
export function momentsOf(document: Playbook, params: JsonObject): number[] {
  const zone = document.zone ?? DEFAULT_ZONE;
  const anchors = anchorsIn(params, zone);
  const configs = graphNames(document).flatMap((name) =>
    graphOf(document, name).nodes.map(({ config }) => config ?? {}),
  );
  return configs
    .flatMap((config) => fixedRules(config))
    .flatMap(({ rule }) => {
      const resolved = resolve(rule, { now: 0, zone, anchors });
      return 'at' in resolved ? [resolved.at] : [];
    })
    .toSorted((a, b) => a - b);
}

const WEEK = 7 * 86_400_000;
/** Between launching and the first step: time to look, and to approve. */
const AHEAD = 2 * 86_400_000;

/**
 * Example parameters whose dates lie ahead: all are moved by the same number of whole weeks, so that a Saturday stays
 * one and nothing has passed when the activity is launched now.
 */
export function datesAhead(document: Playbook, params: JsonObject, now: number): JsonObject {
  const names = dateParams(document);
  const dates = names.flatMap((name) => (typeof params[name] === 'string' ? [wallOf(params[name])] : []));
  const first = Math.min(...momentsOf(document, params), ...dates);
  if (!Number.isFinite(first)) return params;
  const weeks = Math.ceil((now + AHEAD - first) / WEEK);
  const moved = names.flatMap((name): [string, Json][] => {
    const value = params[name];
    return typeof value === 'string' ? [[name, movedBy(value, weeks * WEEK)]] : [];
  });
  return { ...params, ...Object.fromEntries(moved) };
}

/** The parameters that are dates, the first of which an activity is usually named after. */
export function dateParams(document: Playbook): string[] {
  const properties = (document.params?.['properties'] ?? {}) as Readonly<
    Record<string, { readonly format?: string }>
  >;
  return Object.keys(properties).filter((name) => properties[name]?.format === 'date-time');
}

const wallOf = (local: string): number => Date.parse(`${local.slice(0, 16)}:00Z`);

function movedBy(local: string, ms: number): string {
  const wall = wallOf(local);
  return Number.isNaN(wall) ? local : new Date(wall + ms).toISOString().slice(0, 16);
}
