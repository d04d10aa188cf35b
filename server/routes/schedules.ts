// The schedules that launch playbooks by the clock. Their rows are kept here, the clock itself by Temporal.
import type { FastifyInstance } from 'fastify';
import { isCron } from '../../engine/calendar/cron.ts';
import { isZone } from '../../engine/calendar/zone.ts';
import { typed } from '../../engine/json.ts';
import { dropSchedule, keepSchedule } from '../../workers/schedules.ts';
import { inTransaction } from '../../workers/store/client.ts';
import { newId } from '../../workers/store/id.ts';
import { audit } from '../audit.ts';
import { computePool } from '../compute.ts';
import { inTime } from '../in-time.ts';
import { findings } from '../playbooks/findings.ts';
import { Refusal } from '../refusal.ts';
import { byId, route, type Deps } from '../route.ts';
import { checkOrder, orderProperties, type Order } from '../runs/standing-order.ts';

export function scheduleRoutes(app: FastifyInstance, deps: Deps): void {
  const { store, temporal } = deps;
  route(app, deps, 'GET /api/schedules', {
    tag: 'runs',
    says: { zh: '定时启动的剧本。', en: 'Playbooks that are launched by the clock.' },
    handle: async ({ who }) => {
      const { rows } = await store.pool.query(
        `select id, playbook_id as playbook, cron, zone, params, roles, audience, created_at as "createdAt",
           stopped_at as "stoppedAt" from schedule where team_id = $1 order by created_at, id`,
        [who.team],
      );
      return { schedules: rows };
    },
  });
  route(app, deps, 'POST /api/schedules', {
    tag: 'runs',
    says: {
      zh: '按 cron 定时启动剧本的最新版本。日期参数可以写成从启动时刻算起的规则：{"for":"P7D"}，或 {"at":"20:00","days":["sat"]}。',
      en: 'Launches the newest version of a playbook again and again, by cron. A date among the parameters may be a rule that counts from the launch: {"for":"P7D"}, or {"at":"20:00","days":["sat"]}.',
    },
    body: typed<Order & { readonly cron: string; readonly zone: string }>({
      type: 'object',
      additionalProperties: false,
      required: ['playbook', 'cron', 'zone'],
      properties: {
        ...orderProperties,
        cron: { type: 'string', minLength: 9, maxLength: 100 },
        zone: { type: 'string', maxLength: 60 },
      },
    }),
    status: 201,
    handle: async ({ body, who, now, language }) => {
      checkTimes(body);
      const threads = computePool(app);
      const checked = await checkOrder(deps, { order: body, now, who, threads });
      const { playbook, params, roles, audience, warnings } = checked;
      return inTransaction(store.pool, async (sql) => {
        const id = newId(now);
        await sql.query(
          `insert into schedule (id, team_id, playbook_id, cron, zone, params, roles, audience, created_at, created_by)
           values ($1, $2, $3, $4, $5, $6, $7, $8, instant_of($9), $10)`,
          [
            id,
            who.team,
            playbook,
            body.cron,
            body.zone,
            JSON.stringify(params),
            JSON.stringify(roles),
            JSON.stringify(audience),
            now,
            who.kind === 'user' ? who.id : null,
          ],
        );
        await audit(sql, { who, action: 'schedule.make', subject: `schedule/${id}`, now });
        // Inside of the transaction: a row without its clock would never launch anything, a clock without its row does nothing.
        await inTime(temporal, () => keepSchedule(temporal, { id, cron: body.cron, zone: body.zone }));
        return { id, problems: findings(warnings, language) };
      });
    },
  });
  scheduleStopRoute(app, deps);
}

function scheduleStopRoute(app: FastifyInstance, deps: Deps): void {
  const { store, temporal } = deps;
  route(app, deps, 'DELETE /api/schedules/:id', {
    tag: 'runs',
    says: { zh: '停止定时启动；已经开始的运行继续。', en: 'Stops a schedule; runs that it has begun go on.' },
    params: byId,
    handle: ({ params, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const { rowCount } = await sql.query(
          `update schedule set stopped_at = instant_of($3) where team_id = $1 and id = $2 and stopped_at is null`,
          [who.team, params.id, now],
        );
        if (rowCount === 0) throw new Refusal('not-found');
        await audit(sql, { who, action: 'schedule.stop', subject: `schedule/${params.id}`, now });
        await inTime(temporal, () => dropSchedule(temporal, params.id));
        return {};
      }),
  });
}

/** What an order of a schedule must fit besides its shape. */
function checkTimes({ cron, zone }: { readonly cron: string; readonly zone: string }): void {
  const wrong = !isCron(cron)
    ? (['/cron', '不是五段的 cron 表达式', 'it is no cron expression of five fields'] as const)
    : !isZone(zone)
      ? (['/zone', '不是时区名，例如 Asia/Shanghai', 'it is no zone such as Asia/Shanghai'] as const)
      : undefined;
  if (wrong === undefined) return;
  const [place, problemZh, problemEn] = wrong;
  throw new Refusal('invalid-request', { place, values: { place, problemZh, problemEn } });
}
