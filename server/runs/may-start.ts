// Whether a playbook may begin, asked for a caller: what may not is refused with all of its problems.
// Not the decision, which is one for every way to launch: see workers/compute/may-start.ts.
import type { Plan } from '../../engine/plan.ts';
import type { Problem } from '../../engine/problem.ts';
import { mayStart, type Beginning } from '../../workers/compute/may-start.ts';
import type { ComputePool } from '../compute.ts';
import { voiceOf, type Identity } from '../identity/identity.ts';
import { refuseProblems } from '../playbooks/findings.ts';
import type { Deps } from '../route.ts';
import { isReachable } from '../settings.ts';

/** Its plan, and what people should know of it. @throws {Refusal} playbook-has-problems */
export async function planToStart(
  { store, keyring, publicUrl }: Pick<Deps, 'store' | 'keyring' | 'publicUrl'>,
  beginning: Beginning,
  { threads, who }: { readonly threads: ComputePool; readonly who: Identity },
): Promise<{ readonly plan: Plan; readonly warnings: readonly Problem[] }> {
  const verdict = await mayStart(store.pool, beginning, {
    keyring,
    isReachable: isReachable(publicUrl),
    threads,
    caller: voiceOf(who),
  });
  if (verdict.plan === undefined) refuseProblems(verdict.problems);
  return verdict;
}
