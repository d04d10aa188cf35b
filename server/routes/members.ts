// Members, and what they have agreed to or refused. In plain form: one at a time, tags and attributes as they are.
import type { FastifyInstance } from 'fastify';
import { isZone } from '../../engine/calendar/zone.ts';
import type { JsonObject } from '../../engine/json.ts';
import { inTransaction, type Sql } from '../../workers/store/client.ts';
import { newId } from '../../workers/store/id.ts';
import { audit } from '../audit.ts';
import type { Identity } from '../identity/identity.ts';
import { Refusal } from '../refusal.ts';
import { byId, pagedById, route, type Deps } from '../route.ts';

const name = { type: 'string', minLength: 1, maxLength: 200 } as const;
const tag = { type: 'string', minLength: 1, maxLength: 100 } as const;
const shape = {
  name,
  tags: { type: 'array', maxItems: 100, uniqueItems: true, items: tag },
  attributes: { type: 'object', maxProperties: 100 },
  zone: { type: 'string', maxLength: 60 },
  locale: { type: 'string', pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$' },
} as const;

const MEMBER = `
  select m.id, m.display_name as name, m.status::text, m.tags, m.attributes, m.zone, m.locale,
    m.joined_at as "joinedAt", m.last_active_at as "lastActiveAt"
  from member m where m.team_id = $1 and m.status <> 'erased'`;

export function memberRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/members', {
    tag: 'members',
    says: { zh: '成员，可以按标签和群找。', en: 'The members, by tag or group where wanted.' },
    query: {
      ...pagedById,
      properties: { ...pagedById.properties, tag, group: { type: 'string', format: 'uuid' } },
    } as const,
    handle: async ({ query, who }) => {
      const limit = query.limit ?? 100;
      const { rows } = await store.pool.query<{ id: string }>(
        `${MEMBER} and ($2::text is null or m.tags @> array[$2]) and ($3::uuid is null or exists (
           select from membership s where s.member_id = m.id and s.group_id = $3 and s.left_at is null))
           and ($4::uuid is null or m.id > $4) order by m.id limit $5`,
        [who.team, query.tag ?? null, query.group ?? null, query.after ?? null, limit],
      );
      return { members: rows, next: rows.length === limit ? rows.at(-1)!.id : null };
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
        const id = newId(now);
        await sql.query(
          `insert into member (id, team_id, display_name, tags, attributes, zone, locale, joined_at)
           values ($1, $2, $3, $4, $5, $6, $7, instant_of($8))`,
          [
            id,
            who.team,
            body.name,
            body.tags ?? [],
            JSON.stringify(body.attributes ?? {}),
            body.zone ?? null,
            body.locale ?? null,
            now,
          ],
        );
        await audit(sql, { who, action: 'member.make', subject: `member/${id}`, now });
        return { id };
      }),
  });
  memberRoute(app, deps);
}

function memberRoute(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/members/:id', {
    tag: 'members',
    says: { zh: '一位成员，连同所在的群、同意和退订。', en: 'A member with groups, consents and opt-outs.' },
    params: byId,
    handle: async ({ params, who }) => {
      const { rows } = await store.pool.query<JsonObject>(`${MEMBER} and m.id = $2`, [who.team, params.id]);
      if (rows[0] === undefined) throw new Refusal('not-found');
      const [groups, consents, optOuts] = await Promise.all(
        [
          `select group_id as "group", joined_at as "joinedAt", left_at as "leftAt" from membership
           where team_id = $1 and member_id = $2 order by joined_at`,
          `select purpose, basis, text_version as "textVersion", granted_at as "grantedAt", revoked_at as "revokedAt"
           from consent where team_id = $1 and member_id = $2 order by granted_at`,
          `select scope, value, at, source from opt_out where team_id = $1 and member_id = $2 order by at`,
        ].map(async (text) => (await store.pool.query(text, [who.team, params.id])).rows),
      );
      return { ...rows[0], groups, consents, optOuts };
    },
  });

  route(app, deps, 'PATCH /api/members/:id', {
    tag: 'members',
    says: {
      zh: '改成员；attributes 只改写到的几项，null 删除。',
      en: 'Changes a member; of `attributes` only what is written, null removes.',
    },
    params: byId,
    body: { type: 'object', additionalProperties: false, minProperties: 1, properties: shape } as const,
    handle: ({ params, body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        checkZone(body.zone);
        const { rowCount } = await sql.query(
          `update member set display_name = coalesce($3, display_name), tags = coalesce($4, tags),
             attributes = jsonb_strip_nulls(attributes || $5), zone = coalesce($6, zone), locale = coalesce($7, locale)
           where team_id = $1 and id = $2 and status <> 'erased'`,
          [
            who.team,
            params.id,
            body.name ?? null,
            body.tags ?? null,
            JSON.stringify(body.attributes ?? {}),
            body.zone ?? null,
            body.locale ?? null,
          ],
        );
        if (rowCount === 0) throw new Refusal('not-found');
        await audit(sql, {
          who,
          action: 'member.change',
          subject: `member/${params.id}`,
          detail: { fields: Object.keys(body) },
          now,
        });
        return {};
      }),
  });
  consentRoutes(app, deps);
}

function checkZone(zone: string | undefined): void {
  if (zone === undefined || isZone(zone)) return;
  const [problemZh, problemEn] = ['不是时区名，例如 Asia/Shanghai', 'it is no zone such as Asia/Shanghai'];
  throw new Refusal('invalid-request', { place: '/zone', values: { place: '/zone', problemZh, problemEn } });
}

async function mustExist(sql: Sql, who: Identity, id: string): Promise<void> {
  const { rows } = await sql.query(
    `select from member where team_id = $1 and id = $2 and status <> 'erased'`,
    [who.team, id],
  );
  if (rows.length === 0) throw new Refusal('not-found');
}

function consentRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'POST /api/members/:id/consents', {
    tag: 'members',
    says: {
      zh: '记录成员同意了什么（目的、依据、看到的文字版本）。',
      en: 'Records what a member has agreed to: purpose, basis, version of the text shown.',
    },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['purpose', 'basis', 'textVersion'],
      properties: {
        purpose: tag,
        basis: tag,
        textVersion: tag,
        evidence: { type: 'object', maxProperties: 20 },
      },
    } as const,
    status: 201,
    handle: ({ params, body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        await mustExist(sql, who, params.id);
        await sql.query(
          `insert into consent (id, team_id, member_id, purpose, basis, text_version, granted_at, evidence)
           values ($1, $2, $3, $4, $5, $6, instant_of($7), $8)`,
          [
            newId(now),
            who.team,
            params.id,
            body.purpose,
            body.basis,
            body.textVersion,
            now,
            JSON.stringify(body.evidence ?? {}),
          ],
        );
        await audit(sql, {
          who,
          action: 'consent.grant',
          subject: `member/${params.id}`,
          detail: { purpose: body.purpose },
          now,
        });
        return {};
      }),
  });
  consentEndRoute(app, deps);
}

function consentEndRoute(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'DELETE /api/members/:id/consents/:purpose', {
    tag: 'members',
    says: { zh: '撤回同意。', en: 'Takes a consent back.' },
    params: {
      type: 'object',
      required: ['id', 'purpose'],
      properties: { ...byId.properties, purpose: tag },
    } as const,
    handle: ({ params, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const { rowCount } = await sql.query(
          `update consent set revoked_at = greatest(granted_at, instant_of($4))
           where team_id = $1 and member_id = $2 and purpose = $3 and revoked_at is null`,
          [who.team, params.id, params.purpose, now],
        );
        if (rowCount === 0) throw new Refusal('not-found');
        const detail = { purpose: params.purpose };
        await audit(sql, { who, action: 'consent.revoke', subject: `member/${params.id}`, detail, now });
        return {};
      }),
  });
  optOutRoute(app, deps);
}

function optOutRoute(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'POST /api/members/:id/opt-outs', {
    tag: 'members',
    says: {
      zh: '成员不想再收到消息：全部，或某一类。',
      en: 'A member wants no more messages: none at all, or none of a class.',
    },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      properties: { class: { enum: ['service', 'marketing'] } },
    } as const,
    status: 201,
    handle: ({ params, body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        await mustExist(sql, who, params.id);
        await sql.query(
          `insert into opt_out (id, team_id, member_id, scope, value, at, source)
           values ($1, $2, $3, $4, $5, instant_of($6), 'api') on conflict do nothing`,
          [
            newId(now),
            who.team,
            params.id,
            body.class === undefined ? 'all' : 'class',
            body.class ?? '',
            now,
          ],
        );
        await audit(sql, {
          who,
          action: 'member.opt-out',
          subject: `member/${params.id}`,
          detail: body,
          now,
        });
        return {};
      }),
  });
}
