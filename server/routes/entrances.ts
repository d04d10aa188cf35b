// The entrances of a run's journeys: which are open, who has entered, and closing them.
// Not who was turned away: see runs.ts.
import type { FastifyInstance } from 'fastify';
import { isoOf, type Instant } from '../../engine/instant.ts';
import { inTransaction } from '../../workers/store/client.ts';
import { closeDoor } from '../../workers/store/door.ts';
import { audit } from '../audit.ts';
import { Refusal } from '../refusal.ts';
import { byId, route, type Deps } from '../route.ts';
import { tellShards } from '../runs/control.ts';
import { findRun } from '../runs/find.ts';

interface EntranceRow {
  readonly graph: number;
  readonly entered: number;
  readonly event: string | null;
  readonly opened: Instant | null;
  readonly until: Instant | null;
  readonly closed: Instant | null;
}

export function entranceRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/runs/:id/entrances', {
    tag: 'runs',
    says: {
      zh: '旅程的入口：进了多少人；按事件进入的，还写明什么事件、从何时开放、何时关闭。',
      en: 'The entrances of the journeys: how many have entered, and for those entered by event which event, since when and until when they are open.',
    },
    params: byId,
    handle: async ({ params, who }) => {
      const run = await findRun(store.pool, who, params.id);
      const { rows } = await store.pool.query<EntranceRow>(
        `select graph, entered, event, ms_of(opened_at) as opened, ms_of(until) as until, ms_of(closed_at) as closed
         from entrance where run_id = $1 order by graph`,
        [run.id],
      );
      const shown = (at: Instant | null): string | null => (at === null ? null : isoOf(at));
      return {
        entrances: rows.map(({ graph, entered, event, opened, until, closed }) => ({
          journey: run.plan.graphs[graph]?.id,
          entered,
          event,
          opened: shown(opened),
          until: shown(until),
          closed: shown(closed),
        })),
      };
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
