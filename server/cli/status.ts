// `kindling status`: what of the installation runs, which activities are under way, and what waits for a person.
// It only asks; nothing changes.
import { readSettings } from '../settings.ts';
import { PARTS, readState } from '../start/state.ts';
import {
  Api,
  type HealthAnswer,
  type JourneyLine,
  type ListedRun,
  type NodeLine,
  type OpenTask,
  type StuckVisit,
} from './api.ts';
import { defineCommand } from './command.ts';
import { EXIT, Failure } from './failure.ts';
import { jsonFlag } from './flags.ts';
import { placeOf, STUCK_REASONS } from './stuck.ts';
import { pad, type Terminal } from './terminal.ts';
import { productVersion } from './version.ts';
import { STATUSES } from './watch.ts';

/** Runs that are looked into; of more only the list is shown. */
const MOST_RUNS = 20;
const MOST_NODES = 12;
const MOST_LINES = 20;

const UNDER_WAY = ['running', 'paused', 'stopping', 'waiting'] as const;

/** One part of the installation. */
interface PartStatus {
  readonly state: string;
  readonly says: string | null;
  readonly done: number | null;
}

interface RunStatusLine extends ListedRun {
  /** The next instant at which something sleeps to; null when nobody knows of one. */
  readonly next: string | null;
  readonly nodes: readonly NodeLine[];
  readonly journeys: readonly JourneyLine[];
  readonly stuckVisits: readonly StuckVisit[];
}

/** What `status --json` prints. */
interface StatusReport {
  readonly version: string;
  readonly url: string;
  readonly status: HealthAnswer['status'];
  readonly parts: Readonly<Record<string, PartStatus>>;
  readonly runs: readonly RunStatusLine[];
  readonly tasks: readonly OpenTask[];
}

export const status = defineCommand({
  name: 'status',
  flags: { json: jsonFlag },
  says: {
    zh: '正在运行什么：各部分的状态、进行中的活动、等人处理的事。',
    en: 'What is running: the parts, activities under way, and what waits for a person.',
  },
  examples: ['kindling status', 'kindling status --json'],
  async run({ flags, terminal }) {
    const settings = readSettings();
    const api = new Api(settings, terminal.language);
    const health = await api.health().catch((error: unknown) => {
      // `npm start` may be at work before its server answers.
      const starting = partsOf(settings.home, undefined, terminal);
      if (error instanceof Failure && !flags.json) printParts(starting, terminal);
      throw error;
    });
    const [lists, { tasks }] = await Promise.all([
      Promise.all(UNDER_WAY.map((it) => api.runs(it))),
      api.tasks(),
    ]);
    const runs = lists.flatMap((list) => list.runs);
    const report: StatusReport = {
      version: productVersion(),
      url: api.url,
      status: health.status,
      parts: partsOf(settings.home, health, terminal),
      runs: await Promise.all(runs.map((it, index) => detailed(api, it, index))),
      tasks,
    };
    if (flags.json) terminal.print(JSON.stringify(report));
    else printStatus(report, terminal);
    return EXIT.ok;
  },
});

/** A run with what waits in it; of those far down the list only what the list says. */
async function detailed(api: Api, run: ListedRun, index: number): Promise<RunStatusLine> {
  if (index >= MOST_RUNS) return { ...run, next: null, nodes: [], journeys: [], stuckVisits: [] };
  const { next, nodes, journeys } = await api.run(run.id);
  const stuckVisits = run.stuck > 0 ? (await api.stuck(run.id)).stuck : [];
  return { ...run, next, nodes, journeys, stuckVisits };
}

/** What `npm start` knows about its parts; elsewhere what the server tells of them. */
function partsOf(
  home: string,
  health: HealthAnswer | undefined,
  terminal: Terminal,
): Record<string, PartStatus> {
  const known = readState(home)?.parts;
  const names = known === undefined ? Object.keys(health?.parts ?? {}) : PARTS;
  return Object.fromEntries(
    names.map((name) => {
      const told = health?.parts[name];
      const part = known?.[name as keyof typeof known];
      const says = told?.says ?? (part === undefined ? null : terminal.say(part.says));
      return [
        name,
        { state: told?.state ?? part?.state ?? '?', says, done: told?.done ?? part?.done ?? null },
      ];
    }),
  );
}

function printStatus(report: StatusReport, terminal: Terminal): void {
  const { version, url, parts, runs, tasks } = report;
  terminal.print(`${terminal.paint('bold', `Kindling ${version}`)}  ${url}`);
  printParts(parts, terminal);
  terminal.print();
  const none = { zh: '没有进行中的活动。', en: 'No run is under way.' };
  if (runs.length === 0) terminal.print(terminal.say(none));
  for (const run of runs) printRun(run, terminal);
  if (tasks.length === 0) return;
  terminal.print();
  terminal.print(
    terminal.say({ zh: `等人处理的任务（${tasks.length}）：`, en: `Tasks open (${tasks.length}):` }),
  );
  for (const { role, title, dueAt } of tasks.slice(0, MOST_LINES)) {
    const name = typeof title === 'string' ? title : (terminal.text(title) ?? '');
    const due =
      dueAt === null ? '' : terminal.say({ zh: `，${local(dueAt)} 前`, en: `, due ${local(dueAt)}` });
    terminal.print(`  ${name} (${role}${due})`);
  }
}

function printParts(parts: StatusReport['parts'], terminal: Terminal): void {
  for (const [name, { state, says, done }] of Object.entries(parts)) {
    const percent = done === null ? '' : `${Math.floor(done * 100)} % `;
    const style = state === 'ready' ? 'green' : state === 'failed' ? 'red' : 'yellow';
    terminal.print(
      `  ${pad(name, 9)} ${terminal.paint(style, pad(state, 11))} ${percent}${says ?? ''}`.trimEnd(),
    );
  }
}

function printRun(run: RunStatusLine, terminal: Terminal): void {
  const { id, title, version, mode, next, stuckVisits, openTasks } = run;
  const facts = [
    terminal.say(STATUSES[run.status]) + (run.reason === null ? '' : ` (${run.reason})`),
    ...(mode === 'fast' ? [terminal.say({ zh: '压缩时间', en: 'compressed time' })] : []),
    ...(next === null ? [] : [terminal.say({ zh: `下一步 ${local(next)}`, en: `next ${local(next)}` })]),
    ...(openTasks === 0
      ? []
      : [terminal.say({ zh: `${openTasks} 个任务等人处理`, en: `tasks open: ${openTasks}` })]),
    ...(run.stuck === 0
      ? []
      : [terminal.paint('red', terminal.say({ zh: `${run.stuck} 处卡住`, en: `${run.stuck} stuck` }))]),
  ];
  terminal.print(`${terminal.paint('bold', terminal.text(title) ?? run.key)} v${version}  ${id}`);
  terminal.print(`  ${facts.join(terminal.language === 'zh' ? '，' : ', ')}`);
  for (const line of journeyLines(run, terminal)) terminal.print(`  ${line}`);
  for (const line of nodeLines(run, terminal)) terminal.print(`  ${line}`);
  for (const visit of stuckVisits.slice(0, MOST_LINES))
    terminal.print(
      `  ${terminal.paint('red', '!')} ${placeOf(visit)}: ${terminal.say(STUCK_REASONS[visit.reason])}`,
    );
}

function journeyLines({ journeys }: RunStatusLine, terminal: Terminal): string[] {
  return journeys.map(({ journey, entered, ended, open, turnedAway }) => {
    const away = Object.values(turnedAway).reduce((sum, count) => sum + count, 0);
    const reasons = Object.entries(turnedAway).map(([reason, count]) => `${reason} ${count}`);
    return terminal.say({
      zh: `${journey}：进入 ${entered}，走完 ${ended}${open ? '，仍可进入' : ''}${away === 0 ? '' : `，没有进入 ${away}（${reasons.join('，')}）`}`,
      en: `${journey}: ${entered} entered, ${ended} through${open ? ', still open' : ''}${away === 0 ? '' : `, ${away} turned away (${reasons.join(', ')})`}`,
    });
  });
}

/** The steps on which somebody stands. */
function nodeLines({ nodes }: RunStatusLine, terminal: Terminal): string[] {
  const busy = nodes.filter(({ standing }) => standing > 0);
  const lines = busy.slice(0, MOST_NODES).map(({ node, graph, standing, passed, skipped, late, stuck }) => {
    const gone = Object.values(passed).reduce((sum, count) => sum + count, 0);
    const facts = [
      terminal.say({ zh: `在此 ${standing}`, en: `${standing} here` }),
      terminal.say({ zh: `已过 ${gone}`, en: `${gone} passed` }),
      ...(skipped === 0 ? [] : [terminal.say({ zh: `跳过 ${skipped}`, en: `${skipped} skipped` })]),
      ...(late === 0 ? [] : [terminal.say({ zh: `晚到 ${late}`, en: `${late} late` })]),
      ...(stuck === 0 ? [] : [terminal.say({ zh: `停住 ${stuck}`, en: `${stuck} stuck` })]),
    ];
    return `${graph === 'campaign' ? node : `${graph}/${node}`}  ${facts.join(' · ')}`;
  });
  const left = busy.length - MOST_NODES;
  return left > 0
    ? [...lines, terminal.say({ zh: `……还有 ${left} 个步骤`, en: `… and ${left} more steps` })]
    : lines;
}

/** An instant as the clock of this machine shows it. */
function local(at: string): string {
  const instant = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${instant.getFullYear()}-${two(instant.getMonth() + 1)}-${two(instant.getDate())}`;
  return `${day} ${two(instant.getHours())}:${two(instant.getMinutes())}`;
}
