// What a provider's adapter is to the product: it hands over what the send gate has let through, and says what became of it.
// Not the gate, not the order and not an account's limits: those belong to the send path. One file per provider stands beside this one.
import type { Capabilities, Format } from '../../engine/channels/kind.ts';
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Sql } from '../store/client.ts';
import type { RunFacts } from '../store/run.ts';
import type { Secret } from '../store/secret.ts';

// ── Providers ───────────────────────────────────────────────────────────────────────────────────────────────────

/** A team's account with a provider, opened: with its secrets in the clear. Neither logged nor returned by anything. */
export interface Account {
  readonly id: string;
  readonly team: number;
  readonly name: string;
  readonly kind: string;
  /** What is not secret: addresses, sender names. Of the shape that its kind in engine/channels/ declares. */
  readonly config: JsonObject;
  readonly secret: Secret;
}

/** One message to one recipient. */
export interface OutMessage {
  readonly text: string;
  readonly format: Format;
  /** One line for providers that ask for one, such as an e-mail's subject. */
  readonly subject: string;
  readonly class: 'service' | 'marketing';
  /** The reader's language, for instance zh-CN. */
  readonly locale: string;
  readonly to: {
    readonly kind: 'group' | 'member';
    /** The provider's own name of the group or the member. Null: the account itself stands for the one group it posts to. */
    readonly externalId: string | null;
  };
  /** A colleague to be called to a post in a group, by the provider's own name. */
  readonly mention?: string;
  /** The recipient's own page for opting out, for providers that offer it beside the text. */
  readonly optOutUrl?: string;
  /** Where it comes from, for providers that pass it on. */
  readonly about: { readonly run: string; readonly node: string; readonly recipient: string };
}

/** What an adapter may reach besides its account. */
export interface ChannelReach {
  readonly clock: () => Instant;
  /** Targets on this machine and in private networks are allowed. */
  readonly allowPrivateAddresses: boolean;
  /** The call must have ended by then; what was handed over without an answer is `unknown`. */
  readonly signal: AbortSignal;
}

/**
 * What the provider said of its limits beside its answer, for instance in headers; the account's buckets follow it.
 * `remaining` more may go out until `resetAt`.
 */
export interface LimitNews {
  readonly remaining: number;
  readonly resetAt: Instant;
}

/** What became of a message that was handed over. Only `unknown` is in doubt; all others are certain. */
export type SendOutcome = { readonly limit?: LimitNews } & (
  | { readonly outcome: 'accepted'; readonly providerId: string | null }
  /** The provider made a task of it that a colleague confirms in its client. */
  | { readonly outcome: 'needsHuman'; readonly providerId: string | null }
  /** It was not taken, and will not be before `retryAt`. */
  | { readonly outcome: 'rateLimited'; readonly retryAt: Instant }
  /**
   * It surely did not go out. `code`: the provider's own, or one of ours such as `refused-connection`.
   * `permanent`: it never will. `blames`: whose fault that is; many in a row of the account's open its circuit.
   */
  | {
      readonly outcome: 'rejected';
      readonly code: string;
      readonly kind: 'permanent' | 'transient';
      readonly blames: 'account' | 'recipient';
    }
  /** It went out, and no answer came back. */
  | { readonly outcome: 'unknown'; readonly code: string }
);

/** A message that nobody knows the outcome of. */
export interface Doubt {
  readonly key: string;
  readonly providerId: string | null;
  readonly to: OutMessage['to'];
  /** When it was handed over. */
  readonly at: Instant;
}

/** What the provider says about a doubtful message; `unknown`: it cannot say. */
export type Reconciled =
  | { readonly outcome: 'accepted'; readonly providerId: string | null }
  | { readonly outcome: 'missing' }
  | { readonly outcome: 'rejected'; readonly code: string }
  | { readonly outcome: 'unknown' };

/**
 * One provider. It keeps nothing between calls, retries nothing, follows no redirect, and never throws.
 * Invariant: what it answers other than `unknown` is certain.
 */
export interface Adapter {
  readonly capabilities: Capabilities;
  /**
   * Hands one message over. `key` is the same at every attempt of the same message to the same recipient (64 hex digits);
   * it goes to the provider wherever that takes one.
   */
  readonly send: (
    account: Account,
    message: OutMessage,
    key: string,
    reach: ChannelReach,
  ) => Promise<SendOutcome>;
  /** Absent where the provider cannot be asked: then a person decides. */
  readonly reconcile?: Reconciler;
}

/** How a provider is asked what became of messages. Like a send it keeps nothing, follows no redirect, and never throws. */
export interface Reconciler {
  /** Whether this account's other side can be asked. */
  readonly offered: (account: Pick<Account, 'config'>) => boolean;
  /** Answers by key; what is missing in it is `unknown`. */
  readonly ask: (
    account: Account,
    doubts: readonly Doubt[],
    reach: ChannelReach,
  ) => Promise<ReadonlyMap<string, Reconciled>>;
}

// ── Within the database ─────────────────────────────────────────────────────────────────────────────────────────

/** One person or group behind a post. */
export interface Addressee {
  /** group/<id>, member/<id>, or person/<n> of a synthetic community. */
  readonly recipient: string;
  readonly kind: 'member' | 'group';
  /** Of the team's own tables, where there is a row. */
  readonly groupId: string | null;
  readonly memberId: string | null;
  /** Number in a synthetic community: of the person, or of the group. */
  readonly number: number | null;
  readonly heads: number;
}

/** A message of one visit to those whom the gate has admitted. */
export interface Post {
  /** The same at every attempt: made of run, node, visit and call. */
  readonly key: string;
  readonly node: string;
  readonly ordinal: number;
  readonly lap: number;
  readonly text: string;
  readonly at: Instant;
  readonly to: readonly Addressee[];
}

/** What became of a post, per addressee. */
export interface PostOutcome {
  readonly failed: ReadonlySet<string>;
}

/**
 * A channel within the database: posting is part of the transaction that records it, so nothing can be in doubt.
 * Invariant: posts nothing that is not in `to`; a repeated key changes nothing.
 */
export interface Channel {
  readonly post: (sql: Sql, run: RunFacts, posts: readonly Post[]) => Promise<readonly PostOutcome[]>;
}
