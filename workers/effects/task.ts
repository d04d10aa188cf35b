// Tasks: opened with their texts rendered, reminded of, handed on.
// Not their answers: those come through the server, or from simulated staff, and reach the visit through the inbox.
import {
  escalateTask as escalateDecision,
  openTask as openDecision,
  remindTask as remindDecision,
} from '../../engine/effects/task.ts';
import { SENSITIVE } from '../../engine/steps/human-task.ts';
import { noteTask, taskOf } from '../store/task.ts';
import { assign } from './assign.ts';
import { calendarOf } from './calendar.ts';
import { inputOf } from './config.ts';
import { notify } from './notice.ts';
import { commonContext, subjectsOf } from './people.ts';
import { renderAll } from './text.ts';
import { internal, visitName, type Answered } from './work.ts';

export const openTask = internal(async (sql, batch) => {
  const input = await inputOf(sql, batch, 'open-task');
  const calendar = await calendarOf(sql, batch.run);
  const now = batch.visits[0]!.at;
  const common = await commonContext(sql, batch.run, { now, names: [input.title, input.script] });
  const subjects = await subjectsOf(sql, batch);
  const answers: Answered[] = [];
  for (const visit of batch.visits) {
    const answer = openDecision.decide(input, calendar, visit.at);
    const subject = subjects.get(visit.ordinal);
    const values = { ...common, member: subject?.values ?? {}, event: subject?.event ?? {} };
    const title = renderAll(input.title, values, batch.run);
    const script = renderAll(input.script ?? {}, values, batch.run);
    const due = answer.why?.['due'];
    if (answer.code === 'failed' || typeof due !== 'number') {
      answers.push(answer);
      continue;
    }
    await assign(sql, batch, visit, {
      kind: input.kind,
      role: input.role,
      // A text that cannot be made is shown as it was written: a person can still do the work.
      title: 'text' in title ? title.text : input.title,
      script: 'text' in script ? script.text : (input.script ?? {}),
      outcomes: input.outcomes,
      numbers: input.numbers ?? [],
      evidence: input.evidence ?? false,
      quorum: input.quorum ?? 1,
      sensitive: SENSITIVE.some((kind) => kind === input.kind),
      dueAt: due,
      remindAt: answer.code === 'remind' ? answer.until! : null,
    });
    answers.push(answer);
  }
  return answers;
});

export const remindTask = internal(async (sql, batch) => {
  const answers: Answered[] = [];
  for (const visit of batch.visits) {
    const task = await taskOf(sql, batch.run.id, { node: batch.node, ...visit });
    if (task !== undefined) {
      await noteTask(
        sql,
        { team: batch.run.team, id: task.id },
        { kind: 'reminded', call: visit.call, at: visit.at },
      );
    }
    answers.push(remindDecision.decide({}, { due: task?.due ?? visit.at }, visit.at));
  }
  return answers;
});

export const escalateTask = internal(async (sql, batch) => {
  const input = await inputOf(sql, batch, 'escalate-task');
  const calendar = await calendarOf(sql, batch.run);
  const role = input.policy === 'escalate' ? (input.to ?? 'owner') : undefined;
  const answers: Answered[] = [];
  for (const visit of batch.visits) {
    const task = await taskOf(sql, batch.run.id, { node: batch.node, ...visit });
    const escalatedAt = task?.escalatedAt ?? visit.at;
    const answer = escalateDecision.decide(input, { ...calendar, escalatedAt }, visit.at);
    if (task !== undefined && answer.until !== undefined) {
      await noteTask(
        sql,
        { team: batch.run.team, id: task.id },
        {
          kind: 'escalated',
          call: visit.call,
          at: visit.at,
          due: answer.until,
          ...(role === undefined ? {} : { role }),
        },
      );
      await notify(sql, batch, {
        kind: 'escalation',
        key: `escalation/${batch.run.id}/${visitName(batch, visit)}`,
        at: visit.at,
        role: role ?? task.role,
        text: { 'zh-CN': '有任务逾期了。', en: 'A task is overdue.' },
        detail: { task: task.id, node: batch.planNode.id },
      });
    }
    answers.push(answer);
  }
  return answers;
});
