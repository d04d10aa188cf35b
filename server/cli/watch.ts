// Watches a run until it ends or nothing goes on without a person; each change is a line.
// It asks, with growing pauses, and outlives a restart of the server. Not the output at the end.
import { setTimeout as sleep } from 'node:timers/promises';
import { isoOf, parseInstant } from '../../engine/instant.ts';
import type { Api, RunOverview, RunStatus, StuckVisit } from './api.ts';
import type { Course } from './course.ts';
import { EXIT, Failure } from './failure.ts';
import type { Sentence } from '../settings.ts';
import { wayOf } from '../../engine/rehearse/way.ts';
import { localOf } from './sheet.ts';
import type { Terminal } from './terminal.ts';

/** How a run was left: over, or in need of a person. */
export type Ending =
  | { readonly kind: 'completed' }
  | { readonly kind: 'cancelled' | 'failed' | 'paused'; readonly reason: string | null }
  | { readonly kind: 'stuck'; readonly visits: readonly StuckVisit[] };

export const STATUSES: Readonly<Record<RunStatus, Sentence>> = {
  waiting: { zh: '等待开始', en: 'waiting to begin' },
  running: { zh: '运行中', en: 'running' },
  paused: { zh: '已暂停', en: 'paused' },
  stopping: { zh: '正在停止', en: 'stopping' },
  completed: { zh: '已完成', en: 'completed' },
  cancelled: { zh: '已取消', en: 'cancelled' },
  failed: { zh: '失败', en: 'failed' },
};

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = { fast: 1_500, real: 10_000 } as const;
/** In compressed time nothing takes longer, unless a person is needed. */
const STILL_MS = 10_000;
/** A server that is away longer than this does not come back by itself. */
const AWAY_MS = 120_000;

/** What was launched. */
interface Watched {
  readonly course: Course;
  readonly fast: boolean;
}

/** Watches to the end. */
export async function watch(api: Api, run: string, watched: Watched, terminal: Terminal): Promise<Ending> {
  const { fast } = watched;
  const teller = new Teller(api, watched, terminal);
  const longest = LONGEST_PAUSE_MS[fast ? 'fast' : 'real'];
  let pause = FIRST_PAUSE_MS;
  let before = '';
  let movedMs = Date.now();
  for (;;) {
    const overview = await patiently(async () => {
      const found = await api.run(run);
      await teller.tell(found);
      return found;
    }, terminal);
    const { status, reason, now, nodes } = overview;
    if (status === 'completed') return { kind: 'completed' };
    if (status === 'cancelled' || status === 'failed') return { kind: status, reason };
    const shape = JSON.stringify([status, now, nodes]);
    if (shape !== before) {
      before = shape;
      movedMs = Date.now();
      pause = FIRST_PAUSE_MS;
    }
    const isStill = Date.now() - movedMs > STILL_MS;
    if (overview.stuck > 0 && (isAllStuck(overview) || (fast && isStill)))
      return { kind: 'stuck', visits: (await api.stuck(run)).stuck };
    if (fast && isStill && status === 'paused') return { kind: 'paused', reason };
    await sleep(pause);
    pause = Math.min(pause * 1.5, longest);
  }
}

/** Everybody who is under way is stuck. */
function isAllStuck({ stuck, nodes }: RunOverview): boolean {
  return nodes.reduce((sum, { standing }) => sum + standing, 0) <= stuck;
}

/** Asks again while the server is away. */
async function patiently<T>(ask: () => Promise<T>, terminal: Terminal): Promise<T> {
  for (const deadline = Date.now() + AWAY_MS; ;) {
    try {
      return await ask();
    } catch (error) {
      const isAway = error instanceof Failure && error.exit === EXIT.unreachable;
      if (!isAway || Date.now() > deadline) throw error;
      terminal.progress(
        terminal.say({ zh: '服务没有应答，稍后再问……', en: 'The server does not answer, asking again …' }),
      );
      await sleep(2_000);
    }
  }
}

/** Turns what has changed since the last look into lines. */
class Teller {
  readonly #api: Api;
  readonly #course: Course;
  readonly #fast: boolean;
  readonly #terminal: Terminal;
  readonly #way: ReturnType<typeof wayOf>;
  readonly #told = new Set<string>();
  #passed = 0;
  #status: RunStatus | undefined;
  #stuck = 0;
  #tasks = 0;

  constructor(api: Api, { course, fast }: Watched, terminal: Terminal) {
    this.#api = api;
    this.#course = course;
    this.#fast = fast;
    this.#terminal = terminal;
    this.#way = wayOf(course);
  }

  async tell(overview: RunOverview): Promise<void> {
    const terminal = this.#terminal;
    const { status, reason, stuck, openTasks } = overview;
    const at = this.#moment(overview.now ?? isoOf(this.#course.start));
    await this.#tellPassed(overview);
    if (status !== this.#status) {
      const why = reason === null ? '' : ` (${reason})`;
      terminal.note(`${at}  ${terminal.say(STATUSES[status])}${why}`);
    }
    if (stuck > this.#stuck)
      terminal.note(`${at}  ${terminal.say({ zh: `${stuck} 处卡住`, en: `${stuck} stuck` })}`);
    // In compressed time the staff is simulated.
    if (openTasks > this.#tasks && !this.#fast)
      terminal.note(
        `${at}  ${terminal.say({ zh: `等人处理的任务：${openTasks}`, en: `tasks open: ${openTasks}` })}`,
      );
    this.#status = status;
    this.#stuck = stuck;
    this.#tasks = openTasks;
    await this.#draw(overview, at);
  }

  #moment(at: string): string {
    const { day, time } = localOf(at, this.#course.plan.zone);
    return `${day} ${time}`;
  }

  /** The campaign's own steps; those of its many members are counted in the line of progress. */
  async #tellPassed({ id, nodes }: RunOverview): Promise<void> {
    const passed = nodes
      .filter(({ graph }) => graph === 'campaign')
      .reduce((sum, node) => sum + Object.values(node.passed).reduce((own, count) => own + count, 0), 0);
    if (passed === this.#passed) return;
    this.#passed = passed;
    for (const { node, lap, left, port, skipped } of (await this.#api.campaign(id)).visits) {
      const key = `${node} ${lap}`;
      if (left === null || this.#told.has(key)) continue;
      this.#told.add(key);
      const way = port === null ? '' : ` → ${port}`;
      const why =
        skipped === null ? '' : ` (${this.#terminal.say({ zh: '跳过', en: 'skipped' })}: ${skipped})`;
      this.#terminal.note(`${this.#moment(left)}  ${this.#titleOf(node)}${way}${why}`);
    }
  }

  #titleOf(id: string): string {
    return this.#terminal.text(this.#course.plan.nodes.find((node) => node.id === id)?.title) ?? id;
  }

  async #draw({ status, now, nodes }: RunOverview, at: string): Promise<void> {
    const terminal = this.#terminal;
    if (!terminal.isWatched) return;
    if (status === 'waiting') {
      const { parts } = await this.#api.health();
      const preparing = Object.values(parts).find(({ says }) => says !== undefined);
      if (preparing?.says !== undefined) terminal.progress(preparing.says, preparing.done);
      return;
    }
    const standing = nodes.reduce((sum, it) => sum + it.standing, 0);
    const says = terminal.say({ zh: `${at}，${standing} 处在途`, en: `${at}, ${standing} under way` });
    terminal.progress(says, now === null ? undefined : this.#way(parseInstant(now) ?? 0));
  }
}
