// Secrets: sealed for one place under one key, replaced while everything runs, and never shown by accident.
import { inspect } from 'node:util';
import { createDecipheriv, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { openStore } from '../../../workers/store/client.ts';
import { Keyring, UnreadableSecret, keysIn } from '../../../workers/store/keyring.ts';
import { dropSecret, keepSecret, openSecret, resealSecrets, Secret } from '../../../workers/store/secret.ts';
import { freshDatabase } from '../../support/database.ts';

const { url } = await freshDatabase();
const store = openStore(url, 4);
afterAll(() => store.close());

const newKey = () => randomBytes(32).toString('base64url');
const [first, second] = [newKey(), newKey()];
const place = { team: 1, name: 'channel/a' };
const NOW = Date.UTC(2026, 10, 27);

const reasonOf = (work: () => unknown): string => {
  try {
    work();
    return 'opened';
  } catch (error) {
    return error instanceof UnreadableSecret ? error.reason : String(error);
  }
};

test('whatever is sealed comes back at its place, and in no other form', () => {
  const keyring = new Keyring([first]);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), fc.string(), (text, team, name) => {
      const sealed = keyring.seal({ team, name }, text);
      expect(keyring.open({ team, name }, sealed)).toBe(text);
      expect(sealed.sealed.equals(keyring.seal({ team, name }, text).sealed)).toBe(false);
    }),
  );
});

test('another place, another team, one flipped bit: it stays shut', () => {
  const keyring = new Keyring([first]);
  const sealed = keyring.seal(place, 'hunter2');
  expect(reasonOf(() => keyring.open({ ...place, team: 2 }, sealed))).toBe('altered');
  expect(reasonOf(() => keyring.open({ ...place, name: 'channel/b' }, sealed))).toBe('altered');
  fc.assert(
    fc.property(fc.nat(sealed.sealed.length * 8 - 1), (bit) => {
      const bytes = Buffer.from(sealed.sealed);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(reasonOf(() => keyring.open(place, { ...sealed, sealed: bytes }))).toBe('altered');
    }),
  );
  for (const length of [0, 5, 15, 16]) {
    const cut = { ...sealed, sealed: sealed.sealed.subarray(0, length) };
    expect(reasonOf(() => keyring.open(place, cut))).toBe('altered');
  }
  expect(reasonOf(() => new Keyring([second]).open(place, sealed))).toBe('unknown-key');
});

test('it is AES-256-GCM as anybody else computes it', () => {
  const keyring = new Keyring([first]);
  const { keyId, nonce, sealed } = keyring.seal(place, '密钥');
  const plain = createDecipheriv('aes-256-gcm', Buffer.from(first, 'base64url'), nonce)
    .setAAD(Buffer.from(`["kindling secret",1,"${keyId}",1,"channel/a"]`))
    .setAuthTag(sealed.subarray(-16));
  expect(plain.update(sealed.subarray(0, -16)).toString() + plain.final('utf8')).toBe('密钥');
});

test('the keys for signing differ by purpose and outlive a rotation', () => {
  const before = new Keyring([first]);
  const after = new Keyring([second, first]);
  expect(before.signingKeys('link')[0]).not.toEqual(before.signingKeys('form')[0]);
  expect(after.signingKeys('link')).toHaveLength(2);
  expect(after.signingKeys('link')[1]).toEqual(before.signingKeys('link')[0]);
});

test('a secret is kept sealed, told about, replaced and forgotten', async () => {
  const keyring = new Keyring([first]);
  await keepSecret(store.pool, keyring, place, {
    parts: { url: 'https://x/hook/hunter2', sign: 's' },
    now: NOW,
  });
  const { rows } = await store.pool.query('select * from secret');
  expect(rows).toMatchObject([{ parts: ['sign', 'url'], key_id: keyring.currentId }]);
  const dump = JSON.stringify(rows) + (rows[0] as { sealed: Buffer }).sealed.toString('latin1');
  expect(dump).not.toContain('hunter2');
  const secret = await openSecret(store.pool, keyring, place);
  expect([secret.part('url'), secret.part('none'), secret.part('constructor')]).toEqual([
    'https://x/hook/hunter2',
    '',
    '',
  ]);
  await keepSecret(store.pool, keyring, place, { parts: { url: 'https://x/2' }, now: NOW });
  expect((await openSecret(store.pool, keyring, place)).names).toEqual(['url']);
  await expect(openSecret(store.pool, undefined, place)).rejects.toThrow('unknown-key');
  await dropSecret(store.pool, place);
  expect((await openSecret(store.pool, keyring, place)).names).toEqual([]);
});

test('nothing that prints a secret shows it', () => {
  const secret = new Secret({ token: 'hunter2' });
  const printed = [
    JSON.stringify({ secret }),
    inspect({ secret }, { depth: 9, showHidden: true }),
    String(secret),
    JSON.stringify(Object.entries(secret)),
  ];
  expect(printed.join('')).not.toContain('hunter2');
});

test('after a new key every secret moves under it; one whose key is gone is counted and left alone', async () => {
  const old = new Keyring([first]);
  const lost = new Keyring([newKey()]);
  for (const name of ['channel/1', 'channel/2']) {
    await keepSecret(store.pool, old, { team: 1, name }, { parts: { token: name }, now: NOW });
  }
  await keepSecret(store.pool, lost, { team: 2, name: 'channel/1' }, { parts: { token: 'x' }, now: NOW });
  const both = new Keyring([second, first]);
  expect((await openSecret(store.pool, both, { team: 1, name: 'channel/1' })).part('token')).toBe(
    'channel/1',
  );
  expect(await resealSecrets(store, both)).toEqual({ resealed: 2, unreadable: 1 });
  expect(await resealSecrets(store, both)).toEqual({ resealed: 0, unreadable: 1 });
  const alone = new Keyring([second]);
  expect((await openSecret(store.pool, alone, { team: 1, name: 'channel/2' })).part('token')).toBe(
    'channel/2',
  );
  expect((await openSecret(store.pool, lost, { team: 2, name: 'channel/1' })).part('token')).toBe('x');
});

test('a key file holds one key a line', () => {
  expect(keysIn(`${first}\n${second}\n`)).toEqual([first, second]);
  expect(() => new Keyring([])).toThrow('32 bytes');
  expect(() => new Keyring(['short'])).toThrow('32 bytes');
});
