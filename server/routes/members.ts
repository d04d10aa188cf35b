// Members: found, made, read and changed one at a time. Many at once come by import, see imports.ts.
// Not their consents, accounts and stays, which have files of their own.
import type { FastifyInstance } from 'fastify';
import { isZone } from '../../engine/calendar/zone.ts';
import { typed, type JsonObject } from '../../engine/json.ts';
import { inTransaction } from '../../workers/store/client.ts';
import { newId } from '../../workers/store/id.ts';
import { setTags } from '../../workers/store/tags.ts';
import { audit } from '../audit.ts';
import { declaredBy, readAttributes } from '../members/attributes.ts';
import { countMembers, listMembers, MEMBER } from '../members/list.ts';
import { lockMember } from '../members/lock.ts';
import { segmentOf } from '../members/segments.ts';
import { Refusal, wrongValue } from '../refusal.ts';
import { byId, pagedById, route, tag, type Deps } from '../route.ts';

const name = { type: 'string', minLength: 1, maxLength: 200 } as const;
const uuid = byId.properties.id;
const shape = {
  name,
  externalKey: name,
  kind: { enum: ['member', 'staff', 'test'] },
  tags: { type: 'array', maxItems: 100, uniqueItems: true, items: tag },
  attributes: typed<JsonObject>({ type: 'object', maxProperties: 200 }),
  zone: { type: 'string', maxLength: 60 },
  locale: { type: 'string', pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$' },
} as const;

export function memberRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/members', {
    tag: 'members',
    says: {
      zh: '成员：按称呼、编号或账号找，按分群、标签、群、状态筛选；count=true 时给出总数。',
      en: 'The members: by name, key or account; by segment, tag, group or status; with their number when `count` is true.',
    },
    query: {
      ...pagedById,
      properties: {
        ...pagedById.properties,
        search: { type: 'string', minLength: 1, maxLength: 200 },
        segment: uuid,
        tag,
        group: uuid,
        status: { enum: ['active', 'left', 'blocked'] },
        kind: shape.kind,
        count: { type: 'boolean' },
      },
    } as const,
    handle: async ({ query, who, now }) => {
      const { segment: id, limit = 100, count = false, ...filters } = query;
      const segment = id === undefined ? undefined : await segmentOf(store.pool, who.team, id);
      const wanted = { ...filters, segment, team: who.team, limit, now };
      const page = await listMembers(store.pool, wanted);
      return { ...page, ...(count ? { count: await countMembers(store.pool, wanted) } : {}) };
    },
  });

  route(app, deps, 'POST /api/members', {
    tag: 'members',
    says: { zh: '新建成员。', en: 'Makes a member.' },
    body: { type: 'object', additionalProperties: false, required: ['name'], properties: shape } as const,
    status: 201,
    handle: ({ body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        checkZone(body.zone);
        const attributes = readAttributes(body.attributes ?? {}, await declaredBy(sql, who.team));
        const id = newId(now);
        const { rowCount } = await sql.query(
          `insert into member (id, team_id, display_name, external_key, kind, attributes, zone, locale, joined_at)
           values ($1, $2, $3, $4, $5, jsonb_strip_nulls($6), $7, $8, instant_of($9)) on conflict do nothing`,
          [
            id,
            who.team,
            body.name,
            body.externalKey ?? null,
            body.kind ?? 'member',
            JSON.stringify(attributes),
            body.zone ?? null,
            body.locale ?? null,
            now,
          ],
        );
        if (rowCount === 0) refuseKey(body.externalKey);
        const add = body.tags ?? [];
        await setTags(sql, {
          team: who.team,
          members: { team: who.team, ids: [id] },
          add,
          source: 'api',
          at: now,
        });
        await audit(sql, { who, action: 'member.make', subject: `member/${id}`, now });
        return { id };
      }),
  });
  memberRoute(app, deps);
  changeRoute(app, deps);
}

const refuseKey = (key = ''): never => {
  throw new Refusal('name-taken', { place: '/externalKey', values: { name: key } });
};

function memberRoute(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/members/:id', {
    tag: 'members',
    says: {
      zh: '一位成员：账号、在各群的经历、同意、退订、标签的来源和期限。',
      en: 'A member with accounts, stays in groups, consents, opt-outs, and where tags come from.',
    },
    params: byId,
    handle: async ({ params, who }) => {
      const given = [who.team, params.id];
      const { rows } = await store.pool.query<JsonObject>(
        `select ${MEMBER} from member m where m.team_id = $1 and m.id = $2 and m.status <> 'erased'`,
        given,
      );
      if (rows[0] === undefined) throw new Refusal('not-found');
      const [identities, stays, consents, optOuts, tagNotes] = await Promise.all(
        PARTS.map(async (text) => (await store.pool.query(text, given)).rows),
      );
      return { ...rows[0], identities, stays, consents, optOuts, tagNotes };
    },
  });
}

const PARTS = [
  `select i.id, c.name as channel, i.external_id as "externalId", i.verified_at as "verifiedAt" from member_identity i
   join channel c on c.id = i.channel_id where i.team_id = $1 and i.member_id = $2 order by c.name, i.external_id`,
  `select s.group_id as "group", g.name, s.joined_at as "joinedAt", s.left_at as "leftAt", s.join_source as source,
     s.inviter_id as inviter, s.role
   from membership s join community_group g on g.id = s.group_id
   where s.team_id = $1 and s.member_id = $2 order by s.joined_at, s.id`,
  `select purpose, basis, text_version as "textVersion", granted_at as "grantedAt", revoked_at as "revokedAt", evidence
   from consent where team_id = $1 and member_id = $2 order by granted_at, id`,
  `select scope, case scope when 'channel' then coalesce((select name from channel c where c.id::text = o.value), value)
     else value end as value, at, source
   from opt_out o where team_id = $1 and member_id = $2 order by at, id`,
  `select n.tag, n.source, n.at, n.expires_at as "until" from member_tag n join member m on m.id = n.member_id
   where n.team_id = $1 and n.member_id = $2 and n.tag = any(m.tags) order by n.tag`,
];

function changeRoute(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'PATCH /api/members/:id', {
    tag: 'members',
    says: {
      zh: '改成员；attributes 只改写到的几项，null 删除；tags 是全部标签。',
      en: 'Changes a member; of `attributes` only what is written, null removes; `tags` are all of them.',
    },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      properties: { ...shape, status: { enum: ['active', 'left', 'blocked'] } },
    } as const,
    handle: ({ params, body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        checkZone(body.zone);
        const attributes = readAttributes(body.attributes ?? {}, await declaredBy(sql, who.team));
        const { id, tags: before } = await lockMember(sql, who.team, params.id);
        const { rows } = await sql.query<{ taken: boolean }>(
          `select exists (select from member where team_id = $1 and external_key = $2 and id <> $3) as taken`,
          [who.team, body.externalKey ?? null, id],
        );
        if (rows[0]!.taken) refuseKey(body.externalKey);
        await sql.query(
          `update member set display_name = coalesce($3, display_name), external_key = coalesce($4, external_key),
             kind = coalesce($5::member_kind, kind), status = coalesce($6::member_status, status),
             attributes = jsonb_strip_nulls(attributes || $7), zone = coalesce($8, zone), locale = coalesce($9, locale)
           where team_id = $1 and id = $2`,
          [
            who.team,
            id,
            body.name ?? null,
            body.externalKey ?? null,
            body.kind ?? null,
            body.status ?? null,
            JSON.stringify(attributes),
            body.zone ?? null,
            body.locale ?? null,
          ],
        );
        if (body.tags !== undefined) {
          const { tags } = body;
          const add = tags.filter((it) => !before.includes(it));
          const remove = before.filter((it) => !tags.includes(it));
          await setTags(sql, {
            team: who.team,
            members: { team: who.team, ids: [id] },
            add,
            remove,
            source: 'api',
            at: now,
          });
        }
        const detail = { fields: Object.keys(body) };
        await audit(sql, { who, action: 'member.change', subject: `member/${id}`, detail, now });
        return {};
      }),
  });
}

function checkZone(zone: string | undefined): void {
  if (zone !== undefined && !isZone(zone))
    throw wrongValue('/zone', '不是时区名，例如 Asia/Shanghai', 'it is no zone such as Asia/Shanghai');
}
