// Honesty and good practice that no single step can see: goal, review, typed numbers, quiet hours, the load on people.
// What one step can see of itself is in its own lint. Steps are known here by what they declare, never by their type.
import { DEFAULT_QUIET } from '../effects/send-gate.ts';
import { nextAllowed } from '../calendar/day-window.ts';
import { parseLocal, resolve } from '../calendar/resolve.ts';
import { checkTimeRule, type DayWindow, type TimeRule } from '../calendar/time-rule.ts';
import { wallAt } from '../calendar/zone.ts';
import { puppetWords, typedNumber } from '../honesty-words.ts';
import { DAY, dayOfNumber, type Instant } from '../instant.ts';
import type { Json } from '../json.ts';
import type { DocumentChecks, Setting } from './check-document.ts';
import { objectOf, placeOf, type DraftNode } from './draft.ts';
import { inside } from './pointer.ts';

type Checks = DocumentChecks & Setting;

/** Checks what makes an activity honest and bearable as a whole. */
export function checkHonesty(checks: Checks): void {
  checkPurpose(checks);
  for (const node of checks.nodes) checkWords(node, checks);
  checkQuiet(checks);
  checkLoad(checks);
}

function checkPurpose({ document, nodes, locales, report }: Checks): void {
  const title = objectOf(document['title'])[locales[0] ?? ''];
  const playbook =
    typeof title === 'string' ? title : typeof document['id'] === 'string' ? document['id'] : '';
  if (document['goal'] === undefined) report.add('E-GOAL', { pointer: '/goal' }, { playbook });
  // What is unknown may be the review.
  const hasReview = nodes.some(({ step }) => step === undefined || step.family === 'report');
  if (!hasReview) report.add('W-NO-REVIEW', {}, { playbook });
}

/** What leaves the house through the send gate. */
const sends = ({ step }: DraftNode): boolean => Object.hasOwn(step?.effects ?? {}, 'send');

/** What a person is handed to do, and often to copy and paste. */
const isHanded = ({ step }: DraftNode): boolean => Object.hasOwn(step?.effects ?? {}, 'open-task');

function checkWords(node: DraftNode, { report }: Checks): void {
  if (!sends(node) && !isHanded(node)) return;
  for (const { key, as } of node.step?.fields ?? []) {
    if (as !== 'text') continue;
    for (const [locale, text] of Object.entries(objectOf(node.config[key]))) {
      if (typeof text !== 'string') continue;
      const place = placeOf(node, inside(inside('/config', key), locale));
      const number = typedNumber(text);
      if (number !== undefined) report.add('E-FAKE-NUMBER', place, { step: node.name, value: number });
      const puppets = puppetWords(text);
      if (puppets !== undefined) report.add('E-SOCKPUPPET', place, { step: node.name, value: puppets });
    }
  }
}

/** Marketing that is sent at a fixed time in the night, which the send gate would put off until the morning. */
function checkQuiet(checks: Checks): void {
  const before = predecessors(checks);
  const judged = new Set<DraftNode>();
  for (const node of checks.nodes) {
    if (!isMarketing(node)) continue;
    for (const wait of timesBefore(node, before)) {
      if (judged.has(wait)) continue;
      judged.add(wait);
      checkFixedTimes(wait, checks);
    }
  }
}

const isMarketing = (node: DraftNode): boolean =>
  sends(node) && !node.off && node.config['class'] === 'marketing';

type Before = ReadonlyMap<DraftNode, readonly DraftNode[]>;

function predecessors({ graphs }: Checks): Before {
  const before = new Map<DraftNode, DraftNode[]>();
  for (const { nodes, edges } of graphs) {
    const byId = new Map(nodes.map((node) => [node.id, node]));
    for (const { from, to } of edges) {
      const [source, target] = [byId.get(from), byId.get(to)];
      if (source === undefined || target === undefined) continue;
      const known = before.get(target);
      if (known === undefined) before.set(target, [source]);
      else known.push(source);
    }
  }
  return before;
}

/** The waits that decide when a node is reached: the nearest ones before it. */
function timesBefore(node: DraftNode, before: Before): readonly DraftNode[] {
  const found: DraftNode[] = [];
  const seen = new Set([node]);
  for (const at of seen) {
    for (const source of before.get(at) ?? []) {
      if (source.step?.family === 'wait' && !source.off) found.push(source);
      else if (!takesTime(source)) seen.add(source);
    }
  }
  return found;
}

function takesTime({ step, config, wrong, off }: DraftNode): boolean {
  if (step === undefined || wrong.length > 0) return true;
  try {
    return !off && step.waits(config);
  } catch {
    return true;
  }
}

function checkFixedTimes(node: DraftNode, checks: Checks): void {
  // Whoever respects quiet hours waits for their end.
  if (node.wrong.length > 0 || node.config['quiet'] === true) return;
  for (const { key, as } of node.step?.fields ?? []) {
    const rule = node.config[key];
    if (as !== 'time' || rule === undefined || checkTimeRule(rule).length > 0) continue;
    const at = quietTime(rule as unknown as TimeRule, checks);
    if (at === undefined) continue;
    const limit = `${DEFAULT_QUIET.from}–${DEFAULT_QUIET.to}`;
    checks.report.add('E-QUIET', placeOf(node, inside('/config', key)), { step: node.name, date: at, limit });
  }
}

/** The time of a rule in words, when it is fixed and lies in quiet hours. */
function quietTime(rule: TimeRule, { params, zone }: Checks): string | undefined {
  if (rule.window !== undefined || 'for' in rule) return undefined;
  if (!('anchor' in rule) && !('date' in rule)) return isQuiet(rule.at, DEFAULT_QUIET) ? rule.at : undefined;
  const anchors = params.isLaunch ? anchorsOf(params.bound, zone) : {};
  const resolved = resolve(rule, { now: 0, zone, anchors });
  // Without the date, the time of day is all there is to judge.
  if (!('at' in resolved)) {
    const local = 'at' in rule ? rule.at : undefined;
    return local !== undefined && isQuiet(local, DEFAULT_QUIET) ? local : undefined;
  }
  const allowed = nextAllowed(resolved.at, DEFAULT_QUIET, zone);
  return allowed === undefined || allowed === resolved.at ? undefined : sayLocal(resolved.at, zone);
}

function anchorsOf(bound: Readonly<Record<string, Json>>, zone: string): Record<string, Instant> {
  const anchors: Record<string, Instant> = {};
  for (const [name, value] of Object.entries(bound)) {
    const instant = typeof value === 'string' ? parseLocal(value, zone) : undefined;
    if (instant !== undefined) anchors[name] = instant;
  }
  return anchors;
}

const isQuiet = (at: string, { from, to }: DayWindow): boolean =>
  from < to ? at >= from && at < to : at >= from || at < to;

/** An instant as the wall shows it: `2026-12-05 23:00`. */
function sayLocal(instant: Instant, zone: string): string {
  const wall = wallAt(instant, zone) ?? instant;
  const day = Math.floor(wall / DAY);
  const { year, month, day: date } = dayOfNumber(day);
  const minutes = Math.floor((wall - day * DAY) / 60_000);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${year}-${two(month)}-${two(date)} ${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Most tasks that one role should get on one day. */
const MOST_TASKS = 20;

/** Tasks that are all opened on the first day: one for each member where a journey begins with them. */
function checkLoad({ document, graphs, report }: Checks): void {
  const members = objectOf(document['rehearsal'])['members'];
  for (const graph of graphs) {
    const times =
      graph.number === 0 ? 1 : typeof members === 'number' && !entersOneByOne(graph.nodes) ? members : 0;
    const load = new Map<string, DraftNode[]>();
    for (const node of reachedAtOnce(graph.nodes, graph.edges)) {
      const role = node.step?.fields.find(({ as }) => as === 'role')?.key;
      const name = role === undefined ? undefined : node.config[role];
      if (typeof name !== 'string' || !Object.hasOwn(node.step?.effects ?? {}, 'open-task')) continue;
      load.set(name, [...(load.get(name) ?? []), node]);
    }
    for (const [name, tasks] of load) {
      const value = tasks.length * times;
      if (value > MOST_TASKS)
        report.add('W-OPERATOR-LOAD', placeOf(tasks[0]!), { name, value, limit: MOST_TASKS });
    }
  }
}

/** Members who enter by an event come one after the other. */
const entersOneByOne = (nodes: readonly DraftNode[]): boolean =>
  nodes.some(({ block, config }) => block?.kind === 'start' && config['event'] !== undefined);

function reachedAtOnce(
  nodes: readonly DraftNode[],
  edges: DocumentChecks['graphs'][number]['edges'],
): Set<DraftNode> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) {
    const known = next.get(from);
    if (known === undefined) next.set(from, [to]);
    else known.push(to);
  }
  const seen = new Set(nodes.filter(({ block }) => block?.kind === 'start'));
  for (const node of seen) {
    // A person may answer on the same day; only a wait surely puts the rest off.
    if (node.step?.family === 'wait') continue;
    for (const id of next.get(node.id) ?? []) {
      const target = byId.get(id);
      if (target !== undefined) seen.add(target);
    }
  }
  return seen;
}
