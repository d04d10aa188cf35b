// Playbooks that events launch: armed with what a launch needs, listed with what they have launched, disarmed.
// Which event it is the newest version says itself, at its start.
import type { FastifyInstance } from 'fastify';
import { typed } from '../../engine/json.ts';
import { inTransaction } from '../../workers/store/client.ts';
import { newId } from '../../workers/store/id.ts';
import { awaitedAtStart } from '../../engine/awaited.ts';
import { audit } from '../audit.ts';
import { computePool } from '../compute.ts';
import { findings } from '../playbooks/findings.ts';
import { Refusal, wrongValue } from '../refusal.ts';
import { byId, paged, route, type Deps } from '../route.ts';
import { checkOrder, orderProperties, type Order } from '../runs/standing-order.ts';

const PER_HOUR = 60;

export function triggerRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/triggers', {
    tag: 'runs',
    says: {
      zh: '由事件启动的剧本，连同等着的、启动了的和没有启动的次数。',
      en: 'Playbooks that events launch, with how many launches wait, were made and were refused.',
    },
    handle: async ({ who }) => {
      const { rows } = await store.pool.query(
        `select t.id, t.playbook_id as playbook, t.params, t.roles, t.audience, t.per_hour as "perHour",
           t.created_at as "createdAt", t.stopped_at as "stoppedAt",
           count(*) filter (where l.state = 'waiting') as waiting,
           count(*) filter (where l.state = 'launched') as launched,
           count(*) filter (where l.state = 'refused') as refused
         from event_trigger t left join trigger_launch l on l.trigger_id = t.id
         where t.team_id = $1 group by t.id order by t.created_at, t.id`,
        [who.team],
      );
      return { triggers: rows };
    },
  });
  route(app, deps, 'POST /api/triggers', {
    tag: 'runs',
    says: {
      zh: `打开剧本开头写的事件触发：每来一个这样的事件，就启动一次最新版本；每小时最多 ${PER_HOUR} 次，其余的排队。不写社群和群，就用事件发生的地方。日期参数的写法和定时启动相同。`,
      en: `Arms the event trigger of a playbook's start: each such event launches the newest version, at most ${PER_HOUR} an hour, others wait. Without a community or groups it is for where the event happened. Dates among the parameters are written as for schedules.`,
    },
    body: typed<Order & { readonly perHour?: number }>({
      type: 'object',
      additionalProperties: false,
      required: ['playbook'],
      properties: { ...orderProperties, perHour: { type: 'integer', minimum: 1, maximum: 10_000 } },
    }),
    status: 201,
    handle: async ({ body, who, now, language }) => {
      const threads = computePool(app);
      const checked = await checkOrder(deps, { order: body, isPlacedLater: true, now, who, threads });
      const { playbook, plan, params, roles, audience, warnings } = checked;
      return inTransaction(store.pool, async (sql) => {
        if (awaitedAtStart(plan) === undefined)
          throw wrongValue(
            '/playbook',
            '剧本的开始不是由事件启动的',
            'its start is not launched by an event',
          );
        const id = newId(now);
        await sql.query(
          `insert into event_trigger (id, team_id, playbook_id, params, roles, audience, per_hour, created_at, created_by)
           values ($1, $2, $3, $4, $5, $6, $7, instant_of($8), $9)`,
          [
            id,
            who.team,
            playbook,
            JSON.stringify(params),
            JSON.stringify(roles),
            JSON.stringify(audience),
            body.perHour ?? PER_HOUR,
            now,
            who.kind === 'user' ? who.id : null,
          ],
        );
        await audit(sql, { who, action: 'trigger.arm', subject: `trigger/${id}`, now });
        return { id, problems: findings(warnings, language) };
      });
    },
  });
  oneTriggerRoutes(app, deps);
}

function oneTriggerRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/triggers/:id/launches', {
    tag: 'runs',
    says: {
      zh: '一个触发器的启动，最近的在前：等着、启动成哪个运行，或为什么没有启动。',
      en: 'The launches of a trigger, latest first: waiting, which run it became, or why not.',
    },
    params: byId,
    query: paged,
    handle: async ({ params, query, who }) => {
      const { rows } = await store.pool.query(
        `select l.event_id as event, l.state::text, l.at, l.decided_at as "decidedAt", l.run_id as run, l.reason
         from trigger_launch l where l.team_id = $1 and l.trigger_id = $2 order by l.event_id desc limit $3`,
        [who.team, params.id, query.limit ?? 100],
      );
      return { launches: rows };
    },
  });
  route(app, deps, 'DELETE /api/triggers/:id', {
    tag: 'runs',
    says: {
      zh: '关掉触发器；等着的不再启动，已经开始的运行继续。',
      en: 'Disarms a trigger: what waits is not launched any more, runs that have begun go on.',
    },
    params: byId,
    handle: ({ params, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const { rowCount } = await sql.query(
          `update event_trigger set stopped_at = instant_of($3) where team_id = $1 and id = $2 and stopped_at is null`,
          [who.team, params.id, now],
        );
        if (rowCount === 0) throw new Refusal('not-found');
        await audit(sql, { who, action: 'trigger.disarm', subject: `trigger/${params.id}`, now });
        return {};
      }),
  });
}
