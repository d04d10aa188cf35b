// A PostgreSQL and a Temporal server of the caller's own, to be killed and brought back: for tests of survival, for benchmarks.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readSettings } from '../../server/settings.ts';
import { startPostgres, type Postgres } from '../../server/start/postgres.ts';
import { hasEnded, signal } from '../../server/start/process.ts';
import { findTemporal } from '../../server/start/temporal-program.ts';
import { startTemporal, type TemporalServer } from '../../server/start/temporal.ts';
import { migrate } from '../../workers/store/migrate.ts';
import type { TemporalAddress } from '../../workers/temporal.ts';

const MIGRATIONS = path.resolve(import.meta.dirname, '../../prisma/migrations');
const NAMESPACE = 'default';

/** Both servers, on a folder that goes with them. */
export class OwnServers {
  readonly folder: string;
  #postgres: Postgres;
  #temporal: TemporalServer;

  private constructor(folder: string, postgres: Postgres, temporal: TemporalServer) {
    this.folder = folder;
    this.#postgres = postgres;
    this.#temporal = temporal;
  }

  static async start(): Promise<OwnServers> {
    const folder = mkdtempSync(path.join(tmpdir(), 'kindling-own-'));
    chmodSync(folder, 0o755);
    const [postgres, temporal] = await Promise.all([postgresIn(folder), temporalIn(folder)]);
    await migrate(postgres.url(), MIGRATIONS);
    return new OwnServers(folder, postgres, temporal);
  }

  get databaseUrl(): string {
    return this.#postgres.url();
  }

  get temporal(): TemporalAddress {
    return { address: this.#temporal.address, namespace: NAMESPACE };
  }

  /** The process that the others of a server descend from. */
  pid(which: 'postgres' | 'temporal'): number {
    return (which === 'postgres' ? this.#postgres : this.#temporal).pid;
  }

  /** kill -9; returns when the process is gone. */
  async kill(which: 'postgres' | 'temporal'): Promise<void> {
    const { pid } = which === 'postgres' ? this.#postgres : this.#temporal;
    signal(pid, 'SIGKILL');
    await hasEnded(pid, 10_000);
  }

  /** Brings a killed one back, as the supervisor does. */
  async restart(which: 'postgres' | 'temporal'): Promise<void> {
    if (which === 'postgres') this.#postgres = await postgresIn(this.folder);
    else this.#temporal = await temporalIn(this.folder);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#temporal.stop(), this.#postgres.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const postgresIn = (folder: string): Promise<Postgres> =>
  startPostgres({ dir: path.join(folder, 'postgres') });

async function temporalIn(folder: string): Promise<TemporalServer> {
  const program = await findTemporal({ cache: readSettings().cache, offline: true });
  const dir = path.join(folder, 'temporal');
  for (let tries = 1; ; tries += 1) {
    try {
      return await startTemporal({ dir, program, namespace: NAMESPACE, retentionDays: 1 });
    } catch (error) {
      // Another test that starts at the same moment has taken one of its ports; others are chosen, as the supervisor does it.
      if (tries === 3) throw error;
    }
  }
}
