// What benchmarks of journeys stand on: servers of their own, workers in this process, members, and an account of what is used.
// Everything with the embedded defaults and through the doors that production uses. Not the measuring itself.
import { readFileSync, readdirSync } from 'node:fs';
import type { Playbook } from '../engine/document.ts';
import { OwnServers } from '../test/support/temporal-own.ts';
import { Stage, type Launching } from '../test/support/temporal-play.ts';
import { workflowId } from '../workers/contract.ts';
import { newId } from '../workers/store/id.ts';

/** What has been used so far. CPU in seconds; 0 where the system does not tell. */
export interface Usage {
  readonly wall: number;
  readonly worker: number;
  readonly postgres: number;
  readonly temporal: number;
  readonly databaseMb: number;
}

/** The members of a benchmark and the group that they are in. */
export interface Audience {
  readonly community: string;
  readonly groups: readonly string[];
}

/** Tells the person who waits what is going on; figures go to the standard output, this does not. */
export const progress = (line: string): void => void process.stderr.write(`  ${line}\n`);

/** Servers, workers and a team. */
export class Stand {
  readonly servers: OwnServers;
  readonly stage: Stage;

  private constructor(servers: OwnServers, stage: Stage) {
    this.servers = servers;
    this.stage = stage;
  }

  static async start(taskQueue: string): Promise<Stand> {
    const servers = await OwnServers.start();
    const { temporal, databaseUrl } = servers;
    const stage = new Stage({ temporal, databaseUrl, taskQueue });
    await stage.startWorkers();
    return new Stand(servers, stage);
  }

  async stop(): Promise<void> {
    await this.stage.close();
    await this.servers.stop();
  }

  /** Makes members in a group of their own. */
  async members(count: number): Promise<Audience> {
    const { pool } = this.stage.store;
    const team = await this.stage.team();
    const [community, group] = [newId(), newId()];
    await pool.query(
      `insert into community (id, team_id, name, created_at) values ($1::uuid, $2, $1::uuid::text, now())`,
      [community, team],
    );
    await pool.query(
      `insert into community_group (id, team_id, community_id, name, created_at) values ($1::uuid, $2, $3, $1::uuid::text, now())`,
      [group, team, community],
    );
    await pool.query(
      `with made as (
         insert into member (id, team_id, display_name, joined_at)
         select gen_random_uuid(), $1, 'Member ' || n, now() from generate_series(1, $2::int) as n returning id)
       insert into membership (id, team_id, member_id, group_id, joined_at)
       select gen_random_uuid(), $1, id, $3, now() from made`,
      [team, count, group],
    );
    return { community, groups: [group] };
  }

  /** Publishes a playbook and makes a run of it; its workflows are begun by the caller. */
  async prepare(document: Playbook, launching: Launching = {}): Promise<string> {
    const { run } = await this.stage.prepare(document, launching);
    return run;
  }

  /** History events of a workflow and of all that it continued as. */
  async events(run: string, shard = 0): Promise<number> {
    const id = workflowId(run, shard);
    const { workflow } = this.stage.temporal.client;
    let events = 0;
    for await (const { historyLength } of workflow.list({ query: `WorkflowId = '${id}'` })) {
      events += historyLength ?? 0;
    }
    return events;
  }

  async usage(): Promise<Usage> {
    const { rows } = await this.stage.store.pool.query<{ bytes: number }>(
      'select pg_database_size(current_database()) as bytes',
    );
    const { user, system } = process.cpuUsage();
    return {
      wall: performance.now() / 1_000,
      worker: (user + system) / 1e6,
      postgres: cpuOf(this.servers.pid('postgres')),
      temporal: cpuOf(this.servers.pid('temporal')),
      databaseMb: (rows[0]?.bytes ?? 0) / 2 ** 20,
    };
  }
}

/** What was used between two moments. */
export function between(before: Usage, after: Usage): Usage {
  const keys = ['wall', 'worker', 'postgres', 'temporal', 'databaseMb'] as const;
  return Object.fromEntries(keys.map((key) => [key, after[key] - before[key]])) as unknown as Usage;
}

/** CPU seconds of a process and of all that descend from it, the ended ones included. Linux only. */
function cpuOf(root: number): number {
  if (process.platform !== 'linux') return 0;
  const parents = new Map<number, number>();
  const ticks = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // The name of the program stands in parentheses and may hold anything.
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
        .map(Number);
      const [, parent = 0] = fields;
      const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
      parents.set(Number(name), parent);
      ticks.set(Number(name), user + system + endedUser + endedSystem);
    } catch {
      // It has ended between the listing and the reading.
    }
  }
  const belongs = (pid: number | undefined): boolean =>
    pid !== undefined && pid > 1 && (pid === root || belongs(parents.get(pid)));
  const sum = [...ticks].reduce((total, [pid, used]) => total + (belongs(pid) ? used : 0), 0);
  return sum / 100;
}

/** Rounded to so many digits behind the point. */
export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits));
