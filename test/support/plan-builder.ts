// Plans written by hand, with ids instead of indices: for tests of the interpreter that need no compiler.
// Proves nothing about a plan: what is written here is believed.
import type { Plan, PlanBlock, PlanNode, PlanPort } from '../../engine/plan.ts';

/** Where a port leads: a node's id, with the turn of the edge where it has one. Null leads nowhere. */
export type Way = string | null | { readonly to: string; readonly turn: 'into' | 'back' };

/** A node with ids instead of indices. */
export interface NodeSketch {
  readonly id: string;
  readonly step: string;
  readonly config?: PlanNode['config'];
  readonly ports?: Readonly<Record<string, Way>>;
  readonly block?:
    | { readonly kind: 'fork'; readonly join: string | null }
    | { readonly kind: 'join'; readonly fork: string; readonly need: number | 'all' }
    | { readonly kind: 'repeat'; readonly max: number };
  readonly rest?: Partial<
    Pick<PlanNode, 'off' | 'retry' | 'late' | 'grainMs' | 'heedMs' | 'anchors' | 'shifts' | 'skip'>
  >;
}

/** Builds a plan; each graph begins at its first node. */
export function planOf(
  graphs: Readonly<Record<string, readonly NodeSketch[]>>,
  effects: Plan['effects'],
): Plan {
  const sketches = Object.entries(graphs).flatMap(([graph, nodes]) => nodes.map((node) => ({ graph, node })));
  const ids = new Map(sketches.map(({ graph, node }, index) => [`${graph}/${node.id}`, index]));
  const names = Object.keys(graphs);
  const nodes = sketches.map(({ graph, node }): PlanNode => {
    const indexOf = (id: string | null): number => (id === null ? -1 : must(ids.get(`${graph}/${id}`), id));
    return {
      id: node.id,
      graph: names.indexOf(graph),
      step: node.step,
      config: node.config ?? {},
      ports: Object.entries(node.ports ?? {}).map(([name, way]) => portOf(name, way, indexOf)),
      retry: { attempts: 3, firstMs: 10_000, maxMs: 60_000 },
      // oxlint-disable-next-line unicorn/no-thenable -- a word of the plan
      late: { afterMs: 300_000, then: 'run' },
      skip: 0,
      grainMs: 0,
      ...(node.block === undefined ? {} : { block: blockOf(node.block, indexOf) }),
      ...node.rest,
    };
  });
  return {
    semantics: 1,
    hash: 'test',
    playbook: 'test',
    title: {},
    zone: 'Asia/Shanghai',
    locales: [],
    params: {},
    graphs: names.map((id) => ({ id, start: must(ids.get(`${id}/${graphs[id]?.[0]?.id}`), id) })),
    nodes,
    effects,
  };
}

function portOf(name: string, way: Way, indexOf: (id: string | null) => number): PlanPort {
  if (way === null || typeof way === 'string') return { name, to: indexOf(way) };
  return { name, to: indexOf(way.to), turn: way.turn };
}

function blockOf(block: NonNullable<NodeSketch['block']>, indexOf: (id: string | null) => number): PlanBlock {
  switch (block.kind) {
    case 'fork':
      return { kind: 'fork', join: indexOf(block.join) };
    case 'join':
      return { kind: 'join', fork: indexOf(block.fork), need: block.need };
    case 'repeat':
      return block;
  }
}

function must(index: number | undefined, id: string): number {
  if (index === undefined) throw new Error(`No node has the id ${id}`);
  return index;
}
