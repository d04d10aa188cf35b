// How the installation does: for probes, for Prometheus, and for people.
import type { FastifyInstance } from 'fastify';
import { healthOf } from '../health.ts';
import { measureRuns } from '../measure.ts';
import { route, type Deps } from '../route.ts';

export function healthRoutes(app: FastifyInstance, deps: Deps): void {
  measureRuns(app.measures, deps.store);
  route(app, deps, 'GET /healthz', {
    tag: 'installation',
    says: {
      zh: '每个部分的状态；数据库不应答或磁盘已满时是 503。',
      en: 'The state of each part; 503 when the database does not answer, or its disk is full.',
    },
    answers: '`status`: ok, starting, full or down; `parts` by name.',
    handle: async ({ language, reply }) => {
      const health = await healthOf(deps, language);
      return reply.code(health.status === 'down' || health.status === 'full' ? 503 : 200).send(health);
    },
  });
  route(app, deps, 'GET /metrics', {
    tag: 'installation',
    media: ['text/plain'],
    says: { zh: 'Prometheus 读取的指标。', en: 'What Prometheus reads.' },
    handle: async ({ reply }) =>
      reply
        .type(app.measures.contentType)
        .serializer((text: string) => text)
        .send(await app.measures.metrics()),
  });
}
