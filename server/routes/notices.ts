// What people should see: alerts of watches, runs that paused themselves, parked visits.
import type { FastifyInstance } from 'fastify';
import { Refusal } from '../refusal.ts';
import { paged, route, type Deps } from '../route.ts';

export function noticeRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/notices', {
    tag: 'notices',
    says: {
      zh: '提醒，最近的在前；默认只给没看过的。',
      en: 'Notices, latest first; those not seen unless `all`.',
    },
    query: { ...paged, properties: { ...paged.properties, all: { type: 'boolean' } } } as const,
    handle: async ({ query, who }) => {
      const { rows } = await store.pool.query(
        `select id, run_id as run, kind, at, role, text, detail, seen_at as "seenAt" from notice
         where team_id = $1 and ($2 or seen_at is null) order by id desc limit $3`,
        [who.team, query.all === true, query.limit ?? 100],
      );
      return { notices: rows };
    },
  });
  route(app, deps, 'POST /api/notices/:id/seen', {
    tag: 'notices',
    says: { zh: '标为看过。', en: 'Marks a notice as seen.' },
    params: {
      type: 'object',
      required: ['id'],
      properties: { id: { type: 'integer', minimum: 1, maximum: 9_007_199_254_740_991 } },
    } as const,
    handle: async ({ params, who, now }) => {
      const { rowCount } = await store.pool.query(
        'update notice set seen_at = coalesce(seen_at, instant_of($3)) where team_id = $1 and id = $2',
        [who.team, params.id, now],
      );
      if (rowCount === 0) throw new Refusal('not-found');
      return {};
    },
  });
}
