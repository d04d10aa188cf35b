// Requests that no person sends: refused by name, and nothing is stored.
import { expect, test } from 'vitest';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';

const { url } = await freshDatabase();
const { program, store, team } = await stand(url);
const owner = await program(['owner']);

// As text: what writes JSON gives up long before what reads it.
const LEVELS = 8_000;
const withNested = (body: object) =>
  JSON.stringify(body).replaceAll('"NESTED"', '['.repeat(LEVELS) + ']'.repeat(LEVELS));
const json = { 'content-type': 'application/json' };

test('a member whose attributes are nested without end is refused', async () => {
  const answer = await owner(
    'POST',
    '/api/members',
    withNested({ name: '雨', attributes: { a: 'NESTED' } }),
    json,
  );
  expect([answer.status, answer.body['code']]).toEqual([400, 'invalid-request']);
});

test('one hostile event does not keep the others out', async () => {
  const event = (more: object) => ({ name: 'x', source: 's', sourceId: crypto.randomUUID(), ...more });
  const answer = await owner(
    'POST',
    '/api/events',
    withNested({
      events: [
        event({}),
        event({ data: { a: 'NESTED' } }),
        event({ data: { a: '\ud800' } }),
        event({ source: 's\0' }),
        event({ sourceId: 'a\udc00' }),
        event({}),
      ],
    }),
    json,
  );
  expect(answer.status).toBe(202);
  const items = answer.body['items'] as { status: string }[];
  expect(items.map(({ status }) => status)).toEqual([
    'accepted',
    'refused',
    'refused',
    'refused',
    'refused',
    'accepted',
  ]);
  // Nothing is stored half: two events, recognised by two numbers, and nothing of the others.
  const { rows } = await store.pool.query(
    `select (select count(*) from event where team_id = $1 and source like 's%') as events,
       (select count(*) from event_seen where team_id = $1 and source like 's%') as numbers`,
    [team],
  );
  expect(rows).toEqual([{ events: 2, numbers: 2 }]);
});
