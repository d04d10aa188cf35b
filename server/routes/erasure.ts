// Erasure: a member asked to be forgotten. What is personal goes at once; what is counted stays.
// Not what exactly goes where: see workers/store/erase.ts.
import type { FastifyInstance } from 'fastify';
import { inTransaction } from '../../workers/store/client.ts';
import { erase } from '../../workers/store/erase.ts';
import { audit } from '../audit.ts';
import { Refusal } from '../refusal.ts';
import { byId, route, type Deps } from '../route.ts';
import { tellShards } from '../runs/control.ts';

export function erasureRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'POST /api/members/:id/erase', {
    tag: 'members',
    says: {
      zh: '删除成员的全部个人信息，不能撤销；统计数字不变。正在进行的旅程会结束，不再给他发消息。',
      en: 'Erases everything personal of a member, for good; sums stay. Running journeys of the member end, and no message goes out any more.',
    },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['reason'],
      properties: { reason: { type: 'string', minLength: 1, maxLength: 500 } },
    } as const,
    handle: async ({ params, body, who, now }) => {
      const erased = await inTransaction(store.pool, async (sql) => {
        const asked = { team: who.team, member: params.id.toLowerCase(), by: who.id, now };
        const done = await erase(sql, asked);
        if (done === undefined) throw new Refusal('not-found');
        if (!done.before)
          await audit(sql, {
            who,
            action: 'member.erase',
            subject: `member/${done.member}`,
            reason: body.reason,
            now,
          });
        return done;
      });
      await tellShards(deps, erased.nudges);
      return { erased: true, before: erased.before };
    },
  });
}
