// Who the subjects of a batch are: members with what is known of them, or people of the run's synthetic community.
// The values under which conditions and texts know them: member, event, run, params, metrics.
import { metricsContext, paramsContext, runContext } from '../../engine/context.ts';
import { anchorsIn } from '../../engine/effects/instant.ts';
import type { ConditionContext } from '../../engine/language/condition.ts';
import { DAY, type Instant } from '../../engine/instant.ts';
import { attributesOf, type Community } from '../../engine/simulate.ts';
import { communityOfRun } from '../channels/simulator.ts';
import type { Sql } from '../store/client.ts';
import type { RunFacts } from '../store/run.ts';
import { countsOf } from './metrics.ts';
import type { Batch } from './work.ts';

/** One subject of a journey. */
export interface Subject {
  readonly ordinal: number;
  readonly member: string | null;
  readonly person: number | null;
  readonly locale: string | null;
  readonly values: ConditionContext['member'] & {};
  readonly event: ConditionContext['event'] & {};
}

interface SubjectRow {
  readonly ordinal: number;
  readonly member: string | null;
  readonly person: number | null;
  readonly locale: string | null;
  readonly zone: string | null;
  readonly name: string | null;
  readonly tags: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly joined: Instant | null;
  readonly consent: boolean;
  readonly event: Readonly<Record<string, unknown>> | null;
}

/** The subjects of the batch's visits, by ordinal. Empty in campaign scope. */
export async function subjectsOf(sql: Sql, { run, planNode, visits }: Batch): Promise<Map<number, Subject>> {
  if (planNode.graph === 0) return new Map();
  const ordinals = [...new Set(visits.map(({ ordinal }) => ordinal))];
  const { rows } = await sql.query<SubjectRow>(
    `select s.ordinal, s.member_id as member, s.person, m.locale, m.zone, m.display_name as name,
       coalesce(m.tags, p.tags, '{}') as tags, coalesce(m.attributes, p.attributes, '{}') as attributes,
       ms_of(m.joined_at) as joined,
       exists (select from consent c where c.member_id = m.id and c.purpose = 'marketing' and c.revoked_at is null)
         as consent,
       case when e.id is not null then jsonb_build_object('name', e.name, 'at', ms_of(e.at)) || e.data end as event
     from subject s
     left join member m on m.id = s.member_id
     left join person p on p.run_id = s.run_id and p.person = s.person
     left join event e on e.id = s.event_id
     where s.run_id = $1 and s.graph = $2 and s.ordinal = any($3)`,
    [run.id, planNode.graph, ordinals],
  );
  const community = await communityOfRun(sql, run);
  return new Map(rows.map((row) => [row.ordinal, subjectOf(row, community, visits[0]!.at)]));
}

function subjectOf(row: SubjectRow, community: Community, now: Instant): Subject {
  const { ordinal, member, person, locale, event } = row;
  const values = person === null ? memberValues(row, now) : personValues(community, person, row);
  return { ordinal, member, person, locale, values, event: event ?? {} };
}

function memberValues(row: SubjectRow, now: Instant): Record<string, unknown> {
  const { member, name, consent, joined, locale, zone, attributes, tags } = row;
  const since = joined === null ? {} : { joinedAt: joined, days: Math.floor((now - joined) / DAY) };
  return { consent, id: member, name, displayName: name, locale, zone, ...since, ...attributes, tags };
}

/** What a run noted about somebody. */
export interface Noted {
  readonly tags: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** One of a synthetic community as conditions see them: drawn by the seed, then what the run has noted. */
export const personValues = (
  community: Community,
  person: number,
  noted?: Noted,
): Record<string, unknown> => ({
  ...attributesOf(community, person),
  ...noted?.attributes,
  tags: noted?.tags ?? [],
});

/** What does not depend on the subject: run, params and, where `names` mentions them, metrics. */
export async function commonContext(
  sql: Sql,
  run: RunFacts,
  { now, names }: { readonly now: Instant; readonly names: readonly unknown[] },
): Promise<ConditionContext> {
  const { rows } = await sql.query<{
    tags: readonly string[];
    attributes: Readonly<Record<string, unknown>>;
  }>('select tags, attributes from run where id = $1', [run.id]);
  const { tags = [], attributes = {} } = rows[0] ?? {};
  // Counting takes time, and few conditions and texts ask for it.
  const counts = JSON.stringify(names).includes('metrics') ? await countsOf(sql, run, { now }) : undefined;
  return {
    run: runContext({ id: run.id, plan: run.plan, startedAt: run.startAt, now, tags, attributes }),
    params: paramsContext(run.params, anchorsIn(run.params, run.plan.zone)),
    metrics: counts === undefined ? {} : metricsContext(counts),
  };
}
