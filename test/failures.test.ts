// docs/failures.md keeps its word: behind every row stands a test of that very name.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const rows = readFileSync('docs/failures.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|') && !line.startsWith('|--') && !line.startsWith('| failure'));
const links = rows.map((row) => [...row.matchAll(/\[`(.+?)`\]\(([^)]+)\)/g)]);

test('every row has a proof', () => {
  expect(rows.length).toBeGreaterThan(10);
  expect(rows.filter((_, row) => links[row]!.length === 0)).toEqual([]);
});

test('every row is provoked on real parts', () => {
  // As vitest.config.ts tells them apart.
  const REAL_PARTS = /from '[./]*support\/(database|temporal[\w-]*|home|bundle|installation)\.ts'/;
  const isReal = ([, , place = '']: RegExpExecArray): boolean =>
    REAL_PARTS.test(readFileSync(path.join('docs', place), 'utf8'));
  expect(rows.filter((_, row) => !links[row]!.some(isReal))).toEqual([]);
});

test('every proof is a test that exists under its name', () => {
  const missing = links.flat().flatMap(([, name = '', place = '']) => {
    const source = readFileSync(path.join('docs', place), 'utf8');
    const isThere = ["'", '`', '"'].some((quote) =>
      source
        .split(`${quote}${name}${quote}`)
        .slice(0, -1)
        .some((before) => /\b(test|it)\(\s*$/.test(before)),
    );
    return isThere ? [] : [`${place}: ${name}`];
  });
  expect(missing).toEqual([]);
});
