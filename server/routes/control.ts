// The operators' commands to a run, and what each would change.
import type { FastifyInstance } from 'fastify';
import { typed } from '../../engine/json.ts';
import { inTransaction } from '../../workers/store/client.ts';
import { audit } from '../audit.ts';
import { Refusal } from '../refusal.ts';
import { byId, route, type Deps } from '../route.ts';
import { checkOrder, giveOrder, type Order } from '../runs/control.ts';
import { findRun } from '../runs/find.ts';
import { checkCast } from '../runs/launch.ts';
import { impossibleIn, preview } from '../runs/preview.ts';
import type { Cast } from '../runs/roles.ts';

const name = { type: 'string', minLength: 1, maxLength: 100 } as const;
const reason = { type: 'string', minLength: 1, maxLength: 500 } as const;
const shape = (what: readonly string[], properties: object, required: readonly string[] = []) => ({
  type: 'object',
  additionalProperties: false,
  required: ['do', ...required],
  properties: { do: { enum: what }, reason, ...properties },
});
const params = { type: 'object', minProperties: 1, maxProperties: 100 };
const text = {
  type: 'object',
  minProperties: 1,
  maxProperties: 20,
  additionalProperties: { type: 'string', maxLength: 20_000 },
};

const order = typed<Order>({
  type: 'object',
  required: ['do'],
  discriminator: { propertyName: 'do' },
  oneOf: [
    shape(['pause', 'cancel'], {}),
    shape(['resume'], { policy: { enum: ['hold', 'skip', 'shift'] } }),
    shape(['retime', 'set-param'], { params, confirm: { type: 'boolean' } }, ['params']),
    shape(
      ['retext'],
      { texts: { type: 'object', minProperties: 1, maxProperties: 100, additionalProperties: text } },
      ['texts'],
    ),
    shape(
      ['retry', 'skip', 'end'],
      {
        node: name,
        ordinal: { type: 'integer', minimum: 0, maximum: 1_000_000 },
        lap: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
      },
      ['node'],
    ),
  ],
});

export function controlRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'POST /api/runs/:id/control', {
    tag: 'runs',
    says: {
      zh: '给运行一个命令：暂停、继续、取消、改期、改参数、改文字；对一次到访：重试、跳过、结束。改期使某些步骤来不及时，要带 confirm。',
      en: 'Gives a run a command: pause, resume, cancel, retime, set-param, retext; to one visit: retry, skip, end. A new date that makes steps impossible wants `confirm`.',
    },
    params: byId,
    body: order,
    status: 202,
    handle: async ({ params: { id }, body, who, now }) => {
      await giveOrder(deps, { who, id, order: body, now });
      return { accepted: true };
    },
  });
  route(app, deps, 'POST /api/runs/:id/control/preview', {
    tag: 'runs',
    says: {
      zh: '这个命令会改变什么：哪些步骤换了时刻或文字，什么已经来不及。',
      en: 'What the command would change: which steps get another instant or text, and what has become impossible.',
    },
    params: byId,
    body: order,
    handle: async ({ params: { id }, body, who, now }) => {
      const { run, correction, template } = await checkOrder(store.pool, who, id, body);
      const touched = await preview(store.pool, run, { correction, template, now });
      return { touched, impossible: impossibleIn(touched) };
    },
  });
  castRoute(app, deps);
}

function castRoute(app: FastifyInstance, deps: Deps): void {
  route(app, deps, 'PUT /api/runs/:id/roles', {
    tag: 'runs',
    says: {
      zh: '换人：谁在这次运行里担任哪个角色（只改写到的角色）。',
      en: 'Changes who fills which role in a run; roles that are not named stay as they are.',
    },
    params: byId,
    body: typed<{ readonly roles: Cast }>({
      type: 'object',
      additionalProperties: false,
      required: ['roles'],
      properties: {
        roles: {
          type: 'object',
          minProperties: 1,
          maxProperties: 100,
          additionalProperties: {
            type: 'array',
            minItems: 1,
            maxItems: 100,
            items: { type: 'string', format: 'uuid' },
          },
        },
      },
    }),
    handle: ({ params: { id }, body, who, now }) =>
      inTransaction(deps.store.pool, async (sql) => {
        const run = await findRun(sql, who, id);
        if (['completed', 'cancelled', 'failed'].includes(run.status)) {
          throw new Refusal('run-over', { values: { status: run.status } });
        }
        await checkCast(sql, who.team, { cast: body.roles, plan: undefined });
        await sql.query('update run set roles = roles || $2::jsonb where id = $1', [
          id,
          JSON.stringify(body.roles),
        ]);
        await audit(sql, { who, action: 'run.cast', subject: `run/${id}`, detail: { ...body.roles }, now });
        return { roles: { ...run.roles, ...body.roles } };
      }),
  });
}
