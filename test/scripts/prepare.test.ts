// When a clone counts as installed: what the lock names is there in its version.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

interface Prepare {
  readonly dependenciesFit: (folder: string) => boolean;
}
const { dependenciesFit } = (await import(pathToFileURL('scripts/prepare.mjs').href)) as Prepare;

const LOCK = {
  '': { version: '0.1.0' },
  'node_modules/pg': { version: '8.0.0' },
  'node_modules/native': { version: '1.0.0', optional: true },
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kindling-clone-'));
  writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify({ packages: LOCK }));
});
afterEach(() => rmSync(folder, { recursive: true }));

function install(packages: object): void {
  mkdirSync(path.join(folder, 'node_modules'));
  writeFileSync(path.join(folder, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
}

test('a fresh clone is not installed', () => {
  expect(dependenciesFit(folder)).toBe(false);
});

test('everything in its version fits, and more does no harm', () => {
  install({ ...LOCK, 'node_modules/extra': { version: '1.0.0' } });
  expect(dependenciesFit(folder)).toBe(true);
});

test('an optional package of another platform may be missing', () => {
  install({ 'node_modules/pg': { version: '8.0.0' } });
  expect(dependenciesFit(folder)).toBe(true);
});

test.each([
  ['a package is missing', { 'node_modules/native': { version: '1.0.0' } }],
  ['a package has another version', { 'node_modules/pg': { version: '8.0.1' } }],
  [
    'an optional package has another version',
    { 'node_modules/pg': { version: '8.0.0' }, 'node_modules/native': { version: '2.0.0' } },
  ],
])('when %s, it is out of date', (_case, packages) => {
  install(packages);
  expect(dependenciesFit(folder)).toBe(false);
});
