// The canvas follows a rehearsal: when something moves out of sight, the drawing glides there. Whoever moves the drawing
// themselves is left alone until they want to follow again.
import { create } from 'zustand';
import { useStage as useCanvas } from '../canvas/stage.ts';

export const useFollow = create<{ readonly isOn: boolean }>(() => ({ isOn: true }));

/** Follows, or does not. */
export const setFollow = (isOn: boolean): void => useFollow.setState({ isOn });

const GLIDE_MS = 350;
/** Time to look before the drawing moves again. */
const REST_MS = 900;
/** So far from the edge something counts as seen, as a share of the view. */
const MARGIN = 0.08;

let last = Number.NEGATIVE_INFINITY;

/** Something has just come to these steps, each with how many: the most of them are followed. */
export function follow(came: ReadonlyMap<string, number>, now: number): void {
  const { flow } = useCanvas.getState();
  const box = document.querySelector('.canvas')?.getBoundingClientRect();
  if (!useFollow.getState().isOn || flow === undefined || box === undefined || now - last < REST_MS) return;
  const [most] = [...came].toSorted(([, a], [, b]) => b - a);
  const node = most === undefined ? undefined : flow.getNode(most[0]);
  if (node === undefined) return;
  const middle = {
    x: node.position.x + (node.width ?? 0) / 2,
    y: node.position.y + (node.height ?? 0) / 2,
  };
  const seen = flow.flowToScreenPosition(middle);
  const [x, y] = [(seen.x - box.x) / box.width, (seen.y - box.y) / box.height];
  if (Math.min(x, y) > MARGIN && Math.max(x, y) < 1 - MARGIN) return;
  last = now;
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  void flow.setCenter(middle.x, middle.y, { zoom: flow.getZoom(), duration: isCalm ? 0 : GLIDE_MS });
}
