// Reviews (复盘): what the run computed stays as it is, people write the rest, submit it, and approve it by its task.
import type { FastifyInstance } from 'fastify';
import { inTransaction, type Sql } from '../../workers/store/client.ts';
import { audit } from '../audit.ts';
import type { Identity } from '../identity/identity.ts';
import { Refusal } from '../refusal.ts';
import { rewrite, sectionsOf, staleIn } from '../reports.ts';
import { byId, route, type Deps } from '../route.ts';
import { findRun } from '../runs/find.ts';

interface ReportRow {
  readonly id: string;
  readonly run: string;
  readonly state: 'draft' | 'in_review' | 'approved';
  readonly data: unknown;
  readonly markdown: Readonly<Record<string, string>>;
}

const REPORT = `
  select r.id, r.run_id as run, r.state::text, r.data, r.markdown, r.drafted_at as "draftedAt", r.due_at as "dueAt",
    r.approved_at as "approvedAt", r.approved_by as "approvedBy", t.id as task
  from report r left join task t on (t.run_id, t.node, t.ordinal, t.lap) = (r.run_id, r.node, r.ordinal, r.lap)
  where r.team_id = $1`;

async function findReport(sql: Sql, who: Identity, id: string): Promise<ReportRow> {
  const { rows } = await sql.query<ReportRow>(`${REPORT} and r.id = $2`, [who.team, id]);
  if (rows[0] === undefined) throw new Refusal('not-found');
  return rows[0];
}

const locale = { enum: ['zh-CN', 'en'] } as const;

export function reportRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/runs/:id/reports', {
    tag: 'reports',
    says: { zh: '一次运行的复盘。', en: 'The reviews of a run.' },
    params: byId,
    handle: async ({ params, who }) => {
      const run = await findRun(store.pool, who, params.id);
      const { rows } = await store.pool.query<ReportRow>(
        `${REPORT} and r.run_id = $2 order by r.drafted_at`,
        [who.team, run.id],
      );
      return { reports: rows.map(({ data: _data, markdown: _markdown, ...row }) => row) };
    },
  });
  route(app, deps, 'GET /api/reports/:id', {
    tag: 'reports',
    says: {
      zh: '一份复盘：数据，和分节的文字（computed 的不能改）。',
      en: 'A review: its data, and its text by sections; those that are `computed` cannot be changed.',
    },
    params: byId,
    handle: async ({ params, who }) => {
      const { markdown, ...report } = await findReport(store.pool, who, params.id);
      const sections = Object.fromEntries(
        Object.entries(markdown).map(([language, text]) => [language, sectionsOf(text)]),
      );
      return { ...report, sections };
    },
  });
  route(app, deps, 'GET /api/reports/:id/markdown', {
    tag: 'reports',
    media: ['text/markdown'],
    says: { zh: '导出为 Markdown。', en: 'The review as Markdown.' },
    params: byId,
    query: { type: 'object', additionalProperties: false, properties: { locale } } as const,
    handle: async ({ params, query, who, language, reply }) => {
      const { markdown } = await findReport(store.pool, who, params.id);
      const wanted = query.locale ?? (language === 'zh' ? 'zh-CN' : 'en');
      return reply
        .type('text/markdown; charset=utf-8')
        .serializer((text: string) => text)
        .send(markdown[wanted] ?? Object.values(markdown)[0] ?? '');
    },
  });
  writingRoute(app, deps);
  submitRoute(app, deps);
}

function writingRoute(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'PUT /api/reports/:id/sections', {
    tag: 'reports',
    says: {
      zh: '写复盘里由人写的几节，按标题；revisions 是动笔时各节的修订。别人改过的，拒绝并给出对方的文字。',
      en: 'Writes sections that people write, by their headings; `revisions` are those that one began from. What somebody else has changed meanwhile is refused, with their text.',
    },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['locale', 'sections', 'revisions'],
      properties: {
        locale,
        sections: {
          type: 'object',
          minProperties: 1,
          maxProperties: 20,
          additionalProperties: { type: 'string', maxLength: 20_000 },
        },
        revisions: {
          type: 'object',
          maxProperties: 20,
          additionalProperties: { type: 'string', maxLength: 64 },
        },
      },
    } as const,
    limit: 1_000_000,
    handle: ({ params, body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        await sql.query('select from report where team_id = $1 and id = $2 for update', [
          who.team,
          params.id,
        ]);
        const report = await findReport(sql, who, params.id);
        if (report.state === 'approved') throw new Refusal('report-approved');
        // Texts by heading, see its schema.
        const wanted = body.sections as Readonly<Record<string, string>>;
        const before = report.markdown[body.locale] ?? '';
        const { text, unknown } = rewrite(before, wanted);
        if (unknown !== undefined) {
          const place = `/sections/${unknown}`;
          const [problemZh, problemEn] = [
            '没有这一节，或它是算出来的',
            'there is no such section, or it is computed',
          ];
          throw new Refusal('invalid-request', { place, values: { place, problemZh, problemEn } });
        }
        const theirs = staleIn(before, wanted, body.revisions as Readonly<Record<string, string>>);
        if (theirs !== undefined)
          throw new Refusal('stale-section', {
            place: `/revisions/${theirs.heading}`,
            values: { heading: theirs.heading },
            extra: () => ({ theirs }),
          });
        await sql.query('update report set markdown = markdown || $2 where id = $1', [
          report.id,
          JSON.stringify({ [body.locale]: text }),
        ]);
        const detail = { sections: Object.keys(wanted) };
        await audit(sql, { who, action: 'report.write', subject: `report/${report.id}`, detail, now });
        return { sections: sectionsOf(text) };
      }),
  });
}

function submitRoute(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'POST /api/reports/:id/submit', {
    tag: 'reports',
    says: {
      zh: '提交复盘待批准；批准是它的任务（task）。',
      en: 'Submits a review for approval; approving is its task.',
    },
    params: byId,
    handle: ({ params, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const report = await findReport(sql, who, params.id);
        const { rowCount } = await sql.query(
          `update report set state = 'in_review' where id = $1 and state = 'draft'`,
          [report.id],
        );
        if (rowCount === 1)
          await audit(sql, { who, action: 'report.submit', subject: `report/${report.id}`, now });
        else if (report.state === 'approved') throw new Refusal('report-approved');
        return { state: 'in_review' };
      }),
  });
}
