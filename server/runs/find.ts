// A run that the caller may see, or the refusal that says nothing.
import type { Sql } from '../../workers/store/client.ts';
import { runOf, type RunFacts } from '../../workers/store/run.ts';
import type { Identity } from '../identity/identity.ts';
import { Refusal } from '../refusal.ts';

/** The run, when it belongs to the caller's team. */
export async function findRun(sql: Sql, who: Identity, id: string): Promise<RunFacts> {
  const run = await runOf(sql, id);
  if (run === undefined || run.team !== who.team) throw new Refusal('not-found');
  return run;
}

/** The index of a node by its id. */
export function nodeIndex(run: Pick<RunFacts, 'plan'>, id: string, place = '/node'): number {
  const index = run.plan.nodes.findIndex((node) => node.id === id);
  if (index < 0) throw new Refusal('unknown-node', { place, values: { node: id } });
  return index;
}
