// Tasks: opened, reminded, escalated by effects; answered by people through the server, or by simulated staff.
// Not who may answer: the server has checked the role. The answer reaches its visit through the inbox.
import type { Text } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import type { VisitKey } from '../../engine/run/protocol.ts';
import { inTransaction, type Sql, type Store } from './client.ts';
import { newId } from './id.ts';
import { append, lockShard, type Nudge, type Recorded } from './inbox.ts';
import { tell } from './run-event.ts';
import { shardOf } from './shard.ts';
import { OF_VISIT, ofVisit, VISITS_OF_NODE, type OfVisit } from './visit.ts';

/** A button of a task, and the topic by which its answer reaches the visit. */
export interface TaskOutcome {
  readonly name: string;
  readonly label?: Text;
  readonly topic: number;
}

/** What a task is, when an effect opens it. */
export interface NewTask extends VisitKey {
  readonly team: number;
  readonly run: string;
  readonly kind: string;
  readonly role: string;
  readonly title: Text;
  /** Rendered. */
  readonly script: Text;
  readonly outcomes: readonly TaskOutcome[];
  readonly numbers: readonly { readonly name: string; readonly label?: Text }[];
  readonly evidence: boolean;
  readonly quorum: number;
  readonly sensitive: boolean;
  readonly openedAt: Instant;
  readonly remindAt: Instant | null;
  readonly dueAt: Instant;
}

/** Opens visits' tasks; one that is open already gets the new deadline. Their ids in order, and whether each is new. */
export async function openTasks(
  sql: Sql,
  tasks: readonly NewTask[],
): Promise<readonly { readonly id: string; readonly opened: boolean }[]> {
  if (tasks.length === 0) return [];
  const ids = tasks.map(() => newId());
  const { rows } = await sql.query<VisitKey & { readonly id: string }>(
    `insert into task (id, team_id, run_id, node, ordinal, lap, kind, role, title, script, outcomes, fields, evidence,
       quorum, sensitive, opened_at, remind_at, due_at)
     select t.id, t.team, t.run, t.node, t.ordinal, t.lap, t.kind, t.role, t.title, t.script, t.outcomes, t.numbers,
       t.evidence, t.quorum, t.sensitive, instant_of(t."openedAt"), instant_of(t."remindAt"), instant_of(t."dueAt")
     from jsonb_to_recordset($1) as t (id uuid, team int, run uuid, node int, ordinal int, lap bigint, kind text,
       role text, title jsonb, script jsonb, outcomes jsonb, numbers jsonb, evidence boolean, quorum int,
       sensitive boolean, "openedAt" bigint, "remindAt" bigint, "dueAt" bigint)
     on conflict (run_id, node, ordinal, lap) do update
       set remind_at = excluded.remind_at, due_at = excluded.due_at
     returning id, node, ordinal, lap`,
    [JSON.stringify(tasks.map((task, index) => ({ ...task, id: ids[index] })))],
  );
  const key = ({ node, ordinal, lap }: VisitKey): string => `${node}/${ordinal}/${lap}`;
  const known = new Map(rows.map((row) => [key(row), row.id]));
  return tasks.map((task, index) => {
    const id = known.get(key(task))!;
    return { id, opened: id === ids[index] };
  });
}

/** What an effect must know of the task that a visit has opened. */
export interface OpenedTask {
  readonly id: string;
  readonly role: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly due: Instant;
  readonly escalatedAt: Instant | null;
}

/** The tasks of visits of one node, by {@link ofVisit}. */
export async function tasksOf(
  sql: Sql,
  { run, node }: Pick<NewTask, 'run' | 'node'>,
  visits: readonly OfVisit[],
): Promise<Map<string, OpenedTask>> {
  const { rows } = await sql.query<OpenedTask & OfVisit>(
    `select t.ordinal, t.lap, t.id, t.role, t.state, t.outcome, ms_of(t.due_at) as due,
       (select ms_of(min(n.at)) from task_note n where n.task_id = t.id and n.kind = 'escalated') as "escalatedAt"
     from ${VISITS_OF_NODE} join task t on ${OF_VISIT}`,
    [run, node, visits.map(({ ordinal }) => ordinal), visits.map(({ lap }) => lap)],
  );
  return new Map(rows.map(({ ordinal, lap, ...task }) => [ofVisit({ ordinal, lap }), task]));
}

/** What was said about the tasks of visits of one node, by ordinal/lap; null where nothing was said yet. */
export async function outcomesOf(
  sql: Sql,
  run: string,
  node: number,
  visits: readonly Omit<VisitKey, 'node'>[],
): Promise<Map<string, string | null>> {
  const { rows } = await sql.query<Omit<VisitKey, 'node'> & { readonly outcome: string | null }>(
    `select t.ordinal, t.lap, t.outcome from ${VISITS_OF_NODE} join task t on ${OF_VISIT}`,
    [run, node, visits.map(({ ordinal }) => ordinal), visits.map(({ lap }) => lap)],
  );
  return new Map(rows.map(({ ordinal, lap, outcome }) => [`${ordinal}/${lap}`, outcome]));
}

/** A reminder, or a task handed on with a new deadline. `call` makes a repeated call harmless. */
export interface TaskNote {
  readonly task: string;
  readonly kind: 'reminded' | 'escalated';
  readonly call: number;
  readonly at: Instant;
  readonly role?: string;
  readonly due?: Instant;
}

/** Notes reminders, and hands tasks to another role with a new deadline. */
export async function noteTasks(sql: Sql, team: number, notes: readonly TaskNote[]): Promise<void> {
  if (notes.length === 0) return;
  await sql.query(
    `with note as (
       select * from unnest($2::uuid[], $3::text[], $4::int[], $5::bigint[], $6::text[], $7::bigint[])
         as n (task, kind, call, at, role, due)
     ), noted as (
       insert into task_note (team_id, task_id, kind, at, call, detail)
       select $1, task, kind, instant_of(at), call, jsonb_strip_nulls(jsonb_build_object('to', role)) from note
       on conflict do nothing returning task_id, kind, call)
     update task t set state = 'escalated', role = coalesce(n.role, t.role), due_at = coalesce(instant_of(n.due), t.due_at)
     from note n join noted d on d.task_id = n.task and d.kind = n.kind and d.call = n.call
     where t.id = n.task and n.kind = 'escalated' and t.state in ('open', 'accepted', 'escalated')`,
    [
      team,
      notes.map(({ task }) => task),
      notes.map(({ kind }) => kind),
      notes.map(({ call }) => call),
      notes.map(({ at }) => at),
      notes.map(({ role }) => role ?? null),
      notes.map(({ due }) => due ?? null),
    ],
  );
}

/**
 * Whether a run waits for the answer of a person: a task is open whose role was given to somebody.
 * In compressed time all other tasks are answered by simulated staff, and what a script will answer is answered by it.
 */
export async function asksSomebody(sql: Sql, run: string): Promise<boolean> {
  const { rows } = await sql.query<{ asks: boolean }>(
    `select exists (
       select from task t join run r on r.id = t.run_id
       where t.run_id = $1 and t.state in ('open', 'accepted', 'escalated')
         and jsonb_array_length(coalesce(r.roles -> t.role, '[]')) > 0
         and not exists (
           select from due d where d.run_id = t.run_id and d.payload ->> 'kind' = 'answer'
             and (d.payload -> 'node', d.payload -> 'ordinal', d.payload -> 'lap')
               = (to_jsonb(t.node), to_jsonb(t.ordinal), to_jsonb(t.lap)))) as asks`,
    [run],
  );
  return rows[0]!.asks;
}

/** Somebody's answer. */
export interface TaskAnswer {
  readonly team: number;
  readonly task: string;
  /** A user's id; `simulated` or `script` in compressed runs. */
  readonly by: string;
  readonly outcome: string;
  readonly note?: string;
  readonly evidence?: readonly string[];
  readonly numbers?: Readonly<Record<string, number>>;
  readonly now: Instant;
}

/** What became of it. `counted`: more people must say the same. The rest are refusals. */
export type Answered =
  | { readonly as: 'done' | 'counted'; readonly nudges: readonly Nudge[] }
  | {
      readonly as:
        | 'unknown'
        | 'closed'
        | 'no-such-outcome'
        | 'answered-before'
        | 'needs-evidence'
        | 'needs-numbers'
        | 'needs-person';
    };

/** Records an answer; the one that decides goes to the visit. */
export function answerTask(store: Store, answer: TaskAnswer): Promise<Answered> {
  return inTransaction(store.pool, (sql) => answerTaskIn(sql, answer, 'soon'));
}

interface TaskRow {
  readonly run: string;
  readonly node: number;
  readonly ordinal: number;
  readonly lap: number;
  readonly state: string;
  readonly outcomes: readonly TaskOutcome[];
  readonly fields: readonly { readonly name: string }[];
  readonly evidence: boolean;
  readonly quorum: number;
  readonly sensitive: boolean;
  readonly mode: 'real' | 'fast';
  readonly at: Instant;
}

/** {@link answerTask} inside the caller's transaction; `recordedAt` as for inbox entries. */
export async function answerTaskIn(
  sql: Sql,
  answer: TaskAnswer,
  recordedAt: Recorded['at'],
): Promise<Answered> {
  const { rows: places } = await sql.query<{ run: string; ordinal: number }>(
    'select run_id as run, ordinal from task where team_id = $1 and id = $2',
    [answer.team, answer.task],
  );
  if (places[0] === undefined) return { as: 'unknown' };
  await lockShard(sql, { run: places[0].run, shard: shardOf(places[0].ordinal) });
  const { rows } = await sql.query<TaskRow>(
    `select t.run_id as run, t.node, t.ordinal, t.lap, t.state, t.outcomes, t.fields, t.evidence, t.quorum,
       t.sensitive, r.mode, coalesce($3::bigint, case r.mode when 'fast' then
         (select ms_of(coalesce(s.horizon, r.start_at)) from shard s where s.run_id = r.id and s.no = 0) else $4 end) as at
     from task t join run r on r.id = t.run_id
     where t.team_id = $1 and t.id = $2 for update of t`,
    [answer.team, answer.task, recordedAt === 'soon' ? null : recordedAt, answer.now],
  );
  const task = rows[0];
  const refusal = refusalOf(task, answer);
  if (task === undefined || refusal !== undefined) return { as: refusal ?? 'unknown' };
  if (!(await recordDecision(sql, answer, task.at))) return { as: 'answered-before' };
  const { rows: voices } = await sql.query<{ count: number }>(
    'select count(*) as count from task_decision where task_id = $1 and outcome = $2',
    [answer.task, answer.outcome],
  );
  if (voices[0]!.count < task.quorum) return { as: 'counted', nudges: [] };
  return { as: 'done', nudges: await close(sql, task, answer, recordedAt) };
}

function refusalOf(task: TaskRow | undefined, answer: TaskAnswer) {
  if (task === undefined) return 'unknown';
  if (!['open', 'accepted', 'escalated'].includes(task.state)) return 'closed';
  if (!task.outcomes.some(({ name }) => name === answer.outcome)) return 'no-such-outcome';
  if (task.mode === 'fast') return undefined;
  if (task.sensitive && /^(simulated|script)/.test(answer.by)) return 'needs-person';
  if (task.evidence && (answer.evidence ?? []).length === 0) return 'needs-evidence';
  const asked = task.fields.every(({ name }) => Number.isFinite(answer.numbers?.[name]));
  return asked ? undefined : 'needs-numbers';
}

async function recordDecision(sql: Sql, answer: TaskAnswer, at: Instant): Promise<boolean> {
  const { rowCount } = await sql.query(
    `insert into task_decision (team_id, task_id, by, outcome, note, evidence, numbers, at, recorded_at)
     values ($1, $2, $3, $4, $5, $6, $7, instant_of($8), instant_of($9)) on conflict do nothing`,
    [
      answer.team,
      answer.task,
      answer.by,
      answer.outcome,
      answer.note ?? null,
      JSON.stringify(answer.evidence ?? []),
      JSON.stringify(answer.numbers ?? {}),
      at,
      answer.now,
    ],
  );
  return rowCount === 1;
}

async function close(
  sql: Sql,
  task: TaskRow,
  answer: TaskAnswer,
  recordedAt: Recorded['at'],
): Promise<Nudge[]> {
  await sql.query(`update task set state = 'done', outcome = $2, closed_at = instant_of($3) where id = $1`, [
    answer.task,
    answer.outcome,
    task.at,
  ]);
  await sql.query(
    `insert into metric_point (team_id, run_id, name, value, at, source)
     select $1, $2, key, value::numeric, instant_of($4), 'task/' || $5
     from jsonb_each_text($3) on conflict do nothing`,
    [answer.team, task.run, JSON.stringify(answer.numbers ?? {}), task.at, answer.task],
  );
  await sql.query(
    `update report set state = 'approved', approved_at = instant_of($5), approved_by = $6
     where run_id = $1 and node = $2 and ordinal = $3 and lap = $4 and state <> 'approved' and $7 = 'approved'`,
    [task.run, task.node, task.ordinal, task.lap, task.at, answer.by, answer.outcome],
  );
  const { run, node, ordinal, lap } = task;
  await tell(sql, {
    run,
    kind: 'task',
    at: task.at,
    wall: answer.now,
    data: { task: answer.task, state: 'done', outcome: answer.outcome },
  });
  const topic = task.outcomes.find(({ name }) => name === answer.outcome)!.topic;
  const shard = shardOf(ordinal);
  const entry = { kind: 'arrived', node, ordinal, lap, topic } as const;
  const nudge = await append(sql, { run, shard }, [{ entry, at: recordedAt }], answer.now);
  return nudge ? [{ run, shard }] : [];
}
