// The limits of a channel account: its own where somebody has set them, otherwise as its provider publishes them.
// The published ones are data with their evidence (published-limits.json), because providers change them.
import type { Limits } from './channel.ts';
import published from './published-limits.json' with { type: 'json' };

const BY_KIND: Readonly<Record<string, Limits & { readonly evidence: string }>> = published as never;
const NONE: Limits = { rates: [], budgets: [] };

/** What an account of this kind may hand over; `own` are the limits that were set for it. */
export function limitsOf(kind: string, own: Partial<Limits> | null): Limits {
  const { rates, budgets } = Object.hasOwn(BY_KIND, kind) ? BY_KIND[kind]! : NONE;
  return { rates: own?.rates ?? rates, budgets: own?.budgets ?? budgets };
}
