// Coming in: setting up, logging in and out, accepting an invitation, and who one is.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { ROLES } from '../../engine/roles.ts';
import { inTransaction, type Sql } from '../../workers/store/client.ts';
import { audit } from '../audit.ts';
import { endSession, type Identity } from '../identity/identity.ts';
import { accept, lookAt, type Acceptance } from '../identity/invitations.ts';
import { letIn, logIn } from '../identity/log-in.ts';
import { cookieName } from '../identity/request.ts';
import { Refusal } from '../refusal.ts';
import { route, type Deps } from '../route.ts';

const PER_MINUTE = 30;

const acceptance = {
  type: 'object',
  additionalProperties: false,
  required: ['token', 'email', 'name', 'password'],
  properties: {
    token: { type: 'string', minLength: 10, maxLength: 200 },
    email: { type: 'string', format: 'email', maxLength: 254 },
    name: { type: 'string', minLength: 1, maxLength: 100 },
    password: { type: 'string', minLength: 10, maxLength: 200 },
    locale: { enum: ['zh-CN', 'en'] },
  },
} as const;

const credentials = {
  type: 'object',
  additionalProperties: false,
  required: ['email', 'password'],
  properties: {
    email: { type: 'string', minLength: 1, maxLength: 254 },
    password: { type: 'string', minLength: 1, maxLength: 200 },
  },
} as const;

export function sessionRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'POST /api/setup', {
    tag: 'session',
    says: {
      zh: '用 npm start 打印的链接创建第一位负责人。',
      en: 'Creates the first owner by the link that `npm start` prints.',
    },
    body: acceptance,
    perMinute: PER_MINUTE,
    status: 201,
    handle: ({ body, now, reply }) =>
      inTransaction(store.pool, async (sql) => {
        // Of two at once, the second finds an owner.
        await sql.query('lock table user_account in share row exclusive mode');
        const { rows } = await sql.query<{ users: boolean }>(
          'select exists (select from user_account) as users',
        );
        if (rows[0]!.users) throw new Refusal('link-used', { place: '/token' });
        const owner = await join(deps, reply, { sql, asked: { ...body, now }, action: 'team.setup' });
        // Every start has printed a link; with the first that is used the others are worth nothing.
        await sql.query('delete from invitation where used_at is null');
        return owner;
      }),
  });

  route(app, deps, 'POST /api/invitations/accept', {
    tag: 'session',
    says: { zh: '用邀请链接创建自己的账号。', en: 'Creates one’s own account by an invitation link.' },
    body: acceptance,
    perMinute: PER_MINUTE,
    status: 201,
    handle: ({ body, now, reply }) =>
      inTransaction(store.pool, (sql) =>
        join(deps, reply, { sql, asked: { ...body, now }, action: 'user.join' }),
      ),
  });
  route(app, deps, 'POST /api/invitations/look', {
    tag: 'session',
    says: {
      zh: '看看一个链接还能不能用，给谁、什么角色；不会用掉它。',
      en: 'Whether a link is still good, for whom and with which roles; it is not used up.',
    },
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['token'],
      properties: { token: acceptance.properties.token },
    } as const,
    perMinute: PER_MINUTE,
    handle: async ({ body, now }) => {
      const link = await lookAt(store.pool, body.token, now);
      if (link.is !== 'open') throw new Refusal(`link-${link.is}`, { place: '/token' });
      const { roles, email, expiresAt } = link;
      return { roles: roles.map((it) => ROLES[it]), email, expiresAt: new Date(expiresAt).toISOString() };
    },
  });
  comeAndGoRoutes(app, deps);
}

function comeAndGoRoutes(app: FastifyInstance, deps: Deps): void {
  const { store, publicUrl } = deps;
  route(app, deps, 'POST /api/login', {
    tag: 'session',
    says: { zh: '登录；会话在 Cookie 里。', en: 'Logs in; the session is a cookie.' },
    body: credentials,
    perMinute: PER_MINUTE,
    handle: async ({ body, now, request, reply }) => {
      const user = await logIn(deps, { ...body, address: request.ip, now });
      await letIn(deps, reply, store.pool, { ...user, now });
      return { id: user.id, name: user.name, roles: user.roles };
    },
  });

  route(app, deps, 'POST /api/logout', {
    tag: 'session',
    says: { zh: '结束会话。', en: 'Ends the session.' },
    handle: async ({ request, reply }) => {
      const name = cookieName(publicUrl);
      const token = request.cookies[name];
      if (token !== undefined) await endSession(store.pool, token);
      void reply.clearCookie(name, { path: '/' });
      return {};
    },
  });

  route(app, deps, 'GET /api/me', {
    tag: 'session',
    says: { zh: '我是谁，能做什么。', en: 'Who I am, and what I may do.' },
    handle: ({ who }) => ({ kind: who.kind, id: who.id, name: who.name, roles: who.roles }),
  });
}

/** Turns a link into an account and lets its owner in. */
async function join(
  deps: Deps,
  reply: FastifyReply,
  { sql, asked, action }: { readonly sql: Sql; readonly asked: Acceptance; readonly action: string },
) {
  const user = await accept(sql, asked);
  if (user === undefined) throw new Refusal('link-used', { place: '/token' });
  if (user === 'email-taken') throw new Refusal('email-taken', { place: '/email' });
  const who: Identity = { kind: 'user', ...user, name: asked.name };
  await audit(sql, { who, action, subject: `user/${user.id}`, now: asked.now });
  await letIn(deps, reply, sql, { ...user, now: asked.now });
  return { id: user.id, name: asked.name, roles: user.roles };
}
