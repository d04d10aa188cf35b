// Passwords: argon2id with the parameters of OWASP, and a check that takes as long for an account that does not exist.
import { hash, verify } from '@node-rs/argon2';

/** 19 MiB, two passes, one lane. The algorithm's default is argon2id. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** What is kept of a password. */
export const hashPassword = (password: string): Promise<string> => hash(password, COST);

let nobody: Promise<string> | undefined;

/** Whether this is the password. Without a hash (no such account) it takes the same time and says no. */
export async function isPassword(kept: string | undefined, password: string): Promise<boolean> {
  nobody ??= hashPassword('nobody has this password');
  const matches = await verify(kept ?? (await nobody), password);
  return matches && kept !== undefined;
}
