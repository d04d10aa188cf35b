// Memory of a whole installation a minute after `npm start`: PostgreSQL, Temporal, server, worker and their supervisor.
// Counts proportional set size, so that pages shared between the PostgreSQL processes count once.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from './figure.ts';

const GOAL_MB = 1000;

/** Starts a fresh installation in a temporary folder, waits a minute after it is ready, measures, and ends it. */
export async function bench(): Promise<Figure> {
  const home = mkdtempSync(path.join(tmpdir(), 'kindling-idle-'));
  const port = await freePort();
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: path.join(import.meta.dirname, '..'),
    env: { ...process.env, KINDLING_HOME: home, KINDLING_PORT: String(port), KINDLING_OFFLINE: '1' },
    stdio: 'ignore',
  });
  try {
    await ready(port, child.pid ?? 0);
    await sleep(60_000);
    const all = processesOf(home, child.pid ?? 0);
    const value = Math.round(sum(all, 'Pss'));
    const reference = Math.round(sum([process.pid], 'Pss'));
    return {
      name: 'idle-memory',
      value,
      unit: `MB resident (PSS) of ${all.length} processes, ${Math.round(sum(all, 'Rss'))} MB with shared pages counted in each; reference: this benchmark alone`,
      reference,
      ratio: Math.round((value / reference) * 100) / 100,
      goal: `< ${GOAL_MB}`,
      ok: value < GOAL_MB,
    };
  } finally {
    child.kill('SIGINT');
    await new Promise((resolve) => child.once('exit', resolve));
    rmSync(home, { recursive: true, force: true });
  }
}

async function ready(port: number, pid: number): Promise<void> {
  for (const deadline = Date.now() + 20 * 60_000; Date.now() < deadline; await sleep(1000)) {
    const health = await fetch(`http://127.0.0.1:${port}/healthz`)
      .then((response) => response.json() as Promise<{ status?: string }>)
      .catch(() => undefined);
    if (health?.status === 'ok') return;
  }
  throw new Error(`the installation (process ${pid}) was not ready within 20 minutes`);
}

/** Every process that descends from `root` or was started with the installation's folder in its arguments. */
function processesOf(home: string, root: number): number[] {
  const parents = new Map<number, number>();
  const named = new Set<number>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]));
      if (readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes(home)) named.add(Number(entry));
    } catch {
      // The process ended while we looked.
    }
  }
  const belongs = (pid: number): boolean =>
    pid === root || named.has(pid) || (parents.has(pid) && pid > 1 && belongs(parents.get(pid) ?? 0));
  return [...parents.keys()].filter(belongs);
}

const sum = (pids: readonly number[], kind: 'Pss' | 'Rss'): number =>
  pids.reduce((total, pid) => total + megabytes(pid, kind), 0);

function megabytes(pid: number, kind: 'Pss' | 'Rss'): number {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(new RegExp(`^${kind}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0) / 1024;
  } catch {
    return 0; // It ended while we looked.
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
