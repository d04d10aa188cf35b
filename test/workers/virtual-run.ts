// Drives a run in compressed time without Temporal: the interpreter, the store and the effects on a real database.
// What the shard's workflow does with timers and activities is done here with a loop, so a fortnight takes a second.
import { canonicalJson } from '../../engine/compile/hash.ts';
import type { Playbook } from '../../engine/document.ts';
import { compile } from '../../engine/index.ts';
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Plan } from '../../engine/plan.ts';
import { advance, start } from '../../engine/run/advance.ts';
import { standing } from '../../engine/run/inspect.ts';
import type { BatchResult, Commands } from '../../engine/run/protocol.ts';
import { steps } from '../../engine/steps/index.ts';
import { graphOf, playbook, type Sketch } from '../support/temporal-play.ts';
import { packResults } from '../../workers/packed/payloads.ts';
import { perform } from '../../workers/effects/perform.ts';
import type { Deps } from '../../workers/effects/work.ts';
import { inTransaction, type Store } from '../../workers/store/client.ts';
import { drain } from '../../workers/store/drain.ts';
import { publishVersion, storePlan } from '../../workers/store/plan.ts';
import { createRun, type LaunchRequest } from '../../workers/store/launch.ts';
import { leaveNow } from '../../workers/store/run-end.ts';
import { settle } from '../../workers/store/settle.ts';

/** A team to which everything of a test belongs. */
export async function makeTeam(store: Store): Promise<number> {
  const { rows } = await store.pool.query<{ id: number }>(
    `insert into team (name, created_at) values ('测试团队', instant_of(0)) returning id`,
  );
  return rows[0]!.id;
}

/** What effects need, with a wall clock that stands still. */
export function depsOf(store: Store, wall: Instant, more: Partial<Deps> = {}): Deps {
  return {
    store,
    clock: () => wall,
    allowPrivateAddresses: false,
    startRun: async () => {},
    adapters: {},
    keyring: undefined,
    startShards: async () => {},
    ...more,
  };
}

/** A playbook whose campaign does nothing but launch one journey, node `launch`. */
export function journeyPlaybook(sketch: Sketch, extra: Partial<Playbook> = {}): Playbook {
  return playbook(
    {
      begin: ['start', {}, { out: 'launch' }],
      launch: ['journey', { journey: 'all' }, { launched: 'over' }],
      over: ['end', {}],
    },
    { journeys: { all: { title: { 'zh-CN': '大家' }, graph: graphOf(sketch) } }, ...extra },
  );
}

/** Publishes a document and launches it. */
export async function launchRun(
  store: Store,
  team: number,
  launch: {
    readonly document: Playbook;
    readonly params?: JsonObject;
    readonly startAt: Instant;
  } & Partial<LaunchRequest>,
): Promise<{ readonly run: string; readonly plan: Plan }> {
  const { document, params = {}, startAt, ...more } = launch;
  const open = planOf(document);
  const plan = planOf(document, params);
  const now = startAt;
  const version = await inTransaction(store.pool, async (sql) => {
    for (const it of [open, plan]) await storePlan(sql, { team, plan: it, bytes: canonicalJson(it), now });
    return publishVersion(sql, { team, document, planHash: open.hash, problems: [], now });
  });
  const { run } = await createRun(store, {
    team,
    playbook: version.playbook,
    version: version.id,
    planHash: plan.hash,
    params: plan.params,
    roles: {},
    seed: 1,
    mode: 'fast',
    startAt,
    now,
    ...more,
  });
  return { run, plan };
}

function planOf(document: Playbook, params?: JsonObject): Plan {
  const { plan, problems } = compile(document, params);
  if (plan === undefined) throw new Error(JSON.stringify(problems, undefined, 1));
  return plan;
}

/** A run that is driven from instant to instant. */
export class VirtualRun {
  now: Instant;
  isDone = false;
  readonly #deps: Deps;
  readonly #run: string;
  readonly #plan: Plan;
  readonly #state;
  #commands: Commands;
  #cursor = 0;
  #advances = 0;
  #told: { readonly cursor: number; readonly results: readonly BatchResult[] } = { cursor: 0, results: [] };

  constructor(
    deps: Deps,
    run: string,
    plan: Plan,
    begin: { readonly startAt: Instant; readonly seed: number },
  ) {
    this.#deps = deps;
    this.#run = run;
    this.#plan = plan;
    this.now = begin.startAt;
    const begun = start(plan, steps, { seed: begin.seed, now: begin.startAt });
    this.#state = begun.state;
    this.#commands = begun.commands;
  }

  /** Runs until nothing more happens, or `until`. */
  async runUntil(until: Instant = Infinity): Promise<void> {
    let due = await this.#settleInstant();
    while (!this.isDone) {
      const next = Math.min(this.#commands.wake ?? Infinity, due ?? Infinity);
      if (next > until || next === Infinity) return;
      this.now = Math.max(this.now, next);
      const drained = await this.#drain();
      this.#advance({ entries: drained.entries, results: [] });
      due = await this.#settleInstant();
    }
  }

  async #settleInstant(): Promise<Instant | null> {
    for (;;) {
      const { calls } = this.#commands;
      await this.#settle();
      const { results } = await perform(this.#deps, { run: this.#run, calls });
      let drained = await this.#drain();
      if (this.#commands.done && drained.entries.length === 0 && !drained.over) {
        await leaveNow(this.#deps.store, {
          run: this.#run,
          shard: 0,
          now: this.now,
          wall: this.#deps.clock(),
        });
        drained = await this.#drain();
      }
      this.isDone = drained.over;
      if (this.isDone || (drained.entries.length === 0 && results.length === 0)) return drained.due;
      this.#advance({ entries: drained.entries, results: [...results] });
    }
  }

  async #drain() {
    const { store } = this.#deps;
    const drained = await drain(store, { run: this.#run, shard: 0 }, { cursor: this.#cursor, now: this.now });
    this.#cursor = drained.cursor;
    return drained;
  }

  #advance(tick: {
    readonly entries: Parameters<typeof advance>[3]['tick']['entries'] & {};
    readonly results: BatchResult[];
  }): void {
    this.#told = { cursor: this.#cursor, results: tick.results };
    this.#commands = advance(this.#plan, steps, this.#state, { tick, now: this.now });
  }

  async #settle(): Promise<void> {
    this.#advances += 1;
    await settle(this.#deps.store, {
      run: this.#run,
      shard: 0,
      advance: this.#advances,
      now: this.now,
      wall: this.#deps.clock(),
      settlement: this.#commands,
      counts: standing(this.#state),
      told: { cursor: this.#told.cursor, reissued: false, results: packResults(this.#told.results) },
      drain: { cursor: this.#cursor, until: this.now },
    });
  }
}
