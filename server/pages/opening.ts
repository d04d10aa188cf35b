// One opening of a member's link: in which language it is answered, who opens it, and the pages that only say something.
// Not what each kind of link does: preferences.ts, form.ts, counted.ts.
import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Instant } from '../../engine/instant.ts';
import type { Language } from '../refusal.ts';
import type { Deps } from '../route.ts';
import type { Sent } from './form-page.ts';
import { page } from './html.ts';
import { saying, SAYINGS, type Saying } from './sayings.ts';

/** One opening of a link. `sent`: what a form of the page brings. */
export interface Opening {
  readonly token: string;
  readonly lang: string | undefined;
  readonly accepted: Language;
  readonly now: Instant;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly sent?: Sent;
}

/** The language of a page: asked for by its address, else the member's, else the browser's. */
export function spoken(lang: string | undefined, locale: string | null, accepted: Language): Language {
  if (lang === 'zh' || lang === 'en') return lang;
  // Whose language has no page reads what their browser asks for.
  return /^zh\b/.test(locale ?? '') ? 'zh' : /^en\b/.test(locale ?? '') ? 'en' : accepted;
}

/** The address of the same page in the other language. */
export const otherOf = (language: Language): string => `?lang=${language === 'zh' ? 'en' : 'zh'}`;

/** A page that only says something. */
export function plain(reply: FastifyReply, what: Saying, language: Language, team?: string): FastifyReply {
  const says = SAYINGS[what][language];
  const head = {
    title: says.title,
    language,
    other: otherOf(language),
    ...(team === undefined ? {} : { team }),
  };
  return show(reply, page(head, saying(says)));
}

/** Answers with a page. */
export const show = (reply: FastifyReply, content: string): FastifyReply =>
  reply
    .type('text/html; charset=utf-8')
    .header('x-robots-tag', 'noindex')
    .serializer((text: string) => text)
    .send(content);

const YEAR_S = 31_536_000;

/** Who has no link of their own is known by a cookie, so that a second answer corrects the first. */
export function visitorOf({ publicUrl }: Pick<Deps, 'publicUrl'>, { request, reply }: Opening): string {
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
