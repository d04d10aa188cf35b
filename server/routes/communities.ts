// Communities and their groups. Not who is in them: see stays.ts.
import type { FastifyInstance } from 'fastify';
import { inTransaction } from '../../workers/store/client.ts';
import { newId } from '../../workers/store/id.ts';
import { audit } from '../audit.ts';
import { Refusal } from '../refusal.ts';
import { byId, route, type Deps } from '../route.ts';

const uuid = { type: 'string', format: 'uuid' } as const;
const name = { type: 'string', minLength: 1, maxLength: 200 } as const;
const heads = { type: 'integer', minimum: 0, maximum: 10_000_000 } as const;
const capacity = { type: 'integer', minimum: 1, maximum: 10_000_000 } as const;

export function communityRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/communities', {
    tag: 'communities',
    says: { zh: '社群。', en: 'The communities.' },
    handle: async ({ who }) => {
      const { rows } = await store.pool.query(
        `select c.id, c.name, c.purpose, c.value, count(g.id) as groups, coalesce(sum(g.head_count), 0) as heads
         from community c left join community_group g on g.community_id = c.id
         where c.team_id = $1 group by c.id order by c.created_at, c.id`,
        [who.team],
      );
      return { communities: rows };
    },
  });
  route(app, deps, 'POST /api/communities', {
    tag: 'communities',
    says: { zh: '新建社群。', en: 'Makes a community.' },
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['name'],
      properties: { name, purpose: { enum: ['product', 'service', 'knowledge', 'brand'] } },
    } as const,
    status: 201,
    handle: ({ body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const id = newId(now);
        const { rowCount } = await sql.query(
          `insert into community (id, team_id, name, purpose, created_at) values ($1, $2, $3, $4, instant_of($5))
           on conflict do nothing`,
          [id, who.team, body.name, body.purpose ?? null, now],
        );
        if (rowCount === 0) throw new Refusal('name-taken', { place: '/name', values: { name: body.name } });
        await audit(sql, { who, action: 'community.make', subject: `community/${id}`, now });
        return { id };
      }),
  });
  groupRoutes(app, deps);
}

function groupRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/groups', {
    tag: 'communities',
    says: {
      zh: '群：有成员名单的，或只知道人数的。',
      en: 'The groups, with a list of members or a head count alone.',
    },
    handle: async ({ who }) => {
      const { rows } = await store.pool.query(
        `select g.id, g.name, g.community_id as community, c.name as channel, g.head_count as heads, g.capacity,
           g.external_id as "externalId",
           (select count(*) from membership m where m.group_id = g.id and m.left_at is null) as members
         from community_group g left join channel c on c.id = g.channel_id
         where g.team_id = $1 order by g.created_at, g.id`,
        [who.team],
      );
      return { groups: rows };
    },
  });
  route(app, deps, 'POST /api/groups', {
    tag: 'communities',
    says: { zh: '新建群；channel 是渠道的名字。', en: 'Makes a group; `channel` is a channel by its name.' },
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['name', 'community'],
      properties: { name, community: uuid, channel: name, heads, capacity, externalId: name },
    } as const,
    status: 201,
    handle: ({ body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const id = newId(now);
        const { rows } = await sql.query<{ community: boolean; channel: string | null }>(
          `select exists (select from community where team_id = $1 and id = $2) as community,
             (select id from channel where team_id = $1 and name = $3) as channel`,
          [who.team, body.community, body.channel ?? null],
        );
        const { community, channel } = rows[0]!;
        if (!community)
          throw new Refusal('unknown-group', { place: '/community', values: { id: body.community } });
        if (body.channel !== undefined && channel === null) {
          throw new Refusal('unknown-group', { place: '/channel', values: { id: body.channel } });
        }
        const { rowCount } = await sql.query(
          `insert into community_group (id, team_id, community_id, channel_id, name, head_count, capacity, external_id,
             created_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, instant_of($9)) on conflict do nothing`,
          [
            id,
            who.team,
            body.community,
            channel,
            body.name,
            body.heads ?? 0,
            body.capacity ?? null,
            body.externalId ?? null,
            now,
          ],
        );
        if (rowCount === 0) throw new Refusal('name-taken', { place: '/name', values: { name: body.name } });
        await audit(sql, { who, action: 'group.make', subject: `group/${id}`, now });
        return { id };
      }),
  });
  groupChangeRoute(app, deps);
}

function groupChangeRoute(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'PATCH /api/groups/:id', {
    tag: 'communities',
    says: { zh: '改群名、人数或上限。', en: 'Changes the name, head count or capacity of a group.' },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      properties: { name, heads, capacity },
    } as const,
    handle: ({ params, body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const { rowCount } = await sql.query(
          `update community_group set name = coalesce($3, name), head_count = coalesce($4, head_count),
             capacity = coalesce($5, capacity) where team_id = $1 and id = $2`,
          [who.team, params.id, body.name ?? null, body.heads ?? null, body.capacity ?? null],
        );
        if (rowCount === 0) throw new Refusal('not-found');
        await audit(sql, { who, action: 'group.change', subject: `group/${params.id}`, detail: body, now });
        return {};
      }),
  });
}
