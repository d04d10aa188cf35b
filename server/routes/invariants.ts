// The audit of the team's data: whether everything that must hold does. Not the log of who did what, see people.ts.
import type { FastifyInstance } from 'fastify';
import { audit } from '../../workers/store/audit/audit.ts';
import { route, type Deps } from '../route.ts';

export function invariantRoutes(app: FastifyInstance, deps: Deps): void {
  route(app, deps, 'GET /api/invariants', {
    tag: 'runs',
    says: {
      zh: '核对团队的数据：每条不变式是否成立，违反的行（每种至多 20 行）。数据多时要几分钟。',
      en: "Audits the team's data: whether every invariant holds, with the rows that break one (at most 20 of each kind). With much data it takes minutes.",
    },
    perMinute: 6,
    handle: async ({ who, language }) => {
      const { invariants, breaches } = await audit(deps.store, who.team);
      return {
        invariants,
        breaches: breaches.map(({ invariant, says, what }) => ({ invariant, says: says[language], what })),
      };
    },
  });
}
