// Tasks as the server reads them: all that a person sees of one, and who may act on it.
// Not what an answer does, see decide.ts.
import type { Sql } from '../../workers/store/client.ts';
import type { TaskOutcome } from '../../workers/store/task.ts';
import type { Identity } from '../identity/identity.ts';
import { Refusal } from '../refusal.ts';
import { mayAct, type Cast } from '../runs/roles.ts';

/** A task. */
export interface TaskRow {
  readonly id: string;
  readonly role: string;
  readonly cast: Cast;
  readonly state: string;
  readonly kind: string;
  readonly quorum: number;
  readonly sensitive: boolean;
  readonly outcomes: readonly TaskOutcome[];
  readonly numbers: readonly { readonly name: string }[];
  readonly launchedBy: string | null;
}

/** Selects tasks of a team, `$1`; conditions are added. */
export const TASK = `
  select t.id, t.run_id as run, p.title as playbook, t.kind, t.role, t.title, t.script, t.outcomes, t.fields as numbers,
    t.evidence, t.quorum, t.sensitive, t.state::text, t.opened_at as "openedAt", t.remind_at as "remindAt",
    t.due_at as "dueAt", t.assignee_id as assignee, t.outcome, t.closed_at as "closedAt", r.roles as cast,
    r.mode::text, r.launched_by as "launchedBy",
    (select count(*) from task_decision d where d.task_id = t.id) as voices
  from task t join run r on r.id = t.run_id join playbook p on p.id = r.playbook_id
  where t.team_id = $1`;

// `mayAct` of runs/roles.ts, as the database asks it: a page of one's own tasks must not be filled with those of others.
export const MINE = `case when jsonb_array_length(coalesce(r.roles -> t.role, '[]')) > 0 then (r.roles -> t.role) ? $voice
  else t.role = any($roles::text[]) or 'owner' = any($roles::text[]) end`;

/** States in which a task can be answered. */
export const OPEN = ['open', 'accepted', 'escalated'];

/** A task of the team. Refused as not found when it has none of this id. */
export async function findTask(sql: Sql, who: Identity, id: string): Promise<TaskRow> {
  const { rows } = await sql.query<TaskRow>(`${TASK} and t.id = $2`, [who.team, id]);
  if (rows[0] === undefined) throw new Refusal('not-found');
  return rows[0];
}

/** The same, and only for whoever may act on it. */
export async function mineOf(sql: Sql, who: Identity, id: string): Promise<TaskRow> {
  const task = await findTask(sql, who, id);
  if (!mayAct(who, task.cast, task.role)) throw new Refusal('not-found');
  return task;
}

/** As it is told to somebody. */
export function shown({ cast, ...task }: TaskRow, who: Identity) {
  return { ...task, mine: OPEN.includes(task.state) && mayAct(who, cast, task.role) };
}
