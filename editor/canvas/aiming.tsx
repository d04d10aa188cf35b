// While a wire is drawn: steps that it may lead to light up, the others dim. The compiler is asked about one step after
// the other, nearest first, in slices between frames; what it has not said yet looks as always.
import type { FinalConnectionState } from '@xyflow/react';
import { create } from 'zustand';
import { placesOf } from '../document/arrange.ts';
import { graphOf } from '../document/graphs.ts';
import { useDesk } from '../document/store.ts';
import { askFor } from './adding.ts';
import { draw, refusalOf } from './connect.ts';

interface Aim {
  /** Ids of the steps that are known to be a good end, and of those that are not. */
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

const NOTHING: Aim = { good: [], bad: [] };

const useAim = create<Aim>(() => NOTHING);

/** Time that the compiler may take between two frames. */
const SLICE_MS = 6;

let turn = 0;

/** Somebody draws a wire from a port. */
export function takeAim(from: string | null, port: string | null): void {
  endAim();
  const { history, graph } = useDesk.getState();
  if (history === undefined || from === null || port === null) return;
  const { document } = history.present;
  const places = placesOf(document, graph);
  const far = (id: string): number =>
    Math.hypot((places[id]?.x ?? 0) - (places[from]?.x ?? 0), (places[id]?.y ?? 0) - (places[from]?.y ?? 0));
  const left = graphOf(document, graph)
    .nodes.flatMap(({ id }) => (id === from ? [] : [id]))
    .toSorted((a, b) => far(b) - far(a));
  const mine = turn;
  const look = (): void => {
    if (mine !== turn) return;
    const until = performance.now() + SLICE_MS;
    const { good, bad } = useAim.getState();
    const [more, fewer]: [string[], string[]] = [[...good], [...bad]];
    do {
      const to = left.pop();
      if (to === undefined) break;
      (refusalOf(document, graph, { from, port, to }) === undefined ? more : fewer).push(to);
    } while (performance.now() < until);
    useAim.setState({ good: more, bad: fewer });
    if (left.length > 0) setTimeout(look, 0);
  };
  setTimeout(look, 0);
}

/** The wire is drawn, or let go. */
export function endAim(): void {
  turn += 1;
  useAim.setState(NOTHING);
}

/** Let go beside a port: on a step it leads there; on the empty canvas it asks what shall follow. */
export function letWireGo(event: MouseEvent | TouchEvent, wire: FinalConnectionState): void {
  endAim();
  const port = wire.fromHandle;
  if (wire.isValid === true || port?.type !== 'source' || wire.from === null || wire.to === null) return;
  const { clientX, clientY } = 'changedTouches' in event ? event.changedTouches[0]! : event;
  const under = document.elementFromPoint(clientX, clientY);
  const to = under?.closest('.react-flow__node')?.getAttribute('data-id');
  const from = port.nodeId;
  if (to !== null && to !== undefined && to !== from) draw({ from, port: port.id ?? '', to });
  else if (under?.classList.contains('react-flow__pane') === true && isFar(wire.from, wire.to))
    askFor({ kind: 'after', node: from, port: port.id ?? '' });
}

/** A click that slipped is no wish for another step. */
const isFar = (a: { readonly x: number; readonly y: number }, b: typeof a): boolean =>
  Math.hypot(a.x - b.x, a.y - b.y) > 60;

/** The marks, as rules of style: no step is drawn anew for them. */
export function AimMarks() {
  const { good, bad } = useAim();
  if (good.length + bad.length === 0) return null;
  const rule = (ids: readonly string[], style: string): string =>
    ids.length === 0
      ? ''
      : `${ids.map((id) => `.react-flow__node[data-id="${CSS.escape(id)}"] .step`).join(',')}{${style}}`;
  return (
    <style>
      {rule(bad, 'opacity:.35;filter:saturate(.3)')}
      {rule(good, 'box-shadow:0 0 0 3px light-dark(hsl(145 55% 45%),hsl(145 50% 55%))')}
    </style>
  );
}
