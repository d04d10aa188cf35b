// From an open playbook and what somebody tries out to an order for the rehearsal. Pure.
import { resolve } from '../../engine/calendar/resolve.ts';
import type { Playbook, Rehearsal as Community } from '../../engine/document.ts';
import { anchorsIn } from '../../engine/effects/instant.ts';
import { sampleParams } from '../../engine/index.ts';
import { DAY, HOUR, MINUTE, type Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { TeamRegistry } from '../team-registry.ts';
import type { Order } from './take.ts';

/** What somebody tries out: laid over the playbook's own community and parameters. Nothing of it changes the playbook. */
export interface WhatIf {
  readonly members?: number;
  readonly groups?: number;
  readonly seed?: number;
  readonly rates: NonNullable<Community['rates']>;
  /** Per node, the one answer that everybody gives; empty: nobody answers. */
  readonly answers: Readonly<Record<string, string>>;
  readonly params: JsonObject;
}

export const NOTHING_TRIED: WhatIf = { rates: {}, answers: {}, params: {} };

/** The order for a playbook. `now` is where a rehearsal begins unless the playbook's dates have passed. */
export function orderFor(
  document: Playbook,
  whatIf: WhatIf,
  { now, team }: { readonly now: Instant; readonly team: TeamRegistry },
): Order {
  const params = sampleParams(document, whatIf.params);
  return {
    document,
    params,
    start: startFor(document, params, now),
    community: communityWith(document.rehearsal ?? {}, whatIf),
    team,
  };
}

/** The playbook's community with what is tried out laid over it. */
export function communityWith(own: Community, { members, groups, seed, rates, answers }: WhatIf): Community {
  const forced = Object.entries(answers).map(([node, answer]) => [
    node,
    answer === '' ? {} : { [answer]: 1 },
  ]);
  return {
    ...own,
    ...(members === undefined ? {} : { members }),
    ...(groups === undefined ? {} : { groups }),
    ...(seed === undefined ? {} : { seed }),
    rates: { ...own.rates, ...rates },
    answers: { ...own.answers, ...Object.fromEntries(forced) },
  };
}

/** Before the first of its dates there is this much time, where the dates of the samples have passed. */
const AHEAD = 14 * DAY;

/** Now, on the minute; or in time for the earliest of the playbook's dates, when that has passed. */
function startFor(
  { phases = [], zone = 'Asia/Shanghai' }: Playbook,
  params: JsonObject,
  now: Instant,
): Instant {
  const anchors = anchorsIn(params, zone);
  const begun = phases.flatMap(({ starts }) => {
    const resolved = starts === undefined ? undefined : resolve(starts, { now, zone, anchors });
    return resolved !== undefined && 'at' in resolved ? [resolved.at] : [];
  });
  const first = Math.min(...begun, ...Object.values(anchors));
  if (!Number.isFinite(first) || first > now) return Math.floor(now / MINUTE) * MINUTE;
  return Math.floor((first - AHEAD) / HOUR) * HOUR;
}
