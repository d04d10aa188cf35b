// `npm run migration -- NAME`: writes the migration that leads from the existing ones to prisma/schema.prisma.
// It touches no database. What Prisma cannot say (triggers, checks, partitions) is added to the file by hand.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { diffMigrations } from './schema-diff.ts';

const PRISMA = path.resolve(import.meta.dirname, '../prisma');

const name = process.argv[2] ?? '';
if (!/^[a-z][a-z0-9_]{0,60}$/.test(name)) {
  process.stderr.write(
    'Name the migration in lower case with underscores: npm run migration -- add_colour\n',
  );
  process.exit(2);
}
const folder = path.join(PRISMA, 'migrations');
const { isEmpty, sql } = await diffMigrations(
  folder,
  readFileSync(path.join(PRISMA, 'schema.prisma'), 'utf8'),
);
if (isEmpty) {
  process.stdout.write('The migrations already lead to the schema: nothing to write.\n');
} else {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const target = path.join(folder, `${stamp}_${name}`);
  mkdirSync(target);
  writeFileSync(path.join(target, 'migration.sql'), sql);
  process.stdout.write(`${path.relative(process.cwd(), path.join(target, 'migration.sql'))}\n`);
}
