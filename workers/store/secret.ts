// Secrets as they are kept: sealed, one row for each place, opened only by whoever is about to use them.
// Not the cipher, see keyring.ts; and no route ever returns what stands here.
import { inspect } from 'node:util';
import type { Instant } from '../../engine/instant.ts';
import { inTransaction, type Sql, type Store } from './client.ts';
import { UnreadableSecret, type Keyring, type Place } from './keyring.ts';

/** The parts of a secret by their names. What prints or serialises it sees that it is one, and nothing else. */
export class Secret {
  readonly #parts: Readonly<Record<string, string>>;
  constructor(parts: Readonly<Record<string, string>>) {
    this.#parts = { ...parts };
  }
  /** Empty for a part that was not given. */
  part(name: string): string {
    return Object.hasOwn(this.#parts, name) ? (this.#parts[name] ?? '') : '';
  }
  /** Names of the parts that there are. */
  get names(): readonly string[] {
    return Object.keys(this.#parts).toSorted();
  }
  toJSON(): string {
    return '[secret]';
  }
  toString(): string {
    return '[secret]';
  }
  [inspect.custom](): string {
    return '[secret]';
  }
}

export const NO_SECRET = new Secret({});

/** Keeps a secret at its place; what was there is gone. */
export async function keepSecret(
  sql: Sql,
  keyring: Keyring,
  place: Place,
  { parts, now }: { readonly parts: Readonly<Record<string, string>>; readonly now: Instant },
): Promise<void> {
  const { keyId, nonce, sealed } = keyring.seal(place, JSON.stringify(parts));
  await sql.query(
    `insert into secret (team_id, name, parts, key_id, nonce, sealed, changed_at)
     values ($1, $2, $3, $4, $5, $6, instant_of($7))
     on conflict (team_id, name) do update set parts = excluded.parts, key_id = excluded.key_id,
       nonce = excluded.nonce, sealed = excluded.sealed, changed_at = excluded.changed_at`,
    [place.team, place.name, Object.keys(parts).toSorted(), keyId, nonce, sealed, now],
  );
}

/** Opens a secret; one without parts where there is none. @throws {UnreadableSecret} */
export async function openSecret(sql: Sql, keyring: Keyring | undefined, place: Place): Promise<Secret> {
  const { rows } = await sql.query<{ keyId: string; nonce: Buffer; sealed: Buffer }>(
    'select key_id as "keyId", nonce, sealed from secret where team_id = $1 and name = $2',
    [place.team, place.name],
  );
  if (rows[0] === undefined) return NO_SECRET;
  if (keyring === undefined) throw new UnreadableSecret('unknown-key');
  return new Secret(JSON.parse(keyring.open(place, rows[0])) as Record<string, string>);
}

/** Forgets a secret. */
export async function dropSecret(sql: Sql, { team, name }: Place): Promise<void> {
  await sql.query('delete from secret where team_id = $1 and name = $2', [team, name]);
}

/** What became of the secrets under older keys. */
export interface Resealed {
  readonly resealed: number;
  /** Under keys that are not here: somebody has to give the key or the secret again. */
  readonly unreadable: number;
}

/** Brings every secret under the current key, so that older keys can be thrown away. May be repeated at any time. */
export async function resealSecrets({ pool }: Store, keyring: Keyring): Promise<Resealed> {
  const { rows: older } = await pool.query<Place>(
    'select team_id as team, name from secret where key_id <> $1 order by team_id, name',
    [keyring.currentId],
  );
  let resealed = 0;
  let unreadable = 0;
  for (const place of older) {
    const done = await inTransaction(pool, (sql) => reseal(sql, keyring, place));
    if (done) resealed += 1;
    else unreadable += 1;
  }
  return { resealed, unreadable };
}

async function reseal(sql: Sql, keyring: Keyring, place: Place): Promise<boolean> {
  const { rows } = await sql.query<{ keyId: string; nonce: Buffer; sealed: Buffer }>(
    'select key_id as "keyId", nonce, sealed from secret where team_id = $1 and name = $2 for update',
    [place.team, place.name],
  );
  if (rows[0] === undefined) return true;
  try {
    const { keyId, nonce, sealed } = keyring.seal(place, keyring.open(place, rows[0]));
    await sql.query(
      'update secret set key_id = $3, nonce = $4, sealed = $5 where team_id = $1 and name = $2',
      [place.team, place.name, keyId, nonce, sealed],
    );
    return true;
  } catch (error) {
    if (error instanceof UnreadableSecret) return false;
    throw error;
  }
}
