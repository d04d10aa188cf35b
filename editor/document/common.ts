// What several steps have in common: the settings that all of them know, and what is set where they agree. Pure.
// A setting is the same when its name, its kind and its schema are; steps are not asked what they are.
import { canonicalJson } from '../../engine/compile/hash.ts';
import type { GraphNode } from '../../engine/document.ts';
import type { Json } from '../../engine/json.ts';
import type { Field } from '../../engine/step.ts';
import { setConfig, stepOf, type Command } from './commands.ts';
import type { GraphName } from './graphs.ts';

/** A setting of all of them. */
export interface CommonField {
  readonly field: Field;
  readonly schema: Readonly<Record<string, unknown>>;
  /** Their value where all have the same; undefined where they differ or none has one. */
  readonly value: Json | undefined;
  /** How many different values there are; a missing one counts as one. */
  readonly kinds: number;
}

/** The settings that all steps know, in the order of the first. */
export function commonFields(nodes: readonly GraphNode[]): readonly CommonField[] {
  const [first, ...others] = nodes;
  if (first === undefined) return [];
  return (stepOf(first.step)?.fields ?? []).flatMap((field): CommonField[] => {
    const own = schemaOf(first, field.key);
    const isCommon = others.every(
      (node) =>
        node.step === first.step ||
        (stepOf(node.step)?.fields.some(({ key, as }) => key === field.key && as === field.as) === true &&
          same(schemaOf(node, field.key), own)),
    );
    if (!isCommon) return [];
    const values = nodes.map((node) => node.config?.[field.key]);
    const kinds = new Set(values.map((value) => (value === undefined ? '' : canonicalJson(value)))).size;
    return [{ field, schema: own, value: kinds === 1 ? values[0] : undefined, kinds }];
  });
}

function schemaOf({ step }: GraphNode, key: string): Readonly<Record<string, unknown>> {
  const { properties = {} } = (stepOf(step)?.config ?? {}) as {
    readonly properties?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  return properties[key] ?? {};
}

const same = (a: unknown, b: unknown): boolean => canonicalJson(a as Json) === canonicalJson(b as Json);

/** Changes one setting of several steps at once. Typing in one field is one gesture. */
export function setConfigs(
  graph: GraphName,
  ids: readonly string[],
  key: string,
  value: Json | undefined,
): Command {
  const count = ids.length;
  return {
    says: { zh: `修改 ${count} 个步骤的设置`, en: `Change a setting of ${count} steps` },
    gesture: `configs ${graph} ${key} ${ids.join(' ')}`,
    apply: (document) => ids.reduce((now, id) => setConfig(graph, id, key, value).apply(now), document),
  };
}
