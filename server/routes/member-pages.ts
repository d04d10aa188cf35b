// What members open on their phones: forms, what they want to get, counted links. Public, each behind a signed link.
// Not how links are made and read (workers/store/link.ts), and not how pages look (server/pages/).
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FormField } from '../../engine/effects/form.ts';
import type { Text } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import { inTransaction, type Sql } from '../../workers/store/client.ts';
import { ingestIn } from '../../workers/store/event.ts';
import { submitFormIn } from '../../workers/store/form.ts';
import { linkUrl, readLink, type LinkClaim, type LinkOffice } from '../../workers/store/link.ts';
import { preferencesOf, setPreferences } from '../../workers/store/preferences.ts';
import { audit } from '../audit.ts';
import { formPage, readFilled, type Sent } from '../pages/form-page.ts';
import { page } from '../pages/html.ts';
import { preferencesPage, readWanted } from '../pages/preferences-page.ts';
import { saying, SAYINGS, type Saying } from '../pages/sayings.ts';
import { problemBody, Refusal, type Language } from '../refusal.ts';
import { refusalOf } from '../refusal-of.ts';
import { byId, route, type Deps } from '../route.ts';
import { tellShards } from '../runs/control.ts';

/** What signs links of members. */
const PURPOSE = 'member links';
/** Of one form: a hundred answers of five thousand characters each, as browsers write them. */
const MOST_BYTES = 1_500_000;

const token = {
  type: 'object',
  additionalProperties: false,
  required: ['token'],
  properties: { token: { type: 'string', maxLength: 200 } },
} as const;
const language = {
  type: 'object',
  properties: { lang: { type: 'string', maxLength: 20 } },
} as const;

/** What makes and reads the links of an installation; undefined in one without a key. */
export const officeOf = ({
  keyring,
  publicUrl,
}: Pick<Deps, 'keyring' | 'publicUrl'>): LinkOffice | undefined =>
  keyring === undefined ? undefined : { publicUrl, keys: keyring.signingKeys(PURPOSE) };

export function memberPageRoutes(app: FastifyInstance, deps: Deps): void {
  staffRoutes(app, deps);
  // A scope of its own: only here do browsers send forms, and only here is a refusal a page.
  void app.register((scope, _options, done) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: MOST_BYTES },
      (_request, body, parsed) => parsed(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    scope.setErrorHandler((error, request, reply) => {
      const refusal = refusalOf(error, request);
      const { status, message, advice } = problemBody(refusal, request.language);
      if (refusal.code === 'internal') request.log.error({ reference: request.id }, 'a page failed');
      return show(
        reply.code(status),
        page({ title: message, language: request.language }, saying({ title: message, text: advice })),
      );
    });
    publicRoutes(scope, deps);
    done();
  });
}

const show = (reply: FastifyReply, content: string): FastifyReply =>
  reply
    .type('text/html; charset=utf-8')
    .header('x-robots-tag', 'noindex')
    .serializer((text: string) => text)
    .send(content);

function publicRoutes(app: FastifyInstance, deps: Deps): void {
  route(app, deps, 'GET /m/opt-out', {
    tag: 'member pages',
    says: { zh: '没有个人链接时如何退订。', en: 'How to stop messages without a personal link.' },
    query: language,
    handle: ({ query, reply, language: accepted }) =>
      plain(reply, 'no-owner', spoken(query.lang, null, accepted)),
  });
  route(app, deps, 'GET /m/:token', {
    tag: 'member pages',
    says: { zh: '签名链接后面的成员页面。', en: 'The page of a member behind a signed link.' },
    params: token,
    query: language,
    perMinute: 120,
    handle: ({ params, query, request, reply, language: accepted, now }) =>
      open(deps, { token: params.token, lang: query.lang, accepted, now, request, reply }),
  });
  route(app, deps, 'POST /m/:token', {
    tag: 'member pages',
    says: { zh: '提交成员页面。', en: 'Sends the page of a member.' },
    params: token,
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

// A name that is sent twice counts once, the last; whatever is no text is not there.
function sentOf(body: unknown): Sent {
  const entries = Object.entries((body ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  );
}

/** One opening of a link. `sent`: what a form of the page brings. */
interface Opening {
  readonly token: string;
  readonly lang: string | undefined;
  readonly accepted: Language;
  readonly now: Instant;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly sent?: Sent;
}

async function open(deps: Deps, opening: Opening): Promise<FastifyReply> {
  const office = officeOf(deps);
  const link = office === undefined ? undefined : readLink(office.keys, opening.token, opening.now);
  const claim = link === undefined ? undefined : link.claim;
  if (link === undefined || claim === undefined || (await isTakenBack(deps.store.pool, claim, link.madeAt))) {
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

/** The member is gone, or the links made until then were taken back. */
async function isTakenBack(sql: Sql, claim: LinkClaim, madeAt: Instant): Promise<boolean> {
  if (claim.member === undefined) return false;
  const { rows } = await sql.query<{ ok: boolean }>(
    `select status <> 'erased' and (links_after is null or links_after < instant_of($2)) as ok
     from member where id = $1`,
    [claim.member, madeAt],
  );
  return rows[0]?.ok !== true;
}

/** The language of a page: asked for by its address, else the member's, else the browser's. */
function spoken(lang: string | undefined, locale: string | null, accepted: Language): Language {
  if (lang === 'zh' || lang === 'en') return lang;
  return locale === null ? accepted : locale.startsWith('en') ? 'en' : 'zh';
}

const otherOf = (language: Language): string => `?lang=${language === 'zh' ? 'en' : 'zh'}`;

function plain(reply: FastifyReply, what: Saying, language: Language, team?: string): FastifyReply {
  const says = SAYINGS[what][language];
  const head = {
    title: says.title,
    language,
    other: otherOf(language),
    ...(team === undefined ? {} : { team }),
  };
  return show(reply, page(head, saying(says)));
}

// ── What a member wants to get ──────────────────────────────────────────────────────────────────────────────────

async function openPreferences(
  deps: Deps,
  { lang, accepted, now, reply, sent }: Opening,
  { team, member }: LinkClaim & { readonly kind: 'preferences' },
): Promise<FastifyReply> {
  const done = await inTransaction(deps.store.pool, async (sql) => {
    const { rows } = await sql.query<{ team: string; zone: string; locale: string | null }>(
      `select t.name as team, coalesce(m.zone, t.zone) as zone, m.locale from member m join team t on t.id = m.team_id
       where m.team_id = $1 and m.id = $2`,
      [team, member],
    );
    if (rows[0] === undefined) return undefined;
    const before = await preferencesOf(sql, team, member);
    const wanted = sent === undefined ? undefined : readWanted(sent, before);
    if (wanted === undefined) return { ...rows[0], preferences: before, saved: false, nudges: [] };
    const nudges = await setPreferences(sql, { team, member, source: 'page', now }, wanted);
    return { ...rows[0], preferences: await preferencesOf(sql, team, member), saved: true, nudges };
  });
  if (done === undefined) return plain(reply.code(404), 'no-link', spoken(lang, null, accepted));
  await tellShards(deps, done.nudges);
  const language = spoken(lang, done.locale, accepted);
  const { preferences, team: name, zone, saved } = done;
  return show(
    reply,
    preferencesPage(preferences, { team: name, zone, language, saved, other: otherOf(language) }),
  );
}

// ── Forms ───────────────────────────────────────────────────────────────────────────────────────────────────────

interface FormRow {
  readonly id: string | null;
  readonly teamId: number;
  readonly team: string;
  readonly zone: string;
  readonly title: Text;
  readonly fields: readonly FormField[];
  readonly consent: { readonly purpose: string; readonly text: Text } | null;
  readonly closes: Instant;
  readonly closed: boolean;
  readonly member: string | null;
  readonly locale: string | null;
}

const FORM = `
  select f.id, r.team_id as "teamId", t.name as team, coalesce(m.zone, t.zone) as zone, f.title, f.fields, f.consent,
    ms_of(f.closes_at) as closes, f.closed_at is not null or r.ended_at is not null as closed,
    m.id as member, m.locale
  from run r join team t on t.id = r.team_id
  left join lateral (select * from form f where f.run_id = r.id and f.node = $2 and f.ordinal = $3
    order by f.lap desc limit 1) as f on true
  left join member m on m.team_id = r.team_id and m.id = $4
  where r.id = $1`;

async function openForm(
  deps: Deps,
  opening: Opening,
  { run, node, ordinal, member }: LinkClaim & { readonly kind: 'form' },
): Promise<FastifyReply> {
  const { lang, accepted, reply, sent } = opening;
  const { rows } = await deps.store.pool.query<FormRow>(FORM, [run, node, ordinal, member ?? null]);
  const [form] = rows;
  const language = spoken(lang, form?.locale ?? null, accepted);
  if (form === undefined) return plain(reply.code(404), 'no-link', language);
  const { id, team } = form;
  if (id === null) return plain(reply, 'form-not-open', language, team);
  if (form.closed) return plain(reply, 'form-closed', language, team);
  const by = form.member === null ? { visitor: visitorOf(deps, opening) } : { member: form.member };
  if (sent === undefined) {
    const answered = await hasAnswered(deps.store.pool, id, by);
    return show(reply, formPage(form, { language, answered, other: otherOf(language) }));
  }
  const filled = readFilled(form.fields, sent, language);
  if (filled.wrong.size > 0) {
    return show(reply.code(422), formPage(form, { language, sent, wrong: filled.wrong }));
  }
  const { values, agrees } = filled;
  const answer = { team: form.teamId, form: id, ...by, values, agrees, now: opening.now };
  const submitted = await inTransaction(deps.store.pool, (sql) => submitFormIn(sql, answer, 'soon'));
  if (!('nudges' in submitted)) return plain(reply, 'form-closed', language, team);
  await tellShards(deps, submitted.nudges);
  return plain(reply, submitted.as === 'corrected' ? 'form-corrected' : 'form-sent', language, team);
}

type By = { readonly member: string } | { readonly visitor: string };

async function hasAnswered(sql: Sql, form: string, by: By): Promise<boolean> {
  const name = 'member' in by ? `member/${by.member}` : `visitor/${by.visitor}`;
  const { rows } = await sql.query('select from answer where form_id = $1 and by = $2', [form, name]);
  return rows.length > 0;
}

const YEAR_S = 31_536_000;

/** Who has no link of their own is known by a cookie, so that a second answer corrects the first. */
function visitorOf({ publicUrl }: Pick<Deps, 'publicUrl'>, { request, reply }: Opening): string {
  const name = 'kindling_visitor';
  const known = request.cookies[name];
  const visitor = known !== undefined && /^[\w-]{36}$/.test(known) ? known : randomUUID();
  const { pathname, protocol } = new URL(publicUrl);
  void reply.setCookie(name, visitor, {
    path: `${pathname.replace(/\/$/, '')}/m`,
    httpOnly: true,
    sameSite: 'lax',
    secure: protocol === 'https:',
    maxAge: YEAR_S,
  });
  return visitor;
}

// ── Counted links ───────────────────────────────────────────────────────────────────────────────────────────────

/** Programs that look at every address in a chat to show a preview: they are no members. */
const PREVIEWS =
  /bot\b|crawl|spider|preview|facebookexternalhit|slack-?imgproxy|embedly|curl|wget|python|monitor/i;

async function follow(
  deps: Deps,
  opening: Opening,
  { link, member }: LinkClaim & { readonly kind: 'counted' },
): Promise<FastifyReply> {
  const { reply, request, now, lang, accepted } = opening;
  const { rows } = await deps.store.pool.query<{ team: number; run: string; node: string; url: string }>(
    `select l.team_id as team, l.run_id as run, l.node, l.url from counted_link l where l.id = $1`,
    [link],
  );
  const [target] = rows;
  if (target === undefined) return plain(reply.code(404), 'no-link', spoken(lang, null, accepted));
  const who = member ?? `visitor/${visitorOf(deps, opening)}`;
  if (request.method === 'GET' && !PREVIEWS.test(request.headers['user-agent'] ?? '')) {
    const event = {
      name: 'member.clicked',
      source: 'link',
      sourceId: `${link}/${who}`,
      at: now,
      run: target.run,
      ...(member === undefined ? {} : { member }),
      data: { link: target.url },
    };
    try {
      const { nudges } = await inTransaction(deps.store.pool, (sql) =>
        ingestIn(sql, { team: target.team, now, events: [event] }),
      );
      await tellShards(deps, nudges);
    } catch (error) {
      // Whoever follows a link wants to arrive, counted or not.
      request.log.error(
        { error: error instanceof Error ? error.name : typeof error },
        'a click was not counted',
      );
    }
  }
  return reply.redirect(target.url, 302);
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
  const office = officeOf(deps);
  if (office === undefined) throw new Refusal('no-key');
  return office;
}
