// Whether a playbook may begin: one decision for every way to launch it (by a person, the clock, an event, another playbook).
// Not the launching. Nothing of a run on synthetic members or in compressed time goes out by the team's channels.
import type { Playbook } from '../../engine/document.ts';
import { compile, product, productFor, type Registry } from '../../engine/index.ts';
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Plan } from '../../engine/plan.ts';
import type { Problem } from '../../engine/problem.ts';
import { attributesOf } from '../store/attributes.ts';
import type { Sql } from '../store/client.ts';
import type { Keyring } from '../store/keyring.ts';
import { channelsOf } from '../store/team-channels.ts';
import { work, type Job, type Outcome } from './job.ts';
import { NotDone } from './pool.ts';

/** What is to begin. */
export interface Beginning {
  readonly team: number;
  readonly document: Playbook;
  readonly params: JsonObject;
  /** For people, by the team's channels. */
  readonly isReal: boolean;
  readonly now: Instant;
}

/** What a process brings along. */
export interface Means {
  /** Opens the secrets of channel accounts. */
  readonly keyring: Keyring | undefined;
  /** The world reaches this installation's pages. */
  readonly isReachable?: boolean | undefined;
  /** Rehearses beside the process; without it that is done here. */
  readonly threads?: { run(caller: string, job: Job): Promise<Outcome> } | undefined;
  /** On whose account the threads work. */
  readonly caller?: string;
}

/** Its plan, and what people should know; or the problems for which it may not begin. */
export type Verdict =
  | { readonly plan: Plan; readonly warnings: readonly Problem[] }
  | { readonly plan?: undefined; readonly problems: readonly Problem[] };

const HERE = { run: async (_caller: string, job: Job): Promise<Outcome> => work(job) };

/** Decides. Messages against budgets are counted by a rehearsal, and only where a channel has a budget. */
export async function mayStart(sql: Sql, beginning: Beginning, means: Means): Promise<Verdict> {
  const { document, params } = beginning;
  const registry = await registryFor(sql, beginning, means);
  const { plan, problems } = compile(document, params, registry);
  if (plan === undefined) return { problems };
  const tooMany = await overBudget(beginning, registry, means);
  return tooMany === undefined ? { plan, warnings: problems } : { problems: tooMany };
}

async function registryFor(
  sql: Sql,
  { team, isReal, now }: Beginning,
  { keyring, isReachable = true }: Means,
): Promise<Registry> {
  const attributes = await attributesOf(sql, team);
  if (!isReal) return productFor(attributes);
  const opens = (keyId: string): boolean => keyring?.has(keyId) ?? false;
  const channels = await channelsOf(sql, team, { opens, now });
  return { ...product, attributes, channels, isReachable };
}

async function overBudget(
  { document, params, team, now }: Beginning,
  { attributes, channels = [], isReachable }: Registry,
  { threads = HERE, caller = `team/${team}` }: Means,
): Promise<readonly Problem[] | undefined> {
  if (channels.every(({ budgets }) => budgets.length === 0)) return undefined;
  const job: Job = {
    kind: 'check',
    document,
    params,
    now,
    channels,
    ...(attributes === undefined ? {} : { attributes }),
    ...(isReachable === undefined ? {} : { isReachable }),
  };
  try {
    const outcome = await threads.run(caller, job);
    return outcome.kind === 'checked' && outcome.plan === null ? outcome.problems : undefined;
  } catch (error) {
    // What cannot be foretold in time is not refused: the gate keeps the budget whatever was foretold.
    if (error instanceof NotDone && error.code === 'check-too-long') return undefined;
    throw error;
  }
}
