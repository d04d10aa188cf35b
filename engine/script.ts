// Scripts: answers, events and commands written down beforehand, so that a run is fully determined.
// The same file drives a rehearsal and a real run in compressed time. Not the doing: the world asks what stands here.
import { parseLocal, plus } from './calendar/resolve.ts';
import type { Anchors } from './calendar/time-rule.ts';
import type { Text } from './document.ts';
import { exactMsOf, parseDuration, parseInstant, type Instant } from './instant.ts';
import type { JsonObject } from './json.ts';
import type { Plan, PlanNode } from './plan.ts';
import { answersTo } from './rehearse/asks.ts';
import type { StepDefinition } from './step.ts';

/** Which visit an entry is about: of any round, unless `lap` says which. */
interface About {
  readonly node: string;
  /** `campaign`, or `<journey>/<ordinal>`. */
  readonly subject: string;
  readonly lap?: number;
  /** Exact duration from the visit's start. Default PT0S. */
  readonly after?: string;
}

/** Leaves by a port: as the task's answer where the node waits for one, otherwise in place of its first effect. */
export interface ScriptedAnswer extends About {
  readonly port: string;
  /** Numbers reported with the answer. */
  readonly values?: Readonly<Record<string, number>>;
}

/** Something that the subject's member does (or that happens to the run), counted from the visit's start. */
export interface ScriptedEvent extends About {
  readonly event: string;
  readonly data?: JsonObject;
}

/** An operator's command. */
export interface ScriptedControl {
  readonly control:
    | 'pause'
    | 'resume'
    | 'cancel'
    | 'retime'
    | 'set-param'
    | 'retext'
    | 'retry'
    | 'skip'
    | 'end';
  /** An instant; a parameter and a duration (`T-P1DT2H`, by its value at launch); or a duration from the start (`PT5H`). */
  readonly at: string;
  readonly params?: JsonObject;
  readonly texts?: Readonly<Record<string, Text>>;
  readonly policy?: 'hold' | 'skip' | 'shift';
  readonly reason?: string;
  readonly node?: string;
  readonly subject?: string;
  readonly lap?: number;
}

export type ScriptEntry = ScriptedAnswer | ScriptedEvent | ScriptedControl;

/** What is wrong with an entry. */
export interface ScriptProblem {
  /** Position in the file, from 0; -1 for the file itself. */
  readonly entry: number;
  readonly zh: string;
  readonly en: string;
}

/** How a scripted answer reaches its visit. */
export type Forced =
  | {
      readonly as: 'answer';
      readonly answer: string;
      readonly afterMs: number;
      readonly values: Readonly<Record<string, number>>;
    }
  | { readonly as: 'port'; readonly port: number; readonly afterMs: number };

/** A script, ready to be asked. */
export interface Script {
  readonly answers: ReadonlyMap<string, readonly ScriptedAnswer[]>;
  readonly events: ReadonlyMap<string, readonly ScriptedEvent[]>;
  readonly controls: readonly ScriptedControl[];
}

export const EMPTY_SCRIPT: Script = { answers: new Map(), events: new Map(), controls: [] };

type Steps = Readonly<Record<string, StepDefinition>>;

/** Reads a script. An entry that can match nothing of the plan is a problem; nothing is thrown. */
export function parseScript(
  json: unknown,
  plan: Plan,
  steps: Steps,
): { readonly script: Script; readonly problems: readonly ScriptProblem[] } {
  if (!Array.isArray(json)) {
    return {
      script: EMPTY_SCRIPT,
      problems: [{ entry: -1, zh: '脚本应该是一个列表。', en: 'A script is a list of entries.' }],
    };
  }
  const answers = new Map<string, ScriptedAnswer[]>();
  const events = new Map<string, ScriptedEvent[]>();
  const controls: ScriptedControl[] = [];
  const problems = json.flatMap((value: unknown, entry) => {
    const found = problemOf(value, plan, steps);
    if (found !== undefined) return [{ entry, ...found }];
    const good = value as ScriptEntry;
    if ('control' in good) controls.push(good);
    else if ('port' in good) listAt(answers, keyOf(good.subject, good.node)).push(good);
    else listAt(events, keyOf(good.subject, good.node)).push(good);
    return [];
  });
  return { script: { answers, events, controls }, problems };
}

/** The visit that one asks about. */
export interface ScriptedVisit {
  readonly node: string;
  readonly subject: string;
  readonly lap: number;
}

/** What the script answers for a visit; the first entry that fits. */
export function forcedFor(
  script: Script,
  visit: ScriptedVisit,
  node: PlanNode,
  steps: Steps,
): Forced | undefined {
  if (script.answers.size === 0) return undefined;
  const entry = (script.answers.get(keyOf(visit.subject, visit.node)) ?? []).find(fits(visit.lap));
  if (entry === undefined) return undefined;
  const afterMs = msOf(entry.after);
  return answersTo(node, steps).includes(entry.port)
    ? { as: 'answer', answer: entry.port, afterMs, values: entry.values ?? {} }
    : { as: 'port', port: node.ports.findIndex(({ name }) => name === entry.port), afterMs };
}

/** The events that the script lets happen after a visit's start. */
export function eventsFor(
  script: Script,
  visit: ScriptedVisit,
): readonly { readonly event: string; readonly afterMs: number; readonly data: JsonObject }[] {
  if (script.events.size === 0) return [];
  return (script.events.get(keyOf(visit.subject, visit.node)) ?? [])
    .filter(fits(visit.lap))
    .map(({ event, after, data }) => ({ event, afterMs: msOf(after), data: data ?? {} }));
}

/** What the instants of commands count from: the start, and the values of date-time parameters at launch. */
export interface ScriptClock {
  readonly start: Instant;
  readonly zone: string;
  readonly anchors: Anchors;
}

/** The instant of a command; undefined when its parameter has no value. */
export function instantOfControl(
  { at }: Pick<ScriptedControl, 'at'>,
  clock: ScriptClock,
): Instant | undefined {
  const time = timeOf(at);
  if (time === undefined) return undefined;
  if (time.kind === 'instant') return parseInstant(time.text) ?? parseLocal(time.text, clock.zone);
  const from = time.anchor === undefined ? clock.start : anchorAt(clock.anchors, time.anchor);
  const duration = parseDuration(time.text);
  return from === undefined || duration === undefined ? undefined : plus(from, duration, clock.zone);
}

const fits =
  (lap: number) =>
  (entry: About): boolean =>
    entry.lap === undefined || entry.lap === lap;

const keyOf = (subject: string, node: string): string => `${subject}\n${node}`;
const msOf = (after: string | undefined): number => exactMsOf(after ?? 'PT0S') ?? 0;

function anchorAt(anchors: Anchors, name: string): Instant | undefined {
  return Object.hasOwn(anchors, name) ? anchors[name] : undefined;
}

function stepOf({ step }: PlanNode, steps: Steps): StepDefinition | undefined {
  return Object.hasOwn(steps, step) ? steps[step] : undefined;
}

function listAt<T>(map: Map<string, T[]>, key: string): T[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}

type Time =
  | { readonly kind: 'instant'; readonly text: string }
  | { readonly kind: 'offset'; readonly anchor?: string; readonly text: string };

const OFFSET = /^(?:([A-Za-z_]\w*?)([+-]))?(P[0-9A-Z.,]+)$/;

function timeOf(at: string): Time | undefined {
  if (/^\d/.test(at)) return parseLocal(at, 'UTC') === undefined ? undefined : { kind: 'instant', text: at };
  const match = OFFSET.exec(at);
  const text = `${match?.[2] === '-' ? '-' : ''}${match?.[3] ?? ''}`;
  if (match === null || parseDuration(text) === undefined) return undefined;
  return { kind: 'offset', text, ...(match[1] === undefined ? {} : { anchor: match[1] }) };
}

type Finding = Pick<ScriptProblem, 'zh' | 'en'>;

const CONTROLS: Readonly<Record<ScriptedControl['control'], readonly string[]>> = {
  pause: [],
  resume: [],
  cancel: [],
  retime: ['params'],
  'set-param': ['params'],
  retext: ['texts'],
  retry: ['node', 'subject'],
  skip: ['node', 'subject'],
  end: ['node', 'subject'],
};

const KEYS = {
  answer: ['node', 'subject', 'lap', 'port', 'after', 'values'],
  event: ['node', 'subject', 'lap', 'event', 'after', 'data'],
  control: ['control', 'at', 'params', 'texts', 'policy', 'reason', 'node', 'subject', 'lap'],
} as const;

function problemOf(value: unknown, plan: Plan, steps: Steps): Finding | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { zh: '每一条应该是一个对象。', en: 'Each entry is an object.' };
  }
  const entry = value as Readonly<Record<string, unknown>>;
  const kind = 'control' in entry ? 'control' : 'port' in entry ? 'answer' : 'event';
  const stray = Object.keys(entry).find((key) => !(KEYS[kind] as readonly string[]).includes(key));
  if (stray !== undefined) return { zh: `不认识「${stray}」。`, en: `Unknown key "${stray}".` };
  return kind === 'control' ? controlProblem(entry, plan) : visitProblem(entry, kind, plan, steps);
}

function controlProblem(entry: Readonly<Record<string, unknown>>, plan: Plan): Finding | undefined {
  const { control, at } = entry;
  if (typeof control !== 'string' || !Object.hasOwn(CONTROLS, control)) {
    const known = Object.keys(CONTROLS).join(', ');
    return {
      zh: `没有「${shown(control)}」这个命令，可以用：${known}。`,
      en: `No command "${shown(control)}"; there are ${known}.`,
    };
  }
  if (typeof at !== 'string' || timeOf(at) === undefined) {
    return {
      zh: `「at」看不懂：${shown(at)}。例如 2026-12-05T12:00:00Z、T-P1DT2H 或 PT5H。`,
      en: `"at" cannot be read: ${shown(at)}. Write 2026-12-05T12:00:00Z, T-P1DT2H or PT5H.`,
    };
  }
  const missing = CONTROLS[control as ScriptedControl['control']].find((key) => entry[key] === undefined);
  if (missing !== undefined)
    return { zh: `「${control}」缺少「${missing}」。`, en: `"${control}" lacks "${missing}".` };
  return entry['node'] === undefined ? undefined : placeProblem(entry, plan);
}

function visitProblem(
  entry: Readonly<Record<string, unknown>>,
  kind: 'answer' | 'event',
  plan: Plan,
  steps: Steps,
): Finding | undefined {
  const misplaced = placeProblem(entry, plan);
  if (misplaced !== undefined) return misplaced;
  const { after, port, event } = entry;
  if (after !== undefined && (typeof after !== 'string' || !((exactMsOf(after) ?? -1) >= 0))) {
    return {
      zh: `「after」用时、分、秒来写，例如 PT20M 或 PT48H，不能用天：${shown(after)}。`,
      en: `"after" counts hours, minutes and seconds, such as PT20M or PT48H, not days: ${shown(after)}.`,
    };
  }
  const node = plan.nodes.find(({ id }) => id === entry['node'])!;
  if (kind === 'event') {
    const isKnown = typeof event === 'string' && event !== '';
    return isKnown
      ? undefined
      : { zh: '既没有「port」也没有「event」。', en: 'There is neither "port" nor "event".' };
  }
  const calls = Object.keys(stepOf(node, steps)?.effects ?? {}).length > 0;
  const known = [...node.ports.map(({ name }) => name), ...answersTo(node, steps)];
  if (typeof port === 'string' && known.includes(port) && calls) return undefined;
  return calls
    ? { zh: `「${node.id}」没有出口「${shown(port)}」。`, en: `"${node.id}" has no port "${shown(port)}".` }
    : {
        zh: `「${node.id}」不受外界影响，不能指定出口。`,
        en: `"${node.id}" asks nobody, so nothing can be answered for it.`,
      };
}

function placeProblem(entry: Readonly<Record<string, unknown>>, plan: Plan): Finding | undefined {
  const { node: id, subject, lap } = entry;
  const node = plan.nodes.find((it) => it.id === id);
  if (node === undefined)
    return { zh: `剧本里没有步骤「${shown(id)}」。`, en: `There is no node "${shown(id)}".` };
  const graph = plan.graphs[node.graph]?.id ?? '';
  const isMember =
    typeof subject === 'string' && subject.startsWith(`${graph}/`) && /\/\d{1,9}$/.test(subject);
  if (node.graph === 0 ? subject !== 'campaign' : !isMember) {
    const expected = node.graph === 0 ? 'campaign' : `${graph}/0`;
    return {
      zh: `「${node.id}」的对象应该写成 ${expected}，而不是 ${shown(subject)}。`,
      en: `The subject of "${node.id}" is written ${expected}, not ${shown(subject)}.`,
    };
  }
  const isLap = lap === undefined || (Number.isSafeInteger(lap) && (lap as number) >= 0);
  return isLap
    ? undefined
    : {
        zh: `「lap」应该是从 0 起的整数：${shown(lap)}。`,
        en: `"lap" is a whole number from 0: ${shown(lap)}.`,
      };
}

const shown = (value: unknown): string =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')).slice(0, 80);
