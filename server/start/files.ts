// Small files of the data folder that must never be seen half written, and secrets that only their owner may read.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const MAX_LOG_BYTES = 20_000_000;

/** Replaces a file in one step: a reader sees the old content or the new, never a part. */
export function writeAtomically(file: string, content: string, mode = 0o600): void {
  const aside = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(aside, content, { mode });
    renameSync(aside, file);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}

/** Reads a JSON file; undefined when it is missing or was cut off by a crash. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** The secret kept in this file; generated at the first call, readable by its owner alone. */
export function secretIn(file: string, bytes: number): string {
  if (!existsSync(file)) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeAtomically(file, randomBytes(bytes).toString('base64url'));
  }
  return readFileSync(file, 'utf8').trim();
}

/** Moves a log that has grown too large aside, keeping one generation. */
export function rotate(log: string): void {
  if (existsSync(log) && statSync(log).size > MAX_LOG_BYTES) renameSync(log, `${log}.1`);
}

/** The last thing that a program wrote into its log. */
export function lastLineOf(log: string): string {
  return readFileSync(log, 'utf8').trimEnd().split('\n').at(-1)?.slice(0, 500) ?? '';
}
