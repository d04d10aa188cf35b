// Brings up the parts of one installation in the order they need each other, and keeps them up until it is told to stop.
// It moves no data and answers no request: whoever reads it learns what runs, in which order, and what happens when it dies.
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sentence, Settings } from '../settings.ts';
import { publicUrlOf } from '../settings.ts';
import { announced } from './announce.ts';
import { Child, runOnce, type ChildOptions } from './child.ts';
import { lastLineOf, secretIn } from './files.ts';
import { keyFileIn } from '../../workers/store/keyring.ts';
import { answers } from './port.ts';
import { startPostgres } from './postgres.ts';
import { Board, type Listener, type PartName } from './state.ts';
import { kindOfData } from './temporal-config.ts';
import { findTemporal, type TemporalProgram } from './temporal-program.ts';
import { reserveAddress, startTemporal } from './temporal.ts';

const WATCH_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** A worker that says nothing for so long after its start is taken to be at work. */
const SILENT_WORKER_MS = 20_000;

export interface SuperviseOptions {
  readonly settings: Settings;
  /** The command line of one of our processes: `server`, `worker`, `migrate`. */
  readonly command: (name: string) => readonly [file: string, ...args: string[]];
  readonly onPart: Listener;
  /** What a child wants to tell the person at the terminal. */
  readonly onAnnouncement: (says: Sentence) => void;
}

/** Something of ours that may die and can be started again. */
interface Running {
  readonly pid: number;
  isAlive(): boolean;
  stop(): Promise<void>;
}

/** Runs one installation. */
export class Supervisor {
  readonly #options: SuperviseOptions;
  readonly #board: Board;
  readonly #stopping = new AbortController();
  readonly #children: { readonly name: PartName; readonly child: Child }[] = [];
  readonly #services = new Map<PartName, Running>();
  readonly #watches: Promise<void>[] = [];
  #env: NodeJS.ProcessEnv = {};

  constructor(options: SuperviseOptions) {
    const { settings, onPart } = options;
    this.#options = options;
    this.#board = new Board(settings.home, publicUrlOf(settings), onPart);
  }

  /** Brings everything up; returns when each part has been started once, or when `stop` was called. */
  async run(): Promise<void> {
    const { settings } = this.#options;
    this.#env = await this.#environment(settings);
    const temporal = this.#bringUpTemporal();
    // Whoever waits for it hears of a failure; until then it must not end the process.
    temporal.catch(() => {});
    // A worker builds the workflow code itself when this fails, and says why it cannot.
    const workflows = settings.workers > 0 ? runOnce(this.#child('workflows', 'workflows.log')) : undefined;
    await this.#bringUpPostgres();
    await this.#migrate();
    this.#startServer();
    await Promise.all([temporal, workflows]);
    for (let i = 0; i < settings.workers; i++) this.#startWorker(i + 1);
    if (settings.workers === 0) {
      this.#board.set('worker', 'ready', { zh: '由别处运行', en: 'run elsewhere' });
    }
  }

  /** Ends every part in order: who works first, who stores last. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const stopping = (name: PartName) =>
      this.#board.set(name, 'stopping', { zh: '正在停止', en: 'stopping' });
    for (const part of ['worker', 'server'] as const) {
      const children = this.#children.filter(({ name }) => name === part);
      if (children.length > 0) stopping(part);
      await Promise.all(children.map(({ child }) => child.stop()));
    }
    await Promise.all(this.#watches);
    for (const part of ['temporal', 'postgres'] as const) {
      if (this.#services.has(part)) stopping(part);
      await this.#services.get(part)?.stop();
    }
  }

  /** Ends our own processes at once. The stores are still stopped in order, by the `stop` that is under way. */
  hurry(): void {
    for (const { child } of this.#children) child.kill();
  }

  async #environment(settings: Settings): Promise<NodeJS.ProcessEnv> {
    const { home } = settings;
    return {
      ...process.env,
      TZ: 'UTC',
      KINDLING_HOME: home,
      KINDLING_ENCRYPTION_KEY: settings.encryptionKeys?.join(',') ?? secretIn(keyFileIn(home), 32),
      TEMPORAL_ADDRESS: settings.temporalAddress ?? (await reserveAddress(path.join(home, 'temporal'))),
      TEMPORAL_NAMESPACE: settings.temporalNamespace,
    };
  }

  async #bringUpPostgres(): Promise<void> {
    const { databaseUrl, home } = this.#options.settings;
    if (databaseUrl !== undefined) {
      this.#board.set('postgres', 'ready', { zh: '使用 DATABASE_URL', en: 'the one of DATABASE_URL' });
      this.#env = { ...this.#env, DATABASE_URL: databaseUrl };
      return;
    }
    await this.#keepUp('postgres', async () => {
      const postgres = await startPostgres({ dir: path.join(home, 'postgres') });
      this.#env = { ...this.#env, DATABASE_URL: postgres.url() };
      this.#board.set('postgres', 'ready', {
        zh: `内置 PostgreSQL，端口 ${postgres.port}${postgres.reused ? '（已在运行）' : ''}`,
        en: `embedded PostgreSQL on port ${postgres.port}${postgres.reused ? ' (found running)' : ''}`,
      });
      return postgres;
    });
  }

  async #bringUpTemporal(): Promise<void> {
    const { settings } = this.#options;
    if (settings.temporalAddress !== undefined) {
      await this.#waitForTemporal(settings.temporalAddress);
      return;
    }
    const dir = path.join(settings.home, 'temporal');
    let program: TemporalProgram | undefined;
    await this.#keepUp('temporal', async () => {
      program ??= await findTemporal({
        cache: settings.cache,
        offline: settings.offline,
        kind: kindOfData(dir),
        signal: this.#stopping.signal,
        progress: (says, done) => this.#board.set('temporal', 'preparing', says, done),
      });
      this.#board.set('temporal', 'starting', { zh: '正在启动', en: 'starting' });
      const { temporalNamespace: namespace, temporalRetentionDays: retentionDays } = settings;
      const server = await startTemporal({ dir, program, namespace, retentionDays });
      this.#board.set('temporal', 'ready', {
        zh: `Temporal ${server.version}（${program.says.zh}），${server.address}`,
        en: `Temporal ${server.version} (${program.says.en}) on ${server.address}`,
      });
      return server;
    });
  }

  async #waitForTemporal(address: string): Promise<void> {
    const { hostname, port } = new URL(`tcp://${address}`);
    const host = hostname.replace(/^\[|\]$/g, '');
    this.#board.set('temporal', 'starting', { zh: `正在连接 ${address}`, en: `connecting to ${address}` });
    while (!this.#stopping.signal.aborted && !(await answers(Number(port), host))) await this.#pause(1000);
    this.#board.set('temporal', 'ready', { zh: `使用 ${address}`, en: `the one at ${address}` });
  }

  /** Starts a service, again and again until it runs, and starts it anew whenever it dies. */
  async #keepUp(name: PartName, start: () => Promise<Running>): Promise<void> {
    const service = await this.#persist(name, start);
    if (service !== undefined) this.#watches.push(this.#watch(name, service, start));
  }

  async #watch(name: PartName, first: Running, start: () => Promise<Running>): Promise<void> {
    for (let service: Running | undefined = first; service !== undefined;) {
      await this.#pause(WATCH_MS);
      if (this.#stopping.signal.aborted) return;
      if (service.isAlive()) continue;
      this.#board.set(name, 'restarting', {
        zh: '意外终止，正在重启',
        en: 'ended unexpectedly, starting again',
      });
      service = await this.#persist(name, start);
    }
  }

  /** Repeats with growing pauses until it succeeds; undefined when it was told to stop first. */
  async #persist<T extends Running>(name: PartName, start: () => Promise<T>): Promise<T | undefined> {
    for (
      let pauseMs = 1000;
      !this.#stopping.signal.aborted;
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
    ) {
      try {
        const service = await start();
        this.#services.set(name, service);
        this.#board.setPids(name, [service.pid]);
        return service;
      } catch (error) {
        if (this.#stopping.signal.aborted) return undefined;
        this.#board.set(name, 'failed', sentenceOf(error));
        await this.#pause(pauseMs);
      }
    }
    return undefined;
  }

  /** In a process of its own: the database client's memory is given back when it ends. */
  async #migrate(): Promise<void> {
    const { signal } = this.#stopping;
    for (let pauseMs = 1000; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      this.#board.set('server', 'preparing', {
        zh: '正在更新数据库结构',
        en: 'bringing the database up to date',
      });
      const options = this.#child('migrate', 'migrate.log');
      if ((await runOnce(options)) === 0) return;
      if (signal.aborted) return;
      this.#board.set('server', 'failed', {
        zh: `更新数据库结构失败：${lastLineOf(options.log)}`,
        en: `the database could not be brought up to date: ${lastLineOf(options.log)}`,
      });
      await this.#pause(pauseMs);
    }
  }

  #startServer(): void {
    if (this.#stopping.signal.aborted) return;
    const { host, port } = this.#options.settings;
    const says = { zh: publicUrlOf(this.#options.settings), en: publicUrlOf(this.#options.settings) };
    // A server that listens everywhere is reached by the loopback address too.
    const reachable = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
    this.#supervise('server', this.#child('server', 'server.log'), async () => {
      while (!(await answers(port, reachable))) {
        await this.#pause(100);
        if (this.#stopping.signal.aborted || this.#board.get('server').state !== 'starting') return;
      }
      this.#board.set('server', 'ready', says);
    });
  }

  #startWorker(number: number): void {
    if (this.#stopping.signal.aborted) return;
    const ready = () =>
      this.#board.set('worker', 'ready', {
        zh: `${this.#options.settings.workers} 个工作进程`,
        en: `${this.#options.settings.workers} running`,
      });
    const child = this.#child('worker', `worker-${number}.log`, this.#metricsOf(number));
    const heard = {
      ...child,
      onMessage: (message: unknown) => {
        if (message === 'ready') ready();
        else child.onMessage?.(message);
      },
    };
    this.#supervise('worker', heard, async () => {
      await this.#pause(SILENT_WORKER_MS);
      if (this.#board.get('worker').state === 'starting') ready();
    });
  }

  /** Workers of one machine cannot share a port. */
  #metricsOf(number: number): NodeJS.ProcessEnv {
    const [, host, port] = /^(.*):(\d+)$/.exec(this.#options.settings.workerMetrics ?? '') ?? [];
    return port === undefined ? {} : { KINDLING_WORKER_METRICS: `${host}:${+port + number - 1}` };
  }

  #supervise(name: PartName, options: ChildOptions, whenStarted: () => Promise<void>): void {
    const child = new Child({
      ...options,
      onStart: () => {
        this.#board.set(name, 'starting', { zh: '正在启动', en: 'starting' });
        this.#notePids(name);
        void whenStarted();
      },
      onCrash: (reason, pauseMs) => {
        this.#board.set(name, 'restarting', {
          zh: `意外终止（${reason}），${pauseMs} 毫秒后重启，详见 ${options.log}`,
          en: `ended unexpectedly (${reason}), starts again in ${pauseMs} ms; see ${options.log}`,
        });
      },
    });
    this.#children.push({ name, child });
    this.#notePids(name);
  }

  #notePids(name: PartName): void {
    const ours = this.#children.filter((it) => it.name === name);
    this.#board.setPids(
      name,
      ours.flatMap(({ child }) => child.pid ?? []),
    );
  }

  /** The environment is read when the child starts: a database that was restarted may have moved. */
  #child(name: string, log: string, env: NodeJS.ProcessEnv = {}): ChildOptions {
    return {
      command: this.#options.command(name),
      env: { ...this.#env, ...env },
      log: path.join(this.#options.settings.home, 'logs', log),
      onMessage: (message) => {
        const says = announced(message);
        if (says !== undefined) this.#options.onAnnouncement(says);
      },
    };
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}

function sentenceOf(error: unknown): Sentence {
  if (error instanceof Error && 'says' in error) return error.says as Sentence;
  const message = error instanceof Error ? error.message : String(error);
  return { zh: message, en: message };
}
