// Where pages live: browsers send forms there, and a refusal is a page too.
import type { FastifyInstance } from 'fastify';
import { problemBody } from '../refusal.ts';
import { refusalOf } from '../refusal-of.ts';
import type { Sent } from './form-page.ts';
import { page } from './html.ts';
import { show } from './opening.ts';
import { saying } from './sayings.ts';

/** The address of a page ends in a link's token. */
export const byToken = {
  type: 'object',
  additionalProperties: false,
  required: ['token'],
  properties: { token: { type: 'string', maxLength: 200 } },
} as const;

/** A scope of its own for pages: nowhere else are forms of browsers read. */
export function pageScope(
  app: FastifyInstance,
  mostBytes: number,
  register: (scope: FastifyInstance) => void,
): void {
  void app.register((scope, _options, done) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: mostBytes },
      (_request, body, parsed) => parsed(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    scope.setErrorHandler((error, request, reply) => {
      const refusal = refusalOf(error, request);
      const { status, message, advice } = problemBody(refusal, request.language);
      if (refusal.code === 'internal') request.log.error({ reference: request.id }, 'a page failed');
      return show(
        reply.code(status),
        page({ title: message, language: request.language }, saying({ title: message, text: advice })),
      );
    });
    register(scope);
    done();
  });
}

/** What a form has sent: a name that is sent twice counts once, the last, and whatever is no text is not there. */
export function sentOf(body: unknown): Sent {
  const entries = Object.entries((body ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  );
}
