// Whose guesses are counted together, with and without a reverse proxy in front.
import { describe, expect, test } from 'vitest';
import { stand, type Speaker } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';

const { url } = await freshDatabase();

/** Guesses from behind the proxy, each for an account of its own, and what the last was told. */
async function guesses(count: number, who: Speaker, from: (index: number) => string): Promise<unknown> {
  let last: unknown;
  for (let index = 0; index < count; index += 1) {
    const email = `${crypto.randomUUID()}@example.com`;
    const headers = { 'x-forwarded-for': from(index) };
    last = (await who('POST', '/api/login', { email, password: 'a wrong password' }, headers)).body['code'];
  }
  return last;
}

// One address may fail 60 times in a quarter of an hour, and the route takes 30 requests a minute from each.
describe('behind a proxy that is trusted', () => {
  test('everybody is counted by the address that the proxy has seen', async () => {
    const { stranger, store } = await stand(url, { trustProxy: ['127.0.0.1'] });
    expect(await guesses(30, stranger, () => '198.51.100.1')).toBe('login-failed');
    expect(await guesses(1, stranger, () => '198.51.100.1')).toBe('too-many-requests');
    expect(await guesses(30, stranger, () => '198.51.100.2')).toBe('login-failed');
    const { rows } = await store.pool.query(
      'select key, count(*) from login_attempt group by key having count(*) > 1',
    );
    expect(rows.map(({ count }: { count: number }) => count)).toEqual([30, 30]);
  });

  test('what the caller itself writes before that counts for nothing', async () => {
    const { stranger } = await stand(url, { trustProxy: ['127.0.0.1'] });
    expect(await guesses(31, stranger, (index) => `192.0.2.${index}, 198.51.100.3`)).toBe(
      'too-many-requests',
    );
  });
});

test('without a trusted proxy nobody is believed', async () => {
  for (const trustProxy of [undefined, ['10.0.0.0/8']]) {
    const { stranger } = await stand(url, trustProxy === undefined ? {} : { trustProxy });
    expect(await guesses(31, stranger, (index) => `198.51.100.${index}`)).toBe('too-many-requests');
  }
});
