// The HTTP application: security headers, limits, identity, the access check, one shape for every refusal, and the routes.
// It opens no database and listens nowhere: the process (server.ts) and the tests hand in what it stands on.
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import { fastifySSE } from '@fastify/sse';
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
} from 'fastify';
import { check, isRoute, routeKey } from './access.ts';
import { describeApi } from './describe.ts';
import { csrf, identify } from './identity/request.ts';
import type { Identity } from './identity/identity.ts';
import { PROBLEM_MEDIA, languageOf, problemBody, Refusal, type Language } from './refusal.ts';
import type { Deps } from './route.ts';
import { routes } from './routes/index.ts';
import { measureRequests } from './measure.ts';
import { refusalOf } from './refusal-of.ts';
import { makeValidators } from './validate.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; undefined for strangers. Set before anything else. */
    who: Identity | undefined;
    language: Language;
  }
  interface FastifyContextConfig {
    /** Requests a minute from one caller, where the route has a limit of its own. */
    perMinute?: number;
    /** How long its body may take to come, where it is a file. */
    bodyWithinMs?: number;
  }
}

/** Requests a minute from one caller, before it is asked to slow down. */
const PER_MINUTE = 1_200;

/** How long a body may take to come; and a file, which may be large and its line slow. */
const BODY_WITHIN_MS = 60_000;
const SLOWEST_MS = 30 * 60_000;

/** Builds the application; the caller listens and closes. */
export async function buildApp(
  deps: Deps,
  {
    logger,
    perMinute = PER_MINUTE,
    trustProxy,
  }: {
    readonly logger?: FastifyBaseLogger;
    readonly perMinute?: number;
    /** Addresses of the reverse proxies whose word about the caller's address is taken. */
    readonly trustProxy?: readonly string[] | undefined;
  } = {},
): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    ...(logger === undefined ? { logger: false } : { loggerInstance: logger }),
    // Which routes are called is counted; a line for each request would say who does what when.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    ...(trustProxy === undefined ? {} : { trustProxy: [...trustProxy] }),
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 200 },
    bodyLimit: 1_048_576,
    requestTimeout: SLOWEST_MS,
    return503OnClosing: true,
    // An address that cannot be decoded reaches no hook: it is answered like any that leads nowhere.
    frameworkErrors: (_error, request, reply) => {
      sendRefusal(new Refusal('not-found'), languageOf(request.headers['accept-language']), reply);
    },
    forceCloseConnections: 'idle',
  });
  // A form of a foreign page can send plain text unasked; we take JSON alone.
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(makeValidators());
  // What the documentation says about an answer must not decide what is in it.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.decorateRequest('who', undefined);
  app.decorateRequest('language', 'zh');
  guardRoutes(app);
  await secure(app, deps, perMinute);
  answerRefusals(app);
  guardRequests(app, deps);
  measureRequests(app);
  await describeApi(app, deps);
  await app.register(fastifySSE, { heartbeatInterval: 15_000 });
  await app.register((scope, _options, done) => {
    routes(scope, deps);
    done();
  });
  return app;
}

/** A route that the access table does not know cannot be registered. */
function guardRoutes(app: FastifyInstance): void {
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) {
      const key = routeKey(one, url);
      if (!isRoute(key)) throw new Error(`${key} has no entry in the table of server/access.ts.`);
    }
  });
}

async function secure(app: FastifyInstance, { publicUrl }: Deps, perMinute: number): Promise<void> {
  const encrypted = publicUrl.startsWith('https:');
  await app.register(cookie);
  await app.register(helmet, {
    hsts: encrypted,
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        frameAncestors: ["'none'"],
        // Without encryption a browser must not be told to use it.
        upgradeInsecureRequests: encrypted ? [] : null,
      },
    },
    // The address of a page may be a key, which no other site is told. Ours are: a form without would come from nowhere.
    referrerPolicy: { policy: 'same-origin' },
  });
  await app.register(rateLimit, {
    // Its own hooks run behind ours, where strangers never come: guardRequests counts.
    global: false,
    timeWindow: '1 minute',
    max: ({ routeOptions: { config } }) => config?.perMinute ?? perMinute,
    // A route with a limit of its own is counted by itself.
    keyGenerator: ({ ip, method, routeOptions: { config, url = '' } }) =>
      config?.perMinute === undefined ? normalizeIP(ip) : `${normalizeIP(ip)} ${method} ${url}`,
    errorResponseBuilder: (_request, { ttl }) =>
      new Refusal('too-many-requests', { values: { seconds: Math.ceil(ttl / 1000) } }),
  });
}

/** Limit, identity, access, origin: in this order, before a body is read. Refused requests count like any other. */
function guardRequests(app: FastifyInstance, deps: Deps): void {
  const limit = app.rateLimit();
  app.addHook('onRequest', async function (request, reply) {
    const { bodyWithinMs = BODY_WITHIN_MS } = request.routeOptions.config;
    const tooSlow = setTimeout(() => request.raw.complete || request.raw.destroy(), bodyWithinMs).unref();
    request.raw.once('close', () => clearTimeout(tooSlow));
    // What one person may see must not wait in a cache for the next.
    void reply.header('cache-control', 'no-store');
    request.language = languageOf(request.headers['accept-language']);
    await limit.call(this, request, reply);
    const { url } = request.routeOptions;
    const key = url === undefined ? undefined : routeKey(request.method, url);
    request.who = await identify(request, deps);
    const verdict = check(key, request.who);
    if (verdict !== 'allowed') throw new Refusal(verdict);
    csrf(request, deps);
  });
}

function answerRefusals(app: FastifyInstance): void {
  app.setNotFoundHandler(() => {
    throw new Refusal('not-found');
  });
  app.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error, request);
    if (refusal.code === 'internal') {
      request.log.error({ reference: request.id, error: describe(error) }, 'a request failed');
    }
    sendRefusal(refusal, request.language, reply);
  });
}

/** What may be asked again, and after a while: too many requests, and not now. */
const RETRIED = new Set([429, 503]);

function sendRefusal(refusal: Refusal, language: Language, reply: FastifyReply): void {
  const body = problemBody(refusal, language);
  // The limit on requests has said it already.
  if (RETRIED.has(body.status) && !reply.hasHeader('retry-after')) {
    void reply.header('retry-after', String(refusal.detail.retryAfter ?? 1));
  }
  void reply
    .code(body.status)
    .header('content-language', language === 'zh' ? 'zh-CN' : 'en')
    .type(`${PROBLEM_MEDIA}; charset=utf-8`)
    .send(JSON.stringify(body));
}

// Messages of the database may quote what somebody has written: the log gets its place in the code, not the words.
function describe(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { kind: typeof error };
  const { name, stack } = error;
  const code = 'code' in error ? error.code : undefined;
  return { name, code, at: stack?.split('\n').slice(1, 6).join('\n'), status: STATUS_CODES[500] };
}
