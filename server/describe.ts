// The documentation of the API, made from the routes: OpenAPI at /docs/json, to browse at /docs.
import { fastifySwagger } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { Deps } from './route.ts';
import { refusals } from './texts/refusals.ts';

/** Every refused request answers with this. */
const problem = {
  $id: 'Problem',
  type: 'object',
  description: 'RFC 9457. `message` and `advice` are in the language of Accept-Language (zh-CN or en).',
  required: ['type', 'title', 'status', 'detail', 'code', 'message', 'advice', 'place'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(refusals) },
    message: { type: 'string' },
    advice: { type: 'string' },
    place: { type: ['string', 'null'] },
  },
  additionalProperties: true,
};

/** Registers the generator before the routes, and the pages that show what it has seen. */
export async function describeApi(
  app: FastifyInstance,
  { publicUrl }: Pick<Deps, 'publicUrl'>,
): Promise<void> {
  app.addSchema(problem);
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Kindling 薪火', version: '1', description: 'Community playbooks, run durably.' },
      servers: [{ url: publicUrl }],
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'An API key, kd_…' },
          session: { type: 'apiKey', in: 'cookie', name: 'kindling' },
        },
      },
      security: [{ key: [] }, { session: [] }],
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, i) =>
        typeof json['$id'] === 'string' ? json['$id'] : `schema-${i}`,
    },
  });
  await app.register(swaggerUi, { routePrefix: '/docs', uiConfig: { deepLinking: true } });
}
