// The entrances of a run's journeys: which are open, who has entered, and closing them.
// Not who was turned away: see runs.ts.
import type { FastifyInstance } from 'fastify';
import { inTransaction } from '../../workers/store/client.ts';
import { closeDoor } from '../../workers/store/door.ts';
import { audit } from '../audit.ts';
import { Refusal } from '../refusal.ts';
import { byId, paged, route, type Deps } from '../route.ts';
import { tellShards } from '../runs/control.ts';
import { entrancesOf, listEntered } from '../runs/entrances.ts';
import { findRun } from '../runs/find.ts';

export function entranceRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/runs/:id/entrances', {
    tag: 'runs',
    says: {
      zh: '旅程的入口：进了多少人；按事件进入的，还写明什么事件、从何时开放、何时关闭；接手它的运行，和新版本为什么没能接手（left）。',
      en: 'The entrances of the journeys: how many have entered, and for those entered by event which event, since when and until when they are open; the runs that hold them before and after this one, and why a newer version did not take over (`left`).',
    },
    params: byId,
    handle: async ({ params, who }) => entrancesOf(store.pool, await findRun(store.pool, who, params.id)),
  });

  route(app, deps, 'GET /api/runs/:id/entered', {
    tag: 'runs',
    says: {
      zh: '进入一个旅程的人，最近的在前：什么时候进来，什么时候、怎样走完。一页一页读。',
      en: 'Who entered a journey, latest first: when, and when and how they were through; page by page.',
    },
    params: byId,
    query: {
      type: 'object',
      additionalProperties: false,
      required: ['journey'],
      properties: {
        journey: { type: 'string', minLength: 1, maxLength: 100 },
        limit: paged.properties.limit,
        before: { type: 'integer', minimum: 0, maximum: 2_147_483_647 },
      },
    } as const,
    handle: async ({ params, query, who }) => {
      const run = await findRun(store.pool, who, params.id);
      const graph = run.plan.graphs.findIndex(({ id }, no) => no > 0 && id === query.journey);
      if (graph < 0) throw new Refusal('not-found');
      const { before, limit = 100 } = query;
      return listEntered(store.pool, run, { graph, limit, ...(before === undefined ? {} : { before }) });
    },
  });

  route(app, deps, 'POST /api/runs/:id/entrances/:journey/close', {
    tag: 'runs',
    says: {
      zh: '关闭一个按事件进入的旅程的入口：不再有人进来，已经在里面的走完。',
      en: 'Closes the entrance of a journey that is entered by event: nobody enters any more, and whoever is inside goes on to the end.',
    },
    params: {
      type: 'object',
      required: ['id', 'journey'],
      properties: { id: byId.properties.id, journey: { type: 'string', minLength: 1, maxLength: 100 } },
    } as const,
    handle: async ({ params, who, now }) => {
      const nudges = await inTransaction(store.pool, async (sql) => {
        const run = await findRun(sql, who, params.id);
        const graph = run.plan.graphs.findIndex(({ id }, no) => no > 0 && id === params.journey);
        if (graph < 0) throw new Refusal('not-found');
        const told = await closeDoor(sql, { run, graph, at: now, wall: now });
        if (told.length === 0) throw new Refusal('door-not-open', { values: { journey: params.journey } });
        const detail = { journey: params.journey };
        await audit(sql, { who, action: 'run.close-entrance', subject: `run/${run.id}`, detail, now });
        return told;
      });
      await tellShards(deps, nudges);
      return { closed: true };
    },
  });
}
