// Keys of an installation, and what is sealed with them: AES-256-GCM, bound to the place where it is kept.
// Knows no table; where sealed things lie is the business of secret.ts.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Something sealed. Without its key, its place and its nonce nobody reads it, and nobody changes it unnoticed. */
export interface Sealed {
  /** Names the key, so that keys can be replaced; it tells nothing about the key. */
  readonly keyId: string;
  readonly nonce: Buffer;
  /** Cipher text, then the tag of 16 bytes. */
  readonly sealed: Buffer;
}

/** Where a sealed thing lies. Moved to another place, it cannot be opened. */
export interface Place {
  readonly team: number;
  readonly name: string;
}

/** What was sealed cannot be opened: its key is not here any more, or it is not what was sealed at this place. */
export class UnreadableSecret extends Error {
  readonly reason: 'unknown-key' | 'altered';
  constructor(reason: UnreadableSecret['reason']) {
    super(`A secret cannot be opened: ${reason}.`);
    this.name = 'UnreadableSecret';
    this.reason = reason;
  }
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The keys of an installation. The first seals; all of them open, so that a key can be replaced while everything runs. */
export class Keyring {
  readonly #keys: ReadonlyMap<string, Buffer>;
  /** Of the key that seals. */
  readonly currentId: string;

  /** @param keys 32 bytes each in base64 or base64url, the one that seals first. */
  constructor(keys: readonly string[]) {
    const raw = keys.map((it) => Buffer.from(it, 'base64'));
    if (raw.length === 0 || raw.some(({ length }) => length !== 32)) throw new Error('A key has 32 bytes.');
    this.#keys = new Map(raw.map((key) => [idOf(key), key]));
    this.currentId = idOf(raw[0]!);
  }

  /** Whether what lies under this key can be opened. */
  has(keyId: string): boolean {
    return this.#keys.has(keyId);
  }

  /** Seals a text for a place. The same text gives other bytes each time. */
  seal(place: Place, plain: string): Sealed {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key(this.currentId), nonce);
    cipher.setAAD(boundTo(place, this.currentId));
    const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return { keyId: this.currentId, nonce, sealed };
  }

  /** @throws {UnreadableSecret} */
  open(place: Place, { keyId, nonce, sealed }: Sealed): string {
    const key = this.#key(keyId);
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(boundTo(place, keyId));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      return decipher.update(sealed.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch {
      throw new UnreadableSecret('altered');
    }
  }

  /** Keys for signing, one for each purpose: the current first. They say nothing about the keys that they come from. */
  signingKeys(purpose: string): readonly Buffer[] {
    const order = [this.currentId, ...[...this.#keys.keys()].filter((id) => id !== this.currentId)];
    return order.map((id) =>
      Buffer.from(hkdfSync('sha256', this.#keys.get(id)!, '', `kindling sign ${purpose}`, 32)),
    );
  }

  #key(id: string): Buffer {
    const key = this.#keys.get(id);
    if (key === undefined) throw new UnreadableSecret('unknown-key');
    return key;
  }
}

/** Where `npm start` keeps the keys of its installation: one on each line, the one that seals first. */
export const keyFileIn = (home: string): string => path.join(home, 'encryption-key');

/** The keys of the settings, else those of the data folder; undefined where there are none, and secrets stay shut. */
export function keyringOf(settings: {
  readonly encryptionKeys: readonly string[] | undefined;
  readonly home: string;
}): Keyring | undefined {
  const { encryptionKeys } = settings;
  const file = keyFileIn(settings.home);
  if (encryptionKeys !== undefined) return new Keyring(encryptionKeys);
  return existsSync(file) ? new Keyring(keysIn(readFileSync(file, 'utf8'))) : undefined;
}

/** The keys that stand in a key file. */
export const keysIn = (content: string): readonly string[] =>
  content.split(/[\s,]+/).filter((it) => it !== '');

const idOf = (key: Buffer): string =>
  createHmac('sha256', key).update('kindling key id').digest('hex').slice(0, 12);

const boundTo = ({ team, name }: Place, keyId: string): Buffer =>
  Buffer.from(JSON.stringify(['kindling secret', 1, keyId, team, name]));
