// Where on a canvas somebody was the last time, for each graph of each playbook, in this browser.
import type { Viewport } from '@xyflow/react';

const keyOf = (playbook: string, graph: string): string => `kindling.view.${playbook}.${graph}`;

/** Remembers a view. */
export function keepView(playbook: string, graph: string, view: Viewport): void {
  try {
    sessionStorage.setItem(keyOf(playbook, graph), JSON.stringify(view));
  } catch {
    // Storage is full or forbidden: next time one begins at the beginning.
  }
}

/** The view of the last time; undefined for the first. */
export function viewOf(playbook: string, graph: string): Viewport | undefined {
  try {
    const { x, y, zoom } = JSON.parse(
      sessionStorage.getItem(keyOf(playbook, graph)) ?? '{}',
    ) as Partial<Viewport>;
    return [x, y, zoom].every(Number.isFinite) ? { x: x!, y: y!, zoom: zoom! } : undefined;
  } catch {
    return undefined;
  }
}
