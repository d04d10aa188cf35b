// One `npm start` per data folder: who holds the lock, and whether that process still lives.
import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readJson } from './files.ts';
import { identityOf } from './process.ts';

/** Who holds the lock. */
export interface Holder {
  readonly pid: number;
  readonly identity: string;
  readonly since: string;
}

/** Somebody else runs on this data folder. */
export class AlreadyRunningError extends Error {
  readonly holder: Holder;
  constructor(holder: Holder) {
    super(`Already running as process ${holder.pid} since ${holder.since}.`);
    this.name = 'AlreadyRunningError';
    this.holder = holder;
  }
}

/**
 * Takes the lock of a data folder; a lock whose process is gone is taken over.
 * @returns a function that gives it back.
 * @throws {AlreadyRunningError} when a living process holds it.
 */
export function takeLock(home: string): () => void {
  mkdirSync(home, { recursive: true });
  const lock = path.join(home, 'lock');
  const mine = `${lock}.${process.pid}`;
  const holder: Holder = {
    pid: process.pid,
    identity: identityOf(process.pid) ?? '',
    since: new Date().toISOString(),
  };
  writeFileSync(mine, JSON.stringify(holder), { mode: 0o600 });
  try {
    // A link is made or refused in one step, and the file is complete from the first moment.
    while (!tryLink(mine, lock)) {
      const other = readJson(lock) as Holder | undefined;
      if (other !== undefined && isHeld(other)) throw new AlreadyRunningError(other);
      removeStale(lock, other);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => {
    if ((readJson(lock) as Holder | undefined)?.identity === holder.identity) rmSync(lock, { force: true });
  };
}

function isHeld({ pid, identity }: Holder): boolean {
  return identityOf(pid) === identity;
}

/** Two starters may find the same stale lock: whoever takes away a fresh one by mistake puts it back. */
function removeStale(lock: string, stale: Holder | undefined): void {
  const aside = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch {
    return; // Somebody else was faster.
  }
  const taken = readJson(aside) as Holder | undefined;
  if (taken !== undefined && taken.identity !== stale?.identity) tryLink(aside, lock);
  rmSync(aside, { force: true });
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
