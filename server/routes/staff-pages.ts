// What colleagues open from a notice: behind a signed link that shows where to go and grants nothing. They log in, and answer the task.
// Not how links are made (workers/store/staff-link.ts), and not what an answer does (tasks/decide.ts).
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Text } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from '../../workers/store/client.ts';
import { readStaffLink, STAFF_LINKS, type StaffTarget } from '../../workers/store/staff-link.ts';
import type { Identity } from '../identity/identity.ts';
import { letIn, logIn } from '../identity/log-in.ts';
import type { Sent } from '../pages/form-page.ts';
import { plain, show, spoken, type Opening } from '../pages/opening.ts';
import { byToken, pageScope, sentOf } from '../pages/scope.ts';
import {
  logInPage,
  readDecision,
  runPage,
  saidOnPage,
  taskPage,
  type RunView,
  type TaskView,
} from '../pages/staff-page.ts';
import { problemBody, Refusal, type Language } from '../refusal.ts';
import { route, type Deps } from '../route.ts';
import { decideTask } from '../tasks/decide.ts';
import { findTask, OPEN, shown } from '../tasks/task.ts';

const MOST_BYTES = 200_000;
const PER_MINUTE = 30;

const asked = {
  type: 'object',
  properties: { lang: { type: 'string', maxLength: 20 }, plain: { const: '1' } },
} as const;

export function staffPageRoutes(app: FastifyInstance, deps: Deps): void {
  pageScope(app, MOST_BYTES, (scope) => {
    route(scope, deps, 'GET /s/:token', {
      tag: 'staff pages',
      media: ['text/html'],
      says: {
        zh: '提醒里的链接：已登录的，在编辑器里打开任务或运行；没有登录的，先在这里登录，再看一页不用脚本的页面（plain）。',
        en: 'The link of a notice: who is logged in gets its task or run in the editor; who is not logs in here, and gets a page that needs no scripts (`plain`).',
      },
      params: byToken,
      query: asked,
      handle: ({ params, query, request, reply, language: accepted, now, who }) =>
        open(deps, {
          token: params.token,
          lang: query.lang,
          // Only this page asks for a language by its address: the editor has one of its own.
          isPlain: query.plain === '1' || query.lang !== undefined,
          accepted,
          now,
          request,
          reply,
          who,
        }),
    });
    route(scope, deps, 'POST /s/:token', {
      tag: 'staff pages',
      media: ['text/html'],
      says: { zh: '登录，或答复任务。', en: 'Logs in, or answers the task.' },
      params: byToken,
      query: asked,
      perMinute: PER_MINUTE,
      limit: MOST_BYTES,
      handle: ({ params, query, request, reply, language: accepted, now, who }) =>
        open(deps, {
          token: params.token,
          lang: query.lang,
          isPlain: true,
          accepted,
          now,
          request,
          reply,
          who,
          sent: sentOf(request.body),
        }),
    });
  });
}

type StaffOpening = Opening & {
  readonly who: Identity | undefined;
  /** The page without scripts is wanted, also by those who are logged in. */
  readonly isPlain: boolean;
};

async function open(deps: Deps, opening: StaffOpening): Promise<FastifyReply> {
  const { keyring } = deps;
  const target =
    keyring === undefined
      ? undefined
      : readStaffLink(keyring.signingKeys(STAFF_LINKS), opening.token, opening.now);
  const spokenIn = spoken(opening.lang, null, opening.accepted);
  if (target === undefined) return plain(opening.reply.code(404), 'no-notice', spokenIn);
  const { who } = opening;
  if (who === undefined) return logInFirst(deps, opening, spokenIn);
  if (deps.editor !== undefined && who.kind === 'user' && !opening.isPlain)
    return inEditor(deps, { ...opening, who }, target);
  if (target.to === 'task') return openTask(deps, { ...opening, who }, target);
  return openNotices(deps, { ...opening, who }, { to: target.to, id: target.id });
}

async function logInFirst(deps: Deps, opening: StaffOpening, language: Language): Promise<FastifyReply> {
  const { sent, reply, request, now } = opening;
  // Whoever's session has ended sends an answer that nobody takes: they log in and answer again.
  const { email, password } = sent ?? {};
  if (
    email === undefined ||
    password === undefined ||
    email === '' ||
    email.length > 254 ||
    password.length > 200
  )
    return show(reply, logInPage(language));
  try {
    const user = await logIn(deps, { email, password, address: request.ip, now });
    await letIn(deps, reply, deps.store.pool, { ...user, now });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { status, message, advice } = problemBody(error, language);
    return show(
      reply.code(status),
      logInPage(language, { email, problem: joined(message, advice, language) }),
    );
  }
  // Relative: a proxy may serve us under a path of its own. Who has logged in on this page stays on it.
  const lang = opening.lang === undefined ? '' : `&lang=${language}`;
  return reply.redirect(`${opening.token}?plain=1${lang}`, 303);
}

/** The page of the editor that a link is about; what a playbook could not do stands in what needs attention today. */
const pageOf = ({ to, id }: StaffTarget): string =>
  ({ task: `#/tasks/${id}`, run: `#/runs/${id}`, playbook: '#/today' })[to];

/** Whoever is logged in goes on where all the rest of their work is. */
async function inEditor(deps: Deps, { who, reply }: Known, target: StaffTarget): Promise<FastifyReply> {
  const { to, id } = target;
  if (to === 'task') await findTask(deps.store.pool, who, id);
  else await viewOf(deps, who, { to, id });
  return reply.redirect(`../${pageOf(target)}`, 303);
}

type Known = Opening & { readonly who: Identity };

async function openTask(deps: Deps, opening: Known, { id }: Pick<StaffTarget, 'id'>): Promise<FastifyReply> {
  const { who, reply, sent, now } = opening;
  const view = await taskView(deps, who, id);
  const spokenIn = spoken(opening.lang, view.locale, opening.accepted);
  const decision = sent === undefined ? undefined : readDecision(view.task, sent);
  const shows = { language: spokenIn, home: `${deps.publicUrl}/${pageOf({ to: 'task', id })}` };
  if (decision === undefined || sent === undefined) return show(reply, taskPage(view.task, shows));
  try {
    const { state } = await decideTask(deps, who, { ...decision, id, now });
    const { task } = await taskView(deps, who, id);
    return show(reply, taskPage(task, { ...shows, answered: state }));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refusedAnswer(reply, error, { view: (await taskView(deps, who, id)).task, shows, sent });
  }
}

function refusedAnswer(
  reply: FastifyReply,
  error: Refusal,
  {
    view,
    shows,
    sent,
  }: {
    readonly view: TaskView;
    readonly shows: { readonly language: Language; readonly home: string };
    readonly sent: Sent;
  },
): FastifyReply {
  const { status, code, message, advice } = problemBody(error, shows.language);
  const problem = saidOnPage(code, shows.language) ?? joined(message, advice, shows.language);
  return show(reply.code(status), taskPage(view, { ...shows, problem, sent }));
}

/** Chinese sentences follow each other without a blank. */
const joined = (message: string, advice: string, language: Language): string =>
  language === 'zh' ? message + advice : `${message} ${advice}`;

async function taskView(
  { store }: Deps,
  who: Identity,
  id: string,
): Promise<{ readonly task: TaskView; readonly locale: string | null }> {
  const row = shown(await findTask(store.pool, who, id), who);
  const { title, playbook, script, evidence, dueAt, outcome } = row as unknown as {
    readonly title: Text;
    readonly playbook: Text;
    readonly script: Text;
    readonly evidence: boolean;
    readonly dueAt: Date;
    readonly outcome: string | null;
  };
  const { locale, zone } = await habitsOf(store.pool, who);
  const isOpen = OPEN.includes(row.state);
  const { role, outcomes, numbers, mine } = row;
  return {
    locale,
    task: {
      title,
      playbook,
      script,
      evidence,
      outcome,
      role,
      outcomes,
      numbers,
      mine,
      isOpen,
      zone,
      due: dueAt.getTime(),
    },
  };
}

async function habitsOf(
  sql: Sql,
  who: Identity,
): Promise<{ readonly locale: string | null; readonly zone: string }> {
  const { rows } = await sql.query<{ locale: string | null; zone: string }>(
    `select u.locale, t.zone from team t left join user_account u on u.team_id = t.id and u.id::text = $2
     where t.id = $1`,
    [who.team, who.id],
  );
  return rows[0]!;
}

/** What a page of notices is about, and which notices. */
const ABOUT = {
  run: {
    view: `select p.title as playbook, r.status::text, r.status_reason as reason,
             (select count(*) from stuck_visit v where v.run_id = r.id and v.resolved_at is null) as stuck
           from run r join playbook p on p.id = r.playbook_id where r.team_id = $1 and r.id = $2`,
    notices: 'run_id = $2::uuid',
  },
  playbook: {
    view: `select title as playbook, null as status, null as reason, 0 as stuck
           from playbook where team_id = $1 and id = $2`,
    notices: `kind = 'launch' and detail ->> 'playbook' = $2::text`,
  },
} as const;

type About = { readonly to: keyof typeof ABOUT; readonly id: string };

async function viewOf(
  { store }: Deps,
  who: Identity,
  { to, id }: About,
): Promise<Omit<RunView, 'notices' | 'zone'>> {
  const { rows } = await store.pool.query<Omit<RunView, 'notices' | 'zone'>>(ABOUT[to].view, [who.team, id]);
  if (rows[0] === undefined) throw new Refusal('not-found');
  return rows[0];
}

async function openNotices(deps: Deps, opening: Known, { to, id }: About): Promise<FastifyReply> {
  const { who, reply } = opening;
  const { pool } = deps.store;
  const view = await viewOf(deps, who, { to, id });
  const { rows: notices } = await pool.query<{ text: Text; at: Instant }>(
    `select text, ms_of(at) as at from notice where team_id = $1 and ${ABOUT[to].notices} order by id desc limit 5`,
    [who.team, id],
  );
  const { locale, zone } = await habitsOf(pool, who);
  const language = spoken(opening.lang, locale, opening.accepted);
  return show(
    reply,
    runPage({ ...view, notices, zone }, { language, home: `${deps.publicUrl}/${pageOf({ to, id })}` }),
  );
}
