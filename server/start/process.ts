// Knows whether a process that somebody else started still lives, and whether it is still the same one.
// A pid alone says little: it may be a zombie, or belong to a stranger after a reboot.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** True while the process runs; a zombie, whose parent has not yet noticed its end, does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  const status = statusOf(pid);
  // It may have gone between the two looks; other systems than Linux do not tell a status at all.
  if (status === undefined) return process.platform !== 'linux';
  return status.state !== 'Z' && status.state !== 'X';
}

/** The name of the program, where the system tells it (Linux). */
export function nameOf(pid: number): string | undefined {
  return statusOf(pid)?.name;
}

/** A text that no other process ever had: the boot and the moment of its start. Undefined when it is gone. */
export function identityOf(pid: number): string | undefined {
  if (!isAlive(pid)) return undefined;
  const status = statusOf(pid);
  if (status !== undefined) {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${status.started}`;
  }
  if (process.platform === 'win32') return String(pid);
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() || undefined;
}

/** Waits for the end of a process; false when it still lives after `timeoutMs`. */
export async function hasEnded(pid: number, timeoutMs: number): Promise<boolean> {
  for (const deadline = Date.now() + timeoutMs; isAlive(pid); await sleep(20)) {
    if (Date.now() > deadline) return false;
  }
  return true;
}

/** Sends a signal to a process that may have ended meanwhile. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

interface Status {
  readonly name: string;
  readonly state: string;
  readonly started: string;
}

/** Reads /proc/PID/stat, "pid (name) state …"; the name may hold spaces and brackets itself. */
function statusOf(pid: number): Status | undefined {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return undefined;
  try {
    const stat = readFileSync(file, 'utf8');
    const end = stat.lastIndexOf(')');
    const fields = stat.slice(end + 2).split(' ');
    return {
      name: stat.slice(stat.indexOf('(') + 1, end),
      state: fields[0] ?? '',
      started: fields[19] ?? '',
    };
  } catch {
    return undefined; // It ended between the two looks.
  }
}
