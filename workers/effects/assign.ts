// Gives people something to do: opens the task of a visit, and in compressed time has simulated staff answer it, unless somebody was named for its role.
// What a script answers is scheduled at the visit's first call, see scripted.ts.
import type { Text } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import type { CallVisit } from '../../engine/run/protocol.ts';
import { answerOf, numbersOf } from '../../engine/simulate.ts';
import { communityOfRun } from '../store/community.ts';
import type { Sql } from '../store/client.ts';
import { scheduleDue, type Due } from '../store/due-rows.ts';
import { tellStaff } from '../store/notice.ts';
import { tellAll } from '../store/run-event.ts';
import { shardOf } from '../store/shard.ts';
import { openTasks } from '../store/task.ts';
import { answerTopic } from '../store/topics.ts';
import { keepLinks, linksFor, withLinks } from './links.ts';
import { forcedOf } from './scripted.ts';
import type { Batch } from './work.ts';

/** What somebody shall do. */
export interface Assignment {
  readonly kind: string;
  readonly role: string;
  readonly title: Text;
  /** Rendered; its links are marked. */
  readonly script: Text;
  readonly outcomes: readonly { readonly name: string; readonly label?: Text }[];
  readonly numbers?: readonly { readonly name: string; readonly label?: Text }[];
  readonly evidence?: boolean;
  readonly quorum?: number;
  readonly sensitive?: boolean;
  readonly dueAt: Instant;
  readonly remindAt: Instant | null;
}

/** A visit's assignment. `member`: whose links its script gets; without one they are those of whoever reads it. */
export interface Assigned {
  readonly visit: CallVisit;
  readonly assignment: Assignment;
  readonly member?: string | null | undefined;
}

/** Opens the task, or gives an open one its new deadline. */
export const assign = (sql: Sql, batch: Batch, visit: CallVisit, assignment: Assignment): Promise<void> =>
  assignAll(sql, batch, [{ visit, assignment }]);

/** {@link assign} for many visits at once. */
export async function assignAll(sql: Sql, batch: Batch, all: readonly Assigned[]): Promise<void> {
  const { run, node, wall } = batch;
  await keepLinks(
    sql,
    batch,
    all.map(({ assignment }) => assignment.script),
  );
  const tasks = await openTasks(
    sql,
    all.map(({ visit: { ordinal, lap, at }, assignment, member }) => ({
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
      script: withLinks(assignment.script, linksFor(batch, ordinal, member)),
      outcomes: assignment.outcomes.map((outcome) => ({
        ...outcome,
        topic: answerTopic(run.plan, node, outcome.name),
      })),
    })),
  );
  const opened = all.flatMap((it, index) => {
    const task = tasks[index]!;
    return task.opened ? [{ ...it, task: task.id }] : [];
  });
  await tellAll(
    sql,
    opened.map(({ visit: { at }, task }) => ({
      run: run.id,
      kind: 'task',
      at,
      wall,
      data: { task, state: 'open' },
    })),
  );
  await tellStaff(
    sql,
    batch,
    opened.map(({ task, assignment: { role } }) => ({
      kind: 'task',
      key: `task/${task}/opened`,
      role,
      task,
    })),
  );
  if (run.mode !== 'fast') return;
  const answers = await answersOfStaff(sql, batch, opened);
  await scheduleDue(sql, run.team, answers);
}

async function answersOfStaff(sql: Sql, batch: Batch, opened: readonly Assigned[]): Promise<Due[]> {
  const { run, node, planNode } = batch;
  const community = await communityOfRun(sql, run);
  return opened.flatMap(({ visit, assignment: { role, outcomes, numbers = [] } }) => {
    // Whoever was named for the role is asked, and the clock waits.
    const isAsked = (run.roles[role] ?? []).length > 0;
    if (isAsked || forcedOf(batch, visit)?.as === 'answer') return [];
    const { ordinal, lap, at } = visit;
    const drawnFor = { node: planNode.id, ordinal, lap };
    const drawn = answerOf(
      community,
      drawnFor,
      outcomes.map(({ name }) => name),
    );
    if (drawn === undefined) return [];
    return [
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
    ];
  });
}
