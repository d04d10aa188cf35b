// Who reports events: what the owner lets a source do. A source that nobody declared reports too, but makes nobody a member.
import type { FastifyInstance } from 'fastify';
import { inTransaction, type Sql } from '../../workers/store/client.ts';
import { newId } from '../../workers/store/id.ts';
import { audit } from '../audit.ts';
import { SOURCE } from '../events/report.ts';
import { Refusal, wrongValue } from '../refusal.ts';
import { byId, route, type Deps } from '../route.ts';

const settings = {
  makesMembers: { type: 'boolean' },
  channels: {
    type: 'array',
    maxItems: 100,
    uniqueItems: true,
    items: { type: 'string', minLength: 1, maxLength: 200 },
  },
  enabled: { type: 'boolean' },
} as const;

const SOURCES = `
  select s.id, s.name, s.makes_members as "makesMembers", s.enabled, s.created_at as "createdAt",
    coalesce((select jsonb_agg(c.name order by c.name) from channel c where c.team_id = s.team_id and c.id = any(s.channels)),
      '[]') as channels
  from event_source s where s.team_id = $1`;

export function eventSourceRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/event-sources', {
    tag: 'events',
    says: { zh: '登记过的事件来源。', en: 'The declared sources of events.' },
    handle: async ({ who }) => {
      const { rows } = await store.pool.query(`${SOURCES} order by s.name`, [who.team]);
      return { sources: rows };
    },
  });
  route(app, deps, 'POST /api/event-sources', {
    tag: 'events',
    says: {
      zh: '登记一个事件来源：它报来的陌生帐号能不能成为成员，可以用哪些渠道的帐号（不写就是全部）。',
      en: 'Declares a source of events: whether accounts that nobody knows become members, and of which channels (all unless named).',
    },
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['name'],
      properties: { name: SOURCE, ...settings },
    } as const,
    status: 201,
    handle: ({ body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const { name, makesMembers = false, enabled = true } = body;
        const channels = await idsOf(sql, who.team, body.channels ?? []);
        const id = newId(now);
        const { rowCount } = await sql.query(
          `insert into event_source (id, team_id, name, makes_members, channels, enabled, created_at, created_by)
           values ($1, $2, $3, $4, $5, $6, instant_of($7), $8) on conflict do nothing`,
          [id, who.team, name, makesMembers, channels, enabled, now, who.kind === 'user' ? who.id : null],
        );
        if (rowCount === 0) throw new Refusal('name-taken', { place: '/name', values: { name } });
        const detail = { name, makesMembers };
        await audit(sql, { who, action: 'event-source.declare', subject: `event-source/${id}`, detail, now });
        return { id };
      }),
  });
  changeRoute(app, deps);
}

function changeRoute(app: FastifyInstance, deps: Deps): void {
  route(app, deps, 'PATCH /api/event-sources/:id', {
    tag: 'events',
    says: {
      zh: '改一个事件来源；停用之后它的事件都会被拒绝。',
      en: 'Changes a source of events; while it is switched off, its events are refused.',
    },
    params: byId,
    body: { type: 'object', additionalProperties: false, minProperties: 1, properties: settings } as const,
    handle: ({ params, body, who, now }) =>
      inTransaction(deps.store.pool, async (sql) => {
        const channels = body.channels === undefined ? null : await idsOf(sql, who.team, body.channels);
        const { rowCount } = await sql.query(
          `update event_source set makes_members = coalesce($3, makes_members), channels = coalesce($4, channels),
             enabled = coalesce($5, enabled)
           where team_id = $1 and id = $2`,
          [who.team, params.id, body.makesMembers ?? null, channels, body.enabled ?? null],
        );
        if (rowCount === 0) throw new Refusal('not-found');
        const subject = `event-source/${params.id}`;
        await audit(sql, { who, action: 'event-source.change', subject, detail: { ...body }, now });
        return {};
      }),
  });
}

/** The ids of channels by their names. */
async function idsOf(sql: Sql, team: number, names: readonly string[]): Promise<string[]> {
  const { rows } = await sql.query<{ id: string; name: string }>(
    'select id, name from channel where team_id = $1 and name = any($2)',
    [team, names],
  );
  const ids = new Map(rows.map(({ id, name }) => [name, id]));
  return names.map((name, index) => {
    const id = ids.get(name);
    if (id === undefined)
      throw wrongValue(`/channels/${index}`, `没有渠道「${name}」`, `there is no channel "${name}"`);
    return id;
  });
}
