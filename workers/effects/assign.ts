// Gives people something to do: opens the task of a visit, and in compressed time has simulated staff answer it.
// What a script answers is scheduled at the visit's first call, see scripted.ts.
import type { Text } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import type { CallVisit } from '../../engine/run/protocol.ts';
import { answerOf, numbersOf } from '../../engine/simulate.ts';
import { communityOfRun } from '../store/community.ts';
import type { Sql } from '../store/client.ts';
import { scheduleDue } from '../store/due-rows.ts';
import { tell } from '../store/run-event.ts';
import { shardOf } from '../store/shard.ts';
import { openTask } from '../store/task.ts';
import { answerTopic } from '../store/topics.ts';
import { forcedOf } from './scripted.ts';
import type { Batch } from './work.ts';

/** What somebody shall do. */
export interface Assignment {
  readonly kind: string;
  readonly role: string;
  readonly title: Text;
  /** Rendered. */
  readonly script: Text;
  readonly outcomes: readonly { readonly name: string; readonly label?: Text }[];
  readonly numbers?: readonly { readonly name: string; readonly label?: Text }[];
  readonly evidence?: boolean;
  readonly quorum?: number;
  readonly sensitive?: boolean;
  readonly dueAt: Instant;
  readonly remindAt: Instant | null;
}

/** Opens the task, or gives an open one its new deadline. */
export async function assign(
  sql: Sql,
  batch: Batch,
  visit: CallVisit,
  assignment: Assignment,
): Promise<void> {
  const { run, node } = batch;
  const { ordinal, lap, at } = visit;
  const { id, opened } = await openTask(sql, {
    team: run.team,
    run: run.id,
    node,
    ordinal,
    lap,
    openedAt: at,
    numbers: [],
    evidence: false,
    quorum: 1,
    sensitive: false,
    ...assignment,
    outcomes: assignment.outcomes.map((outcome) => ({
      ...outcome,
      topic: answerTopic(run.plan, node, outcome.name),
    })),
  });
  if (!opened) return;
  await tell(sql, { run: run.id, kind: 'task', at, wall: batch.wall, data: { task: id, state: 'open' } });
  if (run.mode === 'fast') await letStaffAnswer(sql, batch, visit, assignment);
}

async function letStaffAnswer(
  sql: Sql,
  batch: Batch,
  visit: CallVisit,
  { outcomes, numbers = [] }: Assignment,
): Promise<void> {
  if (forcedOf(batch, visit)?.as === 'answer') return;
  const { run, node, planNode } = batch;
  const { ordinal, lap, at } = visit;
  const community = await communityOfRun(sql, run);
  const drawnFor = { node: planNode.id, ordinal, lap };
  const answers = outcomes.map(({ name }) => name);
  const drawn = answerOf(community, drawnFor, answers);
  if (drawn === undefined) return;
  await scheduleDue(sql, run.team, [
    {
      run: run.id,
      shard: shardOf(ordinal),
      at: at + drawn.delayMs,
      key: `staff/${planNode.id}/${ordinal}/${lap}`,
      payload: {
        kind: 'answer',
        by: 'simulated',
        outcome: drawn.answer,
        numbers: numbersOf(
          community,
          drawnFor,
          numbers.map(({ name }) => name),
        ),
        topic: answerTopic(run.plan, node, drawn.answer),
        node,
        ordinal,
        lap,
      },
    },
  ]);
}
