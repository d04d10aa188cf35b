// May these two be wired, and why not: the compiler's own answer, asked before the wire is drawn.
// A wire that goes back and is refused for that alone is offered as a repeat.
import { create } from 'zustand';
import { compile } from '../../engine/index.ts';
import type { Playbook } from '../../engine/document.ts';
import type { Problem } from '../../engine/problem.ts';
import { connect, type Command } from '../document/commands.ts';
import { edgeFrom, graphOf, type GraphName } from '../document/graphs.ts';
import { act, useDesk } from '../document/store.ts';
import { repeatBack, type Wire } from './repeat-back.ts';

/** Why a wire cannot be drawn: the first error that it would be blamed for. Undefined when it can. */
export function refusalOf(document: Playbook, graph: GraphName, wire: Wire): Problem | undefined {
  const drawn = connect(graph, wire).apply(document);
  const edge = edgeFrom(graphOf(drawn, graph), wire.from, wire.port);
  if (edge === undefined) return undefined;
  return compile(drawn).problems.find(
    ({ place, severity }) => severity === 'error' && place.edge === edge.id,
  );
}

/** A wire that was refused: why, in which document it would stand, and what could be done instead. */
export interface Refusal {
  readonly problem: Problem;
  readonly document: Playbook;
  readonly instead: Command | undefined;
}

/** The last refusal, for whoever shows it. */
export const useRefusal = create<{ readonly refusal: Refusal | undefined }>(() => ({ refusal: undefined }));

/** Draws a wire, or says why it cannot be drawn. */
export function draw(wire: Wire): void {
  const { history, graph } = useDesk.getState();
  if (history === undefined) return;
  const { document } = history.present;
  const problem = refusalOf(document, graph, wire);
  if (problem === undefined) {
    act(connect(graph, wire));
    return;
  }
  const instead = repeatBack(document, graph, wire);
  const drawn = connect(graph, wire).apply(document);
  useRefusal.setState({ refusal: { problem, document: drawn, instead } });
}
