// Moves, choices and wires, as React Flow tells them. What it measures is no change of the document.
import type { EdgeChange, NodeChange, ReactFlowProps } from '@xyflow/react';
import type { PointerEvent } from 'react';
import { useDesk } from '../document/store.ts';
import { letWireGo, takeAim } from './aiming.tsx';
import { carry, letGo, takeHold, watchAlt } from './carrying.tsx';
import { draw } from './connect.ts';
import type { CanvasNode } from './graph.ts';
import { rename } from './rename.tsx';
import { notePointer, useStage } from './stage.ts';

function onNodesChange(changes: readonly NodeChange<CanvasNode>[]): void {
  const chosen = new Set(useDesk.getState().selected);
  let isChosen = false;
  for (const change of changes) {
    if (change.type !== 'select') continue;
    isChosen = true;
    if (change.selected) chosen.add(change.id);
    else chosen.delete(change.id);
  }
  if (isChosen) useDesk.setState({ selected: [...chosen] });
  carry(changes.filter((change) => change.type === 'position'));
}

function onEdgesChange(changes: readonly EdgeChange[]): void {
  const chosen = new Set(useDesk.getState().selectedEdges);
  for (const change of changes) {
    if (change.type !== 'select') continue;
    if (change.selected) chosen.add(change.id);
    else chosen.delete(change.id);
  }
  useDesk.setState({ selectedEdges: [...chosen] });
}

/** What people do with the drawing. */
export const GESTURES = {
  onNodesChange,
  onEdgesChange,
  onNodeDragStart: takeHold,
  onNodeDragStop: letGo,
  onNodeDoubleClick: ({ target }, { id, type }) => {
    if (type === 'step' && target instanceof Element && target.closest('.name') !== null) rename(id);
  },
  onConnect: ({ source, sourceHandle, target }) =>
    draw({ from: source, port: sourceHandle ?? '', to: target }),
  onConnectStart: (_event, { nodeId, handleId, handleType }) => {
    if (handleType === 'source') takeAim(nodeId, handleId);
  },
  onConnectEnd: letWireGo,
  onMoveStart: (event) => {
    if (event !== null) useStage.getState().onOwnMove?.();
  },
} satisfies Partial<ReactFlowProps<CanvasNode>>;

/** Where the pointer is above it. */
export const POINTING = {
  onPointerMove: (event: PointerEvent): void => {
    watchAlt(event);
    notePointer(event);
  },
  onPointerLeave: (): void => notePointer(undefined),
};
