// Steps as text on the clipboard: into another playbook, another tab, another installation, or a chat and back.
// They take along the declarations of parameters and the journeys that they name. Not the clipboard of the browser, and not
// what is missing where they arrive (pasting.ts).
import type { Edge, Graph, GraphNode, Journey, Playbook } from '../../engine/document.ts';
import type { Json } from '../../engine/json.ts';
import { paramsOf, type ParamSchema } from './params.ts';
import { journeysIn, paramsIn } from './references.ts';
import { drawingOf, freshId, graphOf, idsOf, type GraphName, type Point } from './graphs.ts';

const KIND = 'kindling/steps';

/** Steps with their inner edges, and where each stands from the upper left corner of all. */
export interface Piece extends Graph {
  readonly places: Readonly<Record<string, Point>>;
  /** Declarations of the parameters that they name. */
  readonly params?: Readonly<Record<string, ParamSchema>>;
  /** The journeys that they lead into. */
  readonly journeys?: Readonly<Record<string, Journey>>;
}

/** Copies nodes and the edges between them. */
export function copy(document: Playbook, graph: GraphName, ids: readonly string[]): Piece {
  const { nodes, edges } = graphOf(document, graph);
  const drawn = drawingOf(document, graph).nodes;
  const taken = nodes.filter(({ id }) => ids.includes(id));
  const points = taken.map(({ id }) => drawn[id] ?? { x: 0, y: 0 });
  const left = Math.min(...points.map(({ x }) => x));
  const top = Math.min(...points.map(({ y }) => y));
  const journeys = picked(document.journeys ?? {}, journeysIn(taken));
  const named = paramsIn([taken, Object.values(journeys)] as unknown as Json);
  return {
    nodes: taken,
    edges: edges.filter(({ from, to }) => ids.includes(from) && ids.includes(to)),
    places: Object.fromEntries(
      taken.map(({ id }, i) => [id, { x: points[i]!.x - left, y: points[i]!.y - top }]),
    ),
    params: picked(paramsOf(document), named),
    journeys,
  };
}

const picked = <T>(all: Readonly<Record<string, T>>, names: ReadonlySet<string>): Record<string, T> =>
  Object.fromEntries(Object.entries(all).filter(([name]) => names.has(name)));

/** As text. */
export const write = (piece: Piece): string => JSON.stringify({ kind: KIND, ...piece }, null, 2);

/** Reads such a text; undefined for any other. Never throws. */
export function read(text: string): Piece | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || value['kind'] !== KIND) return undefined;
  const { nodes, edges, places, params = {}, journeys = {} } = value;
  if (!Array.isArray(nodes) || !Array.isArray(edges) || !isObject(places)) return undefined;
  if (!nodes.every(isNode) || !edges.every(isEdge)) return undefined;
  if (!isObject(params) || !isObject(journeys)) return undefined;
  const points = Object.entries(places).flatMap(([id, place]) =>
    isPoint(place) ? [[id, { x: place.x, y: place.y }] as const] : [],
  );
  return {
    nodes,
    edges,
    places: Object.fromEntries(points),
    params: keptIf(params, isObject) as Readonly<Record<string, ParamSchema>>,
    journeys: keptIf(journeys, isJourney),
  };
}

/** The piece with ids that are free in the document, placed at a point. */
export function fresh(document: Playbook, piece: Piece, at: Point): Piece {
  const taken = idsOf(document);
  const names = new Map<string, string>();
  const rename = (wish: string): string => {
    const id = freshId(taken, wish);
    taken.add(id);
    return id;
  };
  for (const { id } of piece.nodes) names.set(id, rename(id));
  const nameOf = (id: string): string => names.get(id) ?? id;
  return {
    ...piece,
    nodes: piece.nodes.map((node) => ({ ...node, id: nameOf(node.id) })),
    edges: piece.edges
      .filter(({ from, to }) => names.has(from) && names.has(to))
      .map((edge) => ({ ...edge, id: rename(edge.id), from: nameOf(edge.from), to: nameOf(edge.to) })),
    places: Object.fromEntries(
      piece.nodes.map(({ id }) => {
        const { x, y } = Object.hasOwn(piece.places, id) ? piece.places[id]! : { x: 0, y: 0 };
        return [nameOf(id), { x: at.x + x, y: at.y + y }];
      }),
    ),
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const keptIf = <T>(all: Record<string, unknown>, is: (value: unknown) => value is T): Record<string, T> =>
  Object.fromEntries(Object.entries(all).flatMap(([name, it]) => (is(it) ? [[name, it] as const] : [])));

const isJourney = (value: unknown): value is Journey =>
  isObject(value) &&
  isObject(value['title']) &&
  isObject(value['graph']) &&
  Array.isArray(value['graph']['nodes']) &&
  value['graph']['nodes'].every(isNode) &&
  Array.isArray(value['graph']['edges']) &&
  value['graph']['edges'].every(isEdge);

const isNode = (value: unknown): value is GraphNode =>
  isObject(value) &&
  typeof value['id'] === 'string' &&
  typeof value['step'] === 'string' &&
  (value['config'] === undefined || isObject(value['config']));

const isEdge = (value: unknown): value is Edge =>
  isObject(value) && ['id', 'from', 'port', 'to'].every((key) => typeof value[key] === 'string');

const isPoint = (value: unknown): value is Point =>
  isObject(value) && Number.isFinite(value['x']) && Number.isFinite(value['y']);
