// Who leaves is gone, and a team keeps an owner: what changes of roles, invitations and keys may and may not do.
import { describe, expect, test } from 'vitest';
import { stand, type Speaker } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';

const { url } = await freshDatabase();
const { colleague, program, stranger } = await stand(url);
const owner = await colleague('owner@example.com', ['owner']);

type Owner = typeof owner;

const makeKey = async (who: Owner | typeof stranger, headers = {}) => {
  const { body } = await who('POST', '/api/api-keys', { name: 'shop', roles: ['owner'] }, headers);
  return { authorization: `Bearer ${String(body['key'])}` };
};
const invite = async (who: Owner, body: object) =>
  String((await who('POST', '/api/invitations', body)).body['link'])
    .split('=')
    .at(-1)!;
const join = (email: string, token: string) =>
  stranger('POST', '/api/invitations/accept', { token, email, name: email, password: 'another password' });
const me = async (headers: Record<string, string>) =>
  (await stranger('GET', '/api/me', undefined, headers)).status;

test.each([
  ['is disabled', { disabled: true }],
  ['is no owner any more', { roles: ['designer'] }],
])('an owner who %s has no way back', async (what, change) => {
  const email = `${Object.keys(change).join('')}@example.com`;
  const leaver = await colleague(email, ['owner', 'operator']);
  const key = await makeKey(leaver);
  // A key that their key has made is theirs, too.
  const keyOfKey = await makeKey(stranger, key);
  const kept = await makeKey(owner);
  const [fromThem, toThem, other] = [
    await invite(leaver, { roles: ['owner'] }),
    await invite(owner, { roles: ['owner'], email }),
    await invite(owner, { roles: ['approver'] }),
  ];
  expect([await me(key), await me(keyOfKey)]).toEqual([200, 200]);
  expect((await owner('PATCH', `/api/users/${leaver.id}`, change)).status).toBe(200);
  expect([await me(key), await me(keyOfKey), await me(kept)]).toEqual([401, 401, 200]);
  expect((await join('new@example.com', fromThem)).body['code']).toBe('link-used');
  expect((await join(email, toThem)).body['code']).toBe('link-used');
  expect((await join(`${what.length}@example.com`, other)).status).toBe(201);
});

test('the last owner cannot go by an invitation to their own address, and the link stays unused', async () => {
  const alone = await invite(owner, { roles: ['designer'], email: 'owner@example.com' });
  const refused = await join('owner@example.com', alone);
  expect([refused.status, refused.body['code']]).toEqual([409, 'last-owner']);
  expect((await owner('GET', '/api/me')).body['roles']).toEqual(['owner']);
  const key = await makeKey(owner);
  await colleague('heir@example.com', ['owner']);
  expect((await join('owner@example.com', alone)).body['roles']).toEqual(['designer']);
  expect(await me(key)).toBe(401);
});

test('two owners who step down at once leave one', async () => {
  const fresh = await freshDatabase();
  const other = await stand(fresh.url);
  const [one, two] = [
    await other.colleague('one@example.com', ['owner']),
    await other.colleague('two@example.com', ['owner']),
  ];
  const down = async (who: Owner, email: string) => {
    const token = await invite(who, { roles: ['designer'], email });
    return () =>
      other.stranger('POST', '/api/invitations/accept', {
        token,
        email,
        name: email,
        password: 'x'.repeat(20),
      });
  };
  const both = [await down(one, 'one@example.com'), await down(two, 'two@example.com')];
  const answers = await Promise.all(both.map((go) => go()));
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
});

describe('a key that expires', () => {
  const keysOf = async (who: Speaker) =>
    (await who('GET', '/api/api-keys')).body['keys'] as { name: string; expiresAt: string | null }[];
  const make = (who: Speaker, expiresAt: string) =>
    who('POST', '/api/api-keys', { name: 'with an end', roles: ['operator'], expiresAt });

  test.each([
    // All of these are date-times to their schema.
    ['2030-06-30t00:00:00z', 'what cannot be read'],
    ['2030-06-30 00:00:00Z', 'what cannot be read'],
    ['2016-12-31T23:59:60Z', 'what cannot be read'],
    ['2020-01-01T00:00:00Z', 'what is past'],
  ])('at %s is refused by name: %s', async (expiresAt) => {
    const who = await program(['owner']);
    const { status, body } = await make(who, expiresAt);
    expect([status, body['code'], body['place']]).toEqual([400, 'invalid-request', '/expiresAt']);
    expect((await keysOf(who)).map(({ name }) => name)).not.toContain('with an end');
  });

  test('in an hour does so', async () => {
    const who = await program(['owner']);
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    expect((await make(who, expiresAt)).status).toBe(201);
    expect((await keysOf(who)).find(({ name }) => name === 'with an end')?.expiresAt).toBe(expiresAt);
  });
});
