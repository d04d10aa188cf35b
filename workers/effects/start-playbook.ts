// Starts the newest version of another playbook of the team, as a run of its own that knows its parent.
// In compressed time nothing is started: each workflow skips on its own clock, so the answer is drawn instead.
import { canonicalJson } from '../../engine/compile/hash.ts';
import { startPlaybook as decision, type StartPlaybookInput } from '../../engine/effects/launch.ts';
import type { Playbook, Text } from '../../engine/document.ts';
import type { Plan } from '../../engine/plan.ts';
import { answerOf } from '../../engine/simulate.ts';
import { mayStart } from '../compute/may-start.ts';
import { communityOfRun } from '../store/community.ts';
import type { Sql } from '../store/client.ts';
import { scheduleDue, type Due } from '../store/due-rows.ts';
import { storePlan } from '../store/plan.ts';
import { sayReasons, tellRefused, tellWarned, type Reasons } from '../store/refused-start.ts';
import { createRunIn, ensureLaunchMonth } from '../store/launch.ts';
import { shardOf } from '../store/shard.ts';
import { answerTopic } from '../store/topics.ts';
import { calendarOf } from './calendar.ts';
import { inputOf } from './config.ts';
import { forcedOf } from './scripted.ts';
import { internal, visitName, type Batch } from './work.ts';

/** Playbooks that start each other end somewhere. */
const DEEPEST = 5;

export const startPlaybook = internal(async (sql, batch) => {
  const input = await inputOf(sql, batch, 'start-playbook');
  const calendar = await calendarOf(sql, batch.run);
  const refusal = batch.run.mode === 'fast' ? await drawAnswers(sql, batch) : await start(sql, batch, input);
  const facts = { ...calendar, ...(refusal === undefined ? {} : { refusal }) };
  return batch.visits.map(({ at }) => decision.decide(input, facts, at));
});

// Gives the reason why it cannot start.
async function start(sql: Sql, batch: Batch, input: StartPlaybookInput): Promise<Text | undefined> {
  const { run, deps, wall, node } = batch;
  const ready = await prepare(sql, batch, input);
  if ('refusal' in ready) return ready.refusal;
  const { version, plan } = ready;
  // A run for each visit is what the step is for; all else is done once.
  for (const visit of batch.visits) {
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
  }
  return undefined;
}

interface Version {
  readonly id: string;
  readonly playbook: string;
  readonly document: Playbook;
}

async function prepare(
  sql: Sql,
  { run, node, wall, deps }: Batch,
  { playbook, params = {} }: StartPlaybookInput,
): Promise<{ readonly refusal: Text } | { readonly version: Version; readonly plan: Plan }> {
  const told = {
    team: run.team,
    playbook: run.playbook,
    by: 'step',
    key: `run/${run.id}/${node}`,
    at: wall,
  } as const;
  const refuse = async (reasons: Reasons, of: string = run.playbook): Promise<{ readonly refusal: Text }> => {
    await tellRefused(sql, { ...told, playbook: of }, { reasons, run: run.id, now: wall });
    return { refusal: sayReasons(reasons) };
  };
  if ((await depthOf(sql, run.id)) >= DEEPEST) return refuse(TOO_DEEP);
  const { rows } = await sql.query<Version>(
    `select v.id, v.playbook_id as playbook, v.document
     from playbook_version v join playbook p on p.id = v.playbook_id
     where p.team_id = $1 and p.key = $2 and p.archived_at is null order by v.number desc limit 1`,
    [run.team, playbook],
  );
  const [version] = rows;
  if (version === undefined) return refuse(unpublished(playbook));
  const isReal = run.community !== null || run.groups.length > 0;
  const { document } = version;
  const beginning = { team: run.team, document, params, isReal, now: wall };
  const verdict = await mayStart(sql, beginning, deps.starting ?? { keyring: deps.keyring });
  if (verdict.plan === undefined) return refuse(verdict.problems, version.playbook);
  const { plan, warnings } = verdict;
  const warned = { ...told, playbook: version.playbook, key: `${told.key}/warned` };
  await tellWarned(sql, warned, { problems: warnings, run: run.id, now: wall });
  await storePlan(sql, { team: run.team, plan, bytes: canonicalJson(plan), now: wall });
  await ensureLaunchMonth(sql, wall);
  return { version, plan };
}

const TOO_DEEP: Text = {
  'zh-CN': `剧本一个启动一个，已经超过 ${DEEPEST} 层。`,
  en: `More than ${DEEPEST} playbooks would have started each other.`,
};

const unpublished = (playbook: string): Text => ({
  'zh-CN': `没有已发布的剧本 ${playbook}。`,
  en: `There is no published playbook ${playbook}.`,
});

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

async function drawAnswers(sql: Sql, batch: Batch): Promise<undefined> {
  const { run, node, planNode } = batch;
  const topic = answerTopic(run.plan, node, 'done');
  if (topic < 0) return undefined;
  const community = await communityOfRun(sql, run);
  const due = batch.visits.flatMap((visit): Due[] => {
    const { ordinal, lap, at } = visit;
    const drawn = answerOf(community, { node: planNode.id, ordinal, lap }, ['done']);
    if (drawn === undefined || forcedOf(batch, visit)?.as === 'answer') return [];
    return [
      {
        run: run.id,
        shard: shardOf(ordinal),
        at: at + drawn.delayMs,
        key: `playbook/${visitName(batch, visit)}`,
        payload: { kind: 'answer', by: 'simulated', outcome: 'done', topic, node, ordinal, lap },
      },
    ];
  });
  await scheduleDue(sql, run.team, due);
  return undefined;
}
