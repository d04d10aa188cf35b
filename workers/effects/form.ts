// Forms: opened for a member or for everybody, closed with the number of answers.
// In a run on synthetic people, those who answer do so at instants that follow from the seed.
import { closeForm as closeDecision, openForm as openDecision } from '../../engine/effects/form.ts';
import type { CallVisit } from '../../engine/run/protocol.ts';
import { submissionOf } from '../../engine/simulate.ts';
import { communityOfRun, isSynthetic } from '../store/community.ts';
import type { Sql } from '../store/client.ts';
import { scheduleDue, type Due } from '../store/due-rows.ts';
import { closeForm as close, nameOfAnswers, openForm as open } from '../store/form.ts';
import { shardOf } from '../store/shard.ts';
import { calendarOf } from './calendar.ts';
import { inputOf } from './config.ts';
import { subjectsOf, type Subject } from './people.ts';
import { forcedOf } from './scripted.ts';
import { internal, visitName, type Answered, type Batch } from './work.ts';
import type { InputOf } from '../../engine/effects/index.ts';

export const openForm = internal(async (sql, batch) => {
  const input = await inputOf(sql, batch, 'open-form');
  const calendar = await calendarOf(sql, batch.run);
  const subjects = await subjectsOf(sql, batch);
  const answers: Answered[] = [];
  for (const visit of batch.visits) {
    const answer = openDecision.decide(input, calendar, visit.at);
    answers.push(answer);
    if (answer.until === undefined) continue;
    const { opened } = await open(sql, {
      team: batch.run.team,
      run: batch.run.id,
      node: batch.node,
      ordinal: visit.ordinal,
      lap: visit.lap,
      title: input.title,
      fields: input.fields,
      counts: input.counts ?? null,
      consent: input.consent === undefined ? null : { purpose: input.consent, text: input.consentText ?? {} },
      openedAt: visit.at,
      closesAt: answer.until,
    });
    if (opened) await letPeopleAnswer(sql, batch, visit, { input, subject: subjects.get(visit.ordinal) });
  }
  return answers;
});

export const closeForm = internal(async (sql, batch) => {
  const answers: Answered[] = [];
  for (const visit of batch.visits) {
    const submissions = await close(sql, batch.run.id, { node: batch.node, ...visit }, visit.at);
    answers.push(closeDecision.decide({}, { submissions }, visit.at));
  }
  return answers;
});

async function letPeopleAnswer(
  sql: Sql,
  batch: Batch,
  visit: CallVisit,
  { input, subject }: { readonly input: InputOf<'open-form'>; readonly subject: Subject | undefined },
): Promise<void> {
  const { run, node, planNode } = batch;
  if (!isSynthetic(run) || forcedOf(batch, visit)?.as === 'answer') return;
  const community = await communityOfRun(sql, run);
  const { ordinal, lap, at } = visit;
  const own = subject?.person;
  const people =
    own === undefined || own === null
      ? Array.from({ length: community.people }, (_, person) => person)
      : [own];
  // In a campaign nobody waits for the single answer, so the shard need not wake for it.
  const event = planNode.graph === 0 ? { event: nameOfAnswers(input.counts ?? null) } : {};
  const due = people.flatMap((person): Due[] => {
    const drawn = submissionOf(community, { node: planNode.id, ordinal, lap }, person, input);
    if (drawn === undefined) return [];
    return [
      {
        run: run.id,
        shard: shardOf(ordinal),
        at: at + drawn.delayMs,
        key: `form/${visitName(batch, visit)}/${person}`,
        payload: { kind: 'submit', node, ordinal, lap, person, values: drawn.values },
        ...event,
      },
    ];
  });
  await scheduleDue(sql, run.team, due);
}
