// Enrols everybody who may enter a journey now, and has the shards begun that they need.
// Not the enrolment itself: see store/enrol.ts.
import { launchJourney as decision } from '../../engine/effects/launch.ts';
import type { CalendarFacts } from '../../engine/effects/instant.ts';
import type { EntranceRule } from '../../engine/entrance.ts';
import { evaluateCondition } from '../../engine/language/condition.ts';
import type { CallVisit } from '../../engine/run/protocol.ts';
import { nameOf } from '../../engine/simulate.ts';
import { ruleOf } from '../store/comers.ts';
import { isSynthetic, withinRun } from '../store/community.ts';
import type { Sql } from '../store/client.ts';
import { openDoor } from '../store/door.ts';
import { enrol, type Candidates, type Enrolled } from '../store/enrol.ts';
import { Binder } from '../store/segments/binder.ts';
import { ask, fittingPages } from '../store/segments/find.ts';
import { SHARD_SIZE } from '../store/shard.ts';
import { calendarOf } from './calendar.ts';
import { inputOf } from './config.ts';
import { commonContext } from './people.ts';
import { communityPeople } from './recipients.ts';
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
  const candidates = await candidatesFor(sql, batch, rule, visit);
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

// Staff and test accounts come to the entrance too, so that they are told why they are not let in.
async function candidatesFor(
  sql: Sql,
  { run }: Batch,
  { segment, from, list }: EntranceRule,
  { at }: CallVisit,
): Promise<Candidates> {
  const context = segment === undefined ? {} : await commonContext(sql, run, { now: at, names: [segment] });
  if (isSynthetic(run)) {
    const listed = new Set(list);
    const people = (await communityPeople(sql, run)).filter(
      ({ person, values }) =>
        (from !== 'list' || listed.has(nameOf(person))) &&
        (segment === undefined || evaluateCondition(segment.cel, { ...context, member: values }) === true),
    );
    return theseOnes(people.map(({ person }) => person));
  }
  const question = { within: { ...withinRun(run), everybody: true }, cel: segment?.cel, context, now: at };
  const onList = (binder: Binder): string => {
    if (from !== 'list') return '';
    const names = binder.bind(list, 'text[]');
    return ` and (m.id::text = any(${names}) or m.external_key = any(${names}))`;
  };
  const { binder, from: fitting, rest } = ask(question);
  if (rest === undefined) return { binder, query: `${MEMBERS} ${fitting}${onList(binder)}` };
  const ids: string[] = [];
  for await (const page of fittingPages(sql, question)) ids.push(...page);
  const mine = new Binder();
  const these = `from member m where m.id = any(${mine.bind(ids, 'uuid[]')})`;
  return { binder: mine, query: `${MEMBERS} ${these}${onList(mine)}` };
}

const MEMBERS = 'select m.id::text as who, m.id as member, null::int as person, m.kind';

function theseOnes(people: readonly number[]): Candidates {
  const binder = new Binder();
  const query = `select person::text as who, null::uuid as member, person, 'member'::member_kind as kind
    from unnest(${binder.bind(people, 'int[]')}) as person`;
  return { binder, query };
}
