// What the conditions and texts of a document may name, for whoever helps to write them. The compiler's own answer.
import type { Playbook } from '../document.ts';
import type { JsonObject } from '../json.ts';
import { OPT_OUT } from '../language/links.ts';
import { pathsOf, type FieldSchema } from '../language/rule.ts';
import { linkTo, placeholdersIn } from './check-fields.ts';
import { readGraphs, type Registry } from './draft.ts';
import { fieldsOf } from './fields.ts';
import { readParams } from './params.ts';

/** Fields with their types and labels, and for each graph every placeholder of a text: `params.topic`, `links.optOut`. */
export interface Nameable {
  readonly fields: FieldSchema;
  readonly placeholders: Readonly<Record<string, readonly string[]>>;
}

/** Reads it from a document of the right shape. */
export function nameable(document: Playbook, registry: Registry): Nameable {
  const raw = document as unknown as JsonObject;
  const graphs = readGraphs(raw, registry);
  const nodes = graphs.flatMap((graph) => graph.nodes);
  const params = readParams(raw, undefined);
  const fields = fieldsOf(raw, nodes, { params, attributes: registry.attributes ?? [] });
  const everywhere = new Set([...pathsOf(fields), linkTo(OPT_OUT)]);
  return {
    fields,
    placeholders: Object.fromEntries(
      graphs.map(({ id, number }) => [id, [...placeholdersIn(number, everywhere, nodes)]]),
    ),
  };
}
