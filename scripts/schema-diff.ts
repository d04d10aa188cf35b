// The SQL that leads from the migrations to the schema, from Prisma's schema engine in WebAssembly.
// No server, no native engine, no network: the migrations are applied to an in-memory PGlite.
import { PGlite } from '@electric-sql/pglite';
import { bindMigrationAwareSqlAdapterFactory, type SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { PrismaPGlite } from 'pglite-prisma-adapter';

type Engine = typeof import('@prisma/schema-engine-wasm/schema_engine_bg');

/** The script that is missing in the migrations; `isEmpty` when they lead exactly to the schema. */
export interface SchemaDiff {
  readonly isEmpty: boolean;
  readonly sql: string;
}

/** Compares a folder of migrations with a schema. A wrong schema throws Prisma's own message. */
export async function diffMigrations(folder: string, schema: string): Promise<SchemaDiff> {
  const { SchemaEngine } = await loadEngine();
  const engine = await SchemaEngine.new(
    { datamodels: [['schema.prisma', schema]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(shadowFactory()),
  );
  const { exitCode, stdout } = await engine.diff({
    from: { tag: 'migrations', ...readMigrations(folder) },
    to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
    script: true,
    exitCode: true,
    filters: { externalTables: [], externalEnums: [] },
  });
  return { isEmpty: exitCode === 0, sql: stdout ?? '' };
}

/** The part of WebAssembly used here; the types of Node 20 do not declare it as a value. */
interface WebAssemblyOfNode {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

let loaded: Engine | undefined;

/**
 * Loads the engine by hand: the package's own entry expects a bundler that can import .wasm files.
 * Only once: its JavaScript half keeps views of the memory of one instance.
 */
async function loadEngine(): Promise<Engine> {
  if (loaded !== undefined) return loaded;
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyOfNode }).WebAssembly;
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const glue = (await import(pathToFileURL(entry).href)) as Engine & {
    __wbg_set_wasm(exports: object): void;
  };
  const module = new Module(readFileSync(entry.replace(/\.js$/, '.wasm')));
  const { exports } = new Instance(module, { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(exports);
  (exports as { __wbindgen_start(): void }).__wbindgen_start();
  loaded = glue;
  return glue;
}

function shadowFactory() {
  const connect = async (): Promise<SqlDriverAdapter> => {
    const client = new PGlite();
    const adapter = await new PrismaPGlite(client).connect();
    // The adapter's own does not wait for the script, so an error in it would go unheard.
    adapter.executeScript = async (script) => void (await client.exec(script));
    return adapter;
  };
  return { provider: 'postgres', adapterName: 'pglite', connect, connectToShadowDb: connect } as const;
}

function readMigrations(folder: string) {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted((a, b) => (a < b ? -1 : 1));
  const lock = path.join(folder, 'migration_lock.toml');
  return {
    baseDir: path.resolve(folder),
    lockfile: {
      path: 'migration_lock.toml',
      content: existsSync(lock) ? readFileSync(lock, 'utf8') : null,
    },
    shadowDbInitScript: '',
    migrationDirectories: names.map((name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: {
          tag: 'ok' as const,
          value: readFileSync(path.join(folder, name, 'migration.sql'), 'utf8'),
        },
      },
    })),
  };
}
