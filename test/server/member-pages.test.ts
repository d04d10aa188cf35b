// What members open on their phones, through the application: forms, settings and counted links, each behind a signed link.
import { describe, expect, test } from 'vitest';
import { markLink } from '../../engine/language/links.ts';
import { perform } from '../../workers/effects/perform.ts';
import { inTransaction } from '../../workers/store/client.ts';
import { newId } from '../../workers/store/id.ts';
import {
  keepCountedLinks,
  linksOf,
  linkUrl,
  officeOf,
  readLink,
  signLink,
  type LinkClaim,
} from '../../workers/store/link.ts';
import { KEYRING, PUBLIC_URL, stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';
import { playbook } from '../support/temporal-play.ts';
import { depsOf, launchRun } from '../workers/virtual-run.ts';

const { url } = await freshDatabase();
let now = Date.UTC(2026, 11, 1, 4);
const { app, store, team, colleague } = await stand(url, { clock: () => now });
const owner = await colleague('owner@example.com', ['owner', 'operator']);
const office = officeOf(KEYRING, PUBLIC_URL)!;
const DAY = 86_400_000;

const QUESTIONS = [
  { key: 'name', label: { 'zh-CN': '怎么称呼？<b>', en: 'Your name? <b>' }, type: 'text', required: true },
  { key: 'age', label: { 'zh-CN': '几岁？', en: 'Your age?' }, type: 'number' },
  { key: 'again', label: { 'zh-CN': '还来吗？', en: 'Again?' }, type: 'yes-no' },
  {
    key: 'city',
    label: { 'zh-CN': '城市', en: 'City' },
    type: 'choice',
    options: [
      { value: 'sh', label: { 'zh-CN': '上海', en: 'Shanghai' } },
      { value: 'bj', label: { 'zh-CN': '北京', en: 'Beijing' } },
    ],
  },
  { key: 'day', label: { 'zh-CN': '哪天', en: 'Day' }, type: 'date' },
];

async function makeMember(more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const id = newId();
  await store.pool.query(
    `insert into member (id, team_id, display_name, locale, joined_at) values ($1, $2, '小火', $3, now())`,
    [id, team, more['locale'] ?? null],
  );
  return id;
}

/** An activity that has opened a form; its node's index. */
async function openedForm(): Promise<{ run: string; node: number; form: string }> {
  const document = playbook({
    start: ['start', {}, { out: 'n' }],
    n: [
      'collect-form',
      {
        title: { 'zh-CN': '活动报名', en: 'Sign-up' },
        questions: QUESTIONS,
        until: { for: 'P3D' },
        counts: 'sign_ups',
        consent: 'marketing',
        consentText: { 'zh-CN': '我愿意收到活动消息', en: 'Send me news' },
      } as never,
      { submitted: 'z', expired: 'z' },
    ],
    z: ['end', {}],
  });
  const { run, plan } = await launchRun(store, team, { document, startAt: now, mode: 'real' });
  const node = plan.nodes.findIndex(({ id }) => id === 'n');
  const visits = [{ ordinal: 0, lap: 0, call: 0, due: now, at: now }];
  await perform(depsOf(store, now), {
    run,
    calls: [{ batch: 0, node, effect: 'open-form', stage: 0, visits }],
  });
  const { rows } = await store.pool.query<{ id: string }>('select id from form where run_id = $1', [run]);
  return { run, node, form: rows[0]!.id };
}

const path = (claim: LinkClaim, at = now): string => linkUrl(office, claim, at).slice(PUBLIC_URL.length);
const get = (at: string, headers: Record<string, string> = {}) =>
  app.inject({ method: 'GET', url: at, headers });
const post = (
  at: string,
  fields: Record<string, string> | URLSearchParams,
  headers: Record<string, string> = {},
) =>
  app.inject({
    method: 'POST',
    url: at,
    payload: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });
const answers = async (form: string) =>
  (await store.pool.query('select by, values from answer where form_id = $1 order by by', [form])).rows;

describe('a form', () => {
  test('asks in the reader’s language, and escapes what people wrote', async () => {
    const { run, node } = await openedForm();
    const at = path({ kind: 'form', run, node, ordinal: 0 });
    const chinese = await get(at);
    expect([chinese.statusCode, chinese.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(chinese.body).toContain('<h1>活动报名</h1>');
    expect(chinese.body).toContain('怎么称呼？&lt;b&gt;');
    expect(chinese.body).not.toContain('怎么称呼？<b>');
    expect(chinese.headers['x-robots-tag']).toBe('noindex');
    expect((await get(at, { 'accept-language': 'en' })).body).toContain('<h1>Sign-up</h1>');
    expect((await get(`${at}?lang=en`)).body).toContain('Your name? &lt;b&gt;');
    const member = await makeMember({ locale: 'en' });
    expect((await get(path({ kind: 'form', run, node, ordinal: 0, member }))).body).toContain(
      '<h1>Sign-up</h1>',
    );
    // Nobody is taken to read Chinese because their own language has no page.
    for (const [locale, accepted, title] of [
      ['fr', 'en', 'Sign-up'],
      ['fr', 'zh', '活动报名'],
      ['zh-Hant-TW', 'en', '活动报名'],
    ] as const) {
      const reader = await makeMember({ locale });
      const shown = await get(path({ kind: 'form', run, node, ordinal: 0, member: reader }), {
        'accept-language': accepted,
      });
      expect(shown.body).toContain(`<h1>${title}</h1>`);
    }
  });

  test('keeps everything that was filled in when something is wrong, and says where', async () => {
    const { run, node, form } = await openedForm();
    const answer = await post(path({ kind: 'form', run, node, ordinal: 0 }), {
      'f.name': ' ',
      'f.age': 'many',
      'f.again': 'perhaps',
      'f.city': 'gz',
      'f.day': '2026-02-31x',
    });
    expect(answer.statusCode).toBe(422);
    for (const key of ['name', 'age', 'again', 'city', 'day'])
      expect(answer.body).toContain(`id="q-${key}-wrong"`);
    expect(answer.body).toContain('value="many"');
    expect(await answers(form)).toEqual([]);
  });

  test.each([
    ['f.age', '，'],
    ['f.age', '0x1F'],
    ['f.age', '1e3'],
    ['f.age', '1'.repeat(400)],
    ['f.day', '2026-02-30'],
    ['f.day', '2026-13-01'],
  ])('takes %s “%s” for no answer', async (name, value) => {
    const { run, node, form } = await openedForm();
    const answer = await post(path({ kind: 'form', run, node, ordinal: 0 }), {
      'f.name': '火',
      [name]: value,
    });
    expect(answer.statusCode).toBe(422);
    expect(await answers(form)).toEqual([]);
  });

  test('takes one answer of a member, then its correction; consent only when the box is ticked', async () => {
    const { run, node, form } = await openedForm();
    const member = await makeMember();
    const at = path({ kind: 'form', run, node, ordinal: 0, member });
    const first = await post(at, {
      'f.name': '火',
      'f.age': '２８',
      'f.again': 'yes',
      'f.city': 'sh',
      'f.day': '2026-12-05',
    });
    expect([first.statusCode, first.body]).toEqual([200, expect.stringContaining('已收到，谢谢！')]);
    const values = { name: '火', age: 28, again: true, city: 'sh', day: '2026-12-05' };
    expect(await answers(form)).toEqual([{ by: `member/${member}`, values }]);
    const consents = async () =>
      (await store.pool.query('select purpose from consent where member_id = $1', [member])).rows;
    expect(await consents()).toEqual([]);
    expect((await get(at)).body).toContain('再次提交会替换您之前的回答');
    const second = await post(at, { 'f.name': '小火', agree: 'yes' });
    expect(second.body).toContain('已更新您的回答');
    expect(await answers(form)).toEqual([{ by: `member/${member}`, values: { name: '小火' } }]);
    const other = await makeMember();
    await post(path({ kind: 'form', run, node, ordinal: 0, member: other }), {
      'f.name': '土',
      agree: 'yes',
    });
    const { rows } = await store.pool.query('select purpose, basis from consent where member_id = $1', [
      other,
    ]);
    expect(rows).toEqual([{ purpose: 'marketing', basis: 'form' }]);
    const counted = await store.pool.query(
      `select count(*)::int as count from event where run_id = $1 and name = 'counted.sign_ups'`,
      [run],
    );
    expect(counted.rows).toEqual([{ count: 2 }]);
  });

  test('knows a visitor again by a cookie, and two visitors are two', async () => {
    const { run, node, form } = await openedForm();
    const at = path({ kind: 'form', run, node, ordinal: 0 });
    const first = await post(at, { 'f.name': '甲' });
    const cookie = String(first.headers['set-cookie']);
    expect(cookie).toMatch(/^kindling_visitor=[\w-]{36}; Max-Age=\d+; Path=\/m; HttpOnly; SameSite=Lax$/);
    const known = { cookie: cookie.split(';')[0]! };
    await post(at, { 'f.name': '甲二' }, known);
    await post(at, { 'f.name': '乙' });
    expect((await answers(form)).map(({ values }) => values)).toEqual(
      expect.arrayContaining([{ name: '甲二' }, { name: '乙' }]),
    );
    expect((await answers(form)).length).toBe(2);
  });

  test('says that it is not open, or closed, and stores nothing', async () => {
    const { run, node, form } = await openedForm();
    expect((await get(path({ kind: 'form', run, node: node + 1, ordinal: 0 }))).body).toContain(
      '表单还没有开放',
    );
    const at = path({ kind: 'form', run, node, ordinal: 0 });
    now += 4 * DAY;
    expect((await post(at, { 'f.name': '迟' })).body).toContain('表单已经截止');
    expect(await answers(form)).toEqual([]);
  });
});

describe('message settings', () => {
  const optOuts = async (member: string) =>
    (
      await store.pool.query('select scope, value from opt_out where member_id = $1 order by scope, value', [
        member,
      ])
    ).rows;

  test('looking at the page changes nothing; a choice counts at once, and can be taken back', async () => {
    const member = await makeMember();
    const at = path({ kind: 'preferences', team, member });
    expect((await get(at)).body).toContain('消息设置');
    expect(await optOuts(member)).toEqual([]);
    const page = await post(at, { want: 'service' });
    expect(page.body).toContain('已保存');
    expect(page.body).toMatch(/value="service"\s+checked/);
    expect(await optOuts(member)).toEqual([{ scope: 'class', value: 'marketing' }]);
    await post(at, { want: 'nothing' });
    expect(await optOuts(member)).toEqual([{ scope: 'all', value: '' }]);
    await post(at, { want: 'everything' });
    expect(await optOuts(member)).toEqual([]);
    const { rows } = await store.pool.query(
      `select data from event where member_id = $1 and name = 'member.opted-out' order by id`,
      [member],
    );
    expect(rows.map(({ data }) => data)).toEqual([{ class: 'marketing' }, {}]);
    expect((await post(at, { want: 'whatever' })).statusCode).toBe(200);
    expect(await optOuts(member)).toEqual([]);
  });

  test('one click of a mail program stops what advertises', async () => {
    const member = await makeMember();
    const answer = await post(path({ kind: 'preferences', team, member }), {
      'List-Unsubscribe': 'One-Click',
    });
    expect(answer.statusCode).toBe(200);
    expect(await optOuts(member)).toEqual([{ scope: 'class', value: 'marketing' }]);
  });

  test('channels and consents are the member’s own to take back', async () => {
    const member = await makeMember();
    const channels: string[] = [];
    for (const name of ['飞书', '邮件']) {
      const id = newId();
      channels.push(id);
      await store.pool.query(
        `insert into channel (id, team_id, name, kind, created_at) values ($1, $2, $3, 'simulator', now())`,
        [id, team, `${name}-${id}`],
      );
      await store.pool.query(
        `insert into member_identity (id, team_id, member_id, channel_id, external_id) values ($1, $2, $3, $4, 'x')`,
        [newId(), team, member, id],
      );
    }
    await store.pool.query(
      `insert into consent (id, team_id, member_id, purpose, basis, text_version, granted_at)
       values ($1, $2, $3, 'marketing', 'import', '1', now() - interval '1 day')`,
      [newId(), team, member],
    );
    const at = path({ kind: 'preferences', team, member });
    const page = await get(at);
    expect(page.body.match(/name="channel\.[^"]+" value="yes" \s+checked/g)?.length).toBe(2);
    // A page that was opened before there was anything to tick says nothing about it.
    await post(at, { want: 'everything' });
    expect(await optOuts(member)).toEqual([]);
    // As a browser sends it: of a box that is clear, only what stands before it.
    const boxes = new URLSearchParams([
      ['want', 'everything'],
      ...[...page.body.matchAll(/type="hidden" name="([^"]+)" value="([^"]+)"/g)].map(
        (it): [string, string] => [it[1]!, it[2]!],
      ),
      [`channel.${channels[0]}`, 'yes'],
    ]);
    await post(at, boxes);
    expect(await optOuts(member)).toEqual([{ scope: 'channel', value: channels[1] }]);
    const { rows } = await store.pool.query(
      'select revoked_at is not null as revoked from consent where member_id = $1',
      [member],
    );
    expect(rows).toEqual([{ revoked: true }]);
    const audited = await store.pool.query(`select action from audit_log where subject = $1`, [
      `member/${member}`,
    ]);
    // Each saving stands by itself.
    expect(audited.rows).toEqual(Array(2).fill({ action: 'member.preferences' }));
  });
});

describe('a counted link', () => {
  const TARGET = 'https://example.com/live?a=1&b=2';
  const clicks = async (run: string) =>
    (
      await store.pool.query(
        `select member_id as member, data from event where run_id = $1 and name = 'member.clicked'`,
        [run],
      )
    ).rows;

  test('leads on, and counts each member once; previews and looks count nobody', async () => {
    const { run, node } = await openedForm();
    const { rows } = await store.pool.query<{ plan_hash: string }>(
      'select plan_hash from run where id = $1',
      [run],
    );
    expect(rows.length).toBe(1);
    await inTransaction(store.pool, (sql) =>
      keepCountedLinks(sql, { team, run, node }, [`看这里 ${markLink({ url: TARGET })}`]),
    );
    const member = await makeMember();
    const owner = { team, run, plan: { nodes: [] } as never, node, ordinal: 0, member };
    const at = linksOf(office, owner, now)({ url: TARGET }).slice(PUBLIC_URL.length);
    for (const headers of [
      { 'user-agent': 'Slackbot-LinkExpanding 1.0' },
      { 'user-agent': 'WeChat-Preview' },
    ]) {
      expect((await get(at, headers)).headers['location']).toBe(TARGET);
    }
    expect((await app.inject({ method: 'HEAD', url: at })).statusCode).toBe(302);
    expect(await clicks(run)).toEqual([]);
    for (let i = 0; i < 3; i++) {
      const answer = await get(at, { 'user-agent': 'Mozilla/5.0 MicroMessenger' });
      expect([answer.statusCode, answer.headers['location']]).toEqual([302, TARGET]);
    }
    expect(await clicks(run)).toEqual([{ member, data: { link: TARGET } }]);
  });
});

describe('what nobody may do', () => {
  test('a token that was changed, that another key signed, that is too old or that was taken back leads nowhere', async () => {
    const member = await makeMember();
    const claim = { kind: 'preferences', team, member } as const;
    const good = path(claim);
    expect((await get(good)).statusCode).toBe(200);
    const token = good.slice('/m/'.length);
    for (let i = 0; i < token.length; i++) {
      const changed = `${token.slice(0, i)}${token[i] === 'A' ? 'B' : 'A'}${token.slice(i + 1)}`;
      expect(readLink(office.keys, changed, now)).toBeUndefined();
    }
    const foreign = signLink([Buffer.alloc(32, 9)], claim, now);
    const old = signLink(office.keys, claim, now - 401 * DAY);
    for (const bad of [
      foreign,
      old,
      'x',
      '%00',
      'a'.repeat(190),
      `${token}A`,
      token.slice(0, -1),
      `${token}=`,
    ]) {
      const answer = await get(`/m/${bad}`);
      expect(answer.statusCode).toBe(404);
      expect(answer.body).not.toContain('消息设置');
    }
    expect((await owner('DELETE', `/api/members/${member}/links`)).status).toBe(200);
    expect((await get(good)).statusCode).toBe(404);
    expect((await post(good, { want: 'nothing' })).statusCode).toBe(404);
    now += 1_000;
    const { body } = await owner('GET', `/api/members/${member}/page`);
    expect((await get(String(body['url']).slice(PUBLIC_URL.length))).statusCode).toBe(200);
  });

  test('a foreign page cannot send a form in somebody’s name, and JSON is no form', async () => {
    const { run, node, form } = await openedForm();
    const at = path({ kind: 'form', run, node, ordinal: 0 });
    const foreign = await post(at, { 'f.name': '恶' }, { origin: 'https://evil.example' });
    expect(foreign.statusCode).toBe(403);
    expect(foreign.headers['content-type']).toContain('text/html');
    const odd = await app.inject({ method: 'POST', url: at, payload: { 'f.name': ['x'], __proto__: 1 } });
    expect([odd.statusCode, await answers(form)]).toEqual([422, []]);
    const huge = await post(at, { 'f.name': 'x'.repeat(2_000_000) });
    expect(huge.statusCode).toBe(413);
    const prototype = await post(at, { __proto__: 'x', constructor: 'y', 'f.name': 'ok\u0000' });
    expect([prototype.statusCode, await answers(form)]).toEqual([400, []]);
  });

  test('every claim survives its token', () => {
    const [run, member, link] = [newId(), newId(), newId()];
    const claims: LinkClaim[] = [
      { kind: 'preferences', team: 7, member },
      { kind: 'form', run, node: 999, ordinal: 123_456 },
      { kind: 'form', run, node: 0, ordinal: 0, member },
      { kind: 'counted', link },
      { kind: 'counted', link, member },
    ];
    for (const claim of claims) {
      const token = signLink(office.keys, claim, now);
      expect(token.length).toBeLessThanOrEqual(100);
      expect(readLink(office.keys, token, now)?.claim).toEqual(claim);
    }
  });
});
