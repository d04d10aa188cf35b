// What members open on their phones: forms, what they want to get, counted links. Public, each behind a signed link.
// Not how links are made and read (workers/store/link.ts), and not how pages look (server/pages/).
import type { FastifyInstance } from 'fastify';
import type { Instant } from '../../engine/instant.ts';
import { inTransaction, type Sql } from '../../workers/store/client.ts';
import { linkUrl, officeOf, readLink, type LinkClaim, type LinkOffice } from '../../workers/store/link.ts';
import { audit } from '../audit.ts';
import { follow } from '../pages/counted.ts';
import { openForm } from '../pages/form.ts';
import { plain, spoken, type Opening } from '../pages/opening.ts';
import { openPreferences } from '../pages/preferences.ts';
import { byToken, pageScope, sentOf } from '../pages/scope.ts';
import { Refusal } from '../refusal.ts';
import { byId, route, type Deps } from '../route.ts';

/** Of one form: a hundred answers of five thousand characters each, as browsers write them. */
const MOST_BYTES = 1_500_000;

const language = {
  type: 'object',
  properties: { lang: { type: 'string', maxLength: 20 } },
} as const;

export function memberPageRoutes(app: FastifyInstance, deps: Deps): void {
  staffRoutes(app, deps);
  pageScope(app, MOST_BYTES, (scope) => publicRoutes(scope, deps));
}

function publicRoutes(app: FastifyInstance, deps: Deps): void {
  route(app, deps, 'GET /m/opt-out', {
    tag: 'member pages',
    media: ['text/html'],
    says: { zh: '没有个人链接时如何退订。', en: 'How to stop messages without a personal link.' },
    query: language,
    handle: ({ query, reply, language: accepted }) =>
      plain(reply, 'no-owner', spoken(query.lang, null, accepted)),
  });
  route(app, deps, 'GET /m/:token', {
    tag: 'member pages',
    media: ['text/html'],
    says: { zh: '签名链接后面的成员页面。', en: 'The page of a member behind a signed link.' },
    params: byToken,
    query: language,
    perMinute: 120,
    handle: ({ params, query, request, reply, language: accepted, now }) =>
      open(deps, { token: params.token, lang: query.lang, accepted, now, request, reply }),
  });
  route(app, deps, 'POST /m/:token', {
    tag: 'member pages',
    media: ['text/html'],
    says: { zh: '提交成员页面。', en: 'Sends the page of a member.' },
    params: byToken,
    query: language,
    perMinute: 60,
    limit: MOST_BYTES,
    handle: ({ params, query, request, reply, language: accepted, now }) =>
      open(deps, {
        token: params.token,
        lang: query.lang,
        accepted,
        now,
        request,
        reply,
        sent: sentOf(request.body),
      }),
  });
}

async function open(deps: Deps, opening: Opening): Promise<unknown> {
  const office = officeOf(deps.keyring, deps.publicUrl);
  const link = office === undefined ? undefined : readLink(office.keys, opening.token, opening.now);
  const claim = link === undefined ? undefined : await asNow(deps.store.pool, link);
  if (claim === undefined) {
    return plain(opening.reply.code(404), 'no-link', spoken(opening.lang, null, opening.accepted));
  }
  switch (claim.kind) {
    case 'preferences':
      return openPreferences(deps, opening, claim);
    case 'form':
      return openForm(deps, opening, claim);
    case 'counted':
      return follow(deps, opening, claim);
  }
}

/**
 * A link that was made for a record that was merged since is the person's. Undefined when the member is gone, or the links
 * made until then were taken back. One statement: a merge between two would leave nobody to be found.
 */
async function asNow(
  sql: Sql,
  { claim, madeAt }: { readonly claim: LinkClaim; readonly madeAt: Instant },
): Promise<LinkClaim | undefined> {
  if (claim.member === undefined) return claim;
  const { rows } = await sql.query<{ member: string; ok: boolean }>(
    `select id as member, status <> 'erased' and (links_after is null or links_after < instant_of($2)) as ok
     from member where id = coalesce((select into_id from member_merge where from_id = $1), $1)`,
    [claim.member, madeAt],
  );
  return rows[0]?.ok === true ? { ...claim, member: rows[0].member } : undefined;
}

// ── For the staff ───────────────────────────────────────────────────────────────────────────────────────────────

function staffRoutes(app: FastifyInstance, deps: Deps): void {
  route(app, deps, 'GET /api/members/:id/page', {
    tag: 'member pages',
    says: { zh: '这位成员的消息设置页面的链接。', en: 'The link to the member’s page of message settings.' },
    params: byId,
    handle: async ({ params, who, now }) => {
      await mustHave(
        deps.store.pool,
        `select from member where team_id = $1 and id = $2 and status <> 'erased'`,
        who.team,
        params.id,
      );
      return {
        url: linkUrl(mustSign(deps), { kind: 'preferences', team: who.team, member: params.id }, now),
      };
    },
  });
  route(app, deps, 'DELETE /api/members/:id/links', {
    tag: 'member pages',
    says: { zh: '收回发给这位成员的所有链接。', en: 'Takes back every link that was made for the member.' },
    params: byId,
    handle: ({ params, who, now }) =>
      inTransaction(deps.store.pool, async (sql) => {
        const { rowCount } = await sql.query(
          `update member set links_after = instant_of($3) where team_id = $1 and id = $2`,
          [who.team, params.id, now],
        );
        if (rowCount === 0) throw new Refusal('not-found');
        await audit(sql, { who, action: 'member.links-revoke', subject: `member/${params.id}`, now });
        return {};
      }),
  });
  route(app, deps, 'GET /api/forms/:id/page', {
    tag: 'member pages',
    says: { zh: '表单页面的链接，可以发到群里。', en: 'The link to a form’s page, to be posted to a group.' },
    params: byId,
    handle: async ({ params, who, now }) => {
      const { rows } = await deps.store.pool.query<{ run: string; node: number; ordinal: number }>(
        'select run_id as run, node, ordinal from form where team_id = $1 and id = $2',
        [who.team, params.id],
      );
      if (rows[0] === undefined) throw new Refusal('not-found');
      return { url: linkUrl(mustSign(deps), { kind: 'form', ...rows[0] }, now) };
    },
  });
}

async function mustHave(sql: Sql, query: string, team: number, id: string): Promise<void> {
  const { rows } = await sql.query(query, [team, id]);
  if (rows.length === 0) throw new Refusal('not-found');
}

function mustSign(deps: Deps): LinkOffice {
  const office = officeOf(deps.keyring, deps.publicUrl);
  if (office === undefined) throw new Refusal('no-key');
  return office;
}
