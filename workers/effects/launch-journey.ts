// Enrols everybody who may enter a journey now, and has the shards begun that they need.
// Not the enrolment itself: see store/enrol.ts.
import { launchJourney as decision } from '../../engine/effects/launch.ts';
import type { CalendarFacts } from '../../engine/effects/instant.ts';
import type { CallVisit } from '../../engine/run/protocol.ts';
import { ruleOf } from '../store/comers.ts';
import type { Sql } from '../store/client.ts';
import { openDoor } from '../store/door.ts';
import { enrol, type Enrolled } from '../store/enrol.ts';
import { SHARD_SIZE } from '../store/shard.ts';
import { calendarOf } from './calendar.ts';
import { candidatesFor } from './candidates.ts';
import { inputOf } from './config.ts';
import { internal, type Answered, type Batch } from './work.ts';

export const launchJourney = internal(async (sql, batch) => {
  const input = await inputOf(sql, batch, 'launch-journey');
  const { run } = batch;
  const graph = run.plan.graphs.findIndex(({ id }, index) => index > 0 && id === input.journey);
  const calendar = await calendarOf(sql, run);
  const answers: Answered[] = [];
  for (const visit of batch.visits) {
    const decide = (eligible: number, door?: 'opened' | 'open') =>
      decision.decide(input, { ...calendar, eligible, ...(door === undefined ? {} : { door }) }, visit.at);
    const wouldBe = decide(graph < 0 ? 0 : 1);
    answers.push(
      wouldBe.code === 'launched' ? await launch(sql, batch, { graph, visit, calendar, decide }) : wouldBe,
    );
  }
  return answers;
});

interface Launching {
  readonly graph: number;
  readonly visit: CallVisit;
  readonly calendar: CalendarFacts;
  readonly decide: (eligible: number, door?: 'opened' | 'open') => Answered;
}

async function launch(sql: Sql, batch: Batch, launching: Launching): Promise<Answered> {
  const { graph, visit, calendar, decide } = launching;
  const { run, node, wall, deps, nudges, afterwards } = batch;
  const rule = ruleOf(run, graph);
  if (rule.from === 'event') {
    const opening = { run, graph, rule, visit: { ...visit, node }, calendar, wall };
    const opened = await openDoor(sql, opening);
    nudges.push(...opened.nudges);
    return decide(0, opened.door);
  }
  const candidates = await candidatesFor(sql, run, rule, visit.at);
  await sql.query('savepoint enrolment');
  const enrolled = await enrol(sql, { run, graph, rule, candidates, wall, visit: { ...visit, node } });
  const { entered, first, refused, shards } = enrolled;
  if (run.mode === 'fast' && first + entered > SHARD_SIZE) {
    await sql.query('rollback to savepoint enrolment');
    return {
      code: 'failed',
      why: { problem: 'too-many', eligible: entered, limit: SHARD_SIZE - first },
    };
  }
  nudges.push(...enrolled.nudges);
  if (shards.length > 0) afterwards.push(() => deps.startShards(run.id, shards));
  const answer = decide(entered);
  return { ...answer, why: { ...answer.why, ...told(refused) } };
}

const told = (refused: Enrolled['refused']) => (Object.keys(refused).length === 0 ? {} : { refused });
