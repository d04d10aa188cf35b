// Chaos: parts of an installation of its own are killed at random while playbooks run; in the end every invariant is looked at.
// Seeded: the same seed kills the same parts in the same order. What was done is counted where it arrives, at a web server of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chance } from '../../engine/chance.ts';
import { hasEnded } from '../../server/start/process.ts';
import { inTransaction } from '../../workers/store/client.ts';
import { command, resolveAll } from '../../workers/store/control.ts';
import { audit, type Breach } from '../../workers/store/audit/audit.ts';
import { OwnServers } from './temporal-own.ts';
import { graphOf, playbook, Stage } from './temporal-play.ts';

const MEMBERS = 60;
const LAUNCH_EVERY_MS = 4_000;
/** After the last kill everything must have come to its end by then. */
const PATIENCE_MS = 120_000;

/** How it went. */
export interface Outcome {
  readonly runs: number;
  readonly kills: Readonly<Record<string, number>>;
  readonly unfinished: number;
  /** Requests that arrived, their keys, and the visits that somebody had to try again because they were in doubt. */
  readonly requests: number;
  readonly served: number;
  readonly retried: number;
  readonly breaches: readonly Breach[];
}

/** Runs chaos for a while. `say` is told what happens. */
export async function chaos(
  { minutes, seed }: { readonly minutes: number; readonly seed: number },
  say: (line: string) => void,
): Promise<Outcome> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(String(request.headers['idempotency-key']));
    setTimeout(() => response.end(), 10);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const servers = await OwnServers.start();
  const stage = new Stage({
    temporal: servers.temporal,
    databaseUrl: servers.databaseUrl,
    taskQueue: 'kindling',
  });
  const parts = new Parts(servers);
  await parts.restart('worker');
  try {
    const runs: string[] = [];
    const until = Date.now() + minutes * 60_000;
    const launching = (async () => {
      for (; Date.now() < until; await sleep(LAUNCH_EVERY_MS)) {
        // What cannot be launched now, because something is away, is not missed.
        await stage.launch(document(url), { members: MEMBERS }).then(
          (run) => runs.push(run),
          () => {},
        );
      }
    })();
    const kills = await killing(parts, { seed, until, say });
    await launching;
    const retried = await settleAll(stage);
    const unfinished = await stage.count(`run where status <> 'completed'`);
    const { breaches } = await audit(stage.store, null);
    const served = new Set(heard).size;
    return { runs: runs.length, kills, unfinished, requests: heard.length, served, retried, breaches };
  } finally {
    await parts.kill('worker').catch(() => {});
    await stage.close();
    await servers.stop();
    server.closeAllConnections();
    server.close();
  }
}

const NAMES = ['worker', 'temporal', 'postgres'] as const;
type Name = (typeof NAMES)[number];

class Parts {
  readonly #servers: OwnServers;
  #worker: ChildProcess | undefined;

  constructor(servers: OwnServers) {
    this.#servers = servers;
  }

  async kill(name: Name): Promise<void> {
    if (name !== 'worker') return this.#servers.kill(name);
    this.#worker?.kill('SIGKILL');
    await hasEnded(this.#worker?.pid ?? 0, 10_000);
  }

  async restart(name: Name): Promise<void> {
    if (name !== 'worker') return this.#servers.restart(name);
    const child = spawn(process.execPath, ['--import', 'tsx', path.resolve('workers/worker.ts')], {
      env: {
        ...process.env,
        KINDLING_HOME: path.join(this.#servers.folder, 'home'),
        DATABASE_URL: this.#servers.databaseUrl,
        TEMPORAL_ADDRESS: this.#servers.temporal.address,
        KINDLING_PRIVATE_WEBHOOKS: '1',
      },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    // It may end by itself while its servers are away; the next kill brings another one.
    await Promise.race([once(child, 'message'), once(child, 'exit')]);
    this.#worker = child;
  }

  get workerIsGone(): boolean {
    return this.#worker === undefined || this.#worker.exitCode !== null || this.#worker.signalCode !== null;
  }
}

async function killing(
  parts: Parts,
  {
    seed,
    until,
    say,
  }: { readonly seed: number; readonly until: number; readonly say: (line: string) => void },
): Promise<Record<string, number>> {
  const kills: Record<string, number> = {};
  for (let no = 0; Date.now() < until; no += 1) {
    await sleep(2_000 + 4_000 * chance(seed, no, 'pause'));
    const name = NAMES[Math.floor(chance(seed, no, 'part') * NAMES.length)]!;
    const awayMs = Math.round(3_000 * chance(seed, no, 'away'));
    say(`${name} is killed, and back after ${awayMs} ms`);
    kills[name] = (kills[name] ?? 0) + 1;
    await parts.kill(name);
    await sleep(awayMs);
    await parts.restart(name);
    if (parts.workerIsGone) await parts.restart('worker');
  }
  return kills;
}

/** Waits until everything has come to its end; what is in doubt is tried again, as a person would. */
async function settleAll(stage: Stage): Promise<number> {
  let retried = 0;
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(500)) {
    const { rows } = await stage.store.pool.query<{
      run: string;
      node: number;
      ordinal: number;
      lap: number;
    }>('select run_id as run, node, ordinal, lap from stuck_visit where resolved_at is null order by run_id');
    retried += rows.length;
    for (const run of new Set(rows.map((row) => row.run))) {
      const visits = rows.filter((row) => row.run === run);
      const by = 'chaos';
      await inTransaction(stage.store.pool, (sql) =>
        resolveAll(sql, { run, do: 'retry', visits, by, now: Date.now() }),
      );
    }
    // What has paused itself because too much was in doubt goes on when somebody has looked.
    const { rows: paused } = await stage.store.pool.query<{ id: string }>(
      `select id from run where status = 'paused'`,
    );
    const resume = { do: 'resume', policy: 'hold' } as const;
    for (const { id: run } of paused)
      await inTransaction(stage.store.pool, (sql) =>
        command(sql, { run, control: resume, by: 'chaos', now: Date.now() }),
      );
    if ((await stage.count(`run where status not in ('completed', 'cancelled')`)) === 0) break;
  }
  return retried;
}

const document = (url: string) =>
  playbook(
    {
      start: ['start', {}, { out: 'j' }],
      j: ['journey', { journey: 'each', wait: true, within: 'P1D' }, { done: 'z', expired: 'z', empty: 'z' }],
      z: ['end', { reason: 'finished' }],
    },
    {
      journeys: {
        each: {
          title: { 'zh-CN': '各人' },
          graph: graphOf({
            enter: ['enter', {}, { out: 't' }],
            t: ['tag', { add: ['seen'] }, { done: 'w' }],
            w: ['wait', { for: 'PT3S' }, { done: 'h' }],
            h: ['webhook', { url }, { ok: 'y', refused: 'y' }],
            y: ['end', {}],
          }),
        },
      },
    },
  );
