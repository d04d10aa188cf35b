// What hangs on one member: tags with a term, accounts on channels, and what they agreed to or refused.
// Not the gate that heeds it at every send.
import type { FastifyInstance } from 'fastify';
import { parseInstant } from '../../engine/instant.ts';
import { inTransaction, type Sql } from '../../workers/store/client.ts';
import { ingestIn } from '../../workers/store/event.ts';
import { newId } from '../../workers/store/id.ts';
import { OPTED_OUT } from '../../workers/store/member-events.ts';
import { setTags } from '../../workers/store/tags.ts';
import { audit } from '../audit.ts';
import type { Identity } from '../identity/identity.ts';
import { lockMember } from '../members/lock.ts';
import { Refusal, wrongValue } from '../refusal.ts';
import { byId, route, tag, type Deps } from '../route.ts';
import { tellShards } from '../runs/control.ts';

const name = { type: 'string', minLength: 1, maxLength: 200 } as const;

export function memberDetailRoutes(app: FastifyInstance, deps: Deps): void {
  tagRoutes(app, deps);
  identityRoutes(app, deps);
  consentRoutes(app, deps);
  optOutRoutes(app, deps);
}

function tagRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'POST /api/members/:id/tags', {
    tag: 'members',
    says: {
      zh: '给成员打标签；until 到了自动去掉。',
      en: 'Puts a tag on a member; it comes off by itself at `until`.',
    },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['tag'],
      properties: { tag, until: { type: 'string', format: 'date-time' } },
    } as const,
    handle: ({ params, body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const until = body.until === undefined ? undefined : parseInstant(body.until);
        if (body.until !== undefined && (until === undefined || until <= now))
          throw wrongValue('/until', '应在现在之后', 'it must be after now');
        const { id } = await lockMember(sql, who.team, params.id);
        await setTags(sql, {
          team: who.team,
          members: { team: who.team, ids: [id] },
          add: [body.tag],
          source: 'api',
          until,
          at: now,
        });
        await audit(sql, {
          who,
          action: 'member.tag',
          subject: `member/${id}`,
          detail: { tag: body.tag },
          now,
        });
        return {};
      }),
  });
  route(app, deps, 'DELETE /api/members/:id/tags/:tag', {
    tag: 'members',
    says: { zh: '去掉成员的标签。', en: 'Takes a tag off a member.' },
    params: { type: 'object', required: ['id', 'tag'], properties: { ...byId.properties, tag } } as const,
    handle: ({ params, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const { id, tags } = await lockMember(sql, who.team, params.id);
        if (!tags.includes(params.tag)) throw new Refusal('not-found');
        await setTags(sql, {
          team: who.team,
          members: { team: who.team, ids: [id] },
          remove: [params.tag],
          source: 'api',
          at: now,
        });
        await audit(sql, {
          who,
          action: 'member.untag',
          subject: `member/${id}`,
          detail: { tag: params.tag },
          now,
        });
        return {};
      }),
  });
}

function identityRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'POST /api/members/:id/identities', {
    tag: 'members',
    says: {
      zh: '记下成员在一个渠道上的账号；一个账号只属于一位成员。',
      en: 'Notes who a member is on a channel; one account belongs to one member.',
    },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['channel', 'externalId'],
      properties: { channel: name, externalId: name, verified: { type: 'boolean' } },
    } as const,
    status: 201,
    handle: ({ params, body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const { id } = await lockMember(sql, who.team, params.id);
        const channel = await channelNamed(sql, who, body.channel);
        const { rows } = await sql.query<{ id: string; member: string }>(
          `insert into member_identity (id, team_id, member_id, channel_id, external_id, verified_at)
           values ($1, $2, $3, $4, $5, case when $6 then instant_of($7) end)
           on conflict (channel_id, external_id) do update
             set verified_at = coalesce(member_identity.verified_at, excluded.verified_at)
           returning id, member_id as member`,
          [newId(now), who.team, id, channel, body.externalId, body.verified ?? false, now],
        );
        if (rows[0]!.member !== id) throw new Refusal('identity-taken', { place: '/externalId' });
        const detail = { channel: body.channel };
        await audit(sql, { who, action: 'member.identity', subject: `member/${id}`, detail, now });
        return { id: rows[0]!.id };
      }),
  });
  route(app, deps, 'DELETE /api/members/:id/identities/:identity', {
    tag: 'members',
    says: { zh: '删除成员的一个账号。', en: 'Removes an account of a member.' },
    params: {
      type: 'object',
      required: ['id', 'identity'],
      properties: { ...byId.properties, identity: byId.properties.id },
    } as const,
    handle: ({ params, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const { id } = await lockMember(sql, who.team, params.id);
        const { rowCount } = await sql.query(
          'delete from member_identity where team_id = $1 and member_id = $2 and id = $3',
          [who.team, id, params.identity],
        );
        if (rowCount === 0) throw new Refusal('not-found');
        await audit(sql, { who, action: 'member.identity-removed', subject: `member/${id}`, now });
        return {};
      }),
  });
}

async function channelNamed(sql: Sql, who: Identity, channel: string): Promise<string> {
  const { rows } = await sql.query<{ id: string }>(
    'select id from channel where team_id = $1 and name = $2',
    [who.team, channel],
  );
  if (rows[0] === undefined) throw new Refusal('unknown-channel', { place: '/channel', values: { channel } });
  return rows[0].id;
}

function consentRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'POST /api/members/:id/consents', {
    tag: 'members',
    says: {
      zh: '记录成员同意了什么（目的、依据、看到的文字版本、凭证）。同一版本再记一次没有变化。',
      en: 'Records what a member has agreed to: purpose, basis, version of the text shown, proof. The same version again changes nothing.',
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
        const { id } = await lockMember(sql, who.team, params.id);
        const { purpose, basis, textVersion, evidence = {} } = body;
        const { rowCount } = await sql.query(
          `insert into consent (id, team_id, member_id, purpose, basis, text_version, granted_at, evidence)
           select $1, $2, $3, $4, $5, $6, instant_of($7), $8
           where not exists (select from consent where member_id = $3 and purpose = $4 and text_version = $6 and revoked_at is null)`,
          [newId(now), who.team, id, purpose, basis, textVersion, now, JSON.stringify(evidence)],
        );
        if (rowCount === 1)
          await audit(sql, {
            who,
            action: 'consent.grant',
            subject: `member/${id}`,
            detail: { purpose },
            now,
          });
        return {};
      }),
  });
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
        const { id } = await lockMember(sql, who.team, params.id);
        const { rowCount } = await sql.query(
          `update consent set revoked_at = greatest(granted_at, instant_of($4))
           where team_id = $1 and member_id = $2 and purpose = $3 and revoked_at is null`,
          [who.team, id, params.purpose, now],
        );
        if (rowCount === 0) throw new Refusal('not-found');
        const detail = { purpose: params.purpose };
        await audit(sql, { who, action: 'consent.revoke', subject: `member/${id}`, detail, now });
        return {};
      }),
  });
}

const scopes = { class: { enum: ['service', 'marketing'] }, channel: name } as const;

function optOutRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'POST /api/members/:id/opt-outs', {
    tag: 'members',
    says: {
      zh: '成员不想再收到消息：全部、某一类，或某个渠道的。',
      en: 'A member wants no more messages: none at all, none of a class, or none on a channel.',
    },
    params: byId,
    body: { type: 'object', additionalProperties: false, maxProperties: 1, properties: scopes } as const,
    status: 201,
    handle: async ({ params, body, who, now }) => {
      const nudges = await inTransaction(store.pool, async (sql) => {
        const { id } = await lockMember(sql, who.team, params.id);
        await audit(sql, {
          who,
          action: 'member.opt-out',
          subject: `member/${id}`,
          detail: body,
          now,
        });
        if (body.channel === undefined) return optOut(sql, who, { member: id, only: body.class, now });
        await sql.query(
          `insert into opt_out (id, team_id, member_id, scope, value, at, source)
           values ($1, $2, $3, 'channel', $4, instant_of($5), 'api') on conflict do nothing`,
          [newId(now), who.team, id, await channelNamed(sql, who, body.channel), now],
        );
        return [];
      });
      await tellShards(deps, nudges);
      return {};
    },
  });
  route(app, deps, 'DELETE /api/members/:id/opt-outs', {
    tag: 'members',
    says: {
      zh: '成员又愿意收到消息了：撤销全部、某一类或某个渠道的退订。要有成员自己的意思。',
      en: 'A member wants messages again: ends the opt-out from all, a class or a channel. Only at the member’s own wish.',
    },
    params: byId,
    query: { type: 'object', additionalProperties: false, maxProperties: 1, properties: scopes } as const,
    handle: ({ params, query, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const { id } = await lockMember(sql, who.team, params.id);
        const scope = query.class !== undefined ? 'class' : query.channel !== undefined ? 'channel' : 'all';
        const value =
          query.class ?? (query.channel === undefined ? '' : await channelNamed(sql, who, query.channel));
        const { rowCount } = await sql.query(
          'delete from opt_out where team_id = $1 and member_id = $2 and scope = $3 and value = $4',
          [who.team, id, scope, value],
        );
        if (rowCount === 0) throw new Refusal('not-found');
        await audit(sql, {
          who,
          action: 'member.opt-in',
          subject: `member/${id}`,
          detail: query,
          now,
        });
        return {};
      }),
  });
}

/** As an event, so that metrics count it and journeys hear it; the event writes the opt-out. */
async function optOut(
  sql: Sql,
  { team }: Identity,
  { member, only, now }: { readonly member: string; readonly only: string | undefined; readonly now: number },
) {
  const { rows } = await sql.query(
    'select from opt_out where team_id = $1 and member_id = $2 and scope = $3 and value = $4',
    [team, member, only === undefined ? 'all' : 'class', only ?? ''],
  );
  if (rows.length > 0) return [];
  const event = { name: OPTED_OUT, source: 'api', sourceId: newId(now), at: now, member };
  const events = [{ ...event, data: only === undefined ? {} : { class: only } }];
  return (await ingestIn(sql, { team, now, events })).nudges;
}
