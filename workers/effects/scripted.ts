// What a script has decided for a visit: an answer in place of its first effect, or something that becomes due later.
// Not the script's form, see engine/script.ts. Asked at the first call of a visit, whose instant is the visit's start.
import { forcedFor, type Forced } from '../../engine/script.ts';
import { subjectName } from '../../engine/run/trace.ts';
import type { CallVisit } from '../../engine/run/protocol.ts';
import { steps } from '../../engine/steps/index.ts';
import type { Sql } from '../store/client.ts';
import { scheduleDue } from '../store/due-rows.ts';
import { scheduleScriptedEvents } from '../store/scripted-events.ts';
import { shardOf } from '../store/shard.ts';
import { answerTopic } from '../store/topics.ts';
import { scriptOf } from '../store/script.ts';
import type { Answered, Batch } from './work.ts';

/** What the script says about a visit; undefined when it says nothing. */
export function forcedOf({ run, planNode }: Batch, { ordinal, lap }: CallVisit): Forced | undefined {
  if (run.script.length === 0) return undefined;
  const subject = subjectName(run.plan, planNode.graph, ordinal);
  return forcedFor(scriptOf(run), { node: planNode.id, subject, lap }, planNode, steps);
}

/** The answer that stands in place of the effect. What the script lets happen later becomes due. */
export async function forcedAnswer(sql: Sql, batch: Batch, visit: CallVisit): Promise<Answered | undefined> {
  if (visit.call !== 0) return undefined;
  const { run, node, planNode } = batch;
  const { ordinal, lap, at } = visit;
  await scheduleScriptedEvents(sql, run, [{ node, ordinal, lap, at }]);
  const forced = forcedOf(batch, visit);
  if (forced === undefined) return undefined;
  const then = at + forced.afterMs;
  if (forced.as === 'port') return { code: `port:${forced.port}`, until: then, why: { script: true } };
  await scheduleDue(sql, run.team, [
    {
      run: run.id,
      shard: shardOf(ordinal),
      at: then,
      key: `script/${planNode.id}/${ordinal}/${lap}`,
      payload: {
        kind: 'answer',
        by: 'script',
        outcome: forced.answer,
        numbers: forced.values,
        topic: answerTopic(run.plan, node, forced.answer),
        node,
        ordinal,
        lap,
      },
    },
  ]);
  return undefined;
}
