// Where selected steps go when somebody aligns or distributes them. Pure: places in, places out.
import type { GraphNode } from '../../engine/document.ts';
import type { Point } from '../document/graphs.ts';
import { heightOf, WIDTH } from '../document/arrange.ts';

/** How steps are lined up. */
export type Alignment = 'left' | 'centre' | 'right' | 'top' | 'middle' | 'bottom';

interface Box extends Point {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

const boxesOf = (nodes: readonly GraphNode[], places: Readonly<Record<string, Point>>): readonly Box[] =>
  nodes.map((node) => ({
    id: node.id,
    width: WIDTH,
    height: heightOf(node),
    ...(places[node.id] ?? { x: 0, y: 0 }),
  }));

/** Lines steps up at one side, or along one axis through the middle of all. */
export function aligned(
  nodes: readonly GraphNode[],
  places: Readonly<Record<string, Point>>,
  how: Alignment,
): Record<string, Point> {
  const boxes = boxesOf(nodes, places);
  const left = Math.min(...boxes.map(({ x }) => x));
  const right = Math.max(...boxes.map(({ x, width }) => x + width));
  const top = Math.min(...boxes.map(({ y }) => y));
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height));
  const to: Readonly<Record<Alignment, (box: Box) => Point>> = {
    left: ({ y }) => ({ x: left, y }),
    centre: ({ y, width }) => ({ x: Math.round((left + right - width) / 2), y }),
    right: ({ y, width }) => ({ x: right - width, y }),
    top: ({ x }) => ({ x, y: top }),
    middle: ({ x, height }) => ({ x, y: Math.round((top + bottom - height) / 2) }),
    bottom: ({ x, height }) => ({ x, y: bottom - height }),
  };
  return Object.fromEntries(boxes.map((box) => [box.id, to[how](box)]));
}

/** Spreads steps so that the gaps between them are the same; the outermost stay. */
export function distributed(
  nodes: readonly GraphNode[],
  places: Readonly<Record<string, Point>>,
  axis: 'x' | 'y',
): Record<string, Point> {
  const size = axis === 'x' ? 'width' : 'height';
  const boxes = [...boxesOf(nodes, places)].sort((a, b) => a[axis] - b[axis]);
  const [first] = boxes;
  const last = boxes.at(-1);
  if (first === undefined || last === undefined || boxes.length < 3) return {};
  const room = last[axis] + last[size] - first[axis] - boxes.reduce((sum, box) => sum + box[size], 0);
  const gap = room / (boxes.length - 1);
  let at = first[axis];
  return Object.fromEntries(
    boxes.map((box) => {
      const place = { x: box.x, y: box.y, [axis]: Math.round(at) };
      at += box[size] + gap;
      return [box.id, place];
    }),
  );
}

const GAP = 72;

/** Room for a step that comes in at a point: whatever would lie below it, and all that stands further right, moves on. */
export function roomFor(
  nodes: readonly GraphNode[],
  places: Readonly<Record<string, Point>>,
  at: Point & { readonly height: number },
): Record<string, Point> {
  const boxes = boxesOf(nodes, places);
  const covers = ({ x, y, width, height }: Box): boolean =>
    x < at.x + WIDTH && at.x < x + width && y < at.y + at.height && at.y < y + height;
  if (!boxes.some((box) => covers(box) && box.x >= at.x - WIDTH / 2)) return {};
  return Object.fromEntries(
    boxes.flatMap(({ id, x, y }) => (x < at.x - WIDTH / 2 ? [] : [[id, { x: x + WIDTH + GAP, y }] as const])),
  );
}
