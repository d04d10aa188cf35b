// People's work: the tasks of runs, taken on and answered. Approvals are tasks with two outcomes and, where wanted, a quorum.
// Who may answer is decided in tasks/; what the answer does in the run is not.
import type { FastifyInstance } from 'fastify';
import { inTransaction } from '../../workers/store/client.ts';
import { audit } from '../audit.ts';
import { voiceOf } from '../identity/identity.ts';
import { Refusal } from '../refusal.ts';
import { byId, paged, route, type Deps } from '../route.ts';
import { decideTask } from '../tasks/decide.ts';
import { findTask, MINE, mineOf, OPEN, shown, TASK, type TaskRow } from '../tasks/task.ts';

export function taskRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;

  route(app, deps, 'GET /api/tasks', {
    tag: 'tasks',
    says: {
      zh: '任务：默认是我可以做的、还没结束的；all 是全部。',
      en: 'Tasks: those I may do that are open, unless `all` is asked for.',
    },
    query: {
      ...paged,
      properties: {
        ...paged.properties,
        run: { type: 'string', format: 'uuid' },
        all: { type: 'boolean' },
      },
    } as const,
    handle: async ({ query, who }) => {
      const { rows } = await store.pool.query<TaskRow>(
        `${TASK} and ($2::uuid is null or t.run_id = $2)
           and ($3 or (t.state::text = any($4) and ${MINE.replaceAll('$voice', '$6').replaceAll('$roles', '$7')}))
         order by t.due_at, t.id limit $5`,
        [who.team, query.run ?? null, query.all === true, OPEN, query.limit ?? 200, voiceOf(who), who.roles],
      );
      return { tasks: rows.map((row) => shown(row, who)) };
    },
  });

  route(app, deps, 'GET /api/tasks/:id', {
    tag: 'tasks',
    says: { zh: '一个任务，连同已有的答复和提醒。', en: 'A task with its answers and reminders.' },
    params: byId,
    handle: async ({ params, who }) => {
      const task = await findTask(store.pool, who, params.id);
      const { rows: decisions } = await store.pool.query(
        `select d.by, u.name, d.outcome, d.note, d.evidence, d.numbers, d.at, d.recorded_at as "recordedAt"
         from task_decision d left join user_account u on u.id::text = d.by and u.team_id = d.team_id
         where d.task_id = $1 order by d.id`,
        [task.id],
      );
      const { rows: notes } = await store.pool.query(
        'select kind, at, detail from task_note where task_id = $1 order by id',
        [task.id],
      );
      return { ...shown(task, who), decisions, notes };
    },
  });

  route(app, deps, 'POST /api/tasks/:id/accept', {
    tag: 'tasks',
    says: { zh: '接下任务：别人看得到是谁在做。', en: 'Takes a task on, so that others see who does it.' },
    params: byId,
    handle: ({ params, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const task = await mineOf(sql, who, params.id);
        if (!OPEN.includes(task.state)) throw new Refusal('task-closed');
        if (who.kind !== 'user') throw new Refusal('needs-person');
        await sql.query(
          `update task set assignee_id = $2, state = case state when 'open' then 'accepted' else state end
           where id = $1 and state in ('open', 'accepted', 'escalated')`,
          [task.id, who.id],
        );
        await sql.query(
          `insert into task_note (team_id, task_id, kind, at, call, detail)
           select $1, $2, 'accepted', instant_of($3), coalesce(max(call), -1) + 1, $4 from task_note
           where task_id = $2 and kind = 'accepted'`,
          [who.team, task.id, now, JSON.stringify({ by: who.id })],
        );
        await audit(sql, { who, action: 'task.accept', subject: `task/${task.id}`, now });
        return { state: task.state === 'open' ? 'accepted' : task.state, assignee: who.id };
      }),
  });

  decideRoute(app, deps);
}

function decideRoute(app: FastifyInstance, deps: Deps): void {
  route(app, deps, 'POST /api/tasks/:id/decide', {
    tag: 'tasks',
    says: {
      zh: '答复任务：结果、说明、凭证、数字。每人一票；审批、复盘和要多人同意的任务必须由人登录后答复；启动者可以批准自己的活动，复盘里看得到。',
      en: 'Answers a task: outcome, note, proof, numbers. One voice each; approvals, reviews and tasks with a quorum are answered by people who are logged in, not by keys; approving what one has launched is possible, and visible in the review.',
    },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['outcome'],
      properties: {
        outcome: { type: 'string', minLength: 1, maxLength: 100 },
        note: { type: 'string', maxLength: 5_000 },
        evidence: { type: 'array', maxItems: 20, items: { type: 'string', minLength: 1, maxLength: 2_000 } },
        numbers: {
          type: 'object',
          maxProperties: 50,
          additionalProperties: { type: 'number', minimum: -1e12, maximum: 1e12 },
        },
      },
    } as const,
    handle: ({ params, body, who, now }) => {
      const { outcome, note, evidence } = body;
      // `numbers` is an object of numbers, see its schema.
      const numbers = body.numbers as Readonly<Record<string, number>> | undefined;
      return decideTask(deps, who, { id: params.id, outcome, note, evidence, numbers, now });
    },
  });
}
