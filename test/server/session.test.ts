// Coming in and staying in: set-up, invitations, sessions, keys, guessing, and foreign pages.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { invite, setupToken, theTeam } from '../../server/identity/invitations.ts';
import { inTransaction, openStore } from '../../workers/store/client.ts';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';

const { url } = await freshDatabase();
let now = Date.now();
const { store, stranger, program, colleague, team, app } = await stand(url, { clock: () => now });
const person = { name: '林', email: 'Lin@example.com', password: 'correct horse battery' };

test('servers that begin at once on an empty database make one team', async () => {
  const fresh = openStore((await freshDatabase()).url, 4);
  const beginning = () =>
    inTransaction(fresh.pool, async (sql) => {
      const made = await theTeam(sql, now);
      await sleep(20);
      return made;
    });
  const made = await Promise.all([beginning(), beginning(), beginning(), beginning()]);
  expect(new Set(made).size).toBe(1);
  expect((await fresh.pool.query('select from team')).rows).toHaveLength(1);
  await fresh.close();
});

describe('the set-up link', () => {
  test('makes the first owner, once', async () => {
    const token = await setupToken(store.pool, team, now);
    const other = await setupToken(store.pool, team, now);
    const wrong = await stranger('POST', '/api/setup', { ...person, token: 'wrong-token-wrong' });
    expect(wrong.body['code']).toBe('link-used');
    const first = await stranger('POST', '/api/setup', { ...person, token });
    expect(first.status).toBe(201);
    expect(first.body['roles']).toEqual(['owner', 'designer', 'operator', 'approver']);
    const again = await stranger('POST', '/api/setup', { ...person, email: 'b@example.com', token });
    expect(again.status).toBe(410);
    const late = { ...person, email: 'c@example.com', token: other };
    expect((await stranger('POST', '/api/setup', late)).status).toBe(410);
    expect((await stranger('POST', '/api/invitations/accept', late)).status).toBe(410);
    expect(await setupToken(store.pool, team, now)).toBeUndefined();
  });

  test('leaves no password and no token in the database', async () => {
    const { rows } = await store.pool.query<{ all: string }>(
      'select (select json_agg(u) from user_account u)::text || (select json_agg(s) from session s)::text as all',
    );
    expect(rows[0]?.all).toContain('$argon2id$');
    expect(rows[0]?.all).not.toContain(person.password);
  });
});

describe('a link that is looked at', () => {
  const look = (token: string) => stranger('POST', '/api/invitations/look', { token });

  test('says whom it is for, and is as good as before', async () => {
    const { token } = await invite(store.pool, {
      team,
      roles: ['operator'],
      email: 'Yu@example.com',
      by: null,
      now,
    });
    for (const _time of ['once', 'again']) {
      const { status, body } = await look(token);
      expect(status).toBe(200);
      expect(body).toEqual({
        roles: [{ zh: '运营', en: 'Operator' }],
        email: 'yu@example.com',
        expiresAt: new Date(now + 7 * 86_400_000).toISOString(),
      });
    }
  });

  test('says what to do when it is used, too old, or none', async () => {
    const one = { team, roles: ['operator'] as const, by: null };
    const used = await invite(store.pool, { ...one, now });
    await stranger('POST', '/api/invitations/accept', {
      ...person,
      email: 'u@example.com',
      token: used.token,
    });
    const old = await invite(store.pool, { ...one, now: now - 8 * 86_400_000 });
    const codes = [used.token, old.token, 'never-made-never-made'].map(
      async (token) => (await look(token)).body['code'],
    );
    expect(await Promise.all(codes)).toEqual(['link-spent', 'link-expired', 'link-unknown']);
  });
});

describe('a session', () => {
  const login = (password = person.password, headers = {}) =>
    stranger('POST', '/api/login', { email: 'lin@EXAMPLE.com', password }, headers);

  test('is a cookie that scripts cannot read, and ends with the log-out', async () => {
    const { status, headers } = await login();
    expect(status).toBe(200);
    const cookie = String(headers['set-cookie']);
    expect(cookie).toMatch(/^kindling=\S{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/);
    const own = { cookie: cookie.split(';')[0]!, origin: 'http://127.0.0.1:7373' };
    expect((await stranger('GET', '/api/me', undefined, own)).body['name']).toBe('林');
    await stranger('POST', '/api/logout', undefined, own);
    expect((await stranger('GET', '/api/me', undefined, own)).status).toBe(401);
  });

  test('ends after a week without use', async () => {
    const { headers } = await login();
    const own = { cookie: String(headers['set-cookie']).split(';')[0]! };
    now += 6 * 86_400_000;
    expect((await stranger('GET', '/api/me', undefined, own)).status).toBe(200);
    now += 8 * 86_400_000;
    expect((await stranger('GET', '/api/me', undefined, own)).status).toBe(401);
  });

  test('ends at once when the account is disabled', async () => {
    const owner = await program(['owner']);
    const leaver = await colleague('leaver@example.com', ['designer']);
    expect((await leaver('GET', '/api/me')).status).toBe(200);
    expect((await owner('PATCH', `/api/users/${leaver.id}`, { disabled: true })).status).toBe(200);
    expect((await leaver('GET', '/api/me')).status).toBe(401);
  });

  test('is not told whether an account exists', async () => {
    const wrong = await login('wrong password');
    const unknown = await stranger('POST', '/api/login', {
      email: 'x@example.com',
      password: 'wrong password',
    });
    expect(wrong.body).toEqual(unknown.body);
  });

  test('cannot be guessed: ten failures close the account for a while', async () => {
    for (let i = 0; i < 9; i += 1) expect((await login('wrong password')).status).toBe(401);
    const { status, body } = await login();
    expect([status, body['code']]).toEqual([429, 'too-many-attempts']);
    now += 16 * 60_000;
    expect((await login()).status).toBe(200);
  });
});

describe('a page of somebody else', () => {
  test('cannot change anything with our cookie', async () => {
    const designer = await colleague('designer@example.com', ['owner']);
    const body = { roles: ['designer'] };
    const foreign = await designer('POST', '/api/invitations', body, { origin: 'https://evil.example' });
    expect([foreign.status, foreign.body['code']]).toEqual([403, 'wrong-origin']);
    expect((await designer('POST', '/api/invitations', body)).status).toBe(201);
  });

  test('cannot log a browser in, and a browser that hides its origin is refused with a cookie', async () => {
    const evil = { origin: 'https://evil.example' };
    const credentials = { email: person.email, password: person.password };
    expect((await stranger('POST', '/api/login', credentials, evil)).status).toBe(403);
    expect((await stranger('POST', '/api/logout', undefined, { cookie: 'kindling=x' })).status).toBe(403);
  });
});

describe('invitations and keys', () => {
  test('an invitation is good for one account, and for its address', async () => {
    const owner = await program(['owner']);
    const made = await owner('POST', '/api/invitations', { roles: ['approver'], email: 'a@example.com' });
    const token = String(made.body['link']).split('=').at(-1);
    const join = (email: string) => stranger('POST', '/api/invitations/accept', { ...person, email, token });
    expect((await join('other@example.com')).status).toBe(410);
    expect((await join('a@example.com')).body['roles']).toEqual(['approver']);
    expect((await join('a@example.com')).status).toBe(410);
  });

  test('an address that is taken leaves the link unused', async () => {
    const owner = await program(['owner']);
    const made = await owner('POST', '/api/invitations', { roles: ['approver'] });
    const token = String(made.body['link']).split('=').at(-1);
    const join = (email: string) => stranger('POST', '/api/invitations/accept', { ...person, email, token });
    expect((await join(person.email)).body['code']).toBe('email-taken');
    expect((await join('free@example.com')).status).toBe(201);
  });

  test('whoever is invited again under their own address gets a new password, and old sessions end', async () => {
    const owner = await program(['owner']);
    const forgetful = await colleague('forgetful@example.com', ['designer']);
    const made = await owner('POST', '/api/invitations', {
      roles: ['designer'],
      email: 'forgetful@example.com',
    });
    const token = String(made.body['link']).split('=').at(-1);
    const account = { name: '忘', email: 'forgetful@example.com', password: 'another password' };
    expect((await stranger('POST', '/api/invitations/accept', { ...account, token })).body['id']).toBe(
      forgetful.id,
    );
    expect((await forgetful('GET', '/api/me')).status).toBe(401);
    const { email, password } = account;
    expect((await stranger('POST', '/api/login', { email, password })).status).toBe(200);
  });

  test('a key is shown once, and is worth nothing when it is revoked', async () => {
    const owner = await program(['owner']);
    const made = await owner('POST', '/api/api-keys', { name: 'shop', roles: ['operator'] });
    const bearer = { authorization: `Bearer ${String(made.body['key'])}` };
    expect((await stranger('GET', '/api/me', undefined, bearer)).body['roles']).toEqual(['operator']);
    expect((await owner('GET', '/api/api-keys')).text).not.toContain(String(made.body['key']));
    await owner('DELETE', `/api/api-keys/${String(made.body['id'])}`);
    expect((await stranger('GET', '/api/me', undefined, bearer)).status).toBe(401);
  });

  test('the last owner cannot be demoted', async () => {
    const owner = await program(['owner']);
    const { body } = await owner('GET', '/api/users');
    const users = body['users'] as { id: string; roles: string[]; disabledAt: string | null }[];
    const owners = users.filter(({ roles, disabledAt }) => roles.includes('owner') && disabledAt === null);
    const answers = [];
    for (const { id } of owners)
      answers.push(await owner('PATCH', `/api/users/${id}`, { roles: ['designer'] }));
    expect(answers.map((it) => it.status)).toEqual([...owners.slice(1).map(() => 200), 409]);
  });

  test('who did what stands in the log', async () => {
    const owner = await program(['owner']);
    const { text } = await owner('GET', '/api/audit');
    for (const deed of ['team.setup', 'user.invite', 'user.join', 'key.make', 'key.revoke', 'user.change']) {
      expect(text).toContain(deed);
    }
  });
});

test('security headers are set, and nothing says what runs here', async () => {
  const { headers } = await stranger('GET', '/healthz');
  expect(headers['content-security-policy']).toContain("default-src 'self'");
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['x-powered-by']).toBeUndefined();
  expect(headers['cache-control']).toBe('no-store');
  expect(app.printRoutes()).toContain('healthz');
});
