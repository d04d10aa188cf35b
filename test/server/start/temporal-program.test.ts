// Which Temporal program is taken, and what is said when none serves. Starting one: temporal.test.ts.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findTemporal, isRecent, NoTemporalError } from '../../../server/start/temporal-program.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kindling-program-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program that answers as a server of some version would, to the questions that are asked of it. */
function cliWithServer(version: string): string {
  return `#!${process.execPath}
    const port = Number(process.argv[process.argv.indexOf('--http-port') + 1]);
    const answer = JSON.stringify({ serverVersion: '${version}' });
    require('node:http').createServer((_, response) => response.end(answer)).listen(port, '127.0.0.1');
  `;
}

function executable(place: string, content: string): string {
  const file = path.join(folder, place);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, 0o755);
  return file;
}

/** Looks in this folder only; data of a CLI keeps it from building one. */
function find() {
  const options = { cache: path.join(folder, 'cache'), offline: true, path: path.join(folder, 'bin') };
  return findTemporal({ ...options, kind: 'cli' });
}

async function refusal(): Promise<NoTemporalError> {
  const failure = await find().catch((error: unknown) => error);
  if (failure instanceof NoTemporalError) return failure;
  throw new Error('A program was found.', { cause: failure });
}

test('a program of an earlier start is taken before anything else', async () => {
  executable('bin/temporal', cliWithServer('1.40.0'));
  const file = executable('cache/temporal/cli-v1.9.1/temporal', '');
  expect(await find()).toMatchObject({ kind: 'cli', file });
});

test('a CLI on the PATH is taken when the server in it is new enough', async () => {
  const file = executable('bin/temporal', cliWithServer('1.32.0'));
  expect(await find()).toMatchObject({ kind: 'cli', file });
});

test('a CLI with an older server is passed over, whatever its own number', async () => {
  executable('bin/temporal', cliWithServer('1.31.2'));
  expect((await refusal()).message).toMatch(/bin\/temporal is 1\.31\.2, 1\.32 or newer is needed/);
});

test('a CLI that cannot start is passed over', async () => {
  executable('bin/temporal', '#!/bin/sh\nexit 1\n');
  expect((await refusal()).message).toContain('of an unknown version');
});

test('when nothing serves, it says what was tried and what helps, in both languages', async () => {
  const { message, says } = await refusal();
  expect(message).toMatch(/none is cached in .*\n.*no `temporal` on the PATH\n.*offline/);
  for (const sentence of [says.en, says.zh]) expect(sentence).toContain('TEMPORAL_ADDRESS');
});

test.each([
  ['1.32.0', true],
  ['1.40.2', true],
  ['2.0.0', true],
  ['1.31.2', false],
  ['0.99.0', false],
  [undefined, false],
])('server %s is recent enough: %s', (version, expected) => {
  expect(isRecent(version)).toBe(expected);
});
