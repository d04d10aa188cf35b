// Moves and choices, as React Flow tells them. What it measures is no change of the document.
import type { EdgeChange, NodeChange } from '@xyflow/react';
import { move } from '../document/commands.ts';
import type { Point } from '../document/graphs.ts';
import { act, useDesk } from '../document/store.ts';
import type { CanvasNode } from './graph.ts';

export function onNodesChange(changes: readonly NodeChange<CanvasNode>[]): void {
  const places: Record<string, Point> = {};
  const chosen = new Set(useDesk.getState().selected);
  let isChosen = false;
  for (const change of changes) {
    if (change.type === 'position' && change.position !== undefined) places[change.id] = change.position;
    if (change.type === 'select') {
      isChosen = true;
      if (change.selected) chosen.add(change.id);
      else chosen.delete(change.id);
    }
  }
  if (isChosen) useDesk.setState({ selected: [...chosen] });
  const moved = Object.keys(places).toSorted();
  // One drag, or keys that follow each other, are one step to undo.
  if (moved.length > 0) act(move(useDesk.getState().graph, places, `move ${moved.join(' ')}`));
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
