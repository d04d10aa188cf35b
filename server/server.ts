// The server process (`kindling server`): settings in, HTTP out, an orderly end on SIGTERM or SIGINT.
// It answers as soon as the database does; Temporal may still be on its way.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import { TASK_QUEUE } from '../workers/contract.ts';
import { inTransaction, openStore, type Store } from '../workers/store/client.ts';
import { keyringOf, type Keyring } from '../workers/store/keyring.ts';
import { resealSecrets } from '../workers/store/secret.ts';
import { openTemporal, type TemporalAddress } from '../workers/temporal.ts';
import { buildApp } from './app.ts';
import { forgetSessions, makeKey, programOfKey } from './identity/identity.ts';
import { ALL_ROLES, setupToken, theTeam } from './identity/invitations.ts';
import {
  localeOf,
  publicUrlOf,
  readSettings,
  SettingsError,
  type Sentence,
  type Settings,
} from './settings.ts';
import { announce } from './start/announce.ts';
import { writeAtomically } from './start/files.ts';
import { watchRoom, whenThereIsRoom } from './room.ts';

/** Where `npm start` leaves a key for the command line. */
const API_KEY_FILE = 'api-key';
const HOURLY_MS = 3_600_000;

function temporalOf(settings: Settings, address: string): TemporalAddress {
  return {
    address,
    namespace: settings.temporalNamespace,
    apiKey: settings.temporalApiKey,
    tls: settings.temporalTls,
    ca: settings.temporalTlsCa,
    cert: settings.temporalTlsCert,
    key: settings.temporalTlsKey,
    serverName: settings.temporalTlsServerName,
  };
}

async function main(): Promise<void> {
  const settings = readSettings();
  const { databaseUrl, temporalAddress } = settings;
  if (databaseUrl === undefined || temporalAddress === undefined) {
    throw new SettingsError([
      {
        zh: '单独运行服务需要 DATABASE_URL 和 TEMPORAL_ADDRESS；在一台机器上运行全部请用 npm start。',
        en: 'A server on its own needs DATABASE_URL and TEMPORAL_ADDRESS; `npm start` runs everything on one machine.',
      },
    ]);
  }
  const logger = logOf(settings);
  const store = openStore(databaseUrl);
  const temporal = openTemporal(temporalOf(settings, temporalAddress), TASK_QUEUE);
  const publicUrl = publicUrlOf(settings);
  const keyring = keyringOf(settings);
  const app = await buildApp(
    {
      store,
      temporal,
      clock: Date.now,
      publicUrl,
      keyring,
      editor: process.env['KINDLING_EDITOR'],
      home: settings.home,
    },
    { logger, trustProxy: settings.trustProxy },
  );
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal));
  });
  // Whoever finds the server answering finds the key of the command line too.
  await whenThereIsRoom(() => welcome(store, settings, publicUrl));
  const tell = (says: Sentence): void => announce(says, localeOf(settings));
  const room = await watchRoom(store.pool, { log: logger, tell });
  await app.listen({ host: settings.host, port: settings.port });
  logger.info({ url: publicUrl }, 'listening');
  await whenThereIsRoom(() => reseal(store, keyring, logger));
  const cleaning = setInterval(() => {
    // The database may be away; the next hour comes.
    forgetSessions(store.pool, Date.now()).catch(() => {});
  }, HOURLY_MS);
  const signal = await stopped;
  clearInterval(cleaning);
  room.stop();
  logger.info({ signal }, 'stopping');
  await app.close();
  await store.close();
  // Last: the SDK may still repeat a question that Temporal has not answered, and fails on a closed connection.
  await temporal.close();
}

/** The log on standard output. On a full disk lines are lost, not the process; so many of them wait for room. */
function logOf({ logLevel }: Settings): FastifyBaseLogger {
  const out = pino.destination({ dest: 1, maxLength: 1_000_000 });
  out.on('error', () => {});
  return pino({ level: logLevel, base: { part: 'server' } }, out);
}

/** Brings what lies under an older key under the current one. */
async function reseal(store: Store, keyring: Keyring | undefined, logger: FastifyBaseLogger): Promise<void> {
  if (keyring === undefined) {
    logger.warn('there is no KINDLING_ENCRYPTION_KEY: channels that need a secret cannot be used');
    return;
  }
  const { resealed, unreadable } = await resealSecrets(store, keyring);
  if (resealed > 0) logger.info({ resealed }, 'secrets are under the current key; older keys may go');
  if (unreadable > 0) logger.error({ unreadable }, 'secrets whose key is not here; keep it or set them anew');
}

/** What a fresh installation needs of its people: the owner's link, and a key for the command line beside the data. */
async function welcome({ pool }: Store, settings: Settings, publicUrl: string): Promise<void> {
  const now = Date.now();
  const token = await inTransaction(pool, async (sql) => {
    const team = await theTeam(sql, now);
    // Only `npm start` runs server and command line on one machine for one person.
    if (process.send !== undefined) {
      const file = path.join(settings.home, API_KEY_FILE);
      const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
      if (kept === '' || (await programOfKey(sql, kept, now)) === undefined) {
        const key = await makeKey(sql, { team, name: 'npx kindling', roles: ALL_ROLES, by: null, now });
        mkdirSync(settings.home, { recursive: true });
        writeAtomically(file, `${key.token}\n`);
      }
    }
    return setupToken(sql, team, now);
  });
  if (token === undefined) return;
  const link = `${publicUrl}/setup#setup=${token}`;
  announce(
    {
      zh: `首次使用，请打开这个一次性链接创建负责人账号：\n  ${link}\n`,
      en: `First use: open this one-time link to create the owner's account:\n  ${link}\n`,
    },
    localeOf(settings),
  );
}

try {
  await main();
  process.exit(0);
} catch (error) {
  const says = error instanceof SettingsError ? error.says[localeOf({ locale: undefined })] : undefined;
  process.stderr.write(
    `${says ?? (error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`,
  );
  process.exit(error instanceof SettingsError ? 2 : 1);
}
