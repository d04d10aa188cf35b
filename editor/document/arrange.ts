// Where steps stand: those that nobody has placed, and all of them when somebody asks to tidy up.
// Phases are columns from left to right; within its column a step follows the flow. Pure, so that it can run anywhere.
import { Graph as Layers, layout } from '@dagrejs/dagre';
import type { Graph, GraphNode, Playbook } from '../../engine/document.ts';
import {
  CAMPAIGN,
  drawingOf,
  graphNames,
  graphOf,
  withDrawing,
  type GraphName,
  type Point,
} from './graphs.ts';
import { portsOf, stepOf } from './commands.ts';
import { grouped } from '../grouped.ts';

/** The size of a node, in pixels: it follows from its ports alone, so nothing need be measured first. */
export const WIDTH = 232;
export const HEAD = 64;
export const PORT = 24;

/** The foot of a step that leads into a journey. */
export const FOOT = 34;

/** The journey that a step leads into: the value of a field of this kind. */
export function journeyOf({ step, config }: GraphNode): string | undefined {
  const key = stepOf(step)?.fields.find(({ as }) => as === 'journey')?.key;
  const value = key === undefined ? undefined : config?.[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** How high a node is. */
export function heightOf(node: GraphNode): number {
  const ports = portsOf(node).length;
  const foot = journeyOf(node) === undefined ? 0 : FOOT;
  return HEAD + (ports > 1 ? ports * PORT : 0) + 4 + foot;
}

const GAP = { x: 72, y: 36 } as const;
const COLUMN_GAP = 56;

/** A place for every node, with the phases as columns. */
export function arrange(document: Playbook, name: GraphName): Record<string, Point> {
  const graph = graphOf(document, name);
  const phases = name === CAMPAIGN ? (document.phases ?? []).map(({ id }) => id) : [];
  const columnOf = ({ phase }: GraphNode): number => (phase === undefined ? -1 : phases.indexOf(phase));
  const groups = grouped(graph.nodes, columnOf);
  const places: Record<string, Point> = {};
  let left = 0;
  // A phase without steps has its room, too: there the first of them will come.
  const columns = new Set([...groups.keys(), ...phases.keys()]);
  for (const column of [...columns].toSorted((a, b) => a - b)) {
    const nodes = groups.get(column) ?? [];
    if (nodes.length === 0) {
      left += WIDTH + COLUMN_GAP;
      continue;
    }
    const drawn = layered({ nodes, edges: graph.edges });
    for (const [id, { x, y }] of Object.entries(drawn.places)) places[id] = { x: left + x, y };
    left += drawn.width + COLUMN_GAP;
  }
  return places;
}

function layered({ nodes, edges }: Graph): {
  readonly places: Record<string, Point>;
  readonly width: number;
} {
  const layers = new Layers();
  layers.setGraph({ rankdir: 'LR', nodesep: GAP.y, ranksep: GAP.x });
  layers.setDefaultEdgeLabel(() => ({}));
  // By number: dagre keeps names as keys of plain objects, and people may call a step anything.
  const numbers = new Map(nodes.map(({ id }, no) => [id, String(no)]));
  for (const [no, node] of nodes.entries())
    layers.setNode(String(no), { width: WIDTH, height: heightOf(node) });
  for (const { from, to } of edges) {
    const [a, b] = [numbers.get(from), numbers.get(to)];
    if (a !== undefined && b !== undefined && a !== b) layers.setEdge(a, b);
  }
  layout(layers);
  const places = Object.fromEntries(
    nodes.map(({ id }, no) => {
      const { x, y, height } = layers.node(String(no)) as { x: number; y: number; height: number };
      return [id, { x: Math.round(x - WIDTH / 2), y: Math.round(y - height / 2) }];
    }),
  );
  const right = Math.max(0, ...Object.values(places).map(({ x }) => x + WIDTH));
  return { places, width: right };
}

/**
 * The document with a place for every node: those that nobody has placed are tidied up once, when it is opened.
 * From then on nothing moves by itself, and no keystroke waits for a layout.
 */
export function placed(document: Playbook): Playbook {
  return graphNames(document).reduce((done, name) => {
    const drawing = drawingOf(done, name);
    const nodes = placesOf(done, name);
    return nodes === drawing.nodes ? done : withDrawing(done, name, { ...drawing, nodes });
  }, document);
}

const arranged = new WeakMap<Graph, Record<string, Point>>();

/** The place of every node: where somebody put it, else where it would be tidy. */
export function placesOf(document: Playbook, name: GraphName): Readonly<Record<string, Point>> {
  const graph = graphOf(document, name);
  const drawn = drawingOf(document, name).nodes;
  if (graph.nodes.every(({ id }) => Object.hasOwn(drawn, id))) return drawn;
  let tidy = arranged.get(graph);
  if (tidy === undefined) {
    tidy = arrange(document, name);
    arranged.set(graph, tidy);
  }
  return { ...tidy, ...drawn };
}
