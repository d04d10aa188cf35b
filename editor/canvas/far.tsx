// Looking from far away: how far one may go, and what a drawing shows of a step then. For the canvas and for a run's drawing.
import { useStore } from '@xyflow/react';
import { useEffect } from 'react';

/** The smallest zoom: a thousand steps fit into a window. */
export const FARTHEST = 0.03;

/** Below this zoom a step shows its icon and its state only. */
const FAR = 0.3;

/** Says to the style sheet from how far away one looks. */
export function Far() {
  const zoom = useStore(({ transform }) => transform[2]);
  useEffect(() => {
    const canvas = document.querySelector<HTMLElement>('.canvas');
    canvas?.classList.toggle('far', zoom < FAR);
    if (zoom < FAR) canvas?.style.setProperty('--zoom', String(zoom));
  }, [zoom]);
  return null;
}
