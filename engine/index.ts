// The one door of the language: checking a playbook, its plan, and everything that problems and steps say about themselves.
// Whoever runs plans inside the Temporal sandbox takes run/ and steps/ directly, without the compiler behind this door.
import type { Attribute } from './attributes.ts';
import type { TeamChannel } from './channels/team.ts';
import { compileWith, type Compiled } from './compile/compile.ts';
import type { Registry } from './compile/draft.ts';
import { effects } from './effects/index.ts';
import { steps } from './steps/index.ts';

/** Everything that a playbook can be made of. */
export const product: Registry = { steps, effects };

/** The same for a team that has declared attributes of its members, and has these channels where they are known. */
export const productFor = (
  attributes: readonly Attribute[],
  channels?: readonly TeamChannel[],
): Registry => ({ ...product, attributes, ...(channels === undefined ? {} : { channels }) });

/**
 * Checks a document and makes its plan. Never throws; with an error there is no plan, and every problem is listed.
 * `params` are the values filled in at launch: they are bound into the plan, which thereby gets a hash of its own.
 *
 * @example const { plan, problems } = compile(JSON.parse(text))
 */
export function compile(document: unknown, params?: unknown, registry: Registry = product): Compiled {
  return compileWith(document, params, registry);
}

export { compileRule } from './compile/check-conditions.ts';
export { nameable, type Nameable } from './compile/document-fields.ts';
export { canonicalJson, sha256 } from './compile/hash.ts';
export { sampleParams } from './compile/params.ts';
export { playbookSchema } from './compile/schema.ts';
export { BUILT_IN_FIELDS, reportedField } from './fields.ts';
export { catalogue, isProblemCode, say } from './problem.ts';
export type { Compiled, Registry };
export type { Edge, Graph, GraphNode, Playbook, Text } from './document.ts';
export type { Plan, PlanNode, PlanPort } from './plan.ts';
export type { Place, Problem, ProblemCode } from './problem.ts';
