// What was learned in a run goes back into a playbook: texts that were changed, and parameters that were corrected. Pure.
import type { Graph, GraphNode, Playbook, Text } from '../../engine/document.ts';
import type { JsonObject } from '../../engine/json.ts';
import { dateParams } from './forecast.ts';

/** What a run changed of its version. */
export interface Learned {
  readonly texts: Readonly<Record<string, Text>>;
  readonly overrides: JsonObject;
  readonly params: JsonObject;
}

/**
 * The document with the run's texts in the place of its own, and its parameters as defaults.
 * Dates are no defaults: the next activity has its own.
 */
export function templateFrom(document: Playbook, learned: Learned, key: string, title: Text): Playbook {
  const { journeys } = document;
  return {
    ...document,
    id: key,
    title,
    params: withDefaults(document, { ...learned.params, ...learned.overrides }),
    graph: retexted(document.graph, learned.texts),
    ...(journeys === undefined
      ? {}
      : {
          journeys: Object.fromEntries(
            Object.entries(journeys).map(([name, journey]) => [
              name,
              { ...journey, graph: retexted(journey.graph, learned.texts) },
            ]),
          ),
        }),
  };
}

/** Parameters, other than dates, whose value in the run differs from what the playbook would fill in. */
export function changedParams(document: Playbook, learned: Learned): string[] {
  const properties = propertiesOf(document);
  const values = { ...learned.params, ...learned.overrides };
  const dates = dateParams(document);
  return Object.keys(properties).filter(
    (name) =>
      !dates.includes(name) &&
      Object.hasOwn(values, name) &&
      JSON.stringify(values[name]) !== JSON.stringify(properties[name]?.['default']),
  );
}

const propertiesOf = (document: Playbook): Readonly<Record<string, JsonObject>> =>
  (document.params?.['properties'] ?? {}) as Readonly<Record<string, JsonObject>>;

function withDefaults(document: Playbook, values: JsonObject): NonNullable<Playbook['params']> {
  const dates = dateParams(document);
  const properties = Object.entries(propertiesOf(document)).map(([name, schema]) => {
    const value = values[name];
    return [name, value === undefined || dates.includes(name) ? schema : { ...schema, default: value }];
  });
  return { ...document.params, properties: Object.fromEntries(properties) as JsonObject };
}

function retexted(graph: Graph, texts: Readonly<Record<string, Text>>): Graph {
  return { ...graph, nodes: graph.nodes.map((node) => withText(node, texts[node.id])) };
}

/** The place of a node's text: that which a running activity lets its operators change. */
const PLACES = ['text', 'script', 'title'] as const;

function withText(node: GraphNode, text: Text | undefined): GraphNode {
  const key = PLACES.find((it) => it in (node.config ?? {}));
  return text === undefined || key === undefined
    ? node
    : { ...node, config: { ...node.config, [key]: text } };
}
