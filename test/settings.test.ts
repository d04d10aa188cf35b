// Settings: read from the environment, refused with name, value and what is accepted.
import { expect, test } from 'vitest';
import { SettingsError, declarations, localeOf, publicUrlOf, readSettings } from '../server/settings.ts';

function refusal(env: Record<string, string>): string {
  try {
    readSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  return '';
}

test('nothing set gives the defaults', () => {
  const settings = readSettings({});
  expect(settings.host).toBe('127.0.0.1');
  expect(settings.port).toBe(7373);
  expect(settings.databaseUrl).toBeUndefined();
  expect(publicUrlOf(settings)).toBe('http://127.0.0.1:7373');
});

test('an empty value counts as not set', () => {
  expect(readSettings({ KINDLING_PORT: '', DATABASE_URL: ' ' })).toEqual(readSettings({}));
});

test.each([
  ['KINDLING_PORT', '0'],
  ['KINDLING_PORT', '65536'],
  ['KINDLING_PORT', '80 80'],
  ['KINDLING_OFFLINE', 'maybe'],
  ['KINDLING_OFFLINE', 'constructor'],
  ['KINDLING_LOG_LEVEL', 'loud'],
  ['KINDLING_PUBLIC_URL', 'ftp://example.org'],
  ['KINDLING_TRUST_PROXY', 'proxy.example.com'],
  ['KINDLING_TRUST_PROXY', '0.0.0.0/0'],
  ['KINDLING_TRUST_PROXY', '::/0'],
  ['KINDLING_TRUST_PROXY', '10.0.0.0/33'],
  ['KINDLING_TRUST_PROXY', '127.0.0.1,'],
  ['KINDLING_TRUST_PROXY', '127.0.0.1/8/8'],
  ['KINDLING_WORKER_METRICS', 'localhost:9464'],
  ['KINDLING_WORKER_METRICS', '127.0.0.1'],
  ['KINDLING_WORKER_METRICS', '::1:9464'],
  ['KINDLING_WORKER_METRICS', '127.0.0.1:70000'],
  ['TEMPORAL_ADDRESS', 'temporal'],
  ['TEMPORAL_ADDRESS', 'temporal:70000'],
])('%s refuses %s, naming the setting, the value and what is accepted', (name, value) => {
  const message = refusal({ [name]: value });
  expect(message).toContain(name);
  expect(message).toContain(value);
  expect(message).toContain('Accepted: ');
});

test('a wrong secret is refused without being repeated', () => {
  const message = refusal({ DATABASE_URL: 'mysql://me:hunter2@host/db', KINDLING_ENCRYPTION_KEY: 'hunter2' });
  expect(message).toContain('DATABASE_URL');
  expect(message).toContain('KINDLING_ENCRYPTION_KEY');
  expect(message).not.toContain('hunter2');
});

test('every wrong setting is named at once', () => {
  const message = refusal({ KINDLING_PORT: 'x', KINDLING_WORKERS: 'y', KINDLING_DEMO: 'z' });
  expect(message.split('\n')).toHaveLength(3);
});

test('values are read as what they are', () => {
  const settings = readSettings({
    KINDLING_PORT: '8080',
    KINDLING_TRUST_PROXY: '127.0.0.1, 10.0.0.0/8,fd00::/8',
    KINDLING_OFFLINE: 'TRUE',
    KINDLING_ENCRYPTION_KEY: [7, 8].map((it) => Buffer.alloc(32, it).toString('base64url')).join(', '),
    TEMPORAL_ADDRESS: '[::1]:7233',
  });
  expect(settings.encryptionKeys).toHaveLength(2);
  expect(settings).toMatchObject({ port: 8080, offline: true, temporalAddress: '[::1]:7233' });
});

test('the language follows the setting, then the machine', () => {
  expect(localeOf({ locale: undefined }, { LANG: 'zh_CN.UTF-8' })).toBe('zh');
  expect(localeOf({ locale: 'en' }, { LANG: 'zh_CN.UTF-8' })).toBe('en');
  expect(localeOf({ locale: undefined }, {})).toBe('en');
});

test('every setting has a name of its own and a sentence in both languages', () => {
  const all = Object.values(declarations);
  expect(new Set(all.map(({ env }) => env)).size).toBe(all.length);
  for (const { says } of all) {
    expect(says.zh).toMatch(/。$/);
    expect(says.en).toMatch(/^[A-Z].*\.$/);
  }
});
