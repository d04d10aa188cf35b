// The canvas as others may use it: its view, and what is open above it. Set by the canvas while it is there.
import type { ReactFlowInstance, Rect } from '@xyflow/react';
import { create } from 'zustand';
import { CAMPAIGN, type Point } from '../document/graphs.ts';
import { useDesk } from '../document/store.ts';
import { columnsOf } from './columns.ts';
import { FARTHEST } from './far.tsx';

/** A menu that is open at a point of the screen, for what lies there. */
export interface MenuAt {
  readonly x: number;
  readonly y: number;
  /** The point of the canvas below. */
  readonly point: Point;
}

/** What is open above the canvas. */
export type Sheet = 'commands' | 'find' | 'shortcuts' | 'connect' | undefined;

interface Stage {
  readonly flow: ReactFlowInstance | undefined;
  readonly menu: MenuAt | undefined;
  readonly sheet: Sheet;
  /** Arrow keys move the selected steps instead of the selection. */
  readonly isMoving: boolean;
  /** The rehearsal is open below the drawing. */
  readonly isRehearsing: boolean;
  /** What the playbook was is open beside what it is. */
  readonly isPast: boolean;
  /** Told when somebody moves the drawing themselves, while something else would move it. */
  readonly onOwnMove: (() => void) | undefined;
}

export const useStage = create<Stage>(() => ({
  flow: undefined,
  menu: undefined,
  sheet: undefined,
  isMoving: false,
  isRehearsing: false,
  isPast: false,
  onOwnMove: undefined,
}));

/** Opens a sheet, or closes it. */
export const openSheet = (sheet: Sheet): void => useStage.setState({ sheet, menu: undefined });

const PADDING = 0.1;

/** Everything that is drawn, the columns of the phases too: where it lies, and how large it would be seen. */
export function wholeOf(flow: ReactFlowInstance): { readonly bounds: Rect; readonly zoom: number } {
  const { history, graph } = useDesk.getState();
  const columns =
    history === undefined || graph !== CAMPAIGN ? undefined : columnsOf(history.present.document);
  const nodes = flow.getNodes();
  const boxes = [
    ...(nodes.length === 0 ? [] : [flow.getNodesBounds(nodes)]),
    ...(columns?.columns ?? []).map(({ left, width }) => ({
      x: left,
      y: columns?.top ?? 0,
      width,
      height: columns?.height ?? 0,
    })),
  ];
  const x = Math.min(...boxes.map((it) => it.x));
  const y = Math.min(...boxes.map((it) => it.y));
  const bounds = {
    x,
    y,
    width: Math.max(...boxes.map((it) => it.x + it.width)) - x,
    height: Math.max(...boxes.map((it) => it.y + it.height)) - y,
  };
  const pane = document.querySelector('.canvas')?.getBoundingClientRect();
  const fits = Math.min((pane?.width ?? 0) / bounds.width, (pane?.height ?? 0) / bounds.height);
  return { bounds, zoom: Math.max(FARTHEST, Math.min(1, fits * (1 - PADDING))) };
}

/** Shows everything. */
export async function showWhole(flow: ReactFlowInstance, duration: number): Promise<void> {
  const { bounds, zoom } = wholeOf(flow);
  if (!Number.isFinite(bounds.x)) return;
  await flow.setCenter(bounds.x + bounds.width / 2, bounds.y + bounds.height / 2, { zoom, duration });
}

/** The middle of what is seen of the canvas, or where the pointer opened the menu. */
export function pointNow(): Point {
  const { flow, menu } = useStage.getState();
  if (menu !== undefined) return menu.point;
  const box = document.querySelector('.canvas')?.getBoundingClientRect();
  if (flow === undefined || box === undefined) return { x: 0, y: 0 };
  const { x, y } = flow.screenToFlowPosition({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
  return { x: Math.round(x), y: Math.round(y) };
}

let pointer: { readonly x: number; readonly y: number } | undefined;

/** Where the pointer is over the canvas; undefined when it has left. */
export const notePointer = (at: { readonly clientX: number; readonly clientY: number } | undefined): void => {
  pointer = at === undefined ? undefined : { x: at.clientX, y: at.clientY };
};

/** The point under the pointer; the middle of what is seen while it is elsewhere. */
export function pointBelow(): Point {
  const { flow } = useStage.getState();
  if (flow === undefined || pointer === undefined) return pointNow();
  const { x, y } = flow.screenToFlowPosition(pointer);
  return { x: Math.round(x), y: Math.round(y) };
}
