// Tasks: opened with their texts rendered, reminded of, handed on.
// Not their answers: those come through the server, or from simulated staff, and reach the visit through the inbox.
import {
  escalateTask as escalateDecision,
  openTask as openDecision,
  remindTask as remindDecision,
} from '../../engine/effects/task.ts';
import { markLink } from '../../engine/language/links.ts';
import { SENSITIVE } from '../../engine/steps/human-task.ts';
import { noteTasks, tasksOf, type TaskNote } from '../store/task.ts';
import { ofVisit } from '../store/visit.ts';
import { assignAll, type Assigned } from './assign.ts';
import { calendarOf } from './calendar.ts';
import { inputOf } from './config.ts';
import { notify, tellStaff, type News, type Notice } from '../store/notice.ts';
import { commonContext, contextFor, subjectsOf } from './people.ts';
import { renderAll } from './text.ts';
import { internal, visitName, type Answered } from './work.ts';

export const openTask = internal(async (sql, batch) => {
  const input = await inputOf(sql, batch, 'open-task');
  const calendar = await calendarOf(sql, batch.run);
  const now = batch.visits[0]!.at;
  const common = await commonContext(sql, batch.run, { now, names: [input.title, input.script] });
  const subjects = await subjectsOf(sql, batch);
  const { kind, role, outcomes, numbers = [], evidence = false, quorum = 1 } = input;
  const sensitive = SENSITIVE.some((it) => it === kind);
  const assigned: Assigned[] = [];
  const answers = batch.visits.map((visit): Answered => {
    const answer = openDecision.decide(input, calendar, visit.at);
    const due = answer.why?.['due'];
    if (answer.code === 'failed' || typeof due !== 'number') return answer;
    const subject = subjects.get(visit.ordinal);
    const values = contextFor(common, subject);
    const title = renderAll(input.title, values, batch.run);
    const script = renderAll(input.script ?? {}, values, batch.run, markLink);
    assigned.push({
      visit,
      member: subject?.member,
      assignment: {
        kind,
        role,
        // A text that cannot be made is shown as it was written: a person can still do the work.
        title: 'text' in title ? title.text : input.title,
        script: 'text' in script ? script.text : (input.script ?? {}),
        outcomes,
        numbers,
        evidence,
        quorum,
        sensitive,
        dueAt: due,
        remindAt: answer.code === 'remind' ? answer.until! : null,
      },
    });
    return answer;
  });
  await assignAll(sql, batch, assigned);
  return answers;
});

export const remindTask = internal(async (sql, { run, node, visits, wall }) => {
  const tasks = await tasksOf(sql, { run: run.id, node }, visits);
  const notes: TaskNote[] = [];
  const news: News[] = [];
  for (const visit of visits) {
    const task = tasks.get(ofVisit(visit));
    if (task === undefined) continue;
    const { call, at } = visit;
    notes.push({ task: task.id, kind: 'reminded', call, at });
    news.push({ kind: 'reminder', key: `task/${task.id}/reminded/${call}`, role: task.role, task: task.id });
  }
  await noteTasks(sql, run.team, notes);
  await tellStaff(sql, { run, wall }, news);
  return visits.map((visit) =>
    remindDecision.decide({}, { due: tasks.get(ofVisit(visit))?.due ?? visit.at }, visit.at),
  );
});

export const escalateTask = internal(async (sql, batch) => {
  const { run, node, planNode, visits } = batch;
  const input = await inputOf(sql, batch, 'escalate-task');
  const calendar = await calendarOf(sql, run);
  const tasks = await tasksOf(sql, { run: run.id, node }, visits);
  const to = input.policy === 'escalate' ? (input.to ?? 'owner') : undefined;
  const notes: TaskNote[] = [];
  const notices: Notice[] = [];
  const answers = visits.map((visit): Answered => {
    const task = tasks.get(ofVisit(visit));
    const escalatedAt = task?.escalatedAt ?? visit.at;
    const answer = escalateDecision.decide(input, { ...calendar, escalatedAt }, visit.at);
    if (task === undefined || answer.until === undefined) return answer;
    const { call, at } = visit;
    const handed = to === undefined ? {} : { role: to };
    notes.push({ task: task.id, kind: 'escalated', call, at, due: answer.until, ...handed });
    notices.push({
      kind: 'escalation',
      key: `escalation/${run.id}/${visitName(batch, visit)}`,
      at,
      role: to ?? task.role,
      text: { 'zh-CN': '有任务逾期了。', en: 'A task is overdue.' },
      detail: { task: task.id, node: planNode.id },
    });
    return answer;
  });
  await noteTasks(sql, run.team, notes);
  await notify(sql, batch, notices);
  return answers;
});
