// A wire that goes back makes a loop, and a loop needs a bound: this draws the step that counts the rounds.
// What came into the target now comes into the repeat; its body is what lay between; the wire leads back to it.
import { compile } from '../../engine/index.ts';
import type { Edge, Playbook } from '../../engine/document.ts';
import type { Command } from '../document/commands.ts';
import {
  edgeFrom,
  freshId,
  graphOf,
  idsOf,
  nodeOf,
  withDrawing,
  withGraph,
  drawingOf,
  type GraphName,
} from '../document/graphs.ts';
import { placesOf, WIDTH } from '../document/arrange.ts';

/** A wire that somebody wants to draw. */
export interface Wire {
  readonly from: string;
  readonly port: string;
  readonly to: string;
}

const ROUNDS = 3;

/** The command that makes a refused wire back a repeat; undefined where that would be wrong too. */
export function repeatBack(document: Playbook, graph: GraphName, wire: Wire): Command | undefined {
  const command = repeated(document, graph, wire);
  if (command === undefined) return undefined;
  const errorsOf = (it: Playbook): number =>
    compile(it).problems.filter(({ severity, place }) => severity === 'error' && place.edge !== undefined)
      .length;
  const isSound = errorsOf(command.apply(document)) <= errorsOf(document);
  return isSound ? command : undefined;
}

function repeated(document: Playbook, graph: GraphName, { from, port, to }: Wire): Command | undefined {
  const drawn = graphOf(document, graph);
  const target = nodeOf(drawn, to);
  if (target === undefined || nodeOf(drawn, from) === undefined) return undefined;
  const taken = idsOf(document);
  const fresh = (wish: string): string => {
    const id = freshId(taken, wish);
    taken.add(id);
    return id;
  };
  const [repeat, end] = [fresh('repeat'), fresh('end')];
  const old = edgeFrom(drawn, from, port);
  const body = bodyOf(drawn.edges, to, from);
  const phase = target.phase === undefined ? {} : { phase: target.phase };
  const edges = drawn.edges
    .filter((edge) => edge !== old)
    .map((edge) => (edge.to === to && !body.has(edge.from) ? { ...edge, to: repeat } : edge));
  const nodes = [
    ...drawn.nodes,
    { id: repeat, step: 'repeat', config: { max: ROUNDS }, ...phase },
    ...(old === undefined ? [{ id: end, step: 'end', config: {}, ...phase }] : []),
  ];
  const wires: Edge[] = [
    { id: fresh(`${repeat}-each`), from: repeat, port: 'each', to },
    { id: fresh(`${repeat}-done`), from: repeat, port: 'done', to: old?.to ?? end },
    { id: old?.id ?? fresh(`${from}-${port}`), from, port, to: repeat },
  ];
  const places = placesOf(document, graph);
  const { x, y } = places[to] ?? { x: 0, y: 0 };
  return {
    says: { zh: `重复，最多 ${ROUNDS} 次`, en: `Repeat, at most ${ROUNDS} times` },
    apply: (before) => {
      if (graphOf(before, graph) !== drawn) return before;
      const next = withGraph(before, graph, { nodes, edges: [...edges, ...wires] });
      const drawing = drawingOf(next, graph);
      return withDrawing(next, graph, {
        ...drawing,
        nodes: {
          ...drawing.nodes,
          [repeat]: { x: x - 40, y: y - 140 },
          ...(old === undefined ? { [end]: { x: x + WIDTH + 40, y: y - 140 } } : {}),
        },
      });
    },
  };
}

/** What lies between the target and the source of a wire back: on some way from one to the other. */
function bodyOf(edges: readonly Edge[], first: string, last: string): ReadonlySet<string> {
  const reach = (begin: string, next: (edge: Edge) => readonly [from: string, to: string]): Set<string> => {
    const seen = new Set([begin]);
    for (const id of seen) {
      for (const edge of edges) {
        const [a, b] = next(edge);
        if (a === id) seen.add(b);
      }
    }
    return seen;
  };
  const after = reach(first, ({ from, to }) => [from, to]);
  const before = reach(last, ({ from, to }) => [to, from]);
  return new Set([...after].filter((id) => before.has(id)));
}
