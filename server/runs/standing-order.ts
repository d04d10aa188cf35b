// What an order that launches again and again must fit: a playbook that can be launched with these parameters, and people of the team.
// Not what sets it off: see the routes of schedules and of triggers.
import { datedParams } from '../../engine/calendar/moments.ts';
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Plan } from '../../engine/plan.ts';
import type { Problem } from '../../engine/problem.ts';
import type { ComputePool } from '../compute.ts';
import type { Identity } from '../identity/identity.ts';
import { versionOf } from '../playbooks/store.ts';
import { Refusal } from '../refusal.ts';
import type { Deps } from '../route.ts';
import { checkAudience, checkCast } from './launch.ts';
import { planToStart } from './may-start.ts';
import type { Cast } from './roles.ts';

const uuid = { type: 'string', format: 'uuid', maxLength: 36 } as const;

/** What somebody orders, as part of a request's body. */
export const orderProperties = {
  playbook: uuid,
  params: { type: 'object' },
  roles: {
    type: 'object',
    maxProperties: 100,
    additionalProperties: { type: 'array', maxItems: 100, items: uuid },
  },
  community: uuid,
  groups: { type: 'array', maxItems: 1_000, uniqueItems: true, items: uuid },
} as const;

/** An order, as it was written. */
export interface Order {
  readonly playbook: string;
  readonly params?: JsonObject;
  readonly roles?: Cast;
  readonly community?: string;
  readonly groups?: readonly string[];
}

/** What is kept of it, checked. */
export interface CheckedOrder {
  readonly playbook: string;
  readonly plan: Plan;
  /** What whoever orders it should know. */
  readonly warnings: readonly Problem[];
  readonly params: JsonObject;
  readonly roles: Cast;
  readonly audience: JsonObject;
}

/** Checks an order against the newest version of its playbook, as its launches will be. @throws {Refusal} */
export async function checkOrder(
  deps: Pick<Deps, 'store' | 'keyring' | 'publicUrl'>,
  {
    order,
    isPlacedLater = false,
    now,
    who,
    threads,
  }: {
    readonly order: Order;
    /** The audience may come with each occasion. */ readonly isPlacedLater?: boolean;
    readonly now: Instant;
    readonly who: Identity;
    readonly threads: ComputePool;
  },
): Promise<CheckedOrder> {
  const { pool: sql } = deps.store;
  const { team } = who;
  const { playbook, params = {}, roles = {}, community, groups = [] } = order;
  const version = await versionOf(sql, { team, playbook });
  if (version === undefined) throw new Refusal('not-found');
  const { document } = version;
  const isReal = isPlacedLater || community !== undefined || groups.length > 0;
  const beginning = { team, document, params: datedParams(document, params, now), isReal, now };
  const { plan, warnings } = await planToStart(deps, beginning, { threads, who });
  await checkAudience(sql, team, { playbook, groups, ...(community === undefined ? {} : { community }) });
  // Whoever names no cast leaves the work to the roles of the team.
  await checkCast(sql, team, { cast: roles, plan: order.roles === undefined ? undefined : plan });
  return {
    playbook: version.playbook,
    plan,
    warnings,
    params,
    roles,
    audience: {
      ...(community === undefined ? {} : { community }),
      ...(groups.length === 0 ? {} : { groups }),
    },
  };
}
