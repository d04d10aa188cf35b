// The migrations lead exactly to the schema: nobody changed one without the other.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { diffMigrations } from '../../scripts/schema-diff.ts';

// An in-memory database is made and migrated for each comparison.
const TIMEOUT_MS = 120_000;
const prisma = path.resolve(import.meta.dirname, '../../prisma');
const schema = readFileSync(path.join(prisma, 'schema.prisma'), 'utf8');
const migrations = path.join(prisma, 'migrations');

test(
  'the migrations lead to the schema (otherwise: npm run migration -- NAME)',
  { timeout: TIMEOUT_MS },
  async () => {
    const { isEmpty, sql } = await diffMigrations(migrations, schema);
    expect(isEmpty ? '' : sql).toBe('');
  },
);

test('a change of the schema without a migration is noticed', { timeout: TIMEOUT_MS }, async () => {
  const { isEmpty, sql } = await diffMigrations(
    migrations,
    `${schema}\nmodel Forgotten {\n  id Int @id\n}\n`,
  );
  expect(isEmpty).toBe(false);
  expect(sql).toMatch(/CREATE TABLE "Forgotten"/);
});
