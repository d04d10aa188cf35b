// What staff will answer to a visit that waits for them: planned when it begins to wait.
// Not the drawing: see simulate.ts; a script wins over it.
import type { Instant } from '../instant.ts';
import type { VisitKey } from '../run/protocol.ts';
import { forcedFor } from '../script.ts';
import { answerOf, numbersOf } from '../simulate.ts';
import type { World } from './world.ts';

/** A visit that calls. One object stands for all visits of a batch in turn: nobody keeps it. */
export interface Calling extends VisitKey {
  /** Logical time of the call. */
  readonly at: Instant;
  /** Planned instant of the visit. */
  readonly due: Instant;
}

/**
 * Plans the answer that staff give to a task: the script's, otherwise the drawn one.
 * `answers` are the task's own outcomes; the script may use any answer that the node waits for.
 */
export function planAnswer(
  world: World,
  visit: Calling,
  answers: readonly string[],
  numbers: readonly string[] = [],
): void {
  const forced = forcedFor(world.script, world.scripted(visit), world.plan.nodes[visit.node]!, world.steps);
  const drawnFor = world.drawnFor(visit);
  const drawn = forced === undefined ? answerOf(world.community, drawnFor, answers) : undefined;
  const { node, ordinal, lap } = visit;
  if (forced?.as === 'answer') {
    const { answer, afterMs, values } = forced;
    world.agenda.plan(visit.at + afterMs, { kind: 'answer', node, ordinal, lap, answer, values });
  } else if (drawn !== undefined) {
    const values = numbersOf(world.community, drawnFor, numbers);
    world.agenda.plan(visit.at + drawn.delayMs, {
      kind: 'answer',
      node,
      ordinal,
      lap,
      answer: drawn.answer,
      values,
    });
  }
}
