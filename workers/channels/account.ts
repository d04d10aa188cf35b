// Opens a channel account for an adapter: its settings, and its secret in the clear for as long as the call lasts.
import { NO_SECRET, openSecret } from '../store/secret.ts';
import type { ChannelAccount } from '../store/channel-account.ts';
import type { Sql } from '../store/client.ts';
import type { Keyring } from '../store/keyring.ts';
import type { Account } from './channel.ts';

/** Opens it. @throws {UnreadableSecret} */
export async function openAccount(
  sql: Sql,
  keyring: Keyring | undefined,
  { id, team, name, kind, config, secretRef }: ChannelAccount,
): Promise<Account> {
  const secret = secretRef === null ? NO_SECRET : await openSecret(sql, keyring, { team, name: secretRef });
  return { id, team, name, kind, config, secret };
}
