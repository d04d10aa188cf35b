// Channels: the kinds there are, the team's accounts with them, their secrets, and who vouches for their sender.
// Not the sending, which is the workers'; a secret goes in here and never comes out again.
import type { FastifyInstance } from 'fastify';
import { channelKinds } from '../../engine/channels/index.ts';
import { evidenceOf, limitsOf, limitsSchema } from '../../engine/channels/limits.ts';
import type { JsonObject } from '../../engine/json.ts';
import { inTransaction, type Sql } from '../../workers/store/client.ts';
import { newId } from '../../workers/store/id.ts';
import { keepSecret } from '../../workers/store/secret.ts';
import { audit } from '../audit.ts';
import { accountOf, accountsOf, secretPlace, type Knows } from '../channels/account.ts';
import { Refusal, wrongValue, type Language } from '../refusal.ts';
import { byId, route, type Deps } from '../route.ts';
import { makeCheck } from '../validate.ts';

const name = { type: 'string', minLength: 1, maxLength: 100, pattern: '^[^\\u0000-\\u001f]*$' } as const;
const label = {
  type: 'object',
  maxProperties: 20,
  propertyNames: { pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$' },
  additionalProperties: { type: 'string', minLength: 1, maxLength: 100 },
} as const;
const settings = {
  label,
  audience: { enum: ['members', 'staff'] },
  config: { type: 'object' },
  limits: { anyOf: [limitsSchema, { type: 'null' }] },
} as const;

const checks = Object.fromEntries(
  Object.entries(channelKinds).map(([kind, { config, secret }]) => [
    kind,
    { config: makeCheck(config), secret: makeCheck(secret) },
  ]),
);

/** What the server knows of an account besides its rows. */
const knowsOf = (
  { keyring }: Deps,
  { language, now }: { readonly language: Language; readonly now: number },
): Knows => ({
  opens: (keyId) => keyring?.has(keyId) ?? false,
  language,
  now,
});

export function channelRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/channel-kinds', {
    tag: 'channels',
    says: {
      zh: '渠道的种类：要填什么、能做什么、官方上限和出处。',
      en: 'The kinds of channels: what an account needs, what it can do, published limits and where they are from.',
    },
    handle: () => ({
      kinds: Object.entries(channelKinds).map(([kind, it]) => ({
        kind,
        ...it,
        limits: { ...limitsOf(kind, null), evidence: evidenceOf(kind) },
      })),
    }),
  });
  route(app, deps, 'GET /api/channels', {
    tag: 'channels',
    says: { zh: '渠道和它们的健康状况。', en: 'The channels, and how they fare.' },
    query: { type: 'object', properties: { archived: { type: 'boolean' } } } as const,
    handle: async (call) => {
      const all = await accountsOf(store.pool, call.who.team, knowsOf(deps, call));
      return { channels: call.query.archived === true ? all : all.filter((it) => it.archivedAt === null) };
    },
  });
  route(app, deps, 'GET /api/channels/:id', {
    tag: 'channels',
    says: { zh: '一个渠道。', en: 'One channel.' },
    params: byId,
    handle: (call) => accountOf(store.pool, call.who, call.params.id, knowsOf(deps, call)),
  });
  makeRoute(app, deps);
  changeRoute(app, deps);
  secretRoute(app, deps);
  verifyRoute(app, deps);
}

function makeRoute(app: FastifyInstance, deps: Deps): void {
  route(app, deps, 'POST /api/channels', {
    tag: 'channels',
    says: {
      zh: '新建渠道。name 是剧本里用的名字，以后不变；凭证另外填写。',
      en: 'Makes a channel. Playbooks call it by its name, which stays; its secret is set by itself.',
    },
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['name', 'kind'],
      properties: {
        name,
        kind: { enum: Object.keys(channelKinds) as (keyof typeof channelKinds)[] },
        ...settings,
      },
    } as const,
    status: 201,
    handle: ({ body, who, now }) =>
      inTransaction(deps.store.pool, async (sql) => {
        const config = body.config ?? {};
        refuseUnfit(body.kind, 'config', config);
        const id = newId(now);
        const { rowCount } = await sql.query(
          `insert into channel (id, team_id, name, kind, label, audience, config, limits, secret_ref, created_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, instant_of($10)) on conflict do nothing`,
          [
            id,
            who.team,
            body.name,
            body.kind,
            JSON.stringify(body.label ?? {}),
            body.audience ?? 'members',
            JSON.stringify(config),
            limitsJson(body.limits),
            secretPlace(who.team, id).name,
            now,
          ],
        );
        if (rowCount === 0) throw new Refusal('name-taken', { place: '/name', values: { name: body.name } });
        await audit(sql, {
          who,
          action: 'channel.make',
          subject: `channel/${id}`,
          detail: { kind: body.kind },
          now,
        });
        return { id };
      }),
  });
}

function changeRoute(app: FastifyInstance, deps: Deps): void {
  route(app, deps, 'PATCH /api/channels/:id', {
    tag: 'channels',
    says: {
      zh: '改渠道的设置、上限，或归档。limits 为 null 时恢复官方上限。',
      en: 'Changes settings and limits of a channel, or archives it. With null, its limits are the published ones again.',
    },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      properties: { ...settings, archived: { type: 'boolean' } },
    } as const,
    handle: ({ params, body, who, now }) =>
      inTransaction(deps.store.pool, async (sql) => {
        const { kind } = await lockChannel(sql, who.team, params.id);
        if (body.config !== undefined) refuseUnfit(kind, 'config', body.config);
        await sql.query(
          `update channel set label = coalesce($3, label), audience = coalesce($4, audience),
             config = coalesce($5, config), limits = case when $6 then $7::jsonb else limits end,
             archived_at = case when $8::boolean is null then archived_at
               when $8 then coalesce(archived_at, instant_of($9)) end
           where team_id = $1 and id = $2`,
          [
            who.team,
            params.id,
            body.label === undefined ? null : JSON.stringify(body.label),
            body.audience ?? null,
            body.config === undefined ? null : JSON.stringify(body.config),
            body.limits !== undefined,
            limitsJson(body.limits),
            body.archived ?? null,
            now,
          ],
        );
        if (body.config !== undefined) await tryAgain(sql, params.id);
        const detail = { changed: Object.keys(body) };
        await audit(sql, { who, action: 'channel.change', subject: `channel/${params.id}`, detail, now });
        return {};
      }),
  });
}

function secretRoute(app: FastifyInstance, deps: Deps): void {
  const { store, keyring } = deps;
  route(app, deps, 'PUT /api/channels/:id/secret', {
    tag: 'channels',
    says: {
      zh: '填写或更换渠道的凭证：加密保存，之后谁也看不到。',
      en: 'Sets or replaces the secret of a channel: kept encrypted, and shown to nobody.',
    },
    params: byId,
    body: { type: 'object', minProperties: 1, maxProperties: 10 } as const,
    handle: ({ params, body, who, now }) => {
      if (keyring === undefined) throw new Refusal('no-encryption-key');
      return inTransaction(store.pool, async (sql) => {
        const { kind } = await lockChannel(sql, who.team, params.id);
        refuseUnfit(kind, 'secret', body as JsonObject);
        const parts = body as unknown as Readonly<Record<string, string>>;
        const place = secretPlace(who.team, params.id);
        await keepSecret(sql, keyring, place, { parts, now });
        await sql.query('update channel set secret_ref = $3 where team_id = $1 and id = $2', [
          who.team,
          params.id,
          place.name,
        ]);
        await tryAgain(sql, params.id);
        const detail = { parts: Object.keys(parts).toSorted() };
        await audit(sql, { who, action: 'channel.secret', subject: `channel/${params.id}`, detail, now });
        return { parts: detail.parts };
      });
    },
  });
}

function verifyRoute(app: FastifyInstance, deps: Deps): void {
  route(app, deps, 'PUT /api/channels/:id/sender', {
    tag: 'channels',
    says: {
      zh: '确认这个渠道以谁的名义发言（实名的同事或团队），确认之前不会发消息；空表示撤回。',
      en: 'Vouches for whom the channel speaks (a real colleague or the team itself); before that it sends nothing. Null takes it back.',
    },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['identity'],
      properties: { identity: { type: ['string', 'null'], minLength: 1, maxLength: 200 } },
    } as const,
    handle: ({ params, body, who, now }) =>
      inTransaction(deps.store.pool, async (sql) => {
        await lockChannel(sql, who.team, params.id);
        const identity = body.identity as string | null;
        // A person vouches; a program only in the name of whoever has made its key.
        const by = who.kind === 'user' ? who.id : `key/${who.id}`;
        await sql.query(
          `update channel set identity = $3, verified_at = case when $3::text is null then null else instant_of($4) end,
             verified_by = case when $3::text is null then null else $5 end
           where team_id = $1 and id = $2`,
          [who.team, params.id, identity, now, by],
        );
        const action = identity === null ? 'channel.unverify' : 'channel.verify';
        await audit(sql, { who, action, subject: `channel/${params.id}`, now });
        return {};
      }),
  });
}

/** The row of a channel, held. */
async function lockChannel(sql: Sql, team: number, id: string): Promise<{ readonly kind: string }> {
  const { rows } = await sql.query<{ kind: string }>(
    'select kind::text from channel where team_id = $1 and id = $2 for update',
    [team, id],
  );
  if (rows[0] === undefined) throw new Refusal('not-found');
  return rows[0];
}

/** Whoever has mended an account need not wait until its breaker tries again; its provider's limits stay. */
const tryAgain = (sql: Sql, id: string) =>
  sql.query(
    `update channel_health set failures = 0, opened = 0, closed_until = null, closed_by = null
     where channel_id = $1 and closed_by is distinct from 'rate'`,
    [id],
  );

function refuseUnfit(kind: string, part: 'config' | 'secret', value: unknown): void {
  const fault = checks[kind]?.[part](value);
  if (fault === undefined) return;
  // What is wrong with a secret is said without repeating it: the fault names its place and its rule.
  throw wrongValue(`${part === 'config' ? '/config' : ''}${fault.pointer}` || '/', fault.zh, fault.en);
}

const limitsJson = (limits: unknown): string | null =>
  limits === undefined || limits === null ? null : JSON.stringify(limits);
