// Generated documents stand as the code would generate them now.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { documents } from '../scripts/docs.ts';

test.each(documents)('$file is up to date (otherwise: npm run docs)', ({ file, generate }) => {
  expect(readFileSync(file, 'utf8')).toBe(generate());
});

/** Written by hand, with the generated ones among them. */
const WRITTEN = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];

test.each(WRITTEN)('%s leads to files that are there', (file) => {
  const links = [...readFileSync(file, 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, to]) => to!);
  const own = links.filter((to) => !/^[a-z]+:/.test(to));
  expect(own.filter((to) => !existsSync(path.join(path.dirname(file), to)))).toEqual([]);
});

test.each(WRITTEN)('%s names files that are there', (file) => {
  const text = readFileSync(file, 'utf8');
  const named = text.matchAll(
    /`((?:engine|playbooks|editor|workers|server|prisma|scripts|test|bench)\/[\w./-]+)`/g,
  );
  // The worked example of CONTRIBUTING is a file that its reader makes.
  const missing = [...named].map(([, name]) => name!).filter((name) => !existsSync(name));
  expect(missing.filter((name) => name !== 'engine/steps/weekday.ts')).toEqual([]);
});

test('each picture is shown somewhere', () => {
  const texts = WRITTEN.map((file) => readFileSync(file, 'utf8')).join('\n');
  expect(readdirSync('docs/pictures').filter((name) => !texts.includes(`pictures/${name}`))).toEqual([]);
});
