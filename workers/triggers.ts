// Works off the launches that events have ordered: one run each, no more in an hour than the trigger allows.
// Not the ordering: that is done with the event, so nothing is lost while nobody works.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instant } from '../engine/instant.ts';
import { launch } from './client.ts';
import { inTransaction, type Sql, type Store } from './store/client.ts';
import { ensureLaunchMonth, runOf } from './store/run.ts';
import { launchOrder, planOfOrder, type Audience } from './store/standing-order.ts';
import {
  holdTrigger,
  launched,
  nextLaunches,
  refuseLaunches,
  triggersWaiting,
  type Held,
  type Waiting,
} from './store/trigger.ts';
import type { Temporal } from './temporal.ts';

/** An activity that should have begun longer ago is not begun at all: its occasion has passed. */
export const PATIENCE_MS = 86_400_000;

const PAUSE_MS = 1_000;

/** Working off, until it is stopped. */
export interface Pump {
  stop(): Promise<void>;
}

/** Works off every second. */
export function startLaunching(store: Store, temporal: Temporal, pauseMs = PAUSE_MS): Pump {
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // Database or Temporal may be away; what is ordered stays ordered.
      const more = await launchWaiting(store, temporal, Date.now()).catch(() => false);
      if (!more) await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  const over = loop();
  return {
    async stop() {
      stopping.abort();
      await over;
    },
  };
}

/** One round, as of `now` on the wall. True when it has launched something, and there may be more. */
export async function launchWaiting(store: Store, temporal: Temporal, now: Instant): Promise<boolean> {
  let some = false;
  for (const trigger of await triggersWaiting(store.pool)) {
    await ensureLaunchMonth(store.pool, now);
    const runs = await inTransaction(store.pool, (sql) => launchFor(sql, trigger, now));
    some ||= runs.length > 0;
    for (const run of runs) {
      const facts = await runOf(store.pool, run);
      // A run whose workflow could not begin is begun by the sweeper.
      if (facts !== undefined) await launch(temporal, facts).catch(() => {});
    }
  }
  return some;
}

async function launchFor(sql: Sql, trigger: string, now: Instant): Promise<string[]> {
  const held = await holdTrigger(sql, trigger, now);
  if (held === undefined) return [];
  if (held.stopped) {
    await refuseLaunches(sql, { trigger, reason: 'stopped', now });
    return [];
  }
  const tooLate = await refuseLaunches(sql, { trigger, reason: 'late', before: now - PATIENCE_MS, now });
  if (tooLate > 0) await tellOperators(sql, held, { kind: 'late', count: tooLate, now });
  const bound = await planOfOrder(sql, held, now);
  if ('problems' in bound) {
    // They wait: a version that can be launched may be published in time.
    await tellOperators(sql, held, { kind: 'problems', problems: bound.problems, now });
    return [];
  }
  const runs: string[] = [];
  for (const waiting of await nextLaunches(sql, held)) {
    const { event } = waiting;
    const audience = audienceOf(held, waiting);
    if (audience === undefined) {
      await refuseLaunches(sql, { trigger, reason: 'audience', event, now });
      continue;
    }
    const { run } = await launchOrder(sql, { ...held, audience }, bound.plan, {
      key: `trigger/${trigger}/${event}`,
      by: `trigger/${trigger}`,
      startAt: now,
      seed: event % 2 ** 31,
      now,
      event,
    });
    await launched(sql, { trigger, event, run, now });
    runs.push(run);
  }
  return runs;
}

/** For whom: as the operator said, otherwise where the event happened. Nowhere is no audience. */
function audienceOf({ audience }: Held, { community, group }: Waiting): Audience | undefined {
  if (audience.community !== undefined || (audience.groups ?? []).length > 0) return audience;
  if (community === null && group === null) return undefined;
  return {
    ...(community === null ? {} : { community }),
    ...(group === null ? {} : { groups: [group] }),
  };
}

type Trouble =
  | { readonly kind: 'late'; readonly count: number; readonly now: Instant }
  | { readonly kind: 'problems'; readonly problems: readonly string[]; readonly now: Instant };

/** Once a day for the one, once a version for the other: a thousand events need not be a thousand notices. */
async function tellOperators(sql: Sql, { id, team, version }: Held, trouble: Trouble): Promise<void> {
  const { kind, now } = trouble;
  const day = Math.floor(now / 86_400_000);
  const text =
    kind === 'late'
      ? {
          'zh-CN': `有 ${trouble.count} 个事件等了一天还没有轮到启动，已放弃。可以把触发器每小时的上限调高。`,
          en: `${trouble.count} events have waited for a day without their turn to launch, and were given up. The trigger may be allowed more in an hour.`,
        }
      : {
          'zh-CN': `触发器不能启动剧本的最新版本：${trouble.problems.join('、')}。等着的事件保留一天。`,
          en: `A trigger cannot launch the newest version of its playbook: ${trouble.problems.join(', ')}. The events that wait are kept for a day.`,
        };
  await sql.query(
    `insert into notice (team_id, kind, at, recorded_at, role, text, detail, key)
     values ($1, 'trigger', instant_of($2), instant_of($2), 'operator', $3, $4, $5) on conflict do nothing`,
    [
      team,
      now,
      JSON.stringify(text),
      JSON.stringify({ trigger: id }),
      `trigger/${id}/${kind}/${kind === 'late' ? day : version}`,
    ],
  );
}
