// Drafts, checks, versions: nothing is overwritten, nothing broken is published, and hostile bodies get an answer.
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../engine/json.ts';
import { stand, type Speaker } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';
import { smallPlaybook } from '../support/small-playbook.ts';

const { url } = await freshDatabase();
const { app, program, store, team } = await stand(url);
const designer = await program(['designer']);

async function begin(who: Speaker, document: JsonObject): Promise<string> {
  const { status, body } = await who('POST', '/api/playbooks', { document });
  expect([status, body['revision']]).toEqual([201, 1]);
  return String(body['id']);
}

describe('a draft', () => {
  test('is saved from the revision it began with; a stale save shows both versions and changes nothing', async () => {
    const id = await begin(designer, smallPlaybook('stale'));
    const mine = { ...smallPlaybook('stale'), title: { 'zh-CN': '我的' } };
    const theirs = { ...smallPlaybook('stale'), title: { 'zh-CN': '他们的' } };
    const save = (document: JsonObject, revision: number) =>
      designer('PUT', `/api/playbooks/${id}/draft`, { document, revision });
    expect((await save(theirs, 1)).body).toEqual({ revision: 2 });
    const stale = await save(mine, 1);
    expect(stale.status).toBe(409);
    expect(stale.body).toMatchObject({
      code: 'stale-draft',
      revision: 2,
      theirs,
      yours: mine,
      place: '/revision',
    });
    expect((await designer('GET', `/api/playbooks/${id}/draft`)).body).toMatchObject({
      revision: 2,
      document: theirs,
    });
  });

  test('of two saves at once one wins', async () => {
    const id = await begin(designer, smallPlaybook('race'));
    const saves = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        designer('PUT', `/api/playbooks/${id}/draft`, {
          document: { ...smallPlaybook('race'), title: { 'zh-CN': `第 ${i} 个` } },
          revision: 1,
        }),
      ),
    );
    expect(saves.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array.from({ length: 7 }, () => 409),
    ]);
  });

  test('may be unfinished, keeps its keys in order, and cannot become another playbook', async () => {
    const document = { title: { 'zh-CN': '半成品' }, zzz: 1, id: 'half', graph: { nodes: 'later' } };
    const id = await begin(designer, document);
    const { text } = await designer('GET', `/api/playbooks/${id}/draft`);
    expect(text).toContain(JSON.stringify(document));
    const other = await designer('PUT', `/api/playbooks/${id}/draft`, {
      document: smallPlaybook('other'),
      revision: 1,
    });
    expect(other.body['code']).toBe('key-mismatch');
  });

  test('with an id that is taken names the playbook that has it', async () => {
    const id = await begin(designer, smallPlaybook('taken'));
    const again = await designer('POST', '/api/playbooks', { document: smallPlaybook('taken') });
    expect([again.status, again.body['code'], again.body['id']]).toEqual([409, 'name-taken', id]);
  });
});

describe('publishing', () => {
  test('makes immutable versions and tells what changed', async () => {
    const first = smallPlaybook('published');
    const id = await begin(designer, first);
    const one = await designer('POST', `/api/playbooks/${id}/publish`, { revision: 1, note: '第一版' });
    expect([one.status, one.body['number']]).toEqual([201, 1]);
    expect(one.body['changes']).toMatchObject({ nodes: { removed: [], changed: [] } });

    const second = smallPlaybook('published');
    second.graph.nodes[2] = {
      id: 'eve',
      step: 'wait-until',
      config: { until: { anchor: 'T', offset: '-P2D', at: '12:00' } },
    };
    second.graph.nodes.push({ id: 'pause', step: 'wait', config: { for: 'PT1H' } });
    second.graph.edges[5] = { id: 'e6', from: 'hello', port: 'sent', to: 'pause' };
    second.graph.edges.push({ id: 'e7', from: 'pause', port: 'done', to: 'end' });
    await designer('PUT', `/api/playbooks/${id}/draft`, { document: second, revision: 1 });
    const changes = {
      nodes: {
        added: [{ graph: 'campaign', id: 'pause' }],
        removed: [],
        changed: [
          {
            graph: 'campaign',
            id: 'eve',
            fields: [{ pointer: '/config/until/offset', before: '-P1D', after: '-P2D' }],
          },
        ],
      },
      edges: {
        added: [{ graph: 'campaign', id: 'e7' }],
        removed: [],
        changed: [
          { graph: 'campaign', id: 'e6', fields: [{ pointer: '/to', before: 'end', after: 'pause' }] },
        ],
      },
      document: [],
    };
    expect((await designer('GET', `/api/playbooks/${id}/changes`)).body['changes']).toEqual(changes);
    const two = await designer('POST', `/api/playbooks/${id}/publish`, { revision: 2 });
    expect(two.body).toMatchObject({ number: 2, changes });
    const kept = await designer('GET', `/api/playbooks/${id}/versions/1`);
    expect(kept.body['document']).toEqual(first);
    await expect(store.pool.query(`update playbook_version set document = '{}'`)).rejects.toThrow(
      /append-only/,
    );
    const { body } = await designer('GET', `/api/playbooks/${id}/versions`);
    expect((body['versions'] as { number: number }[]).map(({ number }) => number)).toEqual([2, 1]);
  });

  test('what means the same makes no new version, wherever it stands on the canvas', async () => {
    const id = await begin(designer, smallPlaybook('moved'));
    await designer('POST', `/api/playbooks/${id}/publish`, { revision: 1 });
    const document = { ...smallPlaybook('moved'), layout: { start: { x: 7, y: 7 } } };
    await designer('PUT', `/api/playbooks/${id}/draft`, { document, revision: 1 });
    const again = await designer('POST', `/api/playbooks/${id}/publish`, { revision: 2 });
    expect([again.status, again.body['code'], again.body['number']]).toEqual([409, 'nothing-changed', 1]);
  });

  test('is refused with every problem, in the caller’s language', async () => {
    const broken = smallPlaybook('broken');
    broken.graph.edges.splice(1, 2);
    broken.graph.nodes.push({ id: 'lost', step: 'no-such-step', config: {} });
    const id = await begin(designer, broken);
    const publish = (language: string) =>
      designer('POST', `/api/playbooks/${id}/publish`, { revision: 1 }, { 'accept-language': language });
    const zh = await publish('zh-CN');
    const en = await publish('en');
    expect([zh.status, zh.body['code']]).toEqual([422, 'playbook-has-problems']);
    const [problemsZh, problemsEn] = [zh, en].map(
      ({ body }) => body['problems'] as { code: string; message: string; advice: string }[],
    );
    expect(problemsZh!.length).toBeGreaterThan(2);
    expect(problemsZh!.map(({ code }) => code)).toEqual(problemsEn!.map(({ code }) => code));
    expect(problemsZh!.every(({ message }) => /[一-龥]/.test(message))).toBe(true);
    expect(problemsEn!.every(({ advice }) => !/[一-龥]/.test(advice))).toBe(true);
    const { rows } = await store.pool.query('select from playbook_version where playbook_id = $1', [id]);
    expect(rows).toEqual([]);
  });

  test('of a stale revision is refused', async () => {
    const id = await begin(designer, smallPlaybook('late'));
    await designer('PUT', `/api/playbooks/${id}/draft`, { document: smallPlaybook('late'), revision: 1 });
    expect((await designer('POST', `/api/playbooks/${id}/publish`, { revision: 1 })).body['code']).toBe(
      'stale-draft',
    );
  });
});

describe('another team', () => {
  test('does not learn that a playbook exists', async () => {
    const id = await begin(designer, smallPlaybook('secret'));
    const { rows } = await store.pool.query<{ id: number }>(
      `insert into team (name, created_at) values ('别的团队', now()) returning id`,
    );
    const other = await program(['owner'], rows[0]!.id);
    const nowhere = await other('GET', '/api/playbooks/01980000-0000-7000-8000-000000000000');
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['GET', '/draft', undefined],
      ['PUT', '/draft', { document: smallPlaybook('secret'), revision: 1 }],
      ['POST', '/publish', { revision: 1 }],
      ['GET', '/changes', undefined],
      ['GET', '/launching', undefined],
      ['GET', '/versions/1', undefined],
    ] as const) {
      const { status, body: said } = await other(method, `/api/playbooks/${id}${path}`, body);
      expect([method, path, status, said]).toEqual([method, path, 404, nowhere.body]);
    }
    expect((await other('GET', '/api/playbooks')).body['playbooks']).toEqual([]);
  });
});

describe('hostile bodies', () => {
  const post = (payload: string, path = '/api/check', type = 'application/json') =>
    app.inject({
      method: 'POST',
      url: path,
      payload,
      headers: { 'content-type': type, authorization: `Bearer ${designer.key}`, 'accept-language': 'en' },
    });
  const deep = (levels: number) => `{"document":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`;

  test.each([
    ['no JSON', '{"document":', 400, 'not-json'],
    ['an empty body', '', 400, 'not-json'],
    ['a prototype key', '{"document":{"__proto__":{"x":1}}}', 400, 'not-json'],
    ['a constructor key', '{"document":{"constructor":{"prototype":{}}}}', 400, 'not-json'],
    ['an unknown key', '{"document":{},"more":1}', 400, 'invalid-request'],
    ['a list instead of an object', '[]', 400, 'invalid-request'],
    ['nothing of what is needed', '{}', 400, 'invalid-request'],
    ['twelve megabytes', `{"document":"${'x'.repeat(12_000_000)}"}`, 413, 'too-large'],
  ])('%s', async (_name, payload, status, code) => {
    const answer = await post(payload);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([status, code]);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  });

  test.each([
    ['five thousand levels', deep(5_000)],
    ['ten megabytes', `{"document":{"id":"${'x'.repeat(10_000_000)}"}}`],
    ['half a character', String.raw`{"document":{"id":"\ud800"}}`],
    ['a list', '{"document":[1,2,3]}'],
    ['nothing', '{"document":null}'],
    ['wrong types', '{"document":{"format":"1","graph":{"nodes":{"a":1},"edges":7}},"params":{"T":7}}'],
  ])('a document of %s has problems, whether it is checked or rehearsed', async (_name, payload) => {
    const checked = await post(payload);
    const { ok, problems } = checked.json<{ ok: boolean; problems: unknown[] }>();
    expect([checked.statusCode, ok]).toEqual([200, false]);
    const rehearsed = await post(payload, '/api/rehearse');
    expect(rehearsed.statusCode).toBe(422);
    expect(rehearsed.json()).toMatchObject({ code: 'playbook-has-problems', problems });
  });

  test('a script nested without end is refused by name', async () => {
    const document = JSON.stringify(smallPlaybook());
    const nested = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
    const body = `{"document":${document},"params":{"T":"2027-01-10T20:00"},"script":[{"control":${nested}}]}`;
    const answer = await post(body, '/api/rehearse');
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'invalid-request', place: '/script' });
  });

  test('other types of content, and characters that cannot be stored', async () => {
    expect((await post('a=1', '/api/check', 'text/plain')).statusCode).toBe(415);
    const nul = JSON.stringify({ document: { ...smallPlaybook('nul'), title: { 'zh-CN': 'a\u0000b' } } });
    const answer = await post(nul, '/api/playbooks');
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'invalid-request']);
    const { rows } = await store.pool.query(`select from playbook where key = 'nul'`);
    expect(rows).toEqual([]);
  });

  test('an invalid id in the path is no server error', async () => {
    for (const id of ['x', '%00', '..%2f..', '01980000-0000-7000-8000-00000000000g']) {
      expect((await designer('GET', `/api/playbooks/${id}`)).status).toBe(400);
    }
  });
});

test('a rehearsal on the server keeps the caps of the team', async () => {
  const document = smallPlaybook();
  const hello = document.graph.nodes.find(({ id }) => id === 'hello')!;
  Object.assign(hello['config'] as JsonObject, { class: 'marketing', optOut: { 'zh-CN': '回 T 退订' } });
  const order = { document, params: { T: '2027-01-10T20:00' }, start: '2027-01-02T09:00:00Z' };
  const posted = async () =>
    ((await designer('POST', '/api/rehearse', order)).body['calendar'] as object[]).length;
  expect(await posted()).toBe(1);
  await store.pool.query(`update team set caps = '{"groupPerDay": 0}' where id = $1`, [team]);
  expect(await posted()).toBe(0);
  await store.pool.query(`update team set caps = '{}' where id = $1`, [team]);
});

test('a rehearsal on the server prints what the command line prints, and is bounded', async () => {
  const body = {
    document: smallPlaybook(),
    params: { T: '2027-01-10T20:00' },
    start: '2027-01-02T09:00:00Z',
    seed: 7,
  };
  const { status, body: report } = await designer('POST', '/api/rehearse', body);
  expect([status, report['done'], report['seed']]).toEqual([200, true, 7]);
  expect((report['traces'] as { subject: string; end: string }[])[0]).toMatchObject({ subject: 'campaign' });
  expect((await designer('POST', '/api/rehearse', { ...body, members: 1_000_000 })).status).toBe(400);
  const scripted = await designer('POST', '/api/rehearse', {
    ...body,
    script: [{ node: 'ok', subject: 'campaign', port: 'rejected', after: 'PT1H' }],
  });
  expect((scripted.body['traces'] as { end: string }[])[0]?.end).toBe('refused');
  const bad = await designer('POST', '/api/rehearse', {
    ...body,
    script: [{ node: 'x', subject: 'campaign', port: 'y' }],
  });
  expect([bad.status, bad.body['code'], bad.body['place']]).toEqual([
    422,
    'script-has-problems',
    '/script/0',
  ]);
});

test('what a launch asks for', async () => {
  const id = await begin(designer, smallPlaybook('asks'));
  expect((await designer('GET', `/api/playbooks/${id}/launching`)).status).toBe(404);
  await designer('POST', `/api/playbooks/${id}/publish`, { revision: 1 });
  expect((await designer('GET', `/api/playbooks/${id}/launching`)).body).toMatchObject({
    version: 1,
    roles: ['approver'],
    examples: { T: '2027-01-10T20:00' },
  });
});

test('publishing names the steps whose pages nobody outside can open', async () => {
  const document = smallPlaybook('outside') as unknown as {
    graph: { nodes: { id: string; step: string; config: object }[] };
  };
  const nodes = document.graph.nodes.map((node) =>
    node.step === 'send-message'
      ? { ...node, config: { ...node.config, text: { 'zh-CN': '{{ links.optOut }}' } } }
      : node,
  );
  const changed = { ...document, graph: { ...document.graph, nodes } };
  const told = nodes.filter(({ step }) => step === 'send-message').map(({ id }) => id);
  const { body } = await designer('POST', '/api/check', { document: changed });
  const found = (body['problems'] as { code: string; place: { node?: string } }[]).filter(
    ({ code }) => code === 'W-NOT-REACHABLE',
  );
  expect(found.map(({ place }) => place.node)).toEqual([told[0]]);
});
