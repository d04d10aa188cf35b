// Somebody opens a form and sends it: a member by their own link, or a visitor whom a cookie knows again.
// Not how it looks (form-page.ts) and not what an answer does (workers/store/form.ts).
import type { FastifyReply } from 'fastify';
import type { FormField } from '../../engine/effects/form.ts';
import type { Text } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import { inTransaction, type Sql } from '../../workers/store/client.ts';
import { submitFormIn } from '../../workers/store/form.ts';
import type { LinkClaim } from '../../workers/store/link.ts';
import type { Deps } from '../route.ts';
import { tellShards } from '../runs/control.ts';
import { formPage, readFilled } from './form-page.ts';
import { otherOf, plain, show, spoken, visitorOf, type Opening } from './opening.ts';

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

/** Shows the form, or takes what was sent; what is wrong with it is shown beside what was filled in. */
export async function openForm(
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
