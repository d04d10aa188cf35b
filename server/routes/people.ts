// The people of a team and its programs: colleagues, invitations, API keys, and the log of what they did.
import type { FastifyInstance } from 'fastify';
import { parseInstant, type Instant } from '../../engine/instant.ts';
import { Role } from '../../generated/prisma/enums.ts';
import { inTransaction } from '../../workers/store/client.ts';
import { audit } from '../audit.ts';
import { makeKey, personOf } from '../identity/identity.ts';
import { invite } from '../identity/invitations.ts';
import { keepingAnOwner, takeBack } from '../identity/standing.ts';
import { Refusal, wrongValue } from '../refusal.ts';
import { byId, paged, route, type Deps } from '../route.ts';

const roles = {
  type: 'array',
  minItems: 1,
  maxItems: 4,
  uniqueItems: true,
  items: { enum: [Role.owner, Role.designer, Role.operator, Role.approver] },
} as const;

export function peopleRoutes(app: FastifyInstance, deps: Deps): void {
  userRoutes(app, deps);
  invitationRoutes(app, deps);
  keyRoutes(app, deps);
  const { store } = deps;
  route(app, deps, 'GET /api/audit', {
    tag: 'people',
    says: { zh: '谁做了什么，最近的在前。', en: 'Who did what, latest first.' },
    query: paged,
    handle: async ({ query, who }) => {
      const { rows } = await store.pool.query<{ id: number }>(
        `select id, at, actor_kind as "actorKind", actor_id as actor, action, subject, reason, detail
         from audit_log where team_id = $1 and id < coalesce($2::bigint, 9223372036854775807)
         order by id desc limit $3`,
        [who.team, numberOf(query.after), query.limit ?? 100],
      );
      return { entries: rows, next: rows.length === (query.limit ?? 100) ? String(rows.at(-1)?.id) : null };
    },
  });
}

const numberOf = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;

function userRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/users', {
    tag: 'people',
    says: { zh: '团队的同事。', en: 'The colleagues of the team.' },
    handle: async ({ who }) => {
      const { rows } = await store.pool.query(
        `select id, name, roles::text[] as roles, locale, created_at as "createdAt", disabled_at as "disabledAt",
           case when $2 then email end as email
         from user_account where team_id = $1 order by created_at, id`,
        [who.team, who.roles.includes('owner')],
      );
      return { users: rows };
    },
  });
  route(app, deps, 'PATCH /api/users/:id', {
    tag: 'people',
    says: {
      zh: '改同事的角色，或停用账号（会话立即结束）。',
      en: 'Changes the roles of a colleague, or disables the account (its sessions end at once).',
    },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      properties: { roles, disabled: { type: 'boolean' } },
    } as const,
    handle: ({ params, body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const { rows } = await keepingAnOwner(sql, who.team, () =>
          sql.query(
            `update user_account set roles = coalesce($3::role[], roles),
             disabled_at = case $4::boolean when true then coalesce(disabled_at, instant_of($5)) when false then null
               else disabled_at end
           where team_id = $1 and id = $2 returning id, name, roles::text[] as roles, disabled_at as "disabledAt"`,
            [who.team, params.id, body.roles ?? null, body.disabled ?? null, now],
          ),
        );
        if (rows[0] === undefined) throw new Refusal('not-found');
        if (body.disabled === true) await sql.query('delete from session where user_id = $1', [params.id]);
        if (body.disabled === true || body.roles?.includes('owner') === false)
          await takeBack(sql, { team: who.team, user: params.id, now });
        await audit(sql, { who, action: 'user.change', subject: `user/${params.id}`, detail: body, now });
        return rows[0];
      }),
  });
}

function invitationRoutes(app: FastifyInstance, deps: Deps): void {
  const { store, publicUrl } = deps;
  route(app, deps, 'GET /api/invitations', {
    tag: 'people',
    says: { zh: '还没有用过的邀请。', en: 'Invitations that are still open.' },
    handle: async ({ who, now }) => {
      const { rows } = await store.pool.query(
        `select id, roles::text[] as roles, email, created_at as "createdAt", expires_at as "expiresAt"
         from invitation where team_id = $1 and used_at is null and expires_at > instant_of($2) order by created_at`,
        [who.team, now],
      );
      return { invitations: rows };
    },
  });
  route(app, deps, 'POST /api/invitations', {
    tag: 'people',
    says: {
      zh: '邀请一位同事：返回一次性链接，一周内有效，只显示这一次。',
      en: 'Invites a colleague: answers with a one-time link, good for a week, shown this once.',
    },
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['roles'],
      properties: { roles, email: { type: 'string', format: 'email', maxLength: 254 } },
    } as const,
    status: 201,
    handle: ({ body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const by = personOf(who);
        const made = await invite(sql, { team: who.team, roles: body.roles, email: body.email, by, now });
        await audit(sql, {
          who,
          action: 'user.invite',
          subject: `invitation/${made.id}`,
          detail: { roles: body.roles },
          now,
        });
        return {
          id: made.id,
          link: `${publicUrl}/setup#invitation=${made.token}`,
          expiresAt: new Date(made.expiresAt).toISOString(),
        };
      }),
  });
  route(app, deps, 'DELETE /api/invitations/:id', {
    tag: 'people',
    says: { zh: '收回邀请。', en: 'Takes an invitation back.' },
    params: byId,
    handle: ({ params, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const { rowCount } = await sql.query(
          'delete from invitation where team_id = $1 and id = $2 and used_at is null',
          [who.team, params.id],
        );
        if (rowCount === 0) throw new Refusal('not-found');
        await audit(sql, { who, action: 'user.uninvite', subject: `invitation/${params.id}`, now });
        return {};
      }),
  });
}

/** When a key expires. A date that cannot be read is refused, for nobody means a key that lasts for ever. */
function expiryOf(text: string, now: Instant): Instant {
  const instant = parseInstant(text);
  if (instant === undefined)
    throw wrongValue(
      '/expiresAt',
      '读不懂这个时间，例如 2027-01-31T00:00:00Z',
      'it is no instant such as 2027-01-31T00:00:00Z',
    );
  if (instant <= now) throw wrongValue('/expiresAt', '已经过去', 'it lies in the past');
  return instant;
}

function keyRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/api-keys', {
    tag: 'people',
    says: { zh: 'API 密钥（不含密钥本身）。', en: 'The API keys, without the keys themselves.' },
    handle: async ({ who }) => {
      const { rows } = await store.pool.query(
        `select id, name, prefix, roles::text[] as roles, created_at as "createdAt", used_at as "usedAt",
           expires_at as "expiresAt", revoked_at as "revokedAt"
         from api_key where team_id = $1 order by created_at, id`,
        [who.team],
      );
      return { keys: rows };
    },
  });
  route(app, deps, 'POST /api/api-keys', {
    tag: 'people',
    says: { zh: '新建 API 密钥：只显示这一次。', en: 'Makes an API key; it is shown this once.' },
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['name', 'roles'],
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 100 },
        roles,
        expiresAt: { type: 'string', format: 'date-time' },
      },
    } as const,
    status: 201,
    handle: ({ body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const by = personOf(who);
        const expiresAt = body.expiresAt === undefined ? null : expiryOf(body.expiresAt, now);
        const { id, token, prefix } = await makeKey(sql, {
          team: who.team,
          name: body.name,
          roles: body.roles,
          by,
          expiresAt,
          now,
        });
        await audit(sql, {
          who,
          action: 'key.make',
          subject: `key/${id}`,
          detail: { roles: body.roles },
          now,
        });
        return { id, key: token, prefix };
      }),
  });
  route(app, deps, 'DELETE /api/api-keys/:id', {
    tag: 'people',
    says: { zh: '作废一个 API 密钥。', en: 'Revokes an API key.' },
    params: byId,
    handle: ({ params, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const { rowCount } = await sql.query(
          `update api_key set revoked_at = instant_of($3) where team_id = $1 and id = $2 and revoked_at is null`,
          [who.team, params.id, now],
        );
        if (rowCount === 0) throw new Refusal('not-found');
        await audit(sql, { who, action: 'key.revoke', subject: `key/${params.id}`, now });
        return {};
      }),
  });
}
