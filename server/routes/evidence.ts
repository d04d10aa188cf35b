// Files handed in with a task, and read again by the team. What is taken is decided in tasks/evidence.ts.
import type { FastifyInstance } from 'fastify';
import { inTransaction } from '../../workers/store/client.ts';
import { audit } from '../audit.ts';
import { Refusal } from '../refusal.ts';
import { byId, route, type Deps } from '../route.ts';
import { EVIDENCE_TYPES, EVIDENCE_LIMIT, evidenceOf, keepEvidence } from '../tasks/evidence.ts';

export function evidenceRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  // Only here are bodies of these kinds read.
  void app.register((scope, _options, done) => {
    scope.addContentTypeParser(
      ['image/png', 'image/jpeg', 'image/webp', 'application/pdf'],
      { parseAs: 'buffer', bodyLimit: EVIDENCE_LIMIT },
      (_request, body, parsed) => parsed(null, body),
    );
    route(scope, deps, 'POST /api/tasks/:id/evidence', {
      tag: 'tasks',
      says: {
        zh: '给任务上传凭证：一张图片或一份 PDF，内容就是请求体。返回的 evidence 写进答复。',
        en: 'Hands in a file with a task: a picture or a PDF as the body. The answer names it by `evidence`.',
      },
      params: byId,
      limit: EVIDENCE_LIMIT,
      takesAnything: true,
      perMinute: 60,
      status: 201,
      handle: ({ params, who, now, request }) =>
        inTransaction(store.pool, async (sql) => {
          const { body } = request;
          if (!Buffer.isBuffer(body)) throw new Refusal('evidence-type');
          const evidence = await keepEvidence(sql, who, { task: params.id, bytes: body, now });
          const detail = { evidence, bytes: body.length };
          await audit(sql, { who, action: 'task.evidence', subject: `task/${params.id}`, detail, now });
          return { evidence };
        }),
    });
    done();
  });
  route(app, deps, 'GET /api/evidence/:id', {
    tag: 'tasks',
    media: EVIDENCE_TYPES,
    says: { zh: '一份凭证。', en: 'A file that was handed in.' },
    params: byId,
    handle: async ({ params, who, reply }) => {
      const { type, bytes } = await evidenceOf(store.pool, who, params.id);
      return reply
        .type(type)
        .header('content-disposition', type.startsWith('image/') ? 'inline' : 'attachment')
        .header('content-security-policy', "default-src 'none'; sandbox")
        .send(bytes);
    },
  });
}
