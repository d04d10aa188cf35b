// Runs: launched, listed, looked into. Commands are in control.ts, live progress in live.ts, single visits in visits.ts.
import type { FastifyInstance } from 'fastify';
import { sayReason } from '../../engine/effects/send-reasons.ts';
import { isoOf, type Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import { typed } from '../../engine/json.ts';
import { reportOfRun } from '../../workers/store/inspect.ts';
import { computePool } from '../compute.ts';
import { findings } from '../playbooks/findings.ts';
import { byId, counted, paged, pagedById, route, type Deps } from '../route.ts';
import { findRun } from '../runs/find.ts';
import { overview, statusOf } from '../runs/inspect.ts';
import { launch, type LaunchOrder } from '../runs/launch.ts';
import { listTurnedAway } from '../runs/turned-away.ts';

const uuid = { type: 'string', format: 'uuid' } as const;
const name = { type: 'string', minLength: 1, maxLength: 100 } as const;

const order = typed<LaunchOrder>({
  type: 'object',
  additionalProperties: false,
  required: ['playbook'],
  properties: {
    playbook: uuid,
    version: counted,
    params: { type: 'object' },
    roles: {
      type: 'object',
      maxProperties: 100,
      additionalProperties: { type: 'array', maxItems: 100, items: uuid },
    },
    community: uuid,
    groups: { type: 'array', maxItems: 1_000, uniqueItems: true, items: uuid },
    members: { type: 'integer', minimum: 0, maximum: 1_000_000 },
    seed: { type: 'integer', minimum: 0, maximum: 2_147_483_647 },
    start: { type: 'string', minLength: 1, maxLength: 40 },
    fast: { type: 'boolean' },
    script: { type: 'array', maxItems: 10_000 },
    key: name,
    confirm: { type: 'boolean' },
  },
});

const STATUSES = ['waiting', 'running', 'paused', 'stopping', 'completed', 'cancelled', 'failed'] as const;

export function runRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;

  route(app, deps, 'POST /api/runs', {
    tag: 'runs',
    says: {
      zh: '启动一个已发布的剧本。Temporal 还没准备好时，运行先等着（waiting），准备好后自动开始。有些时刻已经过去时，要带 confirm。压缩时间（fast）里由模拟的同事来答复，除非 roles 指定了人：那时时钟等他们。',
      en: 'Launches a published playbook. While Temporal is still being prepared the run waits, and begins by itself. When some of its moments have passed it wants `confirm`. In compressed time (`fast`) simulated staff answers, except for roles that name somebody: for them the clock waits.',
    },
    body: order,
    limit: 4_000_000,
    status: 201,
    handle: async ({ body, who, now, language }) => {
      const { run, created, waiting, plan, warnings } = await launch(deps, {
        pool: computePool(app),
        who,
        order: body,
        now,
      });
      const status = waiting ? 'waiting' : 'running';
      return { id: run, created, status, plan, problems: findings(warnings, language) };
    },
  });

  route(app, deps, 'GET /api/runs', {
    tag: 'runs',
    says: { zh: '运行列表，最近的在前。', en: 'The runs, latest first.' },
    query: {
      ...pagedById,
      properties: { ...pagedById.properties, playbook: uuid, status: { enum: STATUSES } },
    } as const,
    handle: async ({ query, who }) => {
      const limit = query.limit ?? 50;
      const { rows } = await store.pool.query<{ id: string; status: string }>(
        `select r.id, r.playbook_id as playbook, p.key, p.title, v.number as version, r.mode::text, r.status::text,
           r.status_reason as reason, r.start_at as start, r.ended_at as ended, r.launched_at as "launchedAt",
           r.launched_by as "launchedBy",
           (select count(*) from stuck_visit k where k.run_id = r.id and k.resolved_at is null) as stuck,
           (select count(*) from task t where t.run_id = r.id and t.state in ('open', 'accepted', 'escalated'))
             as "openTasks"
         from run r join playbook p on p.id = r.playbook_id join playbook_version v on v.id = r.version_id
         where r.team_id = $1 and ($2::uuid is null or r.playbook_id = $2) and ($3::text is null or r.status::text = $3)
           and ($4::uuid is null or r.id < $4)
         order by r.id desc limit $5`,
        [
          who.team,
          query.playbook ?? null,
          query.status === 'waiting' ? 'scheduled' : (query.status ?? null),
          query.after ?? null,
          limit,
        ],
      );
      const runs = rows.map((row) => ({ ...row, status: statusOf(row.status) }));
      return { runs, next: rows.length === limit ? rows.at(-1)!.id : null };
    },
  });

  route(app, deps, 'GET /api/runs/:id', {
    tag: 'runs',
    says: {
      zh: '一次运行：状态；每个步骤上现在有多少、过了多少、结束、跳过、晚到、停住多少；每个旅程进了多少、没让进的有多少和原因；任务和消息。',
      en: 'One run: its state; of each step how many are there, have passed, ended, were skipped, late or stuck; of each journey how many have entered and how many were turned away, and why; tasks and deliveries.',
    },
    params: byId,
    handle: async ({ params, who }) => overview(store.pool, await findRun(store.pool, who, params.id)),
  });

  route(app, deps, 'GET /api/runs/:id/trace', {
    tag: 'runs',
    says: {
      zh: '与彩排同样格式的完整经过。',
      en: 'The whole course of events, in the shape that rehearsals print.',
    },
    params: byId,
    handle: async ({ params, who }) => reportOfRun(store.pool, await findRun(store.pool, who, params.id)),
  });

  entranceRoute(app, deps);
  aboutRoutes(app, deps);
}

function entranceRoute(app: FastifyInstance, deps: Deps): void {
  const { pool } = deps.store;
  route(app, deps, 'GET /api/runs/:id/turned-away', {
    tag: 'runs',
    says: {
      zh: '到了旅程入口却没有进入的人，以及最近一次的原因：员工（staff）、测试账号（test）、不在对象里（audience）、不符合条件（segment）、不能再来（again）、满了（full），以及当时看到的值。',
      en: 'Who came to the entrance of a journey and was not let in, with the last reason and what was seen: staff, test, audience, segment, again or full.',
    },
    params: byId,
    query: {
      type: 'object',
      properties: {
        limit: paged.properties.limit,
        after: name,
        journey: name,
        reason: { enum: ['staff', 'test', 'audience', 'segment', 'again', 'full'] },
      },
    } as const,
    handle: async ({ params, query, who }) => {
      const run = await findRun(pool, who, params.id);
      return listTurnedAway(pool, run, { ...query, limit: query.limit ?? 100 });
    },
  });
}

function aboutRoutes(app: FastifyInstance, deps: Deps): void {
  const { pool } = deps.store;
  route(app, deps, 'GET /api/runs/:id/deliveries', {
    tag: 'runs',
    says: {
      zh: '发出和没有发出的消息：按步骤、渠道、状态和原因计数。',
      en: 'What was sent and what was withheld, by step, channel, state and reason.',
    },
    params: byId,
    handle: async ({ params, who }) => {
      const run = await findRun(pool, who, params.id);
      const { rows } = await pool.query<{ node: number; at: Instant; state: string; reason: string | null }>(
        `select m.node, m.channel, m.class::text, m.mode, d.state::text, d.reason,
           count(*) as recipients, sum(d.heads) as heads, ms_of(min(d.at)) as at
         from delivery d join message m on m.id = d.message_id where d.run_id = $1
         group by m.node, m.channel, m.class, m.mode, d.state, d.reason order by min(d.at)`,
        [run.id],
      );
      return {
        deliveries: rows.map(({ node, at, reason, ...row }) => ({
          node: run.plan.nodes[node]?.id,
          at: isoOf(at),
          ...row,
          reason,
          why: reason === null ? null : sayReason(reason, row.state),
        })),
      };
    },
  });
  route(app, deps, 'GET /api/runs/:id/audit', {
    tag: 'runs',
    says: { zh: '谁对这次运行做了什么。', en: 'Who did what to this run.' },
    params: byId,
    handle: async ({ params, who }) => {
      const run = await findRun(pool, who, params.id);
      const { rows } = await pool.query<JsonObject>(
        `select a.id, a.at, a.actor_kind as "actorKind", a.actor_id as actor, u.name, a.action, a.reason, a.detail
         from audit_log a left join user_account u on u.team_id = a.team_id and u.id::text = a.actor_id
         where a.team_id = $1 and a.subject = 'run/' || $2 order by a.id limit 1000`,
        [who.team, run.id],
      );
      return { entries: rows };
    },
  });
}
