// Moves and choices, as React Flow tells them. What it measures is no change of the document.
import type { EdgeChange, NodeChange } from '@xyflow/react';
import { useDesk } from '../document/store.ts';
import { carry } from './carrying.tsx';
import type { CanvasNode } from './graph.ts';

export function onNodesChange(changes: readonly NodeChange<CanvasNode>[]): void {
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

export function onEdgesChange(changes: readonly EdgeChange[]): void {
  const chosen = new Set(useDesk.getState().selectedEdges);
  for (const change of changes) {
    if (change.type !== 'select') continue;
    if (change.selected) chosen.add(change.id);
    else chosen.delete(change.id);
  }
  useDesk.setState({ selectedEdges: [...chosen] });
}
