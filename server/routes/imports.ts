// Imports: made with what the columns mean, given their file as a stream, watched while they are read and written.
// Not the reading and writing: see server/members/import.
import type { FastifyInstance } from 'fastify';
import { typed } from '../../engine/json.ts';
import type { Sql } from '../../workers/store/client.ts';
import { audit } from '../audit.ts';
import { ENCODINGS, type Encoding } from '../members/import/decode.ts';
import { beginImport, receive } from '../members/import/job.ts';
import { Refusal, type Language } from '../refusal.ts';
import { byId, route, type Deps } from '../route.ts';
import { importFaults, type ImportFaultCode } from '../texts/import-faults.ts';
import { inTransaction } from '../../workers/store/client.ts';

const word = { type: 'string', minLength: 1, maxLength: 100 } as const;

/** What an upload may call itself; no form of a foreign page can. */
const TYPES = ['text/csv', 'application/x-ndjson', 'application/octet-stream'];

export function importRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'POST /api/imports', {
    tag: 'imports',
    says: {
      zh: '准备导入成员：格式、编码、各列的含义。然后把文件发到 rows。dryRun 只检查；goodRowsOnly 跳过有问题的行，否则有一行不对就都不导入。',
      en: 'Prepares an import of members: format, encoding, what columns mean. Then send the file to `rows`. `dryRun` only checks; `goodRowsOnly` leaves bad rows out, otherwise one bad row refuses all.',
    },
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['format'],
      properties: {
        format: { enum: ['csv', 'jsonl'] },
        encoding: typed<Encoding>({ enum: ENCODINGS }),
        map: typed<Readonly<Record<string, string>>>({
          type: 'object',
          maxProperties: 500,
          additionalProperties: { type: 'string', minLength: 1, maxLength: 200 },
        }),
        consent: {
          type: 'object',
          additionalProperties: false,
          required: ['basis', 'textVersion'],
          properties: { basis: word, textVersion: word },
        },
        dryRun: { type: 'boolean' },
        goodRowsOnly: { type: 'boolean' },
      },
    } as const,
    status: 201,
    handle: ({ body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const { format, encoding = 'auto', map = {}, dryRun = false, goodRowsOnly = false } = body;
        const consent = body.consent ?? { basis: 'import', textVersion: 'import' };
        const order = { format, encoding, map, consent, dryRun, goodOnly: goodRowsOnly };
        const id = await beginImport(sql, { who, order, now });
        await audit(sql, {
          who,
          action: 'import.begin',
          subject: `import/${id}`,
          detail: { format, dryRun },
          now,
        });
        return { id };
      }),
  });
  uploadRoute(app, deps);
  readRoutes(app, deps);
}

function uploadRoute(app: FastifyInstance, deps: Deps): void {
  const under = new Set<Promise<void>>();
  app.addHook('onClose', async () => {
    await Promise.allSettled(under);
  });
  void app.register((scope, _options, done) => {
    // The stream itself: nothing waits until a file of hundreds of megabytes is in memory.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(TYPES, (_request, payload, next) => next(null, payload));
    route(scope, deps, 'PUT /api/imports/:id/rows', {
      tag: 'imports',
      says: {
        zh: '发送文件（text/csv 或 application/x-ndjson），边收边查；导入完成后返回结果，wait=false 收完就返回。',
        en: 'Sends the file (text/csv or application/x-ndjson), which is checked as it comes. Answers when all is written, with `wait=false` when all has come.',
      },
      params: byId,
      query: {
        type: 'object',
        additionalProperties: false,
        properties: { wait: { type: 'boolean' } },
      } as const,
      takesAnything: true,
      bodyWithinMs: 30 * 60_000,
      handle: async ({ params, query, who, request, language }) => {
        const upload = request.body as AsyncIterable<Uint8Array> | undefined;
        if (upload === undefined || upload === null)
          throw new Refusal('not-readable', { place: 'content-type' });
        const { rest } = await receive(deps, { who, id: params.id.toLowerCase(), upload });
        const work = rest();
        under.add(work);
        void work.finally(() => under.delete(work)).catch(() => {});
        if (query.wait ?? true) await work;
        else work.catch((error: unknown) => request.log.error({ error }, 'an import failed'));
        return importOf(deps.store.pool, { team: who.team, id: params.id, language });
      },
    });
    done();
  });
}

function readRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/imports', {
    tag: 'imports',
    says: { zh: '最近的导入。', en: 'The latest imports.' },
    handle: async ({ who }) => {
      const { rows } = await store.pool.query(
        `select ${COLUMNS} from import where team_id = $1 order by created_at desc, id desc limit 100`,
        [who.team],
      );
      return { imports: rows };
    },
  });
  route(app, deps, 'GET /api/imports/:id', {
    tag: 'imports',
    says: {
      zh: '导入到了哪一步：读了多少行，多少行有问题，写到第几步；和前 100 处问题。',
      en: 'How far an import is: rows read, bad rows, steps of writing; and the first 100 faults.',
    },
    params: byId,
    handle: ({ params, who, language }) => importOf(store.pool, { team: who.team, id: params.id, language }),
  });
  route(app, deps, 'GET /api/imports/:id/faults', {
    tag: 'imports',
    says: { zh: '有问题的行：行号、哪一项、为什么。', en: 'What is wrong, by line and field.' },
    params: byId,
    query: {
      type: 'object',
      additionalProperties: false,
      properties: {
        after: { type: 'integer', minimum: 0, maximum: 2_147_483_647 },
        limit: { type: 'integer', minimum: 1, maximum: 500 },
      },
    } as const,
    handle: async ({ params, query, who, language }) => {
      const limit = query.limit ?? 100;
      const faults = await faultsOf(store.pool, {
        team: who.team,
        id: params.id,
        language,
        limit,
        skip: query.after ?? 0,
      });
      return { faults, next: faults.length === limit ? (query.after ?? 0) + limit : null };
    },
  });
}

const COLUMNS = `id, format, state::text, dry_run as "dryRun", good_only as "goodRowsOnly", bytes, rows, bad, step, steps,
  made, found, changed, reason, created_at as "createdAt", finished_at as "finishedAt"`;

interface Asked {
  readonly team: number;
  readonly id: string;
  readonly language: Language;
}

async function importOf(sql: Sql, asked: Asked): Promise<Record<string, unknown>> {
  const { rows } = await sql.query<Record<string, unknown>>(
    `select ${COLUMNS} from import where team_id = $1 and id = $2`,
    [asked.team, asked.id],
  );
  if (rows[0] === undefined) throw new Refusal('not-found');
  return { ...rows[0], faults: await faultsOf(sql, { ...asked, limit: 100, skip: 0 }) };
}

async function faultsOf(
  sql: Sql,
  { team, id, language, limit, skip }: Asked & { readonly limit: number; readonly skip: number },
) {
  const { rows } = await sql.query<{
    line: number;
    field: string | null;
    code: ImportFaultCode;
    values: Record<string, string | number>;
  }>(
    `select line, field, code, values from import_fault where team_id = $1 and import_id = $2
     order by line, no limit $3 offset $4`,
    [team, id, limit, skip],
  );
  return rows.map(({ line, field, code, values }) => ({
    line,
    field,
    code,
    message: importFaults[code][language].replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
      String(values[name] ?? ''),
    ),
  }));
}
