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

test('every proof is a test that exists under its name', () => {
  const missing = links.flat().flatMap(([, name = '', place = '']) => {
    const source = readFileSync(path.join('docs', place), 'utf8');
    const isThere = ['test(', 'it('].some((call) =>
      ["'", '`', '"'].some((quote) => source.includes(`${call}${quote}${name}${quote}`)),
    );
    return isThere ? [] : [`${place}: ${name}`];
  });
  expect(missing).toEqual([]);
});
