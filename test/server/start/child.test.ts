// Our own processes: started again after a crash, with growing pauses; asked to end and waited for.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { announced, type Announcement } from '../../../server/start/announce.ts';
import { Child, runOnce } from '../../../server/start/child.ts';
import { hasEnded, isAlive, signal } from '../../../server/start/process.ts';

let folder: string;
const children: Child[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kindling-child-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill();
    await child.stop();
  }
  rmSync(folder, { recursive: true });
});

function options(script: string) {
  const file = path.join(folder, 'program.mjs');
  writeFileSync(file, script);
  return { command: [file] as const, env: { ...process.env }, log: path.join(folder, 'program.log') };
}

/** A child, the messages it sent and the ends nobody wanted. */
function keep(script: string) {
  const messages: unknown[] = [];
  const crashes: { reason: string; pauseMs: number }[] = [];
  const child = new Child({
    ...options(script),
    onMessage: (message) => messages.push(message),
    onCrash: (reason, pauseMs) => crashes.push({ reason, pauseMs }),
  });
  children.push(child);
  return { child, messages, crashes };
}

test('a killed process is started again', async () => {
  const { child, messages, crashes } = keep(`process.send('up'); setInterval(() => {}, 1000);`);
  await expect.poll(() => messages).toHaveLength(1);
  const first = child.pid!;
  signal(first, 'SIGKILL');
  await expect.poll(() => messages, { timeout: 10_000 }).toHaveLength(2);
  expect(child.pid).not.toBe(first);
  expect(crashes).toEqual([{ reason: 'SIGKILL', pauseMs: 500 }]);
});

test('one that cannot start is tried with growing pauses, and its words are kept', async () => {
  const { crashes } = keep(`console.error('no luck'); process.exit(3);`);
  await expect.poll(() => crashes, { timeout: 10_000 }).toHaveLength(3);
  expect(crashes.map(({ pauseMs }) => pauseMs)).toEqual([500, 1000, 2000]);
  expect(crashes[0]?.reason).toBe('exit code 3');
  expect(readFileSync(path.join(folder, 'program.log'), 'utf8')).toContain('no luck');
});

test('stopping asks, and waits until the process has finished its work', async () => {
  const { child, messages, crashes } = keep(`
    process.send('up');
    const idle = setInterval(() => {}, 1000);
    process.on('SIGTERM', () => setTimeout(() => { process.send('saved'); clearInterval(idle); process.disconnect(); }, 300));
  `);
  await expect.poll(() => messages).toEqual(['up']);
  const pid = child.pid!;
  await child.stop();
  expect(isAlive(pid)).toBe(false);
  expect(messages).toEqual(['up', 'saved']);
  expect(crashes).toEqual([]);
});

test('one that ignores the request is killed when somebody is in a hurry', async () => {
  const { child, messages } = keep(
    `process.on('SIGTERM', () => {}); process.send('up'); setInterval(() => {}, 1000);`,
  );
  await expect.poll(() => messages).toEqual(['up']);
  const pid = child.pid!;
  const stopped = child.stop();
  child.kill();
  await stopped;
  expect(await hasEnded(pid, 0)).toBe(true);
});

test('a process that runs once tells its exit code', async () => {
  expect(await runOnce(options('process.exit(0)'))).toBe(0);
  expect(await runOnce(options('process.exit(7)'))).toBe(7);
  expect(await runOnce(options(`process.kill(process.pid, 'SIGKILL')`))).toBe(1);
});

test('an announcement reaches the terminal, other messages do not', () => {
  const says = { zh: '你好', en: 'Hello' };
  expect(announced({ announce: says } satisfies Announcement)).toEqual(says);
  expect(announced('ready')).toBeUndefined();
  expect(announced(null)).toBeUndefined();
});
