// How a route is declared: its key in the access table, its schemas, its sentence for the documentation, and what it does.
// Types of parameters and bodies follow from their schemas, so a handler reads what was checked and nothing else.
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { FromSchema, JsonSchema } from '../engine/json.ts';
import type { Instant } from '../engine/instant.ts';
import type { Store } from '../workers/store/client.ts';
import type { Keyring } from '../workers/store/keyring.ts';
import type { Temporal } from '../workers/temporal.ts';
import { access, type RouteKey } from './access.ts';
import type { Identity } from './identity/identity.ts';
import { PROBLEM_MEDIA, wrongValue, type Language } from './refusal.ts';
import type { Sentence } from './settings.ts';
import { unstorable } from './storable.ts';

/** What the routes stand on. */
export interface Deps {
  readonly store: Store;
  readonly temporal: Temporal;
  /** The time on the wall. */
  readonly clock: () => Instant;
  /** Where people reach the server. */
  readonly publicUrl: string;
  /** Seals and signs; undefined in an installation without a key. */
  readonly keyring: Keyring | undefined;
  /** The folder with the editor's files; they may still be on their way. Undefined where nobody shall draw. */
  readonly editor?: string | undefined;
  /** The data folder, for the state of an installation that `npm start` runs. */
  readonly home: string;
}

/** One request, checked and known. */
export interface Call<P, Q, B, Who> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly who: Who;
  readonly language: Language;
  readonly now: Instant;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

type Known<Key extends RouteKey> = (typeof access)[Key] extends 'public' ? Identity | undefined : Identity;

/** A route's declaration. */
export interface Route<Key extends RouteKey, P, Q, B> {
  readonly says: Sentence;
  readonly tag: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Description of the answer, for the documentation. */
  readonly answers?: string;
  /** Its media types, where it is no JSON. */
  readonly media?: readonly string[];
  /** Of a success. Default 200. */
  readonly status?: number;
  /** Largest body in bytes. Default 1 MiB. */
  readonly limit?: number;
  /** The body is looked at, not stored: it may hold anything, and the handler says what is wrong with it. */
  readonly takesAnything?: true;
  /** Requests a minute from one caller, where fewer are wanted than elsewhere. */
  readonly perMinute?: number;
  /** How long its body may take to come, where a minute is too little. */
  readonly bodyWithinMs?: number;
  readonly handle: (call: Call<FromSchema<P>, FromSchema<Q>, FromSchema<B>, Known<Key>>) => unknown;
}

/** Registers a route under its key of the access table. */
export function route<
  const Key extends RouteKey,
  const P extends JsonSchema,
  const Q extends JsonSchema,
  const B extends JsonSchema,
>(app: FastifyInstance, { clock }: Pick<Deps, 'clock'>, key: Key, declaration: Route<Key, P, Q, B>): void {
  const [method = '', url = ''] = key.split(' ');
  const { says, tag, params, query, body, status = 200, limit, perMinute, handle } = declaration;
  const { takesAnything = false, bodyWithinMs } = declaration;
  app.route({
    method: method as HTTPMethods,
    url,
    ...(limit === undefined ? {} : { bodyLimit: limit }),
    config: {
      ...(perMinute === undefined ? {} : { perMinute }),
      ...(bodyWithinMs === undefined ? {} : { bodyWithinMs }),
    },
    schema: {
      summary: says.en,
      description: `${says.zh}\n\nPermission: ${access[key]}.`,
      tags: [tag],
      ...(access[key] === 'public' ? { security: [] } : {}),
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { querystring: query }),
      ...(body === undefined ? {} : { body }),
      response: {
        [status]: successOf(declaration),
        default: REFUSED,
      },
    },
    ...(takesAnything
      ? {}
      : { preValidation: async ({ body: it }: FastifyRequest) => mustBeStorable(it, '/') }),
    handler: async (request, reply) => {
      const result = await handle({
        // Their schemas have checked them.
        params: request.params as FromSchema<P>,
        query: request.query as FromSchema<Q>,
        body: request.body as FromSchema<B>,
        who: request.who as Known<Key>,
        language: request.language,
        now: clock(),
        request,
        reply,
      });
      if (reply.sent) return reply;
      return reply.code(status).send(result ?? {});
    },
  });
}

/** What the documentation says of every refused request. */
export const REFUSED = {
  description: 'Refused.',
  content: { [PROBLEM_MEDIA]: { schema: { $ref: 'Problem#' } } },
};

const successOf = ({
  answers = 'Done.',
  media,
}: Pick<Route<RouteKey, never, never, never>, 'answers' | 'media'>) =>
  media === undefined
    ? { description: answers, type: 'object', additionalProperties: true }
    : {
        description: answers,
        content: Object.fromEntries(media.map((type) => [type, { schema: { type: 'string' } }])),
      };

/** Refuses what no table can hold, by its place in the request. */
export function mustBeStorable(value: unknown, place: string): void {
  const fault = unstorable(value);
  if (fault === undefined) return;
  const [problemZh, problemEn] =
    fault === 'too-deep'
      ? ['嵌套太深', 'it is nested too deeply']
      : ['有不能保存的字符', 'it holds characters that cannot be stored'];
  throw wrongValue(place, problemZh, problemEn);
}

/** A word that people choose: a tag, a purpose, a basis. */
export const tag = { type: 'string', minLength: 1, maxLength: 100 } as const;

/** Counts from one as far as a column does: versions, revisions. */
export const counted = { type: 'integer', minimum: 1, maximum: 2_147_483_647 } as const;

/** Path parameters that name one row. A URN is a UUID to the format too, but not to the database: hence the length. */
export const byId = {
  type: 'object',
  additionalProperties: false,
  required: ['id'],
  properties: { id: { type: 'string', format: 'uuid', maxLength: 36 } },
} as const;

/** A list is read page by page: `after` is the `next` of the page before. */
export const paged = {
  type: 'object',
  additionalProperties: false,
  properties: {
    after: { type: 'string', maxLength: 200 },
    limit: { type: 'integer', minimum: 1, maximum: 500 },
  },
} as const;

/** A list in the order of its ids. */
export const pagedById = {
  ...paged,
  properties: { ...paged.properties, after: byId.properties.id },
} as const;
