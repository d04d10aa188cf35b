// Edges and ports: every edge has two ends, every port one edge, every graph one start.
// What blocks make of the drawing is in check-blocks.ts.
import { edgePlace, placeOf, type DraftEdge, type DraftGraph, type DraftNode } from './draft.ts';
import type { Report } from './report.ts';

/** Most exits of one step, and most edges of one playbook. */
export const MOST_PORTS = 25;
export const MOST_EDGES = 5_000;

/** An edge whose both ends exist; nodes and ports by number, in the order of the document. */
export interface WiredEdge {
  readonly edge: DraftEdge;
  readonly from: number;
  readonly port: number;
  readonly to: number;
}

/** A graph in numbers. */
export interface Wiring {
  readonly graph: DraftGraph;
  readonly nodes: readonly DraftNode[];
  readonly edges: readonly WiredEdge[];
  /** The edges that leave a node, by port; absent where nothing is connected. */
  readonly out: readonly (readonly (WiredEdge | undefined)[])[];
  /** The names of each node's ports; of a node with wrong settings, what its edges say. */
  readonly names: readonly (readonly string[])[];
  readonly starts: readonly number[];
  /** Nodes at which something is wrong already, so that what follows from it is not reported again. */
  readonly broken: Set<number>;
}

/** Connects a graph, and reports what cannot be connected. */
export function checkPorts(graph: DraftGraph, report: Report): Wiring {
  const numbers = new Map<string, number>();
  const nodes: DraftNode[] = [];
  for (const node of graph.nodes) {
    if (numbers.has(node.id)) continue;
    numbers.set(node.id, nodes.length);
    nodes.push(node);
  }
  const wiring: Draft = {
    graph,
    nodes,
    edges: [],
    out: nodes.map(() => []),
    names: nodes.map((node) => node.ports?.map(({ name }) => name) ?? []),
    starts: nodes.flatMap((node, number) => (node.block?.kind === 'start' ? [number] : [])),
    broken: new Set(),
  };
  for (const edge of graph.edges) connect(edge, wiring, numbers, report);
  nodes.forEach((node, number) => checkOpen(node, number, wiring, report));
  checkStarts(wiring, report);
  return wiring;
}

type Draft = Wiring & {
  readonly edges: WiredEdge[];
  readonly out: (WiredEdge | undefined)[][];
  readonly names: string[][];
};

function connect(edge: DraftEdge, wiring: Draft, numbers: ReadonlyMap<string, number>, report: Report): void {
  const from = numbers.get(edge.from);
  const to = numbers.get(edge.to);
  for (const [end, node] of [
    [from, edge.from],
    [to, edge.to],
  ] as const) {
    if (end !== undefined) continue;
    const suggestion = report.suggest(node, [...numbers.keys()]);
    report.add('E-EDGE-DANGLING', edgePlace(edge), { edge: edge.id, node, nearest: suggestion });
  }
  if (from === undefined) return;
  const port = portNumber(edge, from, wiring, report);
  if (to === undefined || port === undefined) {
    wiring.broken.add(from);
    return;
  }
  const out = wiring.out[from]!;
  const other = out[port];
  if (other !== undefined) {
    const values = { step: wiring.nodes[from]!.name, port: edge.port, otherEdge: other.edge.id };
    report.add('E-PORT-TWICE', { ...edgePlace(edge), node: edge.from, port: edge.port }, values);
    return;
  }
  const wired = { edge, from, port, to };
  out[port] = wired;
  wiring.edges.push(wired);
}

function portNumber(edge: DraftEdge, from: number, wiring: Draft, report: Report): number | undefined {
  const node = wiring.nodes[from]!;
  const names = wiring.names[from]!;
  const port = names.indexOf(edge.port);
  if (port >= 0) return port;
  // Ports of a node with wrong settings are what its edges say, so that one mistake is reported once.
  if (node.ports === undefined) return names.push(edge.port) - 1;
  report.add(
    'E-PORT-UNKNOWN',
    { ...edgePlace(edge), node: node.id, port: edge.port },
    {
      step: node.name,
      port: edge.port,
      known: names.join(', ') || '–',
      nearest: report.suggest(edge.port, names),
    },
  );
  return undefined;
}

// Names of exits that a waiting step leaves by when its time is over.
const TIMEOUTS = new Set(['timeout', 'expired', 'overdue']);

function checkOpen(node: DraftNode, number: number, wiring: Draft, report: Report): void {
  const ports = node.ports ?? [];
  if (ports.length > MOST_PORTS) {
    report.add('E-LIMIT-BRANCHES', placeOf(node), { step: node.name, got: ports.length, limit: MOST_PORTS });
  }
  const names = wiring.names[number]!;
  ports.forEach(({ name, open = 'needed' }, index) => {
    if (names.indexOf(name) < index) {
      const known = report.problems.some((it) => it.code === 'E-PORT-SAME' && it.place.node === node.id);
      if (!known)
        report.add('E-PORT-SAME', { ...placeOf(node), port: name }, { step: node.name, port: name });
      return;
    }
    const isDangling = wiring.broken.has(number);
    if (wiring.out[number]![index] !== undefined || isDangling) return;
    if (open === 'stuck' || (open === 'first' && index > 0)) return;
    wiring.broken.add(number);
    const place = { ...placeOf(node), port: name };
    const code = TIMEOUTS.has(name) && node.step?.topics !== undefined ? 'E-WAIT-NO-TIMEOUT' : 'E-PORT-OPEN';
    report.add(code, place, { step: node.name, port: name });
  });
}

function checkStarts({ graph, nodes, starts }: Wiring, report: Report): void {
  const [first, ...more] = starts;
  // A node whose settings cannot be read may be the start.
  if (first === undefined && nodes.every((node) => node.step !== undefined)) {
    report.add('E-NO-START', { graph: graph.id, pointer: graph.pointer }, { graph: graph.id });
  }
  for (const number of more) {
    const node = nodes[number]!;
    const values = { graph: graph.id, other: nodes[first!]!.name, step: node.name };
    report.add('E-MANY-STARTS', placeOf(node), values);
  }
}
