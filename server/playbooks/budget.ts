// Refuses a playbook that is expected to bring more messages to a channel than its budget has.
// A rehearsal in a thread, asked only where there is a budget; not the budget at send time, which the gate keeps.
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { ComputePool } from '../compute.ts';
import { voiceOf, type Identity } from '../identity/identity.ts';
import { refuseProblems } from './findings.ts';
import type { TeamRegistry } from './registry.ts';

/** Refuses it, with everything else that is wrong with it. Without `params` its defaults and examples stand for them. */
export async function refuseOverBudget(
  pool: ComputePool,
  who: Identity,
  check: {
    readonly document: unknown;
    readonly params?: JsonObject;
    readonly registry: TeamRegistry;
    readonly now: Instant;
  },
): Promise<void> {
  const { registry, ...job } = check;
  if (registry.channels.every(({ budgets }) => budgets.length === 0)) return;
  const outcome = await pool.run(voiceOf(who), { kind: 'check', ...job, ...registry });
  if (outcome.kind === 'checked' && outcome.plan === null) refuseProblems(outcome.problems);
}
