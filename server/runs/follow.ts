// Playbooks that stay open: when a version is published, a run of it takes the doors over from each run that holds them open.
// Not the taking over: that happens when the new run opens its own door, see workers/store/door.ts.
import { canonicalJson } from '../../engine/compile/hash.ts';
import type { Playbook } from '../../engine/document.ts';
import { entryEvents } from '../../engine/entrance.ts';
import { compile, product } from '../../engine/index.ts';
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Problem } from '../../engine/problem.ts';
import type { Sql } from '../../workers/store/client.ts';
import { ruleOf } from '../../workers/store/comers.ts';
import { isSynthetic } from '../../workers/store/community.ts';
import { command } from '../../workers/store/control.ts';
import { mayStart } from '../../workers/compute/may-start.ts';
import type { Version } from '../../workers/store/plan.ts';
import { storePlan } from '../../workers/store/plan.ts';
import { createRunIn } from '../../workers/store/launch.ts';
import { runOf, type RunFacts } from '../../workers/store/run.ts';
import { audit } from '../audit.ts';
import type { ComputePool } from '../compute.ts';
import { voiceOf, type Identity } from '../identity/identity.ts';
import type { TeamRegistry } from '../playbooks/registry.ts';
import type { Deps } from '../route.ts';
import { isReachable } from '../settings.ts';
import { rolesOf } from './roles.ts';

/** A version that has just been published. */
export interface Published {
  readonly who: Identity;
  readonly version: Version;
  readonly document: Playbook;
  readonly registry: TeamRegistry;
  /** Runs that could not go on in it, with the codes of what is against it: see {@link unfitRuns}. */
  readonly unfit: ReadonlyMap<string, readonly string[]>;
  readonly now: Instant;
}

/** What becomes of the runs whose doors stand open. */
export interface Following {
  /** `run` takes over from `follows`. */
  readonly followed: readonly { readonly run: string; readonly follows: string }[];
  /** Runs that go on letting members in, because the new version cannot take over: with the codes of its problems. */
  readonly left: readonly { readonly run: string; readonly problems: readonly string[] }[];
}

/**
 * Launches a run of the new version for each run whose doors stand open without an end, with its parameters, people and
 * audience. Needs the transaction of the publication and the partitions of the month; the workflows are to be begun after it.
 */
export async function followOpenRuns(sql: Sql, published: Published): Promise<Following> {
  const followed: Following['followed'][number][] = [];
  const left: Following['left'][number][] = [];
  const { who, version } = published;
  const opened = await openRuns(sql, { team: who.team, playbook: version.playbook, version: version.id });
  for (const run of opened) {
    const successor = await succeed(sql, run, published);
    if ('problems' in successor) {
      left.push({ run: run.id, problems: successor.problems });
      const detail = { version: published.version.number, problems: successor.problems };
      const { who, now } = published;
      await audit(sql, { who, action: 'run.not-followed', subject: `run/${run.id}`, detail, now });
    } else followed.push({ run: successor.run, follows: run.id });
  }
  return { followed, left };
}

/** Real runs for real members that hold a door open, or will, and that no other run follows yet; of all versions but one. */
export async function openRuns(
  sql: Sql,
  {
    team,
    playbook,
    version = null,
  }: { readonly team: number; readonly playbook: string; readonly version?: string | null },
): Promise<RunFacts[]> {
  const { rows } = await sql.query<{ id: string; closed: readonly number[] }>(
    `select r.id,
       array(select e.graph from entrance e where e.run_id = r.id and e.closed_at is not null order by e.graph) as closed
     from run r
     where r.team_id = $1 and r.playbook_id = $2 and r.version_id is distinct from $3 and r.mode = 'real'
       and r.status in ('scheduled', 'running', 'paused')
       and not exists (select from run f where f.playbook_id = r.playbook_id and f.follows_run_id = r.id)
     order by r.id`,
    [team, playbook, version],
  );
  const runs: RunFacts[] = [];
  for (const { id, closed } of rows) {
    const run = await runOf(sql, id);
    if (run !== undefined && !isSynthetic(run) && endlessDoors(run).some((graph) => !closed.includes(graph)))
      runs.push(run);
  }
  return runs;
}

/** The journeys that are entered by event for as long as nobody closes them. */
const endlessDoors = (run: Pick<RunFacts, 'plan'>): number[] =>
  [...entryEvents(run.plan).keys()].filter((graph) => ruleOf(run, graph).open === undefined);

async function succeed(
  sql: Sql,
  before: RunFacts,
  { who, version, document, registry, unfit, now }: Published,
): Promise<{ readonly run: string } | { readonly problems: readonly string[] }> {
  const { team } = who;
  const against = unfit.get(before.id);
  if (against !== undefined) return { problems: against };
  const { plan, problems } = compile(document, known(document, before.params), {
    ...product,
    ...registry,
  });
  if (plan === undefined) return { problems: errorsIn(problems) };
  const doors = new Set(endlessDoors(before).map((graph) => before.plan.graphs[graph]!.id));
  if (!endlessDoors({ plan }).some((graph) => doors.has(plan.graphs[graph]!.id)))
    return { problems: ['no-door'] };
  const { roles } = before;
  const isCast = Object.keys(roles).length > 0;
  if (isCast && rolesOf(plan).some((role) => (roles[role] ?? []).length === 0))
    return { problems: ['role-unfilled'] };
  await storePlan(sql, { team, plan, bytes: canonicalJson(plan), now });
  const { run } = await createRunIn(sql, {
    team,
    playbook: version.playbook,
    version: version.id,
    planHash: plan.hash,
    params: plan.params,
    roles,
    ...(before.community === null ? {} : { community: before.community }),
    groups: before.groups,
    seed: before.seed,
    mode: 'real',
    startAt: now,
    now,
    ...(who.kind === 'user' ? { by: who.id } : {}),
    key: `follow/${before.id}/${version.id}`,
    follows: before.id,
  });
  // Whoever holds the one holds the other.
  if (before.status === 'paused') await command(sql, { run, control: { do: 'pause' }, by: who.id, now });
  const detail = { follows: before.id, version: version.number };
  await audit(sql, { who, action: 'run.follow', subject: `run/${run}`, detail, now });
  return { run };
}

const errorsIn = (problems: readonly Problem[]): string[] => [
  ...new Set(problems.flatMap(({ code, severity }) => (severity === 'error' ? [code] : []))),
];

/**
 * Which open runs could not go on in a document with the parameters that each was launched with: the decision of a launch,
 * budgets of channels included. Asked before the transaction of the publication: it takes rehearsals.
 */
export async function unfitRuns(
  { store, keyring, publicUrl }: Pick<Deps, 'store' | 'keyring' | 'publicUrl'>,
  {
    who,
    playbook,
    document,
    now,
  }: Pick<Published, 'who' | 'document' | 'now'> & { readonly playbook: string },
  threads: ComputePool,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  const means = { keyring, isReachable: isReachable(publicUrl), threads, caller: voiceOf(who) };
  for (const run of await openRuns(store.pool, { team: who.team, playbook })) {
    const params = known(document, run.params);
    const verdict = await mayStart(
      store.pool,
      { team: who.team, document, params, isReal: true, now },
      means,
    );
    if (verdict.plan === undefined) found.set(run.id, errorsIn(verdict.problems));
  }
  return found;
}

/** The parameters that the new version still has. */
function known({ params }: Playbook, given: JsonObject): JsonObject {
  const declared = (params as { readonly properties?: JsonObject } | undefined)?.properties ?? {};
  return Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(declared, name)));
}
