// One `npm start` per data folder: refused while the holder lives, taken over when it is gone.
import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AlreadyRunningError, takeLock } from '../../../server/start/lock.ts';
import { identityOf } from '../../../server/start/process.ts';

const HOLDER = `
  const { takeLock } = await import(process.argv[2]);
  try { takeLock(process.argv[3]); process.send('taken'); setInterval(() => {}, 1000); }
  catch (error) { process.send(error.name); process.disconnect(); }
`;

let home: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'kindling-lock-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(home, { recursive: true });
});

/** Takes the lock in another process; what became of it. */
async function takeElsewhere(): Promise<{ child: ChildProcess; answer: unknown }> {
  const script = path.join(home, 'holder.mts');
  writeFileSync(script, HOLDER);
  const lock = path.resolve('server/start/lock.ts');
  const child = fork(script, [lock, home], { execArgv: ['--import', 'tsx'] });
  children.push(child);
  const [answer] = (await once(child, 'message')) as [unknown];
  return { child, answer };
}

test('a living holder keeps the second one out, by name and start', async () => {
  const { child } = await takeElsewhere();
  expect(() => takeLock(home)).toThrow(AlreadyRunningError);
  expect(() => takeLock(home)).toThrow(`process ${child.pid}`);
});

test('a holder that was killed is succeeded', async () => {
  const { child } = await takeElsewhere();
  child.kill('SIGKILL');
  await once(child, 'exit');
  const release = takeLock(home);
  expect(JSON.parse(readFileSync(path.join(home, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid });
  release();
  expect(existsSync(path.join(home, 'lock'))).toBe(false);
});

test('another process with the pid of the old holder does not keep the lock', () => {
  const stranger = { pid: process.ppid, identity: 'another boot/1', since: '2026-01-01T00:00:00.000Z' };
  writeFileSync(path.join(home, 'lock'), JSON.stringify(stranger));
  expect(() => takeLock(home)).not.toThrow();
});

test('of several starters on one stale lock exactly one gets it', async () => {
  writeFileSync(path.join(home, 'lock'), JSON.stringify({ pid: 999_999_999, identity: 'gone', since: '' }));
  const answers = await Promise.all(Array.from({ length: 4 }, async () => (await takeElsewhere()).answer));
  expect(answers.filter((answer) => answer === 'taken')).toHaveLength(1);
  expect(answers.filter((answer) => answer === 'AlreadyRunningError')).toHaveLength(3);
});

test('a process is the same only with the same start', () => {
  expect(identityOf(process.pid)).toBe(identityOf(process.pid));
  expect(identityOf(process.pid)).not.toBe(identityOf(process.ppid));
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  expect(identityOf(pid)).toBeUndefined();
});
