// A call to somebody else's system, and what its status means.
// Not the call: addresses, time limits and signatures are the worker's; a lost answer is its `doubt`.
import type { Text } from '../document.ts';
import { defineEffect } from '../effect.ts';
import type { Instant } from '../instant.ts';

/** Where the request goes and what it carries. */
export interface WebhookInput {
  readonly url: string;
  readonly method: 'POST' | 'PUT' | 'GET' | 'DELETE' | 'PATCH';
  /** Liquid; the playbook's first locale is sent. */
  readonly body?: Text;
  readonly headers?: readonly { readonly name: string; readonly value: string }[];
}

/** What came back. */
export interface WebhookFacts {
  readonly status: number;
  /** The other side wants to be left alone until then. */
  readonly retryAt?: Instant;
}

export const webhook = defineEffect({
  name: 'webhook',
  cost: 'bulk',
  codes: ['ok', 'refused'],
  decide: (_input: WebhookInput, { status, retryAt }: WebhookFacts) => {
    const why = { status };
    if (status >= 200 && status < 300) return { code: 'ok', why };
    // Too early, too many, timed out: the same request may succeed later.
    const mayRecover = status === 408 || status === 425 || status === 429 || status >= 500;
    if (!mayRecover) return { code: 'refused', why };
    return retryAt === undefined ? { code: 'retry', why } : { code: 'retry', until: retryAt, why };
  },
});
