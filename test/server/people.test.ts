// Who leaves is gone, and a team keeps an owner: what changes of roles, invitations and keys may and may not do.
import { expect, test } from 'vitest';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';

const { url } = await freshDatabase();
const { colleague, stranger } = await stand(url);
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
