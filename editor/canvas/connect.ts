// May these two be wired, and why not: the compiler's own answer, asked before the wire is drawn.
// Not the drawing of it, which is a command.
import { compile } from '../../engine/index.ts';
import type { Playbook } from '../../engine/document.ts';
import type { Problem } from '../../engine/problem.ts';
import { connect } from '../document/commands.ts';
import { edgeFrom, graphOf, type GraphName } from '../document/graphs.ts';

/** A wire that somebody wants to draw. */
export interface Wire {
  readonly from: string;
  readonly port: string;
  readonly to: string;
}

/** Why a wire cannot be drawn: the first error that it would be blamed for. Undefined when it can. */
export function refusalOf(document: Playbook, graph: GraphName, wire: Wire): Problem | undefined {
  const drawn = connect(graph, wire).apply(document);
  const edge = edgeFrom(graphOf(drawn, graph), wire.from, wire.port);
  if (edge === undefined) return undefined;
  return compile(drawn).problems.find(
    ({ place, severity }) => severity === 'error' && place.edge === edge.id,
  );
}
