// How much a channel account may hand over: its own limits where somebody has set them, otherwise what its provider publishes.
// The published ones are data with their evidence (published-limits.json), because providers change them.
import published from './published-limits.json' with { type: 'json' };

/** Limits of an account. Data of the account (`channel.limits`); adapters know no numbers. */
export interface Limits {
  /** At most `count` in any stretch of `perMs`. */
  readonly rates: readonly {
    readonly name: string;
    readonly count: number;
    readonly perMs: number;
    readonly of: Scope;
    /** How long the provider shuts out who exceeds it. */
    readonly penaltyMs?: number;
  }[];
  /** At most `count` in a calendar period of the recipient's zone; `days`: as many as the month has days. */
  readonly budgets: readonly {
    readonly name: string;
    readonly count: number | 'days';
    readonly period: 'day' | 'week' | 'month';
    readonly of: Scope;
  }[];
}

/** What a limit counts: everything of the account, or what each recipient, each group or each member gets. */
type Scope = 'account' | 'recipient' | 'group' | 'member';

const BY_KIND: Readonly<Record<string, Limits & { readonly evidence: string }>> = published as never;
const NONE: Limits = { rates: [], budgets: [] };

/** What an account of this kind may hand over; `own` are the limits that were set for it. */
export function limitsOf(kind: string, own: Partial<Limits> | null): Limits {
  const { rates, budgets } = Object.hasOwn(BY_KIND, kind) ? BY_KIND[kind]! : NONE;
  return { rates: own?.rates ?? rates, budgets: own?.budgets ?? budgets };
}

/** Where the published limits of a kind are from; empty where nobody publishes any. */
export const evidenceOf = (kind: string): string =>
  Object.hasOwn(BY_KIND, kind) ? BY_KIND[kind]!.evidence : '';

const count = { type: 'integer', minimum: 1, maximum: 1_000_000_000 } as const;
const of = { enum: ['account', 'recipient', 'group', 'member'] } as const;
const name = { type: 'string', minLength: 1, maxLength: 60 } as const;

/** The shape of limits that somebody sets for an account; what is absent stays as published. */
export const limitsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    rates: {
      type: 'array',
      maxItems: 10,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'count', 'perMs', 'of'],
        properties: { name, count, perMs: count, of, penaltyMs: count },
      },
    },
    budgets: {
      type: 'array',
      maxItems: 10,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'count', 'period', 'of'],
        properties: {
          name,
          count: { anyOf: [count, { const: 'days' }] },
          period: { enum: ['day', 'week', 'month'] },
          of,
        },
      },
    },
  },
} as const;
