// Community metrics: which there are, their value now or at an earlier moment, and the snapshots that prove it.
// Not the formulas: see engine/metrics/. Whoever asks leaves a snapshot behind, by which the number can be computed again.
import type { FastifyInstance } from 'fastify';
import { parseInstant, type Instant } from '../../engine/instant.ts';
import {
  healthOf,
  meaningOf,
  metrics,
  msOfWindow,
  SMALLEST_SAMPLE,
  type Measured,
} from '../../engine/metrics.ts';
import { families } from '../../engine/metrics/families.ts';
import type { Bound, Metric } from '../../engine/metrics/metric.ts';
import { typed } from '../../engine/json.ts';
import { inTransaction, type Sql } from '../../workers/store/client.ts';
import {
  measureAndKeep,
  recompute,
  snapshotsOf,
  type Snapshot,
} from '../../workers/store/metrics/measure.ts';
import { scopeOfPlace, scopeOfRun, type Scope } from '../../workers/store/metrics/scope.ts';
import { runOf } from '../../workers/store/run.ts';
import { Refusal, wrongValue } from '../refusal.ts';
import { byId, route, type Deps } from '../route.ts';

const uuid = { type: 'string', format: 'uuid', maxLength: 36 } as const;
const name = { type: 'string', minLength: 1, maxLength: 200 } as const;
const bound = {
  type: 'object',
  additionalProperties: false,
  required: ['op', 'value'],
  properties: { op: { enum: ['<', '<=', '>', '>='] }, value: { type: 'number' } },
} as const;

interface Asked {
  readonly metric: string;
  readonly run?: string;
  readonly group?: string;
  readonly community?: string;
  readonly window?: string;
  readonly at?: string;
  readonly health?: { readonly good?: Bound; readonly alarm?: Bound };
}

export function metricRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/metrics', {
    tag: 'metrics',
    says: {
      zh: '全部指标：分子、分母、窗口、能问谁、好坏的界线；families 后面接「.事件」。',
      en: 'Every metric: numerator, denominator, window, scopes, thresholds; a family is followed by `.EVENT`.',
    },
    handle: () => ({
      metrics: Object.entries(metrics).map(([id, metric]) => entryOf(id, metric)),
      families: Object.entries(families).map(([id, family]) => ({
        ...entryOf(id, family),
        takes: family.takes,
      })),
      smallestSample: SMALLEST_SAMPLE,
    }),
  });
  route(app, deps, 'POST /api/metrics/compute', {
    tag: 'metrics',
    says: {
      zh: '算一个指标：run、group、community 三选一；不带员工和测试帐号。分母先记名单，结果存成快照。样本少于 20 的比率不给数。',
      en: 'Computes a metric of a run, a group or a community, without staff and test accounts. The denominator is frozen by name and the result kept as a snapshot. A rate of fewer than 20 is not shown.',
    },
    body: typed<Asked>({
      type: 'object',
      additionalProperties: false,
      required: ['metric'],
      properties: {
        metric: name,
        run: uuid,
        group: uuid,
        community: uuid,
        window: { type: 'string', maxLength: 64 },
        at: { type: 'string', format: 'date-time' },
        health: { type: 'object', additionalProperties: false, properties: { good: bound, alarm: bound } },
      },
    }),
    handle: ({ body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const metric = metricOf(body);
        const scope = await scopeOf(sql, who.team, body);
        if (!metric.scopes.includes(scope.kind))
          throw wrongValue('/metric', '不能这样问这个指标', `it is no metric of a ${scope.kind}`);
        const source = `${who.kind}/${who.id}`;
        const question = { metric: body.metric, scope, window: body.window, now: momentOf(body, now) };
        const { measured, window, facts, population, snapshot } = await measureAndKeep(sql, {
          ...question,
          source,
          wall: now,
        });
        return {
          ...valueOf(measured),
          unit: metric.unit,
          health: healthOf(measured.value, body.health ?? metric.health),
          from: new Date(window.from).toISOString(),
          to: new Date(window.to).toISOString(),
          zone: scope.zone,
          population: population?.count ?? null,
          facts: facts ?? null,
          snapshot,
        };
      }),
  });
  snapshotRoutes(app, deps);
}

function snapshotRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/metrics/snapshots', {
    tag: 'metrics',
    says: {
      zh: '一个运行、群或社群的快照，最近的在前。',
      en: 'Snapshots of a run, group or community, latest first.',
    },
    query: {
      type: 'object',
      additionalProperties: false,
      required: ['scope'],
      properties: { scope: uuid, metric: name, limit: { type: 'integer', minimum: 1, maximum: 500 } },
    } as const,
    handle: async ({ query, who }) => {
      const { scope, metric, limit = 100 } = query;
      const rows = await snapshotsOf(store.pool, { team: who.team, scope, metric, limit });
      return { snapshots: rows.map(shown) };
    },
  });
  route(app, deps, 'GET /api/metrics/snapshots/:id', {
    tag: 'metrics',
    says: {
      zh: '一个快照，连同重新算出来的数：成员后来离开、事件后来补报，都不会变。',
      en: 'A snapshot with its number computed again: it does not change when members leave or events come late.',
    },
    params: byId,
    handle: async ({ params, who }) => {
      const found = await recompute(store.pool, { team: who.team, id: params.id });
      if (found === undefined) throw new Refusal('not-found');
      return { ...shown(found.snapshot), again: valueOf(found.again) };
    },
  });
}

function entryOf(id: string, { label, top, bottom, frozen, unit, window, scopes, health }: Metric) {
  return {
    id,
    label,
    top,
    ...(bottom === undefined ? {} : { bottom }),
    ...(frozen === undefined ? {} : { frozen }),
    unit,
    window: window ?? null,
    scopes,
    health: health ?? null,
  };
}

function metricOf({ metric: id, window }: Asked): Metric {
  const meaning = meaningOf(id);
  if (meaning === undefined) throw wrongValue('/metric', '没有这个指标', 'there is no such metric');
  const { metric } = meaning;
  if (window === undefined) return metric;
  if (metric.window !== undefined && 'fixed' in metric.window)
    throw wrongValue('/window', '这个指标自己定了看多久', 'the metric has a window of its own');
  const ms = msOfWindow(window);
  if (ms === undefined || ms <= 0 || ms > LONGEST_MS)
    throw wrongValue(
      '/window',
      '不是一段时长，例如 P7D，最多两年',
      'it is no duration such as P7D, two years at most',
    );
  return metric;
}

const LONGEST_MS = 2 * 366 * 86_400_000;

function momentOf({ at }: Asked, now: Instant): Instant {
  if (at === undefined) return now;
  const moment = parseInstant(at);
  if (moment === undefined || moment > now)
    throw wrongValue('/at', '应该是已经过去的时刻', 'must be a moment that has passed');
  return moment;
}

async function scopeOf(sql: Sql, team: number, { run, group, community }: Asked): Promise<Scope> {
  const named = Object.entries({ run, group, community }).filter(([, id]) => id !== undefined);
  const [first] = named;
  if (first === undefined || named.length > 1)
    throw wrongValue(
      '/',
      'run、group、community 要写一个，也只写一个',
      'name one of run, group and community',
    );
  const [kind, id = ''] = first;
  if (kind !== 'run') {
    const place = await scopeOfPlace(sql, { team, kind: kind as 'group' | 'community', id });
    if (place === undefined) throw new Refusal('unknown-group', { place: `/${kind}`, values: { id } });
    return place;
  }
  const facts = await runOf(sql, id);
  if (facts === undefined || facts.team !== team) throw new Refusal('not-found');
  return scopeOfRun(sql, facts);
}

/** A value as it is answered: `hidden` says why there is none. */
function valueOf({ value, n, low, high, cannot }: Measured) {
  const why = cannot !== undefined ? 'no-such-facts' : n === 0 ? 'nothing' : 'too-few';
  return {
    value: value ?? null,
    n,
    low: low ?? null,
    high: high ?? null,
    hidden: value === undefined ? why : null,
  };
}

function shown({ from, to, recorded, cannot, value, n, low, high, ...rest }: Snapshot) {
  return {
    ...rest,
    ...valueOf({
      n,
      ...(value === null ? {} : { value }),
      ...(low === null ? {} : { low }),
      ...(high === null ? {} : { high }),
      ...(cannot === null ? {} : { cannot }),
    }),
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    recorded: new Date(recorded).toISOString(),
  };
}
