// Which roles a plan asks for, and who may act in them.
// A role is a name of the playbook; the launch says which colleagues fill it.
import type { Json } from '../../engine/json.ts';
import type { Plan } from '../../engine/plan.ts';
import type { Field, StepDefinition } from '../../engine/step.ts';
import { steps } from '../../engine/steps/index.ts';
import type { Identity } from '../identity/identity.ts';
import { voiceOf } from '../identity/identity.ts';

/** The roles that the steps of a plan name, in alphabetical order. A role that is still a parameter is left out. */
export function rolesOf(plan: Plan): string[] {
  const roles = new Set<string>();
  const collect = (fields: readonly Field[], config: Json | undefined): void => {
    if (typeof config !== 'object' || config === null) return;
    for (const { key, as, of } of fields) {
      const value = (config as { readonly [key: string]: Json })[key];
      if (as === 'role' && typeof value === 'string') roles.add(value);
      if (as === 'list' && of !== undefined && Array.isArray(value)) {
        for (const row of value as readonly Json[]) collect(of, row);
      }
    }
  };
  for (const { step, config, off } of plan.nodes) {
    const definition: StepDefinition = steps[step as keyof typeof steps];
    if (off !== true) collect(definition.fields, config);
  }
  return [...roles].toSorted();
}

/** Role → the colleagues who fill it in a run. */
export type Cast = Readonly<Record<string, readonly string[]>>;

/**
 * Whether somebody may act in a role of a run: those whom the launch named for it.
 * Where it named nobody, whoever has that role in the team, and its owners.
 */
export function mayAct(who: Identity, cast: Cast, role: string): boolean {
  const named = Object.hasOwn(cast, role) ? (cast[role] ?? []) : [];
  if (named.length > 0) return named.includes(voiceOf(who));
  return who.roles.some((own) => own === role || own === 'owner');
}
