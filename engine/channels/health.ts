// How a channel account fares, from what is recorded of it: one state, since or until when, and why.
// Not the breaker that closes an account, and not the limits: both only leave their traces in the facts.
import { HOUR, type Instant } from '../instant.ts';
import type { JsonObject } from '../json.ts';
import { channelKind } from './index.ts';

/** What is known of an account. */
export interface HealthFacts {
  /** It lacks what it needs to send anything: a secret, a key that opens it, or somebody who vouches for its sender. */
  readonly missing: 'no-secret' | 'unreadable-secret' | 'unverified' | null;
  /** Nothing is handed over before, because of the provider's limits (`rate`) or of failures in a row (`circuit`). */
  readonly closedUntil: Instant | null;
  readonly closedBy: 'circuit' | 'rate' | null;
  /** Failures of the account in a row. */
  readonly failures: number;
  readonly sentAt: Instant | null;
  readonly failedAt: Instant | null;
  /** The code of the last failure. */
  readonly failure: string | null;
  /** Of the last hour. */
  readonly recent: { readonly sent: number; readonly failed: number; readonly unknown: number };
}

/** `blocked`: it sends again at `until`. `failing`: until somebody sees to it, hardly anything goes out. */
export interface Health {
  readonly state: 'unused' | 'ok' | 'degraded' | 'blocked' | 'failing' | 'incomplete';
  readonly until: Instant | null;
  readonly reason: string | null;
}

/** So many failures in a row are no accident. */
const MANY = 5;
/** The share of messages of the last hour that may fail before people should look. */
const SHARE = 0.1;

/** Tells how an account fares. */
export function healthOf(facts: HealthFacts, now: Instant): Health {
  const { missing, closedUntil, closedBy, failures, failure, recent } = facts;
  const until = closedUntil !== null && closedUntil > now ? closedUntil : null;
  if (missing !== null) return { state: 'incomplete', until: null, reason: missing };
  if (until !== null && closedBy === 'rate') return { state: 'blocked', until, reason: 'rate' };
  if (until !== null || failures >= MANY) return { state: 'failing', until, reason: failure };
  const total = recent.sent + recent.failed + recent.unknown;
  const bad = recent.failed + recent.unknown;
  const failedLately = facts.failedAt !== null && facts.failedAt > now - HOUR ? failure : null;
  if (failures > 0) return { state: 'degraded', until: null, reason: failure };
  if (bad > 0 && bad > total * SHARE) {
    return { state: 'degraded', until: null, reason: recent.unknown > 0 ? 'no-answer' : failedLately };
  }
  const isUsed = facts.sentAt !== null || facts.failedAt !== null || total > 0;
  return { state: isUsed ? 'ok' : 'unused', until: null, reason: null };
}

/** What an account lacks, of what it needs to send anything at all. By what people post themselves nobody speaks for anybody. */
export function lackOf(account: {
  readonly kind: string;
  readonly config: JsonObject;
  readonly secretParts: readonly string[];
  /** The key that its secret was sealed with is here. */
  readonly opens: boolean;
  readonly isVerified: boolean;
}): HealthFacts['missing'] {
  const kind = channelKind(account.kind);
  if (kind === undefined || kind.capabilities.sends === 'person' || account.kind === 'simulator') return null;
  const { required = [] } = kind.secret as { readonly required?: readonly string[] };
  // A mail server that asks for a user asks for a password too.
  const needed = typeof account.config['user'] === 'string' ? [...required, 'password'] : required;
  if (needed.some((part) => !account.secretParts.includes(part))) return 'no-secret';
  if (!account.opens) return 'unreadable-secret';
  return account.isVerified ? null : 'unverified';
}
