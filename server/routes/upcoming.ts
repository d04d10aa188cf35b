// What comes next, in one run or in all that are under way. How it is found is runs/upcoming.ts.
import type { FastifyInstance } from 'fastify';
import { route, type Deps } from '../route.ts';
import { findRun } from '../runs/find.ts';
import { upcoming } from '../runs/upcoming.ts';

const uuid = { type: 'string', format: 'uuid', maxLength: 36 } as const;

export function upcomingRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/upcoming', {
    tag: 'runs',
    says: {
      zh: '接下来什么时候发生什么：一次运行的，或所有进行中的。只有日期已定的步骤。',
      en: 'What happens next and when, in one run or in all that are under way: the steps whose instant is fixed.',
    },
    query: { type: 'object', additionalProperties: false, properties: { run: uuid } } as const,
    handle: async ({ query, who, now }) => {
      if (query.run !== undefined) await findRun(store.pool, who, query.run);
      return { upcoming: await upcoming(store.pool, { team: who.team, run: query.run, now }) };
    },
  });
}
