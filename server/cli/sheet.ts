// The run sheet: what a report says to people. Calendar by local day, work for people, ends, counts on every node.
// The same for a rehearsal and a real run; for programs there is the report itself.
import type { Graph, Playbook } from '../../engine/document.ts';
import { wallAt, weekdayOf } from '../../engine/calendar/zone.ts';
import { DAY, isoOf, parseInstant } from '../../engine/instant.ts';
import type { Plan } from '../../engine/plan.ts';
import { roleAsked } from '../../engine/rehearse/asks.ts';
import { NO_PORT, type Posted, type RunReport } from '../../engine/run/trace.ts';
import { steps } from '../../engine/steps/index.ts';
import { cut, pad, width, type Terminal } from './terminal.ts';

/** What a sheet is made of. */
export interface SheetFacts {
  readonly report: RunReport;
  readonly plan: Plan;
  /** Nodes in the order in which they were drawn, and the names of phases and journeys. */
  readonly document: Playbook;
}

/** More posts of one node on one day than this are told in one line. */
const MOST_LINES = 6;
/** More ends of one graph than this are not told apart. */
const MOST_REASONS = 10;

/** Prints the run sheet. */
export function printSheet({ report, plan, document }: SheetFacts, terminal: Terminal): void {
  printHead(report, plan, terminal);
  printCalendar(report, plan, terminal);
  printWork(report, plan, terminal);
  printEnds(report, terminal);
  printCounts(report, document, terminal);
}

const WEEKDAYS = {
  zh: ['周一', '周二', '周三', '周四', '周五', '周六', '周日'],
  en: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
} as const;

/** Day and time of an ISO instant as people in a zone read them. */
export function localOf(
  at: string,
  zone: string,
): { readonly day: string; readonly time: string; readonly weekday: number } {
  const instant = parseInstant(at) ?? 0;
  const wall = wallAt(instant, zone) ?? instant;
  const [day = '', time = ''] = isoOf(wall).split('T');
  return { day, time: time.slice(0, 5), weekday: weekdayOf(Math.floor(wall / DAY)) };
}

function printHead({ seed, started, ended }: RunReport, plan: Plan, terminal: Terminal): void {
  const { zone } = plan;
  const moment = (at: string): string => {
    const { day, time } = localOf(at, zone);
    return `${day} ${time}`;
  };
  const until = ended === null ? terminal.say({ zh: '未结束', en: 'not ended' }) : moment(ended);
  const name = terminal.text(plan.title) ?? plan.playbook;
  terminal.print(terminal.paint('bold', name));
  const facts = {
    zh: `${moment(started)} → ${until}（${zone}），种子 ${seed}，计划 ${plan.hash.slice(0, 12)}`,
    en: `${moment(started)} → ${until} (${zone}), seed ${seed}, plan ${plan.hash.slice(0, 12)}`,
  };
  terminal.print(terminal.paint('dim', terminal.say(facts)));
}

function printCalendar({ calendar }: RunReport, plan: Plan, terminal: Terminal): void {
  heading({ zh: '日历', en: 'Calendar' }, terminal);
  if (calendar.length === 0) {
    terminal.print(`  ${terminal.say({ zh: '没有发出任何消息。', en: 'Nothing was posted.' })}`);
    return;
  }
  for (const [day, posts] of groups(calendar, ({ at }) => localOf(at, plan.zone).day)) {
    printDay(day, posts[0]?.at ?? '', plan, terminal);
    for (const same of groups(posts, ({ node, channel }) => `${node} ${channel}`).values())
      for (const line of postLines(same, plan, terminal))
        terminal.print(`  ${cut(line, terminal.columns - 2)}`);
  }
}

function printDay(day: string, at: string, plan: Plan, terminal: Terminal): void {
  const weekday = WEEKDAYS[terminal.language][localOf(at, plan.zone).weekday] ?? '';
  terminal.print(terminal.paint('cyan', `${day} ${weekday}`));
}

function postLines(posts: readonly Posted[], plan: Plan, terminal: Terminal): string[] {
  const lineOf = (times: string, { node, channel, text }: Posted, count: number): string =>
    `${pad(times, 5)}  ${channel} ×${count}  ${titleOf(node, plan, terminal)}: ${text}`;
  const time = ({ at }: Posted): string => localOf(at, plan.zone).time;
  const [first] = posts;
  const last = posts.at(-1);
  if (first === undefined || last === undefined) return [];
  if (posts.length <= MOST_LINES) return posts.map((post) => lineOf(time(post), post, post.count));
  return [lineOf(`${time(first)}–${time(last)}`, first, sum(posts.map(({ count }) => count)))];
}

interface Work {
  readonly day: string;
  readonly at: string;
  readonly role: string;
  readonly node: string;
  readonly port: string | null;
}

/** What people had to answer, by the day on which they did. */
function printWork({ traces }: RunReport, plan: Plan, terminal: Terminal): void {
  const roles = new Map(plan.nodes.map((node) => [node.id, roleAsked(node, steps)]));
  const work = traces
    .flatMap(({ steps: passed }) =>
      passed.flatMap(({ at, node, port }): Work[] => {
        const role = roles.get(node);
        return role === undefined ? [] : [{ day: localOf(at, plan.zone).day, at, role, node, port }];
      }),
    )
    .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  if (work.length === 0) return;
  heading({ zh: '人工任务（按完成的日子）', en: 'Work for people (by the day it was done)' }, terminal);
  for (const [day, done] of groups(work, (it) => it.day)) {
    printDay(day, done[0]?.at ?? '', plan, terminal);
    for (const [role, mine] of groups(done, (it) => it.role)) {
      const tasks = [...groups(mine, ({ node, port }) => `${titleOf(node, plan, terminal)} → ${port ?? '–'}`)]
        .map(([task, same]) => (same.length === 1 ? task : `${task} ×${same.length}`))
        .join(terminal.language === 'zh' ? '；' : '; ');
      terminal.print(`  ${cut(`${role} ×${mine.length}  ${tasks}`, terminal.columns - 2)}`);
    }
  }
}

function printEnds({ traces }: RunReport, terminal: Terminal): void {
  heading({ zh: '怎样结束', en: 'How it ended' }, terminal);
  const open = terminal.say({ zh: '未结束', en: 'not ended' });
  const graphOf = (subject: string): string => subject.split('/')[0] ?? subject;
  for (const [graph, subjects] of groups(traces, ({ subject }) => graphOf(subject))) {
    const reasons = [...groups(subjects, ({ end }) => end ?? open)].toSorted(
      ([, a], [, b]) => b.length - a.length,
    );
    const shown = reasons
      .slice(0, MOST_REASONS)
      .map(([reason, same]) => (subjects.length === 1 ? reason : `${reason} ×${same.length}`));
    const more = reasons.length > MOST_REASONS ? ['…'] : [];
    const name = graph === 'campaign' ? terminal.say({ zh: '活动', en: 'campaign' }) : graph;
    terminal.print(`  ${name}: ${[...shown, ...more].join(', ')}`);
  }
}

/** Nodes in the order in which they were drawn, under the names of their phases and journeys. */
function printCounts({ counts }: RunReport, document: Playbook, terminal: Terminal): void {
  heading({ zh: '每个步骤', en: 'Every step' }, terminal);
  const phases = new Map(document.phases?.map(({ id, title }) => [id, terminal.text(title) ?? id]));
  const rows = [
    ...rowsOf(document.graph, counts, (phase) => phases.get(phase ?? '') ?? '', terminal),
    ...Object.entries(document.journeys ?? {}).flatMap(([id, { title, graph }]) =>
      rowsOf(graph, counts, () => terminal.text(title) ?? id, terminal),
    ),
  ];
  const widest = Math.max(...rows.map(({ name }) => width(name))) + 1;
  const columns = Math.min(widest, Math.floor(terminal.columns * 0.6));
  for (const [section, own] of groups(rows, (row) => row.section)) {
    if (section !== '') terminal.print(`  ${terminal.paint('cyan', section)}`);
    for (const { name, total, ways } of own) {
      const line = `  ${pad(cut(name, columns), columns)} ${String(total).padStart(7)}  ${ways}`.trimEnd();
      terminal.print(total === 0 ? terminal.paint('dim', line) : line);
    }
  }
}

interface Row {
  readonly section: string;
  readonly name: string;
  readonly total: number;
  readonly ways: string;
}

function rowsOf(
  { nodes }: Graph,
  counts: RunReport['counts'],
  sectionOf: (phase: string | undefined) => string,
  terminal: Terminal,
): Row[] {
  return nodes.map(({ id, title, phase }) => {
    const ports = Object.entries(counts[id] ?? {});
    return {
      section: sectionOf(phase),
      name: title === undefined ? id : `${terminal.text(title)} (${id})`,
      total: sum(ports.map(([, count]) => count)),
      ways: ports.map(([port, count]) => (port === NO_PORT ? '' : `${port} ${count}`)).join(' '),
    };
  });
}

function heading(says: { readonly zh: string; readonly en: string }, terminal: Terminal): void {
  terminal.print();
  terminal.print(terminal.paint('bold', terminal.say(says)));
}

function titleOf(id: string, plan: Plan, terminal: Terminal): string {
  const node = plan.nodes.find((it) => it.id === id);
  return terminal.text(node?.title) ?? id;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Things by a key, in the order of first appearance. */
function groups<T>(things: readonly T[], keyOf: (thing: T) => string): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const thing of things) {
    const key = keyOf(thing);
    const list = found.get(key);
    if (list === undefined) found.set(key, [thing]);
    else list.push(thing);
  }
  return found;
}
