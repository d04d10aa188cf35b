// A stage for playbooks: workers on a database and a Temporal server, and what tests and benchmarks do with them.
// Everything goes through the doors that production uses: compile, store, launch, inbox. Not who starts the servers.
import { randomBytes } from 'node:crypto';
import { canonicalJson } from '../../engine/compile/hash.ts';
import type { Playbook } from '../../engine/document.ts';
import { compile } from '../../engine/index.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Plan } from '../../engine/plan.ts';
import type { Control } from '../../engine/run/protocol.ts';
import { drainNow, launch, nudge } from '../../workers/client.ts';
import { workflowId } from '../../workers/contract.ts';
import { startCrew, type Crew, type CrewOptions } from '../../workers/crew.ts';
import { inTransaction, openStore, type Store } from '../../workers/store/client.ts';
import { command } from '../../workers/store/control.ts';
import { publishVersion, storePlan } from '../../workers/store/plan.ts';
import { createRun, type LaunchRequest } from '../../workers/store/launch.ts';
import { runOf } from '../../workers/store/run.ts';
import { openTemporal, type Temporal } from '../../workers/temporal.ts';
import { bundleOfThisRun } from './bundle.ts';

/** How a test launches a playbook. `community` and `groups`: real members, in place of so many synthetic ones. */
export interface Launching extends Pick<LaunchRequest, 'community' | 'groups'> {
  readonly mode?: 'real' | 'fast';
  readonly params?: JsonObject;
  readonly startAt?: number;
  readonly seed?: number;
  readonly members?: number;
  readonly script?: readonly JsonObject[];
  readonly maxEvents?: number;
}

/** One visit that was left, as the database tells it. */
export interface Step {
  readonly at: number;
  readonly node: string;
  readonly ordinal: number;
  readonly lap: number;
  readonly port: string | null;
}

/** A stage with its workers. */
export class Stage {
  readonly store: Store;
  readonly temporal: Temporal;
  readonly databaseUrl: string;
  readonly #options: Omit<CrewOptions, 'bundle'>;
  #crew: Crew | undefined;
  #team: number | undefined;

  constructor(options: Omit<CrewOptions, 'bundle'> & { readonly taskQueue: string }) {
    this.#options = options;
    this.databaseUrl = options.databaseUrl;
    this.store = openStore(options.databaseUrl, 3);
    this.temporal = openTemporal(options.temporal, options.taskQueue);
  }

  async startWorkers(): Promise<void> {
    this.#crew = await startCrew({ ...this.#options, bundle: await bundleOfThisRun() });
  }

  async stopWorkers(): Promise<void> {
    await this.#crew?.stop();
    this.#crew = undefined;
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    await this.temporal.close();
    await this.store.close();
  }

  /** Publishes and launches a playbook; returns the run's id. */
  async launch(document: Playbook, launching: Launching = {}): Promise<string> {
    const { run } = await this.prepare(document, launching);
    await this.begin(run, launching);
    return run;
  }

  /** Everything of a launch but the workflow's start. */
  async prepare(document: Playbook, launching: Launching = {}): Promise<{ run: string; plan: Plan }> {
    const now = Date.now();
    const { community, groups, members } = launching;
    const team = await this.team();
    const plan = planOf(document, launching.params ?? {});
    const { pool } = this.store;
    await storePlan(pool, { team, plan, bytes: canonicalJson(plan), now });
    const publication = { team, document, planHash: plan.hash, problems: [], now };
    const version = await inTransaction(pool, (sql) => publishVersion(sql, publication));
    const { run } = await createRun(this.store, {
      team,
      playbook: version.playbook,
      version: version.id,
      planHash: plan.hash,
      params: plan.params,
      roles: {},
      ...(community === undefined ? { members: members ?? 0 } : { community }),
      ...(groups === undefined ? {} : { groups }),
      seed: launching.seed ?? 1,
      mode: launching.mode ?? 'real',
      script: launching.script ?? [],
      startAt: launching.startAt ?? now,
      now,
    });
    return { run, plan };
  }

  async begin(run: string, { maxEvents }: Launching = {}): Promise<void> {
    const facts = await runOf(this.store.pool, run);
    if (facts === undefined) throw new Error(`no run ${run}`);
    await launch(this.temporal, facts, maxEvents === undefined ? {} : { maxEvents });
  }

  /** Gives an operator's command, as the server does (`now`: when it did), and waits until the shard has obeyed. */
  async command(
    run: string,
    control: Control,
    { now = Date.now(), ...facts }: { params?: JsonObject; now?: number } = {},
  ): Promise<void> {
    const { pool } = this.store;
    await nudge(this.store, this.temporal, await command(pool, { run, control, ...facts, by: 'test', now }));
    await drainNow(this.temporal, { run, shard: 0 });
  }

  /** Waits for the workflow's end. */
  async finished(run: string): Promise<void> {
    await this.temporal.client.workflow.getHandle(workflowId(run, 0)).result();
  }

  /** The run ids of a run's workflow and of what it continued as, oldest first. */
  async chain(run: string): Promise<string[]> {
    const id = workflowId(run, 0);
    const { workflow } = this.temporal.client;
    const chain = [(await workflow.getHandle(id).describe()).runId];
    for (;;) {
      const { events } = await workflow.getHandle(id, chain[0]).fetchHistory();
      const before = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
      if (before === undefined || before === null || before === '') return chain;
      chain.unshift(before);
    }
  }

  /** What was passed, by instant, node and lap. */
  async steps(run: string): Promise<Step[]> {
    const facts = await runOf(this.store.pool, run);
    const { rows } = await this.store.pool.query<Omit<Step, 'node'> & { node: number }>(
      'select ms_of(at) as at, node, ordinal, lap, port from passed where run_id = $1',
      [run],
    );
    return rows
      .map((row) => ({ ...row, node: facts?.plan.nodes[row.node]?.id ?? '?' }))
      .toSorted((a, b) => a.at - b.at || (a.node < b.node ? -1 : a.node > b.node ? 1 : a.lap - b.lap));
  }

  /** `node:port` of what was passed, in order. */
  async path(run: string): Promise<string[]> {
    return (await this.steps(run)).map(({ node, port }) => (port === null ? node : `${node}:${port}`));
  }

  /** A node's index in the plan of a run. */
  async node(run: string, id: string): Promise<number> {
    const facts = await runOf(this.store.pool, run);
    return facts?.plan.nodes.findIndex((node) => node.id === id) ?? -1;
  }

  /** One number from the database. */
  async count(sql: string, ...values: unknown[]): Promise<number> {
    const { rows } = await this.store.pool.query<{ n: number }>(
      `select count(*)::int as n from ${sql}`,
      values,
    );
    return rows[0]?.n ?? 0;
  }

  async status(run: string): Promise<string | undefined> {
    return (await runOf(this.store.pool, run))?.status;
  }

  /** Waits until something is so. */
  async until(what: string, holds: () => Promise<boolean>, patienceMs = 120_000): Promise<void> {
    for (const deadline = Date.now() + patienceMs; !(await holds());) {
      if (Date.now() > deadline) throw new Error(`still not so after ${patienceMs} ms: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async team(): Promise<number> {
    if (this.#team !== undefined) return this.#team;
    const { rows } = await this.store.pool.query<{ id: number }>(
      `insert into team (name, created_at) values ('Test', now()) returning id`,
    );
    return (this.#team = rows[0]?.id ?? 0);
  }
}

/** The plan of a document that must compile. */
export function planOf(document: Playbook, params: JsonObject = {}): Plan {
  const { plan, problems } = compile(document, params);
  if (plan === undefined) throw new Error(`does not compile: ${JSON.stringify(problems, null, 1)}`);
  return plan;
}

/** A graph in short: `{ node: [step, config, { port: next }] }`, the first node is where it begins. */
export type Sketch = Readonly<
  Record<string, readonly [step: string, config?: JsonObject, ports?: Readonly<Record<string, string>>]>
>;

/** A playbook in short. */
export function playbook(sketch: Sketch, extra: Partial<Playbook> = {}): Playbook {
  const title = { 'zh-CN': '试演', en: 'Test' };
  return {
    format: 1,
    id: `test-${randomBytes(4).toString('hex')}`,
    title,
    goal: { metric: 'sign_ups', baseline: 0, target: 1, deadline: { for: 'P30D' }, guardrails: [] },
    graph: graphOf(sketch),
    ...extra,
  };
}

/** A graph from its sketch. */
export function graphOf(sketch: Sketch): Playbook['graph'] {
  const nodes = Object.entries(sketch).map(([id, [step, config = {}]]) => ({ id, step, config }));
  const edges = Object.entries(sketch).flatMap(([from, [, , ports = {}]]) =>
    Object.entries(ports).map(([port, to]) => ({ id: `${from}-${port}`, from, port, to })),
  );
  return { nodes, edges };
}
