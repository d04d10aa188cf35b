// Plays a take: moves the playhead with the page's own frames and lets tokens walk.
import { useEffect } from 'react';
import { graphOf } from '../document/graphs.ts';
import { useDesk } from '../document/store.ts';
import { follow } from './follow.ts';
import { walk } from './overlay.tsx';
import { head, seek, useStage } from './store.ts';
import type { Take } from './take.ts';

/** Keeps the playhead at the stage's instant, and moves that on while it plays. */
export function usePlay(take: Take | undefined): void {
  const isPlaying = useStage(({ isPlaying: it }) => it);
  useEffect(() => {
    if (take === undefined || !isPlaying) return;
    let frame = 0;
    let last = performance.now();
    const turn = (now: number): void => {
      const { at, seconds } = useStage.getState();
      const span = take.ended - take.started;
      // A page that was in the background goes on from where it was.
      const passed = Math.min(100, now - last);
      last = now;
      const next = at + (span * passed) / (seconds * 1_000);
      wind(take, Math.min(next, take.ended));
      if (next >= take.ended) useStage.setState({ isPlaying: false });
      else frame = requestAnimationFrame(turn);
    };
    frame = requestAnimationFrame(turn);
    return () => cancelAnimationFrame(frame);
  }, [take, isPlaying]);
}

/** Winds the playhead to an instant before anybody is told of it; tokens walk what they went. */
export function wind(take: Take, at: number): void {
  const moved = new Map<string, number>();
  const edges = edgesOf(take);
  head()?.seek(at, (node, port, count) => {
    const edge = edges.get(`${node} ${port}`);
    if (edge !== undefined) moved.set(edge, (moved.get(edge) ?? 0) + count);
  });
  seek(at);
  if (moved.size === 0) return;
  walk(moved);
  follow(endsOf(moved), performance.now());
}

/** The steps that the moved have come to. */
function endsOf(moved: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const { graph, history } = useDesk.getState();
  const came = new Map<string, number>();
  if (history === undefined) return came;
  for (const { id, to } of graphOf(history.present.document, graph).edges) {
    const count = moved.get(id);
    if (count !== undefined) came.set(to, (came.get(to) ?? 0) + count);
  }
  return came;
}

const known = new WeakMap<Take, Map<string, ReadonlyMap<string, string>>>();

/** The edges of the graph that is shown, by node and port. */
function edgesOf(take: Take): ReadonlyMap<string, string> {
  const { graph, history } = useDesk.getState();
  const byGraph = known.get(take) ?? new Map<string, ReadonlyMap<string, string>>();
  known.set(take, byGraph);
  const made = byGraph.get(graph);
  if (made !== undefined || history === undefined) return made ?? new Map();
  const at = new Map(take.nodes.map((node, index) => [node.id, { node, index }]));
  const edges = new Map(
    graphOf(history.present.document, graph).edges.flatMap(({ id, from, port }) => {
      const from_ = at.get(from);
      const way = from_?.node.ports.findIndex(({ name }) => name === port) ?? -1;
      return from_ === undefined || way < 0 ? [] : [[`${from_.index} ${way}`, id] as const];
    }),
  );
  byGraph.set(graph, edges);
  return edges;
}

/** To the next instant at which something moves. */
export function stepOn(take: Take): void {
  const next = head()?.next;
  useStage.setState({ isPlaying: false });
  if (next !== undefined) wind(take, next);
}

/** Back to the instant before. */
export function stepBack(): void {
  const previous = head()?.previous;
  useStage.setState({ isPlaying: false });
  if (previous !== undefined) seek(previous);
}
