// Deliveries: looked up by run, member, group or channel, and decided about where nobody knows what became of them.
// Not their counts by step, which belong to the run.
import type { FastifyInstance } from 'fastify';
import { decideDoubt, listDeliveries } from '../deliveries.ts';
import { byId, paged, route, type Deps } from '../route.ts';

const { id } = byId.properties;
const name = { type: 'string', minLength: 1, maxLength: 200 } as const;
const STATES = [
  ...([
    'planned',
    'gated',
    'requested',
    'confirmed',
    'sent',
    'skipped',
    'expired',
    'failed',
    'unknown',
  ] as const),
] as const;

export function deliveryRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/deliveries', {
    tag: 'deliveries',
    says: {
      zh: '每条消息对每个收件人的情况：已发、待发、没有发，以及原因。可按运行、步骤、成员、群、渠道、状态和原因筛选，最近的在前。',
      en: 'What became of each message for each recipient: sent, still to come, or not sent, and why. By run, step, member, group, channel, state and reason; the latest first.',
    },
    query: {
      ...paged,
      properties: {
        limit: paged.properties.limit,
        after: { type: 'string', maxLength: 400 },
        run: id,
        node: name,
        member: id,
        group: id,
        channel: id,
        state: { enum: STATES },
        reason: name,
      },
      dependentRequired: { node: ['run'] },
    } as const,
    handle: ({ query: { limit = 100, ...filter }, who }) =>
      listDeliveries(store.pool, who.team, { ...filter, limit }),
  });

  route(app, deps, 'POST /api/deliveries/:id/resolve', {
    tag: 'deliveries',
    says: {
      zh: '说明一条结果不明的消息到底有没有送到。之后重试停住的步骤：已送到的不会再发，没送到的会再发一次。',
      en: 'Says what became of a message in doubt. Then retry the stuck visit: what was delivered is not sent again, what was not is.',
    },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['recipient', 'outcome'],
      properties: { recipient: name, outcome: { enum: ['sent', 'failed'] } },
    } as const,
    handle: ({ params, body, who, now }) => decideDoubt(store, who, { message: params.id, ...body, now }),
  });
}
