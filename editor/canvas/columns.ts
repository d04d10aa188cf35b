// Where the phases lie on the canvas: columns around the steps that belong to them. Pure.
import type { Phase, Playbook } from '../../engine/document.ts';
import { CAMPAIGN, type Point } from '../document/graphs.ts';
import { heightOf, placesOf, WIDTH } from '../document/arrange.ts';
import { grouped } from '../grouped.ts';

const MARGIN = 28;
const HEADER = 84;
/** Room to put steps below each other, however few there are. */
const LOWEST = 420;

interface Column {
  readonly phase: Phase;
  readonly left: number;
  readonly width: number;
}

const NOBODY: ReadonlySet<string> = new Set();

/** As wide as for one step. */
const EMPTY = WIDTH + 2 * MARGIN;

/**
 * Where each phase lies: around the steps that belong to it, but for some unless they are all it has. A phase without steps waits
 * for its first one behind the phase before it; where another's column leaves no room there, it is not drawn.
 */
export function columnsOf(
  document: Playbook,
  without: ReadonlySet<string> = NOBODY,
): { readonly columns: readonly Column[]; readonly top: number; readonly height: number } {
  const places = placesOf(document, CAMPAIGN);
  const { nodes } = document.graph;
  const tops = nodes.map(({ id }) => places[id]?.y ?? 0);
  const bottoms = nodes.map((node) => (places[node.id]?.y ?? 0) + heightOf(node));
  const top = Math.min(0, ...tops) - MARGIN - HEADER;
  const members = grouped(nodes, ({ phase }) => phase);
  const around = (document.phases ?? []).map((phase): Omit<Column, 'left'> & { readonly left?: number } => {
    const all = members.get(phase.id) ?? [];
    const others = all.filter(({ id }) => !without.has(id));
    const lefts = (others.length > 0 ? others : all).map(({ id }) => places[id]?.x ?? 0);
    if (lefts.length === 0) return { phase, width: EMPTY };
    const left = Math.min(...lefts) - MARGIN;
    return { phase, left, width: Math.max(...lefts) + WIDTH + MARGIN - left };
  });
  return { columns: withEmpty(around), top, height: Math.max(top + LOWEST, ...bottoms) + MARGIN - top };
}

/** Puts the columns that stand nowhere yet where there is room for them. */
function withEmpty(
  around: readonly (Omit<Column, 'left'> & { readonly left?: number })[],
): readonly Column[] {
  const drawn = around.flatMap(({ left, width }) =>
    left === undefined ? [] : [{ left, right: left + width }],
  );
  const first = drawn[0]?.left ?? -MARGIN;
  // Those before the first that has steps end where it begins.
  let edge =
    first -
    Math.max(
      0,
      around.findIndex(({ left }) => left !== undefined),
    ) *
      EMPTY;
  return around.flatMap((column): Column[] => {
    const { left = edge, width } = column;
    const isFree =
      column.left !== undefined || drawn.every((other) => left + width <= other.left || other.right <= left);
    if (!isFree) return [];
    edge = left + width;
    return [{ ...column, left }];
  });
}

/** The phase in whose column a step stands that is put there; undefined between the columns. */
export const phaseAt = (document: Playbook, { x }: Point): string | undefined =>
  columnAt(columnsOf(document).columns, x);

function columnAt(columns: readonly Column[], x: number): string | undefined {
  const middle = x + WIDTH / 2;
  return columns.find(({ left, width }) => left <= middle && middle <= left + width)?.phase.id;
}

/**
 * A step belongs to the phase in whose column it stands: the phases of those that are put into another column.
 * Beside all columns a step keeps its phase, whose column grows.
 */
export function phasesAfter(
  document: Playbook,
  places: Readonly<Record<string, Point>>,
): ReadonlyMap<string, string> {
  const { columns } = columnsOf(document, new Set(Object.keys(places)));
  const changed = new Map<string, string>();
  for (const { id, phase } of document.graph.nodes) {
    const place = Object.hasOwn(places, id) ? places[id] : undefined;
    const next = place === undefined ? undefined : columnAt(columns, place.x);
    if (next !== undefined && next !== phase) changed.set(id, next);
  }
  return changed;
}
