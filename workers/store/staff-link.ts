// Links in notices to colleagues: signed, so that nobody can make one, and short-lived. They show where to go and grant nothing:
// whoever follows one logs in, and may do there what they may do anyway.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { DAY, SECOND, type Instant } from '../../engine/instant.ts';

/** What a link leads to. */
export interface StaffTarget {
  readonly to: 'task' | 'run' | 'playbook';
  readonly id: string;
}

/** What signs them, see `Keyring.signingKeys`. */
export const STAFF_LINKS = 'staff links';
/** Over a weekend; afterwards one finds it in the list. */
export const STAFF_LINK_LIFE = 3 * DAY;

/** Their places are in the links: new ones are added at the end. */
const TARGETS = ['task', 'run', 'playbook'] as const;
const HEAD_BYTES = 5;
const UUID_BYTES = 16;
const MAC_BYTES = 12;

/** A token of 44 characters that are safe in addresses. `keys`: the first signs. */
export function signStaffLink(keys: readonly Buffer[], { to, id }: StaffTarget, now: Instant): string {
  const bytes = Buffer.alloc(HEAD_BYTES + UUID_BYTES);
  bytes[0] = TARGETS.indexOf(to);
  bytes.writeUInt32BE(Math.floor(now / SECOND), 1);
  Buffer.from(id.replaceAll('-', ''), 'hex').copy(bytes, HEAD_BYTES);
  return Buffer.concat([bytes, macOf(keys[0]!, bytes)]).toString('base64url');
}

/** Where a token leads; undefined when none of the keys has signed it, or when it is too old. */
export function readStaffLink(keys: readonly Buffer[], token: string, now: Instant): StaffTarget | undefined {
  if (!/^[\w-]{44}$/.test(token)) return undefined;
  const all = Buffer.from(token, 'base64url');
  const bytes = all.subarray(0, -MAC_BYTES);
  if (!keys.some((key) => timingSafeEqual(macOf(key, bytes), all.subarray(-MAC_BYTES)))) return undefined;
  const to = TARGETS[bytes[0] ?? TARGETS.length];
  const madeAt = bytes.readUInt32BE(1) * SECOND;
  if (to === undefined || now > madeAt + STAFF_LINK_LIFE) return undefined;
  const hex = bytes.subarray(HEAD_BYTES).toString('hex');
  return { to, id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') };
}

/** The address of a link. */
export const staffLinkUrl = (publicUrl: string, token: string): string => `${publicUrl}/s/${token}`;

const macOf = (key: Buffer, bytes: Buffer): Buffer =>
  createHmac('sha256', key).update(bytes).digest().subarray(0, MAC_BYTES);
