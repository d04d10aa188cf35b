// The one access check: every route has an entry, and nobody without the right learns what there is.
import { expect, test } from 'vitest';
import { access, isRoute, routeKey } from '../../server/access.ts';
import { refusals } from '../../server/texts/refusals.ts';
import { KEYRING, stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';

const { url } = await freshDatabase();
const { app, store, stranger, program } = await stand(url);

/** Every registered route, read from the router itself. */
const registered = app
  .printRoutes({ commonPrefix: false, includeHooks: false })
  .split('\n')
  .reduce<{ stack: string[]; routes: string[] }>(
    ({ stack, routes }, line) => {
      const match = /^((?:│ {3}| {4})*)[├└]── (\S+)(?: \(([A-Z, ]+)\))?/.exec(line);
      if (match === null) return { stack, routes };
      const depth = match[1]!.length / 4;
      const path = (depth === 0 ? '' : (stack[depth - 1] ?? '')) + match[2]!;
      const methods = match[3]?.split(', ') ?? [];
      return {
        stack: [...stack.slice(0, depth), path],
        routes: [...routes, ...methods.map((method) => routeKey(method, path))],
      };
    },
    { stack: [], routes: [] },
  ).routes;

test('every route has an entry in the table, and every entry a route', () => {
  const known = [...new Set(registered)].filter((key) => key !== 'GET /docs/static/*');
  expect(known.length).toBeGreaterThan(30);
  expect(known.filter((key) => !isRoute(key))).toEqual([]);
  const orphans = Object.keys(access).filter((key) => !registered.includes(key));
  expect(orphans.filter((key) => !key.startsWith('GET /docs'))).toEqual([]);
});

test('a route without an entry cannot be registered', async () => {
  const { buildApp } = await import('../../server/app.ts');
  const fresh = await buildApp({
    store,
    temporal: (await stand(url)).temporal,
    clock: Date.now,
    publicUrl: 'http://127.0.0.1:1',
    keyring: KEYRING,
    home: '/nowhere',
  });
  expect(() => fresh.get('/api/secret', () => 'x')).toThrow(/no entry/);
  await fresh.close();
});

const concrete = (key: string) =>
  key
    .split(' ')[1]!
    .replaceAll(':number', '1')
    .replaceAll(':ordinal', '0')
    .replaceAll(/:\w+/g, '01980000-0000-7000-8000-000000000000');
const guarded = Object.entries(access).filter(([, permission]) => permission !== 'public');

test('a stranger gets one and the same answer everywhere, from what exists and from what does not', async () => {
  const nothing = await stranger('GET', '/api/nothing-like-this');
  expect(nothing.status).toBe(401);
  for (const [key] of guarded) {
    const { status, body } = await stranger(key.split(' ')[0]!, concrete(key));
    expect([key, status, body]).toEqual([key, 401, nothing.body]);
  }
});

test('whoever lacks the right gets the answer of a route that does not exist', async () => {
  const approver = await program(['approver']);
  const nothing = await approver('GET', '/api/nothing-like-this');
  expect([nothing.status, nothing.body['code']]).toEqual([404, 'not-found']);
  for (const [key, permission] of guarded.filter(([, it]) => it !== 'team')) {
    const { status, body } = await approver(key.split(' ')[0]!, concrete(key), {});
    expect([key, permission, status, body]).toEqual([key, permission, 404, nothing.body]);
  }
});

test('each refusal has both languages, and Chinese is what one gets unasked', async () => {
  for (const [code, { zh, en }] of Object.entries(refusals)) {
    for (const text of [zh.sentence, zh.advice])
      expect([code, text]).toEqual([code, expect.stringMatching(/[一-龥]/)]);
    for (const text of [en.sentence, en.advice]) expect([code, /[一-龥]/.test(text)]).toEqual([code, false]);
  }
  const said = async (language?: string) =>
    (
      await stranger(
        'GET',
        '/api/me',
        undefined,
        language === undefined ? {} : { 'accept-language': language },
      )
    ).body;
  expect(await said()).toEqual({
    type: 'urn:kindling:problem:unauthenticated',
    title: '请先登录。',
    status: 401,
    detail: '请先登录。',
    code: 'unauthenticated',
    message: '请先登录。',
    advice: '登录，或在请求头 Authorization 里带上 API 密钥。',
    place: null,
  });
  expect((await said('en-GB,zh;q=0.3'))['message']).toBe('Please log in.');
  expect((await said('fr, zh-TW;q=0.9, en;q=0.1'))['message']).toBe('请先登录。');
});

test('the documentation describes every route of the API', async () => {
  const { body } = await stranger('GET', '/docs/json');
  const described = Object.entries(body['paths'] as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  const expected = Object.keys(access).filter((key) => key.includes(' /api/'));
  expect(expected.filter((key) => !described.includes(key))).toEqual([]);
  expect((await stranger('GET', '/docs/')).status).toBe(200);
});

test('the documentation says of each answer what it is: refusals are problems, pages and files are what they are', async () => {
  interface Answer {
    readonly content?: Readonly<Record<string, { readonly schema: object }>>;
  }
  const document = app.swagger() as unknown as {
    readonly paths: Readonly<
      Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Answer>> }>>>
    >;
  };
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { responses }]) => ({ key: `${method} ${path}`, responses })),
  );
  expect(operations.length).toBeGreaterThan(100);
  for (const { key, responses } of operations) {
    const { default: refused, ...done } = responses;
    expect([key, refused?.content]).toEqual([
      key,
      { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    ]);
    expect([key, Object.keys(done)]).toEqual([key, [expect.stringMatching(/^2\d\d$/)]]);
  }
  const others = operations
    .map(({ key, responses }) => [
      key,
      Object.entries(responses).flatMap(([status, { content = {} }]) =>
        status === 'default' ? [] : Object.keys(content).filter((type) => type !== 'application/json'),
      ),
    ])
    .filter(([, types]) => types!.length > 0);
  expect(Object.fromEntries(others)).toMatchObject({
    'get /api/members/export': ['text/csv', 'application/x-ndjson'],
    'get /api/reports/{id}/markdown': ['text/markdown'],
    'get /m/{token}': ['text/html'],
    'get /api/runs/{id}/live': ['text/event-stream'],
  });
  const { headers } = await stranger('GET', '/api/runs');
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
  const operator = await program(['operator']);
  for (const [path, type] of [
    ['/setup', 'text/html'],
    ['/metrics', 'text/plain'],
    ['/api/members/export?format=csv', 'text/csv'],
  ] as const)
    expect((await operator('GET', path)).headers['content-type']).toContain(type);
});
