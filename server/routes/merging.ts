// Merging: two records turn out to be one person. What it means stands in workers/store/merge.ts.
// Not the finding of such records: whoever is told that an account is taken, or knows the person, asks for it.
import type { FastifyInstance } from 'fastify';
import { inTransaction } from '../../workers/store/client.ts';
import { merge, type MergeRefusal } from '../../workers/store/merge.ts';
import { audit } from '../audit.ts';
import { Refusal } from '../refusal.ts';
import { byId, route, type Deps } from '../route.ts';

export function mergingRoutes(app: FastifyInstance, deps: Deps): void {
  route(app, deps, 'POST /api/members/:id/merge', {
    tag: 'members',
    says: {
      zh: '把另一份档案（member）并入这位成员：账号、经历、进行中的旅程都归他；任何一份档案里的拒绝都算数；不能撤销。',
      en: 'Merges another record (`member`) into this one: accounts, history and journeys under way become its own, and what either has refused is refused. It cannot be undone.',
    },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['member', 'reason'],
      properties: {
        member: { type: 'string', format: 'uuid' },
        reason: { type: 'string', minLength: 1, maxLength: 500 },
      },
    } as const,
    handle: async ({ params, body, who, now }) => {
      const [into, from] = [params.id.toLowerCase(), body.member.toLowerCase()];
      await inTransaction(deps.store.pool, async (sql) => {
        const refusal = await merge(sql, { team: who.team, from, into, now });
        if (refusal !== null) refuse(refusal, into);
        await audit(sql, {
          who,
          action: 'member.merge',
          subject: `member/${into}`,
          reason: body.reason,
          detail: { merged: from },
          now,
        });
      });
      return { id: into, merged: from };
    },
  });
}

function refuse(refusal: MergeRefusal, into: string): never {
  switch (refusal.refused) {
    case 'unknown':
      if (refusal.member === into) throw new Refusal('not-found');
      throw new Refusal('merge-unknown', { place: '/member', values: { id: refusal.member } });
    case 'itself':
      throw new Refusal('merge-itself', { place: '/member' });
    case 'kinds':
      throw new Refusal('merge-kinds', { place: '/member' });
    case 'both-under-way': {
      const { journeys } = refusal;
      throw new Refusal('merge-both-under-way', {
        place: '/member',
        values: { journeys: journeys.join(', ') },
        extra: () => ({ journeys }),
      });
    }
    case 'messages-out':
      throw new Refusal('merge-messages-out', { place: '/member', values: { count: refusal.messages } });
  }
}
