// The parts of an installation as processes that can be killed and brought back: PostgreSQL, Temporal, the server, a worker.
// Brought back as `npm start` does it: server and worker again and again, until what they need is there.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../server/start/port.ts';
import { hasEnded } from '../../server/start/process.ts';
import { OwnServers } from './temporal-own.ts';

/** What can be killed. */
export const PARTS = ['worker', 'temporal', 'postgres', 'server'] as const;
/** One of them. */
export type PartName = (typeof PARTS)[number];

const OURS = { server: 'server/server.ts', worker: 'workers/worker.ts' } as const;
type OwnName = keyof typeof OURS;

/** Whoever got no answer, or ended by itself, tries again after so long. */
const AGAIN_MS = 500;
/** A part is back long before. */
const PATIENCE_MS = 240_000;

/** How somebody identifies themselves. */
export type Identity = Readonly<Record<string, string>>;

/** An answer that was given, whatever it says. */
interface Answer {
  readonly status: number;
  readonly text: string;
}

/** The parts, on a folder that goes with them. */
export class Parts {
  readonly servers: OwnServers;
  readonly url: string;
  readonly #port: number;
  readonly #env: NodeJS.ProcessEnv;
  readonly #children = new Map<OwnName, ChildProcess>();
  #isOver = false;

  private constructor(servers: OwnServers, port: number, env: NodeJS.ProcessEnv) {
    this.servers = servers;
    this.#port = port;
    this.#env = env;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(env: NodeJS.ProcessEnv): Promise<Parts> {
    const parts = new Parts(await OwnServers.start(), await freePort(), env);
    for (const name of ['server', 'worker'] as const) parts.#spawn(name);
    return parts;
  }

  /** kill -9; returns when the process is gone. It stays away until {@link restart}. */
  async kill(name: PartName): Promise<void> {
    if (!isOurs(name)) return this.servers.kill(name);
    const child = this.#children.get(name);
    this.#children.delete(name);
    child?.kill('SIGKILL');
    await hasEnded(child?.pid ?? 0, 10_000);
  }

  /** Returns when it is at work again: however slow the machine, something happens between two kills. */
  async restart(name: PartName): Promise<void> {
    if (!isOurs(name)) return this.servers.restart(name);
    const child = this.#spawn(name);
    // What lacks something ends by itself, and is brought back by itself.
    if (name === 'worker') await Promise.race([once(child, 'message'), once(child, 'exit')]);
    else await this.insist('GET', '/healthz', undefined, {});
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all([this.kill('server'), this.kill('worker')]);
    await this.servers.stop();
  }

  /** Waits until the server has begun: whoever finds its key finds it answering, or soon. */
  async ready(): Promise<void> {
    for (const deadline = Date.now() + PATIENCE_MS; !existsSync(this.#keyFile); await sleep(100))
      if (Date.now() > deadline) throw new Error('the server does not begin');
  }

  /** The program whose key the server leaves beside the data, as the command line is. */
  program(): Identity {
    return { authorization: `Bearer ${readFileSync(this.#keyFile, 'utf8').trim()}` };
  }

  /**
   * Asks until there is an answer, as a careful program does: no answer, and one that says "later", is asked again.
   * @throws when nothing answers for minutes
   */
  async insist(
    method: string,
    route: string,
    body?: object | string,
    as: Identity = this.program(),
  ): Promise<Answer> {
    for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(AGAIN_MS)) {
      const answer = await this.#ask(method, route, body, as).catch(() => undefined);
      if (answer !== undefined && answer.status < 500 && answer.status !== 429) return answer;
      if (this.#isOver || Date.now() > deadline)
        throw new Error(`${method} ${route}: ${answer?.status ?? 'no answer'} ${answer?.text ?? ''}`);
    }
  }

  /** The same where only a yes will do. @throws for what is refused */
  async must<T>(method: string, route: string, body?: object, as?: Identity): Promise<T> {
    const { status, text } = await this.insist(method, route, body, as);
    if (status >= 300) throw new Error(`${method} ${route}: ${status} ${text}`);
    return JSON.parse(text) as T;
  }

  /** A program's body is JSON, a browser's is a form. */
  async #ask(
    method: string,
    route: string,
    body: object | string | undefined,
    as: Identity,
  ): Promise<Answer> {
    const type = typeof body === 'string' ? 'application/x-www-form-urlencoded' : 'application/json';
    const answer = await fetch(this.url + route, {
      method,
      headers: { ...as, ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    return { status: answer.status, text: await answer.text() };
  }

  get #keyFile(): string {
    return path.join(this.#home, 'api-key');
  }

  get #home(): string {
    return path.join(this.servers.folder, 'home');
  }

  #spawn(name: OwnName): ChildProcess {
    const child = spawn(process.execPath, ['--import', 'tsx', path.resolve(OURS[name])], {
      env: {
        ...process.env,
        ...this.#env,
        KINDLING_HOME: this.#home,
        KINDLING_PORT: String(this.#port),
        KINDLING_PUBLIC_URL: this.url,
        DATABASE_URL: this.servers.databaseUrl,
        TEMPORAL_ADDRESS: this.servers.temporal.address,
        KINDLING_PRIVATE_WEBHOOKS: '1',
      },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#children.set(name, child);
    // It ends by itself where something that it needs is away.
    child.once('exit', () => setTimeout(() => this.#again(name, child), AGAIN_MS));
    return child;
  }

  #again(name: OwnName, ended: ChildProcess): void {
    if (!this.#isOver && this.#children.get(name) === ended) this.#spawn(name);
  }
}

const isOurs = (name: PartName): name is OwnName => name in OURS;
