// Generated documents stand as the code would generate them now.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documents } from '../scripts/docs.ts';

test.each(documents)('$file is up to date (otherwise: npm run docs)', ({ file, generate }) => {
  expect(readFileSync(file, 'utf8')).toBe(generate());
});
