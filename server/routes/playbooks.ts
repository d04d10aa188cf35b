// Playbooks and their drafts: listed, begun, saved with revision numbers.
// Not publishing, see versions.ts.
import type { FastifyInstance } from 'fastify';
import type { JsonObject } from '../../engine/json.ts';
import { inTransaction } from '../../workers/store/client.ts';
import { newId } from '../../workers/store/id.ts';
import { audit } from '../audit.ts';
import { draftOf, headOf, saveDraft } from '../playbooks/store.ts';
import { Refusal } from '../refusal.ts';
import { byId, counted, pagedById, route, type Deps } from '../route.ts';

/** A document of five megabytes, and what goes with it. */
export const DOCUMENT_LIMIT = 6_000_000;

// Anything may be saved that is an object with an id and a title: a draft is allowed to be unfinished.
const document = { type: 'object' } as const;

const LIST = `
  select p.id, p.key, p.title, p.created_at as "createdAt", p.archived_at as "archivedAt", d.revision,
    d.updated_at as "updatedAt", v.number as version, v.published_at as "publishedAt",
    (select count(*) from run r where r.playbook_id = p.id and r.status in ('scheduled', 'running', 'paused', 'stopping'))
      as "activeRuns"
  from playbook p
  left join draft d on d.playbook_id = p.id
  left join lateral (select number, published_at from playbook_version v where v.playbook_id = p.id
    order by number desc limit 1) as v on true
  where p.team_id = $1`;

export function playbookRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;

  route(app, deps, 'GET /api/playbooks', {
    tag: 'playbooks',
    says: { zh: '剧本列表，可以按 key 找。', en: 'The playbooks, or the one with a key.' },
    query: {
      ...pagedById,
      properties: { ...pagedById.properties, key: { type: 'string', maxLength: 100 } },
    } as const,
    handle: async ({ query, who }) => {
      const limit = query.limit ?? 100;
      const { rows } = await store.pool.query<{ id: string }>(
        `${LIST} and ($2::text is null or p.key = $2) and ($3::uuid is null or p.id > $3) order by p.id limit $4`,
        [who.team, query.key ?? null, query.after ?? null, limit],
      );
      return { playbooks: rows, next: rows.length === limit ? rows.at(-1)!.id : null };
    },
  });

  route(app, deps, 'POST /api/playbooks', {
    tag: 'playbooks',
    says: {
      zh: '新建剧本，内容成为草稿的第 1 版。id 已经存在时是 409，并给出它。',
      en: 'Begins a playbook; the document becomes revision 1 of its draft. 409 names the playbook that has the id.',
    },
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['document'],
      properties: { document },
    } as const,
    limit: DOCUMENT_LIMIT,
    status: 201,
    handle: ({ body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const written = body.document as JsonObject;
        const { key, title } = headOf(written);
        const id = newId(now);
        const { rowCount } = await sql.query(
          `insert into playbook (id, team_id, key, title, created_at) values ($1, $2, $3, $4, instant_of($5))
           on conflict (team_id, key) do nothing`,
          [id, who.team, key, JSON.stringify(title), now],
        );
        if (rowCount === 0) {
          const { rows } = await sql.query<{ id: string }>(
            'select id from playbook where team_id = $1 and key = $2',
            [who.team, key],
          );
          throw new Refusal('name-taken', {
            place: '/document/id',
            values: { name: key },
            extra: () => ({ id: rows[0]?.id }),
          });
        }
        await sql.query(
          `insert into draft (playbook_id, team_id, revision, document, updated_at, updated_by)
           values ($1, $2, 1, $3, instant_of($4), $5)`,
          [id, who.team, JSON.stringify(written), now, who.kind === 'user' ? who.id : null],
        );
        await audit(sql, { who, action: 'playbook.begin', subject: `playbook/${id}`, now });
        return { id, key, revision: 1 };
      }),
  });

  route(app, deps, 'GET /api/playbooks/:id', {
    tag: 'playbooks',
    says: { zh: '一个剧本。', en: 'One playbook.' },
    params: byId,
    handle: async ({ params, who }) => {
      const { rows } = await store.pool.query(`${LIST} and p.id = $2`, [who.team, params.id]);
      if (rows[0] === undefined) throw new Refusal('not-found');
      return rows[0];
    },
  });

  draftRoutes(app, deps);
}

function draftRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/playbooks/:id/draft', {
    tag: 'playbooks',
    says: { zh: '草稿和它的版本号。', en: 'The draft with its revision.' },
    params: byId,
    handle: ({ params, who }) => draftOf(store.pool, { team: who.team, playbook: params.id }),
  });
  route(app, deps, 'PUT /api/playbooks/:id/draft', {
    tag: 'playbooks',
    says: {
      zh: '保存草稿。别人先保存过时是 409，带着两个版本，什么都不覆盖。',
      en: 'Saves the draft. When somebody saved first it is 409 with both versions, and nothing is overwritten.',
    },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['document', 'revision'],
      properties: { document, revision: counted },
    } as const,
    limit: DOCUMENT_LIMIT,
    handle: ({ params, body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const written = body.document as JsonObject;
        const { key } = headOf(written);
        const { rows } = await sql.query<{ key: string }>(
          'select key from playbook where team_id = $1 and id = $2',
          [who.team, params.id],
        );
        const expected = rows[0]?.key;
        if (expected === undefined) throw new Refusal('not-found');
        if (expected !== key)
          throw new Refusal('key-mismatch', { place: '/document/id', values: { got: key, expected } });
        const revision = await saveDraft(sql, {
          team: who.team,
          playbook: params.id,
          base: body.revision,
          document: written,
          by: who.kind === 'user' ? who.id : null,
          now,
        });
        return { revision };
      }),
  });
}
