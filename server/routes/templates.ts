// The templates of a team: playbooks that somebody has put aside for others to begin with. Those that ship are in the editor.
// Not runs and not drafts: beginning with one makes a new playbook, and the template stays as it is.
import type { FastifyInstance } from 'fastify';
import { typed, type JsonObject } from '../../engine/json.ts';
import { inTransaction } from '../../workers/store/client.ts';
import { newId } from '../../workers/store/id.ts';
import { audit } from '../audit.ts';
import { headOf } from '../playbooks/store.ts';
import { Refusal } from '../refusal.ts';
import { byId, route, type Deps } from '../route.ts';
import { DOCUMENT_LIMIT } from './playbooks.ts';

/** The most templates of one team. */
const MOST = 200;

/** Where a template comes from, in the words of whoever put it there. */
interface Origin {
  readonly kind: 'playbook' | 'file' | 'run';
  readonly name?: string;
  readonly version?: number;
}

const LIST = `
  select t.id, t.key, t.title, t.origin, t.created_at as "createdAt", t.created_by as "createdBy", u.name as author
  from template t left join user_account u on u.id = t.created_by and u.team_id = t.team_id
  where t.team_id = $1`;

export function templateRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/templates', {
    tag: 'playbooks',
    says: { zh: '团队自己的模板。', en: 'The templates of the team.' },
    handle: async ({ who }) => {
      const { rows } = await store.pool.query(`${LIST} order by t.created_at desc, t.id`, [who.team]);
      return { templates: rows };
    },
  });

  route(app, deps, 'GET /api/templates/:id', {
    tag: 'playbooks',
    says: { zh: '一个模板的内容。', en: 'A template with its document.' },
    params: byId,
    handle: async ({ params, who }) => {
      const { rows } = await store.pool.query<{ document: unknown }>(
        'select id, document, origin from template where team_id = $1 and id = $2',
        [who.team, params.id],
      );
      if (rows[0] === undefined) throw new Refusal('not-found');
      return rows[0];
    },
  });
  putRoute(app, deps);
  removeRoute(app, deps);
}

function putRoute(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'POST /api/templates', {
    tag: 'playbooks',
    says: {
      zh: '把一份文档留作团队的模板；同名的可以有几个。',
      en: 'Puts a document aside as a template of the team; several may have one name.',
    },
    body: typed<{ readonly document: JsonObject; readonly origin?: Origin }>({
      type: 'object',
      additionalProperties: false,
      required: ['document'],
      properties: {
        document: { type: 'object' },
        origin: {
          type: 'object',
          additionalProperties: false,
          required: ['kind'],
          properties: {
            kind: { enum: ['playbook', 'file', 'run'] },
            name: { type: 'string', maxLength: 200 },
            version: { type: 'integer', minimum: 1, maximum: 2_147_483_647 },
          },
        },
      },
    }),
    limit: DOCUMENT_LIMIT,
    status: 201,
    handle: ({ body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const { document, origin = { kind: 'file' } } = body;
        const { key, title } = headOf(document);
        await sql.query('select from team where id = $1 for update', [who.team]);
        const { rows } = await sql.query<{ count: number }>(
          'select count(*)::int as count from template where team_id = $1',
          [who.team],
        );
        if ((rows[0]?.count ?? 0) >= MOST)
          throw new Refusal('too-many-templates', { values: { most: MOST } });
        const id = newId(now);
        await sql.query(
          `insert into template (id, team_id, key, title, document, origin, created_at, created_by)
           values ($1, $2, $3, $4, $5, $6, instant_of($7), $8)`,
          [
            id,
            who.team,
            key,
            JSON.stringify(title),
            JSON.stringify(document),
            JSON.stringify(origin),
            now,
            who.kind === 'user' ? who.id : null,
          ],
        );
        await audit(sql, { who, action: 'template.add', subject: `template/${id}`, now });
        return { id };
      }),
  });
}

function removeRoute(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'DELETE /api/templates/:id', {
    tag: 'playbooks',
    says: {
      zh: '删除一个模板；从它开始的剧本不受影响。',
      en: 'Removes a template; playbooks begun with it stay.',
    },
    params: byId,
    handle: ({ params, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const { rowCount } = await sql.query('delete from template where team_id = $1 and id = $2', [
          who.team,
          params.id,
        ]);
        if (rowCount === 0) throw new Refusal('not-found');
        await audit(sql, { who, action: 'template.remove', subject: `template/${params.id}`, now });
        return {};
      }),
  });
}
