// Walking along the wires by keyboard: what follows, what came before, what stands above and below.
// Pure; where nothing is connected the nearest step in that direction answers.
import type { Graph } from '../../engine/document.ts';
import type { Point } from '../document/graphs.ts';

export type Direction = 'left' | 'right' | 'up' | 'down';

/** The step that one comes to from another; undefined where the way ends. */
export function stepTowards(
  { nodes, edges }: Graph,
  places: Readonly<Record<string, Point>>,
  from: string,
  direction: Direction,
): string | undefined {
  if (direction === 'right') {
    const onward = edges.filter((edge) => edge.from === from).map(({ to }) => to);
    if (onward.length > 0) return highest(onward, places);
  }
  if (direction === 'left') {
    const before = edges.filter((edge) => edge.to === from).map((edge) => edge.from);
    if (before.length > 0) return highest(before, places);
  }
  return nearest(
    nodes.map(({ id }) => id).filter((id) => id !== from),
    places,
    from,
    direction,
  );
}

const highest = (ids: readonly string[], places: Readonly<Record<string, Point>>): string | undefined =>
  ids.toSorted((a, b) => (places[a]?.y ?? 0) - (places[b]?.y ?? 0))[0];

/** The nearest in a direction: what lies aside counts three times as far. */
function nearest(
  ids: readonly string[],
  places: Readonly<Record<string, Point>>,
  from: string,
  direction: Direction,
): string | undefined {
  const here = places[from] ?? { x: 0, y: 0 };
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const id of ids) {
    const there = places[id] ?? { x: 0, y: 0 };
    const [dx, dy] = [there.x - here.x, there.y - here.y];
    const [along, aside] = {
      left: [-dx, dy],
      right: [dx, dy],
      up: [-dy, dx],
      down: [dy, dx],
    }[direction] as [number, number];
    if (along <= 0) continue;
    const distance = along + Math.abs(aside) * 3;
    if (distance < least) [best, least] = [id, distance];
  }
  return best;
}

/** Steps in the order in which one reads them: as the wires lead, from the start; what hangs nowhere comes last. */
export function readingOrder(graph: Graph, places: Readonly<Record<string, Point>>): readonly string[] {
  const byPlace = (a: string, b: string): number =>
    (places[a]?.x ?? 0) - (places[b]?.x ?? 0) || (places[a]?.y ?? 0) - (places[b]?.y ?? 0);
  const entered = new Set(graph.edges.map(({ to }) => to));
  const onward = new Map<string, string[]>();
  for (const { from, to } of graph.edges) onward.set(from, [...(onward.get(from) ?? []), to]);
  const ids = graph.nodes.map(({ id }) => id);
  const roots = ids.filter((id) => !entered.has(id)).toSorted(byPlace);
  const seen = new Set<string>();
  const visit = (begin: string): void => {
    const stack = [begin];
    while (stack.length > 0) {
      const id = stack.pop()!;
      if (seen.has(id)) continue;
      seen.add(id);
      stack.push(...(onward.get(id) ?? []).toSorted(byPlace).reverse());
    }
  };
  for (const id of [...roots, ...ids.toSorted(byPlace)]) visit(id);
  const known = new Set(ids);
  return [...seen].filter((id) => known.has(id));
}
