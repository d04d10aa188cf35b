// Alignment guides: where what is carried would stand in line with what stands, and how far it is drawn there. Pure.
// Edges and middles of both axes count; the nearest within reach wins, each axis for itself.
import type { Point } from '../document/graphs.ts';

/** Something that stands on the canvas. */
export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** A line through everything that stands in line: `at` on its own axis, from … to on the other. */
export interface Guide {
  readonly axis: 'x' | 'y';
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/** By how much something is moved to stand in line, and the lines that say so. */
export interface Snap {
  readonly by: Point;
  readonly guides: readonly Guide[];
}

const AXES = {
  x: { size: 'width', other: 'y', otherSize: 'height' },
  y: { size: 'height', other: 'x', otherSize: 'width' },
} as const;

/** Begin, middle and end of a box along an axis. */
const linesOf = (box: Box, axis: 'x' | 'y'): readonly [number, number, number] => {
  const size = box[AXES[axis].size];
  return [box[axis], box[axis] + size / 2, box[axis] + size];
};

/**
 * Draws a carried box to what it nearly stands in line with.
 * @param reach how far it is drawn, in pixels of the drawing
 */
export function snapTo(carried: Box, standing: readonly Box[], reach: number): Snap {
  const by = {
    x: nearest(carried, standing, 'x', reach) ?? 0,
    y: nearest(carried, standing, 'y', reach) ?? 0,
  };
  const there = { ...carried, x: carried.x + by.x, y: carried.y + by.y };
  return { by, guides: (['x', 'y'] as const).flatMap((axis) => guidesOf(there, standing, axis)) };
}

/** The least move along an axis that brings a line of the box onto one of another; undefined where none is near. */
function nearest(carried: Box, standing: readonly Box[], axis: 'x' | 'y', reach: number): number | undefined {
  const own = linesOf(carried, axis);
  let best: number | undefined;
  for (const box of standing) {
    for (const line of linesOf(box, axis)) {
      for (const mine of own) {
        const move = line - mine;
        if (Math.abs(move) <= Math.abs(best ?? reach)) best = move;
      }
    }
  }
  return best;
}

const EPSILON = 0.01;

/** One guide for each line of the box that another box shares, as long as all that share it. */
function guidesOf(there: Box, standing: readonly Box[], axis: 'x' | 'y'): readonly Guide[] {
  const { other, otherSize } = AXES[axis];
  return linesOf(there, axis).flatMap((at): Guide[] => {
    const sharing = standing.filter((box) => linesOf(box, axis).some((it) => Math.abs(it - at) < EPSILON));
    if (sharing.length === 0) return [];
    const all = [there, ...sharing];
    return [
      {
        axis,
        at,
        from: Math.min(...all.map((box) => box[other])),
        to: Math.max(...all.map((box) => box[other] + box[otherSize])),
      },
    ];
  });
}

/** The box around several. */
export function around(boxes: readonly Box[]): Box {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  return {
    x,
    y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
  };
}
