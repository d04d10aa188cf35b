// A launch that was ordered once and happens again and again: by the clock (schedules) or by events (triggers).
// Not what sets it off. It always starts the newest published version, with the parameters and people of the order.
import { datedParams } from '../../engine/calendar/moments.ts';
import { canonicalJson } from '../../engine/compile/hash.ts';
import type { Playbook } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Plan } from '../../engine/plan.ts';
import { mayStart, type Means, type Verdict } from '../compute/may-start.ts';
import type { Sql } from './client.ts';
import { storePlan } from './plan.ts';
import { createRunIn, type Launched } from './launch.ts';

/** For whom a run is. */
export interface Audience {
  readonly community?: string;
  readonly groups?: readonly string[];
}

/** An order with the newest version of its playbook. */
export interface StandingOrder {
  readonly team: number;
  readonly playbook: string;
  readonly version: string;
  readonly number: number;
  readonly document: Playbook;
  /** Dates may be rules that count from the launch, see `datedParams`. */
  readonly params: JsonObject;
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly audience: Audience;
}

/** The columns of a {@link StandingOrder}, of a table with the alias `o`. To be followed by {@link NEWEST}. */
export const ORDER = `o.team_id as team, o.playbook_id as playbook, v.id as version, v.number, v.document, o.params, o.roles, o.audience`;

/** The newest version of the playbook of `o`; none while it is archived. */
export const NEWEST = `
  join playbook p on p.id = o.playbook_id and p.archived_at is null
  join lateral (
    select id, number, document from playbook_version where playbook_id = o.playbook_id order by number desc limit 1
  ) as v on true`;

/** What sets off one launch. */
export interface Occasion {
  /** The same occasion finds the run that it has launched before. */
  readonly key: string;
  /** schedule/<id> or trigger/<id> */
  readonly by: string;
  readonly startAt: Instant;
  readonly seed: number;
  readonly now: Instant;
  /** The event that the activity itself then knows as `event`. */
  readonly event?: number;
}

/** Decides whether an order may be launched at an instant. Without an audience nothing of it goes out by the team's channels. */
export function mayLaunch(
  sql: Sql,
  { team, document, params, audience }: Pick<StandingOrder, 'team' | 'document' | 'params' | 'audience'>,
  { at, now, means }: { readonly at: Instant; readonly now: Instant; readonly means: Means },
): Promise<Verdict> {
  const isReal = audience.community !== undefined || (audience.groups ?? []).length > 0;
  return mayStart(sql, { team, document, params: datedParams(document, params, at), isReal, now }, means);
}

/** Makes the run of an occasion. Needs the partitions of the month (`ensureLaunchMonth`). */
export async function launchOrder(
  sql: Sql,
  order: StandingOrder,
  plan: Plan,
  { key, by, startAt, seed, now, event }: Occasion,
): Promise<Launched> {
  const { team, playbook, version, roles, audience } = order;
  await storePlan(sql, { team, plan, bytes: canonicalJson(plan), now });
  return createRunIn(sql, {
    team,
    playbook,
    version,
    planHash: plan.hash,
    params: plan.params,
    roles,
    ...audience,
    seed,
    mode: 'real',
    startAt,
    now,
    by,
    key,
    ...(event === undefined ? {} : { event }),
  });
}
