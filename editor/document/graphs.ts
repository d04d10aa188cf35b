// Where a graph stands in a document, and how a document with another graph is made. Nothing is ever changed in place.
// Knows neither React nor React Flow.
import type { Edge, Graph, GraphNode, Playbook } from '../../engine/document.ts';
import type { JsonObject } from '../../engine/json.ts';

/** The campaign's own graph, or the id of a journey. */
export type GraphName = string;

/** The name of the campaign's graph; no journey may have it. */
export const CAMPAIGN: GraphName = 'campaign';

/** Where something is drawn, in pixels from the left and the top of its graph. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A note on the canvas: never a step, never part of a version's meaning. */
export interface Note extends Point {
  readonly id: string;
  readonly text: string;
  readonly width: number;
  readonly height: number;
  readonly colour: string;
}

/** What is drawn of one graph. */
export interface Drawing {
  readonly nodes: Readonly<Record<string, Point & { readonly colour?: string }>>;
  readonly notes: readonly Note[];
}

const EMPTY_GRAPH: Graph = { nodes: [], edges: [] };
const EMPTY_DRAWING: Drawing = { nodes: {}, notes: [] };

/** A graph; an empty one where there is none, so that nobody falls over a journey that was just deleted. */
export function graphOf(document: Playbook, name: GraphName): Graph {
  return name === CAMPAIGN ? document.graph : (own(document.journeys, name)?.graph ?? EMPTY_GRAPH);
}

/** The names of all graphs, the campaign's first. */
export const graphNames = (document: Playbook): readonly GraphName[] => [
  CAMPAIGN,
  ...Object.keys(document.journeys ?? {}),
];

/** The document with another graph in the place of one. A journey that is not there stays away. */
export function withGraph(document: Playbook, name: GraphName, graph: Graph): Playbook {
  if (graph === graphOf(document, name)) return document;
  if (name === CAMPAIGN) return { ...document, graph };
  const journey = own(document.journeys, name);
  return journey === undefined
    ? document
    : { ...document, journeys: { ...document.journeys, [name]: { ...journey, graph } } };
}

/** What is drawn of a graph. */
export function drawingOf(document: Playbook, name: GraphName): Drawing {
  const drawn = own(document.layout, name) as Partial<Drawing> | undefined;
  return drawn === undefined ? EMPTY_DRAWING : { nodes: drawn.nodes ?? {}, notes: drawn.notes ?? [] };
}

/** The document with another drawing of a graph. */
export function withDrawing(document: Playbook, name: GraphName, drawing: Drawing): Playbook {
  return drawing === drawingOf(document, name)
    ? document
    : { ...document, layout: { ...document.layout, [name]: drawing as unknown as JsonObject } };
}

/** A node by its id. */
export const nodeOf = ({ nodes }: Graph, id: string): GraphNode | undefined =>
  nodes.find((node) => node.id === id);

/** The edge that leaves a port. A port has one at most. */
export const edgeFrom = ({ edges }: Graph, from: string, port: string): Edge | undefined =>
  edges.find((edge) => edge.from === from && edge.port === port);

/** An id that nothing of the document has yet: readable, so that conditions and links can name it. */
export function freshId(taken: ReadonlySet<string>, wish: string): string {
  const base = wish.replaceAll(/^[^a-z]+|[^\w-]/gi, '') || 'step';
  // `constructor` is something of every object already.
  if (!taken.has(base) && !(base in Object.prototype)) return base;
  let no = 2;
  while (taken.has(`${base}-${no}`)) no += 1;
  return `${base}-${no}`;
}

/** Every id that nodes and edges of a document have. */
export function idsOf(document: Playbook): Set<string> {
  const ids = new Set<string>();
  for (const name of graphNames(document)) {
    const { nodes, edges } = graphOf(document, name);
    for (const { id } of nodes) ids.add(id);
    for (const { id } of edges) ids.add(id);
  }
  return ids;
}

function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}
