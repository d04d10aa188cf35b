// What no caller can overstep: addresses that lead nowhere, pages that begin nowhere, numbers that no column holds, and how much at once.
import { expect, test } from 'vitest';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';

const { url } = await freshDatabase();
const { stranger } = await stand(url);

test.each(['%00', '..%2fpackage.json'])(
  'a file of the documentation that nobody may have is not found: %s',
  async (path) => {
    const { status, body } = await stranger('GET', `/docs/static/${path}`);
    expect([status, body['code']]).toEqual([404, 'not-found']);
  },
);
