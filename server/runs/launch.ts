// Launching: checks everything that a launch names, binds the parameters, makes the run and has its workflow begun.
// When Temporal does not answer yet the run waits, and begins as soon as it does.
import { canonicalJson } from '../../engine/compile/hash.ts';
import { anchorsIn } from '../../engine/effects/instant.ts';
import { isoOf, type Instant } from '../../engine/instant.ts';
import { pastMoments } from '../../engine/calendar/moments.ts';
import { parseLocal } from '../../engine/calendar/resolve.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Plan } from '../../engine/plan.ts';
import type { Problem } from '../../engine/problem.ts';
import { parseScript } from '../../engine/script.ts';
import { communityOf } from '../../engine/simulate.ts';
import { steps } from '../../engine/steps/index.ts';
import { CannotSkipTime, launch as begin } from '../../workers/client.ts';
import { inTransaction, type Sql } from '../../workers/store/client.ts';
import { storePlan } from '../../workers/store/plan.ts';
import { createRunIn, ensureLaunchMonth } from '../../workers/store/launch.ts';
import { runOf } from '../../workers/store/run.ts';
import { SHARD_SIZE } from '../../workers/store/shard.ts';
import { audit } from '../audit.ts';
import type { ComputePool } from '../compute.ts';
import type { Identity } from '../identity/identity.ts';
import { planToStart } from './may-start.ts';
import { versionOf, type VersionRow } from '../playbooks/store.ts';
import { Refusal, wrongValue } from '../refusal.ts';
import type { Deps } from '../route.ts';
import { rolesOf, type Cast } from './roles.ts';

/** What somebody asks for. */
export interface LaunchOrder {
  readonly playbook: string;
  /** Default: the newest. */
  readonly version?: number;
  readonly params?: JsonObject;
  readonly roles?: Cast;
  readonly community?: string;
  readonly groups?: readonly string[];
  readonly members?: number;
  readonly seed?: number;
  readonly start?: string;
  readonly fast?: boolean;
  readonly script?: readonly unknown[];
  /** A repeated order with the same key finds the first run. */
  readonly key?: string;
  /** Launches although some of its moments have passed. */
  readonly confirm?: boolean;
}

/** How long a launch waits for Temporal before the run waits instead. */
const PATIENCE_MS = 3_000;

/** Launches. `waiting`: the run is made, and begins when Temporal answers. */
export async function launch(
  deps: Deps,
  {
    pool: threads,
    who,
    order,
    now,
  }: {
    readonly pool: ComputePool;
    readonly who: Identity;
    readonly order: LaunchOrder;
    readonly now: Instant;
  },
): Promise<{
  readonly run: string;
  readonly created: boolean;
  readonly waiting: boolean;
  readonly plan: string;
  /** What whoever launches it should know. */
  readonly warnings: readonly Problem[];
}> {
  const { pool } = deps.store;
  const version = await versionOf(pool, { team: who.team, playbook: order.playbook, number: order.version });
  if (version === undefined) throw new Refusal('not-found');
  const fast = order.fast === true;
  const { plan, warnings } = await planToStart(
    deps,
    {
      team: who.team,
      document: version.document,
      params: order.params ?? {},
      isReal: !fast && isReal(order),
      now,
    },
    { threads, who },
  );
  if (fast && (order.members ?? 0) > SHARD_SIZE) {
    throw new Refusal('too-many-when-fast', { place: '/members', values: { limit: SHARD_SIZE } });
  }
  const script = scriptFor(order, plan);
  const startAt = startOf(order, plan, now);
  await checkAudience(pool, who.team, order);
  // In compressed time the staff is simulated; whoever names no cast leaves the work to the roles of the team.
  await checkCast(pool, who.team, {
    cast: order.roles ?? {},
    plan: fast || order.roles === undefined ? undefined : plan,
  });
  const temporal = await temporalNow(deps);
  if (fast && temporal === 'cannot-skip') throw new Refusal('cannot-skip-time');
  await ensureLaunchMonth(pool, now);
  const { run, created } = await inTransaction(pool, async (sql) => {
    await storePlan(sql, { team: who.team, plan, bytes: canonicalJson(plan), now });
    const launched = await createRunIn(sql, requestOf(who, version, { order, plan, script, startAt, now }));
    if (launched.created) {
      if (!fast && order.confirm !== true) refusePast(plan, startAt);
      await audit(sql, {
        who,
        action: fast ? 'run.launch-fast' : 'run.launch',
        subject: `run/${launched.run}`,
        detail: { playbook: version.playbook, version: version.number },
        now,
      });
    }
    return launched;
  });
  const isBegun = temporal !== 'away' && (await begun(deps, run));
  return { run, created, waiting: !isBegun, plan: plan.hash, warnings };
}

/** It is for people, not for a synthetic community. */
const isReal = ({ community, groups = [] }: LaunchOrder): boolean =>
  community !== undefined || groups.length > 0;

/** A real run that begins after some of its moments must have been meant so. In compressed time it is tried out. */
function refusePast(plan: Plan, start: Instant): void {
  const past = pastMoments(plan, anchorsIn(plan.params, plan.zone), start);
  if (past.length === 0) return;
  const nodes = [...new Set(past.map(({ node }) => node))];
  throw new Refusal('dates-passed', {
    place: '/confirm',
    values: { count: nodes.length, nodes: nodes.slice(0, 5).join(', ') },
    extra: () => ({ past: past.map(({ at, ...it }) => ({ ...it, at: isoOf(at) })) }),
  });
}

function requestOf(
  who: Identity,
  version: VersionRow,
  made: {
    readonly order: LaunchOrder;
    readonly plan: Plan;
    readonly script: readonly JsonObject[];
    readonly startAt: Instant;
    readonly now: Instant;
  },
) {
  const { order, plan, script, startAt, now } = made;
  const { seed } = communityOf(version.document.rehearsal, { seed: order.seed });
  return {
    team: who.team,
    playbook: version.playbook,
    version: version.id,
    planHash: plan.hash,
    params: plan.params,
    roles: order.roles ?? {},
    ...(order.community === undefined ? {} : { community: order.community }),
    groups: order.groups ?? [],
    members: isReal(order) ? 0 : (order.members ?? 0),
    seed,
    mode: order.fast === true ? ('fast' as const) : ('real' as const),
    script,
    startAt,
    now,
    ...(who.kind === 'user' ? { by: who.id } : {}),
    ...(order.key === undefined ? {} : { key: order.key }),
  };
}

/** Has the workflow begin, or leaves it to the sweeper of the workers. */
export async function begun({ store, temporal }: Deps, run: string): Promise<boolean> {
  const facts = await runOf(store.pool, run);
  if (facts === undefined) return false;
  try {
    await temporal.client.withDeadline(Date.now() + PATIENCE_MS, () => begin(temporal, facts));
    return true;
  } catch (error) {
    if (error instanceof CannotSkipTime) throw error;
    return false;
  }
}

/** Whether Temporal answers, and whether it can compress time. */
async function temporalNow({ temporal }: Deps): Promise<'skips' | 'cannot-skip' | 'away'> {
  try {
    const skips = await temporal.client.withDeadline(Date.now() + PATIENCE_MS, () => temporal.canSkip());
    return skips ? 'skips' : 'cannot-skip';
  } catch {
    return 'away';
  }
}

function scriptFor({ script = [], fast, start }: LaunchOrder, plan: Plan): readonly JsonObject[] {
  if (fast !== true && script.length > 0) {
    throw new Refusal('only-when-fast', { place: '/script', values: { place: 'script' } });
  }
  if (fast !== true && start !== undefined) {
    throw new Refusal('only-when-fast', { place: '/start', values: { place: 'start' } });
  }
  const { problems } = parseScript(script, plan, steps);
  if (problems.length > 0) {
    throw new Refusal('script-has-problems', {
      place: `/script/${problems[0]?.entry ?? 0}`,
      values: { count: problems.length },
      extra: (language) => ({
        problems: problems.map((it) => ({ place: `/script/${it.entry}`, message: it[language] })),
      }),
    });
  }
  return script as readonly JsonObject[];
}

function startOf({ start }: LaunchOrder, { zone }: Plan, now: Instant): Instant {
  if (start === undefined) return now;
  const at = parseLocal(start, zone);
  if (at === undefined) {
    throw wrongValue('/start', '不是时刻', 'it is no instant');
  }
  return at;
}

/** Refuses groups and communities that the team does not have. */
export async function checkAudience(
  sql: Sql,
  team: number,
  { community, groups = [] }: LaunchOrder,
): Promise<void> {
  const { rows } = await sql.query<{ id: string }>(
    `select id from community where team_id = $1 and id = any($2)
     union all select id from community_group where team_id = $1 and id = any($2)`,
    [team, [...groups, ...(community === undefined ? [] : [community])]],
  );
  const known = new Set(rows.map(({ id }) => id));
  const bad = groups.findIndex((id) => !known.has(id));
  if (bad >= 0) throw new Refusal('unknown-group', { place: `/groups/${bad}`, values: { id: groups[bad]! } });
  if (community !== undefined && !known.has(community)) {
    throw new Refusal('unknown-group', { place: '/community', values: { id: community } });
  }
}

/** Refuses a cast with somebody who is no colleague, and one that leaves a role of the plan open. */
export async function checkCast(
  sql: Sql,
  team: number,
  { cast, plan }: { readonly cast: Cast; readonly plan: Plan | undefined },
): Promise<void> {
  const named = [...new Set(Object.values(cast).flat())];
  const { rows } = await sql.query<{ id: string }>(
    'select id from user_account where team_id = $1 and disabled_at is null and id::text = any($2)',
    [team, named],
  );
  const known = new Set(rows.map(({ id }) => id));
  const stranger = named.find((id) => !known.has(id));
  if (stranger !== undefined)
    throw new Refusal('unknown-user', { place: '/roles', values: { id: stranger } });
  if (plan === undefined) return;
  const open = rolesOf(plan).filter((role) => !Object.hasOwn(cast, role) || (cast[role] ?? []).length === 0);
  if (open.length > 0) {
    throw new Refusal('role-unfilled', {
      place: '/roles',
      values: { roles: open.join(', ') },
      extra: () => ({ roles: open }),
    });
  }
}
