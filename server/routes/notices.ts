// What people should see: alerts of watches, runs that paused themselves, parked visits, launches that were refused.
import type { FastifyInstance } from 'fastify';
import { sayReason } from '../../engine/channels/reasons.ts';
import { Refusal, type Language } from '../refusal.ts';
import { byId, paged, route, type Deps } from '../route.ts';

export function noticeRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/notices', {
    tag: 'notices',
    says: {
      zh: '提醒，最近的在前；默认只给没看过的。带 playbook 时只给这个剧本自动启动时的问题。',
      en: 'Notices, latest first; those not seen unless `all`. With `playbook` those about its automatic launches.',
    },
    query: {
      ...paged,
      properties: { ...paged.properties, all: { type: 'boolean' }, playbook: byId.properties.id },
    } as const,
    handle: async ({ query, who }) => {
      const { rows } = await store.pool.query(
        `select n.id, n.run_id as run, n.kind, n.at, n.role, n.text, n.detail, n.seen_at as "seenAt", p.title as playbook
         from notice n left join run r on r.id = n.run_id
         left join playbook p on p.team_id = n.team_id
           and p.id = case when n.kind = 'launch' then (n.detail ->> 'playbook')::uuid else r.playbook_id end
         where n.team_id = $1 and ($2 or n.seen_at is null)
           and ($4::text is null or n.kind = 'launch' and n.detail ->> 'playbook' = $4)
         order by n.id desc limit $3`,
        [who.team, query.all === true, query.limit ?? 100, query.playbook ?? null],
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
  outboxRoute(app, deps);
}

const STATES = ['waiting', 'sent', 'dropped', 'failed'] as const;

function outboxRoute(app: FastifyInstance, deps: Deps): void {
  route(app, deps, 'GET /api/staff-messages', {
    tag: 'notices',
    says: {
      zh: '发给同事的通知和渠道测试各到了哪一步，最近的在前；默认只给没有送到的。每条有原因。',
      en: 'What became of notices to colleagues and tests of channels, latest first; those that did not arrive unless `state` says otherwise. Each with its reason.',
    },
    query: {
      ...paged,
      properties: {
        limit: paged.properties.limit,
        after: { type: 'integer', minimum: 1, maximum: 9_007_199_254_740_991 },
        state: { enum: STATES },
        channel: byId.properties.id,
        user: byId.properties.id,
      },
    } as const,
    handle: async ({ query, who, language }) => {
      const { state = 'failed', channel = null, user = null, after = null, limit = 100 } = query;
      const { rows } = await deps.store.pool.query<StaffMessageRow>(
        `select m.id, m.kind, m.state::text, m.reason, m.attempts, m.notice_id as notice, m.task_id as task,
           jsonb_build_object('id', c.id, 'name', c.name) as channel,
           case when u.id is not null then jsonb_build_object('id', u.id, 'name', u.name) end as colleague,
           m.created_at as "createdAt", m.finished_at as "finishedAt",
           case when m.state = 'waiting' then m.next_at end as "nextAt"
         from staff_message m join channel c on c.id = m.channel_id left join user_account u on u.id = m.user_id
         where m.team_id = $1 and m.state = $2::staff_message_state and ($3::uuid is null or m.channel_id = $3)
           and ($4::uuid is null or m.user_id = $4) and ($5::bigint is null or m.id < $5)
         order by m.id desc limit $6`,
        [who.team, state, channel, user, after, limit],
      );
      const messages = rows.map((row) => told(row, language));
      return { messages, next: rows.length === limit ? rows.at(-1)!.id : null };
    },
  });
}

interface StaffMessageRow {
  readonly id: number;
  readonly reason: string | null;
  readonly [column: string]: unknown;
}

const told = (row: StaffMessageRow, language: Language) => ({
  ...row,
  says: row.reason === null ? null : sayReason(row.reason)[language],
});
