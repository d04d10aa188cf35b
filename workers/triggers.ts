// Works off the launches that events have ordered: one run each, no more in an hour than the trigger allows.
// Not the ordering: that is done with the event, so nothing is lost while nobody works.
import { setTimeout as sleep } from 'node:timers/promises';
import { datedParams } from '../engine/calendar/moments.ts';
import { DAY, type Instant } from '../engine/instant.ts';
import type { Plan } from '../engine/plan.ts';
import type { Problem } from '../engine/problem.ts';
import { launch } from './client.ts';
import { mayStart, type Means } from './compute/may-start.ts';
import { inTransaction, type Sql, type Store } from './store/client.ts';
import { ensureLaunchMonth } from './store/launch.ts';
import { runOf } from './store/run.ts';
import { takeBack, tellRefused, tellWarned } from './store/refused-start.ts';
import { launchOrder, type Audience } from './store/standing-order.ts';
import {
  holdTrigger,
  launched,
  nextLaunches,
  refuseLaunches,
  startOf,
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
export function startLaunching(
  store: Store,
  temporal: Temporal,
  { means, pauseMs = PAUSE_MS }: { readonly means: Means; readonly pauseMs?: number },
): Pump {
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // Database or Temporal may be away; what is ordered stays ordered.
      const more = await launchWaiting(store, temporal, { now: Date.now(), means }).catch(() => false);
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
export async function launchWaiting(
  store: Store,
  temporal: Temporal,
  { now, means = { keyring: undefined } }: { readonly now: Instant; readonly means?: Means },
): Promise<boolean> {
  let some = false;
  for (const trigger of await triggersWaiting(store.pool)) {
    await ensureLaunchMonth(store.pool, now);
    const runs = await inTransaction(store.pool, (sql) => launchFor(sql, trigger, { now, means }));
    some ||= runs.length > 0;
    for (const run of runs) {
      const facts = await runOf(store.pool, run);
      // A run whose workflow could not begin is begun by the sweeper.
      if (facts !== undefined) await launch(temporal, facts).catch(() => {});
    }
  }
  return some;
}

interface Round {
  readonly now: Instant;
  readonly means: Means;
}

async function launchFor(sql: Sql, trigger: string, round: Round): Promise<string[]> {
  const { now } = round;
  const held = await holdTrigger(sql, trigger, now);
  if (held === undefined) return [];
  if (held.stopped) {
    await refuseLaunches(sql, { trigger, reason: 'stopped', now });
    return [];
  }
  const tooLate = await refuseLaunches(sql, { trigger, reason: 'late', before: now - PATIENCE_MS, now });
  if (tooLate > 0) await tellLate(sql, held, { count: tooLate, now });
  const placed: { readonly event: number; readonly audience: Audience }[] = [];
  for (const waiting of await nextLaunches(sql, held)) {
    const audience = audienceOf(held, waiting);
    const { event } = waiting;
    if (audience === undefined) await refuseLaunches(sql, { trigger, reason: 'audience', event, now });
    else placed.push({ event, audience });
  }
  const plan = placed.length === 0 ? undefined : await planNow(sql, held, round);
  if (plan === undefined) return [];
  const runs: string[] = [];
  for (const { event, audience } of placed) {
    const { run } = await launchOrder(sql, { ...held, audience }, plan.plan, {
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
  const start = startOf(held, now);
  const warned = { ...start, key: `${start.key}/warned` };
  await tellWarned(sql, warned, { problems: plan.warnings, run: runs[0]!, now });
  return runs;
}

/** Versions that could not be launched: asking again each second would rehearse them each second. */
const resting = new Map<string, Instant>();
const REST_MS = 60_000;
const KEPT = 500;

/** The plan of this moment. Where there is none the events wait: a version that can be launched may be published in time. */
async function planNow(
  sql: Sql,
  held: Held,
  { now, means }: Round,
): Promise<{ readonly plan: Plan; readonly warnings: readonly Problem[] } | undefined> {
  const version = `${held.id}/${held.version}`;
  if ((resting.get(version) ?? -Infinity) > now) return undefined;
  // Each of them has an audience: its own, or where its event happened.
  const verdict = await mayStart(
    sql,
    {
      team: held.team,
      document: held.document,
      params: datedParams(held.document, held.params, now),
      isReal: true,
      now,
    },
    means,
  );
  const start = startOf(held, now);
  if (verdict.plan !== undefined) {
    resting.delete(version);
    await takeBack(sql, start, now);
    return verdict;
  }
  if (resting.size >= KEPT) resting.clear();
  resting.set(version, now + REST_MS);
  await tellRefused(sql, start, { reasons: verdict.problems, next: WAITS, now });
  return undefined;
}

const WAITS = {
  'zh-CN': '等着的事件保留一天，改好后会自动启动。',
  en: 'The events that wait are kept for a day, and are launched when that is mended.',
} as const;

/** For whom: as the operator said, otherwise where the event happened. Nowhere is no audience. */
function audienceOf({ audience }: Held, { community, group }: Waiting): Audience | undefined {
  if (audience.community !== undefined || (audience.groups ?? []).length > 0) return audience;
  if (community === null && group === null) return undefined;
  return {
    ...(community === null ? {} : { community }),
    ...(group === null ? {} : { groups: [group] }),
  };
}

/** Once a day: a thousand events need not be a thousand notices. */
async function tellLate(
  sql: Sql,
  held: Held,
  { count, now }: { readonly count: number; readonly now: Instant },
): Promise<void> {
  const day = Math.floor(now / DAY);
  const start = { ...startOf(held, now), key: `trigger/${held.id}/late/${day}` };
  await tellRefused(sql, start, {
    reasons: {
      'zh-CN': `有 ${count} 个事件等了一天还没有轮到，已放弃。`,
      en: `${count} events have waited for a day without their turn, and were given up.`,
    },
    next: {
      'zh-CN': '可以把触发器每小时的上限调高。',
      en: 'The trigger may be allowed more in an hour.',
    },
    now,
  });
}
