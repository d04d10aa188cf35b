// Starts the newest version of another playbook of the team, as a run of its own that knows its parent.
// In compressed time nothing is started: each workflow skips on its own clock, so the answer is drawn instead.
import { compile } from '../../engine/index.ts';
import { canonicalJson } from '../../engine/compile/hash.ts';
import { startPlaybook as decision, type StartPlaybookInput } from '../../engine/effects/launch.ts';
import type { Playbook } from '../../engine/document.ts';
import type { CallVisit } from '../../engine/run/protocol.ts';
import { answerOf } from '../../engine/simulate.ts';
import { productOf } from '../store/attributes.ts';
import { communityOfRun } from '../store/community.ts';
import type { Sql } from '../store/client.ts';
import { scheduleDue } from '../store/due-rows.ts';
import { storePlan } from '../store/plan.ts';
import { createRunIn, ensureLaunchMonth } from '../store/run.ts';
import { shardOf } from '../store/shard.ts';
import { answerTopic } from '../store/topics.ts';
import { calendarOf } from './calendar.ts';
import { inputOf } from './config.ts';
import { forcedOf } from './scripted.ts';
import { internal, visitName, type Answered, type Batch } from './work.ts';

/** Playbooks that start each other end somewhere. */
const DEEPEST = 5;

export const startPlaybook = internal(async (sql, batch) => {
  const input = await inputOf(sql, batch, 'start-playbook');
  const calendar = await calendarOf(sql, batch.run);
  const answers: Answered[] = [];
  for (const visit of batch.visits) {
    const refusal =
      batch.run.mode === 'fast' ? await drawAnswer(sql, batch, visit) : await start(sql, batch, input, visit);
    const facts = { ...calendar, ...(refusal === undefined ? {} : { refusal }) };
    answers.push(decision.decide(input, facts, visit.at));
  }
  return answers;
});

// Gives the reason why it cannot start.
async function start(
  sql: Sql,
  batch: Batch,
  { playbook, params = {} }: StartPlaybookInput,
  visit: CallVisit,
): Promise<string | undefined> {
  const { run, deps, wall, node } = batch;
  if ((await depthOf(sql, run.id)) >= DEEPEST)
    return `More than ${DEEPEST} playbooks would have started each other.`;
  const { rows } = await sql.query<{ id: string; playbook: string; document: Playbook }>(
    `select v.id, v.playbook_id as playbook, v.document from playbook_version v join playbook p on p.id = v.playbook_id
     where p.team_id = $1 and p.key = $2 and p.archived_at is null order by v.number desc limit 1`,
    [run.team, playbook],
  );
  const [version] = rows;
  if (version === undefined) return `There is no published playbook ${playbook}.`;
  const { plan, problems } = compile(version.document, params, await productOf(sql, run.team));
  if (plan === undefined) return problems.map(({ code }) => code).join(', ');
  await storePlan(sql, { team: run.team, plan, bytes: canonicalJson(plan), now: wall });
  await ensureLaunchMonth(sql, wall);
  const { run: child } = await createRunIn(sql, {
    team: run.team,
    playbook: version.playbook,
    version: version.id,
    planHash: plan.hash,
    params: plan.params,
    roles: run.roles,
    ...(run.community === null ? {} : { community: run.community }),
    groups: run.groups,
    members: run.members,
    seed: run.seed,
    mode: 'real',
    startAt: visit.at,
    now: wall,
    by: `run/${run.id}`,
    parent: { run: run.id, node, ordinal: visit.ordinal, lap: visit.lap },
    key: `run/${run.id}/${visitName(batch, visit)}/${visit.call}`,
  });
  batch.afterwards.push(() => deps.startRun(child));
  return undefined;
}

async function depthOf(sql: Sql, run: string): Promise<number> {
  const { rows } = await sql.query<{ depth: number }>(
    `with recursive line (id, depth) as (
       select parent_run_id, 0 from run where id = $1
       union all
       select r.parent_run_id, l.depth + 1 from line l join run r on r.id = l.id
     ) select max(depth) as depth from line`,
    [run],
  );
  return rows[0]?.depth ?? 0;
}

async function drawAnswer(sql: Sql, batch: Batch, visit: CallVisit): Promise<undefined> {
  const { run, node, planNode } = batch;
  const { ordinal, lap, at } = visit;
  const topic = answerTopic(run.plan, node, 'done');
  const drawn = answerOf(await communityOfRun(sql, run), { node: planNode.id, ordinal, lap }, ['done']);
  if (topic < 0 || drawn === undefined || forcedOf(batch, visit)?.as === 'answer') return undefined;
  await scheduleDue(sql, run.team, [
    {
      run: run.id,
      shard: shardOf(ordinal),
      at: at + drawn.delayMs,
      key: `playbook/${visitName(batch, visit)}`,
      payload: { kind: 'answer', by: 'simulated', outcome: 'done', topic, node, ordinal, lap },
    },
  ]);
  return undefined;
}
