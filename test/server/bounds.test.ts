// What no caller can overstep: addresses that lead nowhere, pages that begin nowhere, numbers that no column holds, and how much at once.
import { expect, test } from 'vitest';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';

const { url } = await freshDatabase();
const { stranger, program } = await stand(url);

test.each(['%00', '..%2fpackage.json'])(
  'a file of the documentation that nobody may have is not found: %s',
  async (path) => {
    const { status, body } = await stranger('GET', `/docs/static/${path}`);
    expect([status, body['code']]).toEqual([404, 'not-found']);
  },
);

const ID = '01890000-0000-7000-8000-000000000000';

test.each(['/api/members', '/api/runs', '/api/playbooks', `/api/forms/${ID}/answers`])(
  'a page of %s begins after an id, and nowhere else',
  async (path) => {
    const owner = await program(['owner']);
    for (const after of ['-'.repeat(36), 'x', `urn:uuid:${ID}`]) {
      const { status, body } = await owner('GET', `${path}?after=${after}`);
      expect([status, body['place']]).toEqual([400, '/querystring/after']);
    }
    const known = await owner('GET', `${path}?after=${ID}`);
    expect(known.status).toBe(path.startsWith('/api/forms') ? 404 : 200);
  },
);

test.each([
  ['GET', `/api/playbooks/${ID}/versions/2147483648`, undefined, '/params/number'],
  ['POST', '/api/runs', { playbook: ID, version: 2_147_483_648 }, '/version'],
  ['POST', `/api/playbooks/${ID}/publish`, { revision: 2_147_483_648 }, '/revision'],
  ['PUT', `/api/playbooks/${ID}/draft`, { document: {}, revision: 1e20 }, '/revision'],
  ['POST', `/api/runs/${ID}/control`, { do: 'skip', node: 'a', ordinal: 0, lap: 1e20 }, '/lap'],
])('a number that no column holds is refused by name: %s %s', async (method, path, asked, place) => {
  const owner = await program(['owner']);
  const { status, body } = await owner(method, path, asked);
  expect([status, body['place']]).toEqual([400, place]);
});

test('an id that only looks like one is refused by name', async () => {
  const owner = await program(['owner']);
  const { status, body } = await owner('GET', `/api/runs/urn:uuid:${ID}`);
  expect([status, body['place']]).toEqual([400, '/params/id']);
});

test('guesses made at once are no more than guesses one after the other', async () => {
  const guess = () =>
    stranger('POST', '/api/login', { email: 'nobody@example.com', password: 'wrong password' });
  const answers = await Promise.all(Array.from({ length: 25 }, guess));
  const heard = answers.filter(({ body }) => body['code'] === 'login-failed');
  const refused = answers.filter(({ body }) => body['code'] === 'too-many-attempts');
  expect(heard.length + refused.length).toBe(25);
  expect(heard.length).toBeLessThanOrEqual(10);
});
