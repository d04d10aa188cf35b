// Forms that runs have opened: what they ask, and the answers. One answer per person; a later one is a correction.
import type { FastifyInstance } from 'fastify';
import { isDay } from '../../engine/attributes.ts';
import type { FormField } from '../../engine/effects/form.ts';
import type { JsonObject } from '../../engine/json.ts';
import { inTransaction, type Sql } from '../../workers/store/client.ts';
import { submitFormIn } from '../../workers/store/form.ts';
import type { Identity } from '../identity/identity.ts';
import { Refusal } from '../refusal.ts';
import { byId, pagedById, route, type Deps } from '../route.ts';
import { tellShards } from '../runs/control.ts';
import { findRun } from '../runs/find.ts';

const FORM = `
  select f.id, f.run_id as run, f.title, f.fields, f.counts, f.consent, f.opened_at as "openedAt",
    f.closes_at as "closesAt", f.closed_at as "closedAt",
    (select count(*) from answer a where a.form_id = f.id) as answers
  from form f where f.team_id = $1`;

interface FormRow extends JsonObject {
  readonly id: string;
}

export function formRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/runs/:id/forms', {
    tag: 'forms',
    says: { zh: '一次运行打开过的表单。', en: 'The forms that a run has opened.' },
    params: byId,
    handle: async ({ params, who }) => {
      const run = await findRun(store.pool, who, params.id);
      const { rows } = await store.pool.query(`${FORM} and f.run_id = $2 order by f.opened_at limit 500`, [
        who.team,
        run.id,
      ]);
      return { forms: rows };
    },
  });
  route(app, deps, 'GET /api/forms/:id', {
    tag: 'forms',
    says: { zh: '一张表单。', en: 'One form.' },
    params: byId,
    handle: ({ params, who }) => findForm(store.pool, who, params.id),
  });
  route(app, deps, 'GET /api/forms/:id/answers', {
    tag: 'forms',
    says: { zh: '表单的答复。', en: 'The answers to a form.' },
    params: byId,
    query: pagedById,
    handle: async ({ params, query, who }) => {
      const form = await findForm(store.pool, who, params.id);
      const limit = query.limit ?? 200;
      const { rows } = await store.pool.query<{ id: string }>(
        `select id, by, member_id as member, at, values from answer
         where form_id = $1 and ($2::uuid is null or id > $2) order by id limit $3`,
        [form.id, query.after ?? null, limit],
      );
      return { answers: rows, next: rows.length === limit ? rows.at(-1)!.id : null };
    },
  });
  submitRoute(app, deps);
}

async function findForm(sql: Sql, who: Identity, id: string): Promise<FormRow> {
  const { rows } = await sql.query<FormRow>(`${FORM} and f.id = $2`, [who.team, id]);
  if (rows[0] === undefined) throw new Refusal('not-found');
  return rows[0];
}

function submitRoute(app: FastifyInstance, deps: Deps): void {
  route(app, deps, 'POST /api/forms/:id/answers', {
    tag: 'forms',
    says: {
      zh: '代成员（或一位访客）提交表单。',
      en: 'Submits a form for a member, or for a visitor under a key of the page’s own.',
    },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['values'],
      properties: {
        member: { type: 'string', format: 'uuid' },
        visitor: { type: 'string', minLength: 8, maxLength: 100 },
        values: {
          type: 'object',
          maxProperties: 100,
          additionalProperties: { type: ['string', 'number', 'boolean'], maxLength: 5_000 },
        },
      },
    } as const,
    status: 201,
    handle: async ({ params, body, who, now }) => {
      const { member, visitor } = body;
      // Texts, numbers, yes and no, see its schema.
      const values = body.values as JsonObject;
      const { as, nudges } = await inTransaction(deps.store.pool, async (sql) => {
        const form = await findForm(sql, who, params.id);
        const fields = form['fields'] as unknown as readonly FormField[];
        checkValues(fields, values);
        if (member !== undefined) {
          const { rows } = await sql.query('select from member where team_id = $1 and id = $2', [
            who.team,
            member,
          ]);
          if (rows.length === 0)
            throw new Refusal('unknown-member', { place: '/member', values: { id: member } });
        }
        const submitted = await submitFormIn(
          sql,
          {
            team: who.team,
            form: params.id,
            ...(member === undefined ? {} : { member }),
            ...(visitor === undefined ? {} : { visitor }),
            values,
            now,
          },
          'soon',
        );
        if ('nudges' in submitted) return submitted;
        const names = fields.filter(({ required }) => required === true).map(({ key }) => key);
        switch (submitted.as) {
          case 'closed':
            throw new Refusal('form-closed');
          case 'incomplete':
            throw new Refusal('form-incomplete', { place: '/values', values: { names: names.join(', ') } });
          case 'unknown':
            throw new Refusal('not-found');
        }
      });
      await tellShards(deps, nudges);
      return { state: as };
    },
  });
}

function checkValues(fields: readonly FormField[], values: JsonObject): void {
  for (const [key, value] of Object.entries(values)) {
    const field = fields.find((it) => it.key === key);
    const problem =
      field === undefined
        ? (['表单没有这个问题', 'the form does not ask it'] as const)
        : fits(field, value)
          ? undefined
          : (['答案的类型不对', 'the answer is of another type'] as const);
    if (problem === undefined) continue;
    const place = `/values/${key}`;
    const [problemZh, problemEn] = problem;
    throw new Refusal('invalid-request', { place, values: { place, problemZh, problemEn } });
  }
}

function fits({ type, options = [] }: FormField, value: unknown): boolean {
  switch (type) {
    case 'number':
      return typeof value === 'number';
    case 'yes-no':
      return typeof value === 'boolean';
    case 'choice':
      return value === '' || options.some((it) => it.value === value);
    case 'text':
      return typeof value === 'string';
    case 'date':
      return typeof value === 'string' && (value === '' || isDay(value));
  }
}
