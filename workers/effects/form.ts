// Forms: opened for a member or for everybody, closed with the number of answers.
// In a run on synthetic people, those who answer do so at instants that follow from the seed.
import { closeForm as closeDecision, openForm as decision } from '../../engine/effects/form.ts';
import type { CallVisit } from '../../engine/run/protocol.ts';
import { submissionOf, type Community } from '../../engine/simulate.ts';
import { communityOfRun, isSynthetic } from '../store/community.ts';
import type { Sql } from '../store/client.ts';
import { scheduleDue, type Due } from '../store/due-rows.ts';
import { closeForms, nameOfAnswers, openForms } from '../store/form.ts';
import { shardOf } from '../store/shard.ts';
import { ofVisit } from '../store/visit.ts';
import { calendarOf } from './calendar.ts';
import { inputOf } from './config.ts';
import { subjectsOf } from './people.ts';
import { forcedOf } from './scripted.ts';
import { internal, visitName, type Batch } from './work.ts';
import type { InputOf } from '../../engine/effects/index.ts';

export const openForm = internal(async (sql, batch) => {
  const { run, node, visits } = batch;
  const input = await inputOf(sql, batch, 'open-form');
  const calendar = await calendarOf(sql, run);
  const decided = visits.map((visit) => ({ visit, answer: decision.decide(input, calendar, visit.at) }));
  const kind = {
    team: run.team,
    run: run.id,
    node,
    title: input.title,
    fields: input.fields,
    counts: input.counts ?? null,
    consent: input.consent === undefined ? null : { purpose: input.consent, text: input.consentText ?? {} },
  };
  const opened = await openForms(
    sql,
    kind,
    decided.flatMap(({ visit: { ordinal, lap, at }, answer: { until } }) =>
      until === undefined ? [] : [{ ordinal, lap, openedAt: at, closesAt: until }],
    ),
  );
  await letPeopleAnswer(sql, batch, {
    input,
    visits: visits.filter((visit) => opened.has(ofVisit(visit))),
  });
  return decided.map(({ answer }) => answer);
});

export const closeForm = internal(async (sql, { run, node, visits }) => {
  const submissions = await closeForms(sql, { run: run.id, node }, visits);
  return visits.map((visit) =>
    closeDecision.decide({}, { submissions: submissions.get(ofVisit(visit)) ?? 0 }, visit.at),
  );
});

async function letPeopleAnswer(
  sql: Sql,
  batch: Batch,
  { input, visits }: { readonly input: InputOf<'open-form'>; readonly visits: readonly CallVisit[] },
): Promise<void> {
  const { run } = batch;
  if (!isSynthetic(run) || visits.length === 0) return;
  const community = await communityOfRun(sql, run);
  const subjects = await subjectsOf(sql, batch);
  const due = visits.flatMap((visit): Due[] => {
    if (forcedOf(batch, visit)?.as === 'answer') return [];
    const own = subjects.get(visit.ordinal)?.person ?? null;
    const people = own === null ? Array.from({ length: community.people }, (_, person) => person) : [own];
    return people.flatMap((person) => submission(batch, visit, { community, input, person }));
  });
  await scheduleDue(sql, run.team, due);
}

function submission(
  batch: Batch,
  visit: CallVisit,
  { community, input, person }: { community: Community; input: InputOf<'open-form'>; person: number },
): Due[] {
  const { run, node, planNode } = batch;
  const { ordinal, lap, at } = visit;
  const drawn = submissionOf(community, { node: planNode.id, ordinal, lap }, person, input);
  if (drawn === undefined) return [];
  return [
    {
      run: run.id,
      shard: shardOf(ordinal),
      at: at + drawn.delayMs,
      key: `form/${visitName(batch, visit)}/${person}`,
      payload: { kind: 'submit', node, ordinal, lap, person, values: drawn.values },
      // In a campaign nobody waits for the single answer, so the shard need not wake for it.
      ...(planNode.graph === 0 ? { event: nameOfAnswers(input.counts ?? null) } : {}),
    },
  ];
}
