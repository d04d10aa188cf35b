// A document taken apart for checking: graphs, nodes and edges as far as they can be read, each with its pointer.
// Assumes nothing about its shape; what cannot be read is left out here and reported by check-shape.ts.
import type { Attribute } from '../attributes.ts';
import type { TeamChannel } from '../channels/team.ts';
import type { Text } from '../document.ts';
import type { EffectDefinition } from '../effect.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Place } from '../problem.ts';
import type { Port, StepDefinition } from '../step.ts';
import { inside } from './pointer.ts';

/** What a playbook can be made of. */
export interface Registry {
  readonly steps: Readonly<Record<string, StepDefinition>>;
  readonly effects: Readonly<
    Record<string, Pick<EffectDefinition<string, string, never, never>, 'codes' | 'harmless'>>
  >;
  /** Attributes of members that the team has declared: conditions may name them, and what is set must fit them. */
  readonly attributes?: readonly Attribute[];
  /** The channels that the team's playbooks may name; absent where they are not known, and then nothing is checked against them. */
  readonly channels?: readonly TeamChannel[];
  /** False where the world does not reach the pages that links of texts and forms lead to. */
  readonly isReachable?: boolean;
  /** The version will take over journeys that a running one holds open: its campaign begins anew. */
  readonly takesOver?: boolean;
}

/** What a step is to the block structure. */
export type Block = NonNullable<ReturnType<NonNullable<StepDefinition['block']>>>;

/** A graph as it is read: the campaign's (number 0) or a journey's. */
export interface DraftGraph {
  /** `campaign`, or the id of the journey. */
  readonly id: string;
  readonly number: number;
  readonly pointer: string;
  /** Of the journey's waits, where it says one. */
  readonly tolerance: Json | undefined;
  readonly nodes: DraftNode[];
  readonly edges: DraftEdge[];
}

/** A node as it is read. The last fields are filled in by the checks, in this order. */
export interface DraftNode {
  readonly id: string;
  readonly graph: DraftGraph;
  readonly pointer: string;
  /** What people call it: its title, or its id. */
  readonly name: string;
  readonly type: string;
  readonly raw: JsonObject;
  readonly off: boolean;
  readonly step: StepDefinition | undefined;
  /** The config with parameters filled in. */
  config: JsonObject;
  /** Where parameters stood: pointers into the config, with the name of the parameter. */
  refs: ReadonlyMap<string, string>;
  /** Pointers into the config at which its shape is wrong. */
  wrong: readonly string[];
  /** Undefined when the settings are too wrong to know them. */
  ports: readonly Port[] | undefined;
  block: Block | undefined;
}

/** An edge as it is read. */
export interface DraftEdge {
  readonly id: string;
  readonly graph: DraftGraph;
  readonly pointer: string;
  readonly from: string;
  readonly port: string;
  readonly to: string;
}

/** Takes the graphs of a document apart: the campaign first, then the journeys in the order of their ids. */
export function readGraphs(document: JsonObject, { steps }: Registry): DraftGraph[] {
  const journeys = objectOf(document['journeys']);
  return [
    readGraph(
      { id: 'campaign', number: 0, pointer: '/graph', tolerance: undefined },
      document['graph'],
      steps,
    ),
    ...Object.keys(journeys)
      .sort()
      .map((id, index) => {
        const pointer = `${inside('/journeys', id)}/graph`;
        const { graph, tolerance } = objectOf(journeys[id]);
        return readGraph({ id, number: index + 1, pointer, tolerance }, graph, steps);
      }),
  ];
}

type GraphName = Pick<DraftGraph, 'id' | 'number' | 'pointer' | 'tolerance'>;

function readGraph(name: GraphName, value: Json | undefined, steps: Registry['steps']): DraftGraph {
  const graph: DraftGraph = { ...name, nodes: [], edges: [] };
  const { nodes, edges } = objectOf(value);
  listOf(nodes).forEach((item, index) => {
    const raw = objectOf(item);
    if (typeof raw['id'] !== 'string') return;
    graph.nodes.push(readNode(raw, raw['id'], { graph, pointer: `${name.pointer}/nodes/${index}` }, steps));
  });
  listOf(edges).forEach((item, index) => {
    const { id, from, port, to } = objectOf(item);
    if (typeof from !== 'string' || typeof port !== 'string' || typeof to !== 'string') return;
    const pointer = `${name.pointer}/edges/${index}`;
    graph.edges.push({ id: typeof id === 'string' ? id : '', graph, pointer, from, port, to });
  });
  return graph;
}

function readNode(
  raw: JsonObject,
  id: string,
  place: Pick<DraftNode, 'graph' | 'pointer'>,
  steps: Registry['steps'],
): DraftNode {
  const type = typeof raw['step'] === 'string' ? raw['step'] : '';
  const title = Object.values(objectOf(raw['title'])).find((text) => typeof text === 'string' && text !== '');
  return {
    id,
    ...place,
    name: typeof title === 'string' ? title : id,
    type,
    raw,
    off: raw['off'] === true,
    step: Object.hasOwn(steps, type) ? steps[type] : undefined,
    config: objectOf(raw['config']),
    refs: new Map(),
    wrong: [],
    ports: undefined,
    block: undefined,
  };
}

/** Titles that the document has in several languages, by each of them. */
export function titlesOf(document: JsonObject, nodes: readonly DraftNode[]): ReadonlyMap<string, Text> {
  const titles = new Map<string, Text>();
  for (const title of [...nodes.map(({ raw }) => raw['title']), document['title']]) {
    const texts = Object.entries(objectOf(title)).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
    );
    if (texts.length < 2) continue;
    for (const [, text] of texts) titles.set(text, Object.fromEntries(texts));
  }
  return titles;
}

/** What people call a node in a language, as far as its title has it. */
export function nameIn({ raw, name }: DraftNode, language: 'zh' | 'en'): string {
  const titles = Object.entries(objectOf(raw['title']));
  const [, title] = titles.find(([locale, text]) => locale.startsWith(language) && text !== '') ?? [];
  return typeof title === 'string' ? title : name;
}

/** The place of a node, or of a value inside it: `pointer` counts from the node. */
export function placeOf(node: DraftNode, pointer = ''): Place {
  return { graph: node.graph.id, node: node.id, pointer: node.pointer + pointer };
}

/** The place of an edge. */
export function edgePlace(edge: DraftEdge): Place {
  return { graph: edge.graph.id, edge: edge.id, pointer: edge.pointer };
}

/** The value when it is an object, otherwise an empty one. */
export function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** The value when it is a list, otherwise an empty one. */
export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
