// Members through the API: typed attributes, tags with a term, accounts, stays, opt-outs, segments and their snapshots.
import { describe, expect, test } from 'vitest';
import { ingest } from '../../workers/store/event.ts';
import { expireTags } from '../../workers/store/tags.ts';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';

const { url } = await freshDatabase();
const { program, store, team } = await stand(url);
const operator = await program(['operator']);
const designer = await program(['designer']);
const { rows } = await store.pool.query<{ id: number }>(
  `insert into team (name, created_at) values ('别的团队', now()) returning id`,
);
const foreigner = await program(['owner'], rows[0]!.id);

const make = async (path: string, body: object) => {
  const said = await operator('POST', path, body);
  expect(said.status, said.text).toBeLessThan(300);
  return String(said.body['id']);
};
const declare = (key: string, body: object, who = operator) => who('PUT', `/api/attributes/${key}`, body);
const read = async (id: string) => (await operator('GET', `/api/members/${id}`)).body;
const told = async (answer: Promise<{ status: number; body: Record<string, unknown> }>) => {
  const { status, body } = await answer;
  return [status, body['code'], body['place']];
};

await declare('city', { type: 'text', label: { 'zh-CN': '城市', en: 'City' }, personal: true });
await declare('points', { type: 'number' });
await declare('birthday', { type: 'date' });
await declare('level', { type: 'choice', choices: ['银', '金'] });
const community = await make('/api/communities', { name: '收纳社' });
const group = await make('/api/groups', { name: '一群', community });
await store.pool.query(
  `insert into channel (id, team_id, name, kind, created_at) values (gen_random_uuid(), $1, 'wecom', 'manual', now())`,
  [team],
);

describe('attributes', () => {
  test('are declared once and written as declared', async () => {
    const id = await make('/api/members', {
      name: '小雨',
      attributes: { city: '上海', points: 12.5, birthday: '1990-05-01', level: '金' },
    });
    expect((await read(id))['attributes']).toEqual({
      city: '上海',
      points: 12.5,
      birthday: '1990-04-30T15:00:00.000Z',
      level: '金',
    });
    const patch = (attributes: object) => told(operator('PATCH', `/api/members/${id}`, { attributes }));
    expect(await patch({ points: '12' })).toEqual([400, 'invalid-request', '/attributes/points']);
    expect(await patch({ level: '铜' })).toEqual([400, 'invalid-request', '/attributes/level']);
    expect(await patch({ birthday: '1990-02-30' })).toEqual([400, 'invalid-request', '/attributes/birthday']);
    const { body } = await operator(
      'PATCH',
      `/api/members/${id}`,
      { attributes: { citi: 'x' } },
      { 'accept-language': 'en' },
    );
    expect(body).toMatchObject({ code: 'unknown-attribute', place: '/attributes/citi' });
    expect(body['advice']).toContain('Did you mean "city"?');
    await operator('PATCH', `/api/members/${id}`, { attributes: { city: null, points: 3 } });
    expect((await read(id))['attributes']).toMatchObject({ points: 3, level: '金' });
    expect((await read(id))['attributes']).not.toHaveProperty('city');
  });

  test('cannot be declared away from under the values that members have', async () => {
    expect(await told(declare('points', { type: 'text' }))).toEqual([409, 'attribute-has-values', null]);
    expect(await told(declare('level', { type: 'choice', choices: ['银'] }))).toEqual([
      409,
      'attribute-has-values',
      null,
    ]);
    expect((await declare('level', { type: 'choice', choices: ['银', '金', '钻'] })).status).toBe(200);
    expect(await told(declare('level', { type: 'choice' }))).toEqual([400, 'invalid-request', '/choices']);
    expect(await told(declare('name', { type: 'text' }))).toEqual([400, 'invalid-request', '/key']);
    expect((await declare('points', { type: 'number' }, designer)).status).toBe(404);
  });

  test('go with their values, but not while something names them', async () => {
    await declare('shoe', { type: 'number' });
    const id = await make('/api/members', { name: '鞋', attributes: { shoe: 42 } });
    const segment = await make('/api/segments', { name: '大脚', rule: { cel: 'member.shoe > 40' } });
    expect(await told(operator('DELETE', '/api/attributes/shoe'))).toEqual([409, 'attribute-in-use', null]);
    expect((await operator('DELETE', `/api/segments/${segment}`)).status).toBe(200);
    expect((await operator('DELETE', '/api/attributes/shoe')).body).toEqual({ values: 1 });
    expect((await read(id))['attributes']).toEqual({});
    expect(((await operator('GET', '/api/attributes')).body['attributes'] as unknown[]).length).toBe(4);
    expect((await foreigner('GET', '/api/attributes')).body['attributes']).toEqual([]);
  });

  test('are known to the conditions of a playbook, and what is set must fit them', async () => {
    const document = {
      format: 1,
      id: 'levels',
      title: { 'zh-CN': '等级' },
      goal: {
        metric: 'sign_ups',
        baseline: 0,
        target: 1,
        deadline: { date: '2030-01-01T00:00' },
        guardrails: [],
      },
      graph: {
        nodes: [
          { id: 's', step: 'start' },
          { id: 'j', step: 'journey', config: { journey: 'up' } },
          { id: 'e', step: 'end' },
        ],
        edges: [
          { id: 'e1', from: 's', port: 'out', to: 'j' },
          { id: 'e2', from: 'j', port: 'launched', to: 'e' },
        ],
      },
      journeys: {
        up: {
          title: { 'zh-CN': '升级' },
          graph: {
            nodes: [
              {
                id: 'i',
                step: 'enter',
                config: {
                  segment: {
                    cel: 'member.birthday < timestamp("2000-01-01T00:00:00Z") && member.points > 1',
                  },
                },
              },
              { id: 'a', step: 'set-attribute', config: { name: 'points', value: 'many' } },
              { id: 'o', step: 'end' },
            ],
            edges: [
              { id: 'e3', from: 'i', port: 'out', to: 'a' },
              { id: 'e4', from: 'a', port: 'done', to: 'o' },
            ],
          },
        },
      },
    };
    const codes = async (who: typeof operator) =>
      (
        (await who('POST', '/api/check', { document })).body['problems'] as {
          code: string;
          severity: string;
        }[]
      )
        .filter(({ severity }) => severity === 'error')
        .map(({ code }) => code);
    expect(await codes(operator)).toEqual(['E-ATTRIBUTE']);
    // Another team has declared neither; what the playbook itself sets it may name.
    expect(await codes(foreigner)).toEqual(['E-CONDITION', 'E-CONDITION']);
  });
});

describe('a member', () => {
  test('has tags with a source and an end, and they come off by themselves', async () => {
    const id = await make('/api/members', { name: '标签', tags: ['老朋友'] });
    const until = new Date(Date.now() + 60_000).toISOString();
    expect((await operator('POST', `/api/members/${id}/tags`, { tag: '试用', until })).status).toBe(200);
    expect(
      await told(operator('POST', `/api/members/${id}/tags`, { tag: 'x', until: '2020-01-01T00:00:00Z' })),
    ).toEqual([400, 'invalid-request', '/until']);
    expect((await read(id))['tagNotes']).toMatchObject([
      { tag: '老朋友', source: 'api', until: null },
      { tag: '试用', source: 'api', until },
    ]);
    expect(await expireTags(store.pool, Date.parse(until) - 1)).toBe(0);
    expect(await expireTags(store.pool, Date.parse(until))).toBe(1);
    expect((await read(id))['tags']).toEqual(['老朋友']);
    await operator('PATCH', `/api/members/${id}`, { tags: ['新'] });
    expect(await read(id)).toMatchObject({ tags: ['新'], tagNotes: [{ tag: '新' }] });
    expect((await operator('DELETE', `/api/members/${id}/tags/${encodeURIComponent('新')}`)).status).toBe(
      200,
    );
    expect((await operator('DELETE', `/api/members/${id}/tags/${encodeURIComponent('新')}`)).status).toBe(
      404,
    );
  });

  test('has one key and one account to a person', async () => {
    const id = await make('/api/members', { name: '甲', externalKey: 'k-1' });
    const other = await make('/api/members', { name: '乙', kind: 'test' });
    expect(await told(operator('POST', '/api/members', { name: '丙', externalKey: 'k-1' }))).toEqual([
      409,
      'name-taken',
      '/externalKey',
    ]);
    expect(await told(operator('PATCH', `/api/members/${other}`, { externalKey: 'k-1' }))).toEqual([
      409,
      'name-taken',
      '/externalKey',
    ]);
    const account = { channel: 'wecom', externalId: 'wx-1' };
    expect((await operator('POST', `/api/members/${id}/identities`, account)).status).toBe(201);
    expect(
      (await operator('POST', `/api/members/${id}/identities`, { ...account, verified: true })).status,
    ).toBe(201);
    expect(await told(operator('POST', `/api/members/${other}/identities`, account))).toEqual([
      409,
      'identity-taken',
      '/externalId',
    ]);
    expect(
      await told(operator('POST', `/api/members/${id}/identities`, { ...account, channel: 'no' })),
    ).toEqual([422, 'unknown-channel', '/channel']);
    const [identity] = (await read(id))['identities'] as { id: string }[];
    expect(identity).toMatchObject({ channel: 'wecom', externalId: 'wx-1', verifiedAt: expect.any(String) });
    for (const search of ['甲', 'k-1', 'wx-1'])
      expect(
        (await operator('GET', `/api/members?search=${encodeURIComponent(search)}`)).body['members'],
      ).toMatchObject([{ id }]);
    expect((await operator('DELETE', `/api/members/${id}/identities/${identity!.id}`)).status).toBe(200);
    expect((await operator('GET', '/api/members?search=wx-1')).body['members']).toEqual([]);
    expect((await operator('GET', '/api/members?search=%25')).body['members']).toEqual([]);
  });

  test('joins and leaves at instants, and stays never overlap', async () => {
    const id = await make('/api/members', { name: '来去' });
    const join = (body: object) =>
      operator('POST', `/api/groups/${group}/members`, { members: [id], ...body });
    const leave = (body: object) =>
      operator('POST', `/api/groups/${group}/leave`, { members: [id], ...body });
    expect((await join({ at: '2026-01-01T00:00:00Z', source: '海报' })).body).toEqual({ joined: 1 });
    expect(await told(leave({ at: '2025-12-01T00:00:00Z' }))).toEqual([400, 'invalid-request', '/at']);
    expect((await leave({ at: '2026-02-01T00:00:00Z' })).body).toEqual({ left: 1 });
    expect((await leave({})).body).toEqual({ left: 0 });
    expect(await told(join({ at: '2026-01-15T00:00:00Z' }))).toEqual([409, 'stays-overlap', '/at']);
    expect(await told(join({ at: '2999-01-01T00:00:00Z' }))).toEqual([400, 'invalid-request', '/at']);
    expect((await join({})).body).toEqual({ joined: 1 });
    expect((await read(id))['stays']).toMatchObject([
      {
        name: '一群',
        source: '海报',
        joinedAt: '2026-01-01T00:00:00.000Z',
        leftAt: '2026-02-01T00:00:00.000Z',
      },
      { source: 'api', leftAt: null },
    ]);
    expect((await foreigner('POST', `/api/groups/${group}/leave`, { members: [id] })).status).toBe(404);
  });

  test('agrees to a text once, opts out of all, a class or a channel, and comes back', async () => {
    const id = await make('/api/members', { name: '同意' });
    const consent = { purpose: 'marketing', basis: 'form', textVersion: '1', evidence: { page: 'p' } };
    for (const _ of [1, 2])
      expect((await operator('POST', `/api/members/${id}/consents`, consent)).status).toBe(201);
    await operator('POST', `/api/members/${id}/consents`, { ...consent, textVersion: '2' });
    expect((await read(id))['consents']).toMatchObject([
      { textVersion: '1', evidence: { page: 'p' } },
      { textVersion: '2' },
    ]);
    const out = (body: object) => operator('POST', `/api/members/${id}/opt-outs`, body);
    for (const body of [{ class: 'marketing' }, { class: 'marketing' }, { channel: 'wecom' }])
      expect((await out(body)).status).toBe(201);
    expect((await read(id))['optOuts']).toMatchObject([
      { scope: 'class', value: 'marketing' },
      { scope: 'channel', value: 'wecom' },
    ]);
    // As an event as well, once: metrics count it.
    const { rows: events } = await store.pool.query(
      `select from event where member_id = $1 and name = 'member.opted-out'`,
      [id],
    );
    expect(events).toHaveLength(1);
    expect((await operator('DELETE', `/api/members/${id}/opt-outs?class=marketing`)).status).toBe(200);
    expect((await operator('DELETE', `/api/members/${id}/opt-outs?class=marketing`)).status).toBe(404);
    expect((await operator('DELETE', `/api/members/${id}/opt-outs?channel=wecom`)).status).toBe(200);
    expect((await read(id))['optOuts']).toEqual([]);
  });
});

test('an erased member is not there any more, and the erasure is written down', async () => {
  const id = await make('/api/members', {
    name: '要走的',
    externalKey: 'gone',
    attributes: { city: '上海' },
  });
  expect((await designer('POST', `/api/members/${id}/erase`, { reason: 'asked' })).status).toBe(404);
  expect((await foreigner('POST', `/api/members/${id}/erase`, { reason: 'asked' })).status).toBe(404);
  expect((await operator('POST', `/api/members/${id}/erase`, {})).status).toBe(400);
  const first = await operator('POST', `/api/members/${id}/erase`, { reason: 'asked' });
  expect(first.body).toEqual({ erased: true, before: false });
  const again = await operator('POST', `/api/members/${id}/erase`, { reason: 'asked' });
  expect(again.body).toEqual({ erased: true, before: true });
  expect((await operator('GET', `/api/members/${id}`)).status).toBe(404);
  expect((await operator('GET', '/api/members?search=gone')).body['members']).toEqual([]);
  const { rows: lines } = await store.pool.query<{ reason: string }>(
    `select reason from audit_log where action = 'member.erase' and subject = $1`,
    [`member/${id}`],
  );
  expect(lines).toEqual([{ reason: 'asked' }]);
});

describe('a segment', () => {
  test('is a rule over attributes, tags, groups, consents, accounts and activity', async () => {
    const id = await make('/api/members', { name: '分群', tags: ['试点'], attributes: { points: 100 } });
    await operator('POST', `/api/groups/${group}/members`, { members: [id] });
    await operator('POST', `/api/members/${id}/consents`, {
      purpose: 'survey',
      basis: 'form',
      textVersion: '1',
    });
    await operator('POST', `/api/members/${id}/identities`, { channel: 'wecom', externalId: 'seg' });
    await ingest(
      store,
      team,
      [{ name: 'member.replied', source: 't', sourceId: 'seg', at: Date.now(), member: id }],
      Date.now(),
    );
    const rule = {
      combinator: 'and',
      rules: [
        { field: 'member.tags', operator: 'contains', value: '试点' },
        { field: 'member.points', operator: '>=', value: 100 },
        { field: 'member.groups', operator: 'contains', value: '一群' },
        { field: 'member.consents', operator: 'contains', value: 'survey' },
        { field: 'member.channels', operator: 'contains', value: 'wecom' },
        { field: 'member.recentEvents', operator: 'contains', value: 'member.replied' },
        { field: 'member.idleDays', operator: '<', value: 1 },
      ],
    };
    const preview = await operator('POST', '/api/segments/preview', { rule });
    expect(preview.body).toMatchObject({ count: 1, sample: [{ id, name: '分群' }] });
    const segment = await make('/api/segments', { name: '试点', rule, community });
    expect(await told(operator('POST', '/api/segments', { name: '试点', rule }))).toEqual([
      409,
      'name-taken',
      '/name',
    ]);
    expect((await operator('GET', `/api/segments/${segment}`)).body).toMatchObject({
      rule,
      community,
      snapshots: [],
    });
    expect((await operator('GET', `/api/members?segment=${segment}&count=true`)).body).toMatchObject({
      members: [{ id }],
      count: 1,
    });

    const frozen = await operator('POST', `/api/segments/${segment}/snapshots`);
    expect(frozen).toMatchObject({ status: 201, body: { count: 1 } });
    // Whoever no longer fits stays in the snapshot.
    await operator('PATCH', `/api/members/${id}`, { attributes: { points: 1 } });
    expect((await operator('GET', `/api/members?segment=${segment}`)).body['members']).toEqual([]);
    const snapshot = String(frozen.body['id']);
    expect((await operator('GET', `/api/snapshots/${snapshot}`)).body).toMatchObject({
      members: [id],
      count: 1,
      name: '试点',
    });
    expect((await foreigner('GET', `/api/snapshots/${snapshot}`)).status).toBe(404);
    expect((await operator('DELETE', `/api/segments/${segment}`)).status).toBe(200);
    expect((await operator('GET', `/api/snapshots/${snapshot}`)).status).toBe(200);
  });

  test('names what is wrong with its rule, in the reader’s language', async () => {
    const said = await operator(
      'POST',
      '/api/segments',
      { name: 'x', rule: { cel: 'member.pionts > 1' } },
      { 'accept-language': 'en' },
    );
    expect(said).toMatchObject({ status: 422, body: { code: 'segment-has-problems', place: '/rule/cel' } });
    expect(said.body['problems']).toMatchObject([{ code: 'E-CONDITION' }]);
    expect(said.text).toContain('member.points');
    expect(
      await told(operator('POST', '/api/segments', { name: 'x', rule: { cel: 'params.x > 1' } })),
    ).toEqual([422, 'segment-has-problems', '/rule/cel']);
    expect(await told(operator('POST', '/api/segments', { name: 'x', rule: [] }))).toEqual([
      400,
      'invalid-request',
      '/rule',
    ]);
  });

  test('that only the evaluator can answer is listed page by page all the same', async () => {
    await Promise.all(Array.from({ length: 12 }, (_, i) => make('/api/members', { name: `页${i}` })));
    const segment = await make('/api/segments', {
      name: '页',
      rule: { cel: 'like(member.name, "^页[0-9]+$")' },
    });
    const names: string[] = [];
    let after = '';
    for (let pages = 0; pages < 20; pages += 1) {
      const { body } = await operator('GET', `/api/members?segment=${segment}&limit=5${after}`);
      names.push(...(body['members'] as { name: string }[]).map(({ name }) => name));
      if (body['next'] === null) break;
      after = `&after=${body['next'] as string}`;
    }
    expect(names.toSorted()).toEqual(Array.from({ length: 12 }, (_, i) => `页${i}`).toSorted());
    expect((await operator('GET', `/api/members?segment=${segment}&count=true&limit=1`)).body['count']).toBe(
      12,
    );
  });
});
