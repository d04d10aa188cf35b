// Who the subjects of a batch are: members with what is known of them, or people of the run's synthetic community.
// The values under which conditions and texts know them: member, event, run, params, metrics.
import { metricsContext, paramsContext, runContext } from '../../engine/context.ts';
import { anchorsIn } from '../../engine/effects/instant.ts';
import type { ConditionContext } from '../../engine/language/condition.ts';
import type { Instant } from '../../engine/instant.ts';
import { metricsIn, type Measured } from '../../engine/metrics.ts';
import type { Community } from '../../engine/simulate.ts';
import {
  communityOfRun,
  MEMBER_COLUMNS,
  memberValues,
  personValues,
  type MemberRow,
  type Noted,
} from '../store/community.ts';
import type { Sql } from '../store/client.ts';
import type { RunFacts } from '../store/run.ts';
import { gather, gatheredIn, type Values } from '../store/segments/values.ts';
import { countsOf } from '../store/metrics/counts.ts';
import { measure } from '../store/metrics/measure.ts';
import { scopeOfRun } from '../store/metrics/scope.ts';
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

interface SubjectRow extends MemberRow {
  readonly ordinal: number;
  readonly person: number | null;
  readonly noted: Noted | null;
  readonly event: Readonly<Record<string, unknown>> | null;
}

/** The subjects of the batch's visits, by ordinal. Empty in campaign scope. */
export async function subjectsOf(sql: Sql, { run, planNode, visits }: Batch): Promise<Map<number, Subject>> {
  if (planNode.graph === 0) return new Map();
  const ordinals = [...new Set(visits.map(({ ordinal }) => ordinal))];
  const { rows } = await sql.query<SubjectRow>(
    `select s.ordinal, s.person, ${MEMBER_COLUMNS},
       case when p.person is not null then jsonb_build_object('tags', p.tags, 'attributes', p.attributes) end as noted,
       case when e.id is not null then jsonb_build_object('name', e.name, 'at', ms_of(e.at)) || e.data end as event
     from subject s
     left join member m on m.id = s.member_id
     left join person p on p.run_id = s.run_id and p.person = s.person
     left join event e on e.id = s.event_id
     where s.run_id = $1 and s.graph = $2 and s.ordinal = any($3)`,
    [run.id, planNode.graph, ordinals],
  );
  const community = await communityOfRun(sql, run);
  const now = visits[0]!.at;
  const lists = await gather(
    sql,
    rows.flatMap(({ member }) => member ?? []),
    { now, names: gatheredIn([planNode.config, run.texts[planNode.id]]) },
  );
  return new Map(
    rows.map((row) => [row.ordinal, subjectOf(row, { community, now, more: lists.get(row.member ?? '') })]),
  );
}

interface Known {
  readonly community: Community;
  readonly now: Instant;
  /** The member's gathered lists. */
  readonly more: Values | undefined;
}

function subjectOf(row: SubjectRow, { community, now, more }: Known): Subject {
  const { ordinal, member, person, locale, noted, event } = row;
  const values =
    person === null
      ? { ...memberValues(row, now), ...more }
      : personValues(community, person, noted ?? undefined);
  return { ordinal, member, person, locale, values, event: event ?? {} };
}

/** What conditions and texts know of one subject. Of the activity itself: what it has heard of last. */
export const contextFor = (common: ConditionContext, subject: Subject | undefined): ConditionContext =>
  subject === undefined ? common : { ...common, member: subject.values, event: subject.event };

/** What does not depend on the subject: run, params and, where `names` mentions them, metrics and the activity's event. */
export async function commonContext(
  sql: Sql,
  run: RunFacts,
  { now, names }: { readonly now: Instant; readonly names: readonly unknown[] },
): Promise<ConditionContext> {
  const { rows } = await sql.query<{
    tags: readonly string[];
    attributes: Readonly<Record<string, unknown>>;
    event: ConditionContext['event'] | null;
  }>(
    `select r.tags, r.attributes,
       case when e.id is not null then jsonb_build_object('name', e.name, 'at', ms_of(e.at)) || e.data end as event
     from run r
     left join subject s on $2 and s.run_id = r.id and s.graph = 0 and s.ordinal = 0
     left join event e on e.id = s.event_id
     where r.id = $1`,
    [run.id, JSON.stringify(names).includes('event.')],
  );
  const { tags = [], attributes = {}, event = null } = rows[0] ?? {};
  return {
    run: runContext({ id: run.id, plan: run.plan, startedAt: run.startAt, now, tags, attributes }),
    params: paramsContext(run.params, anchorsIn(run.params, run.plan.zone)),
    metrics: await metricsAt(sql, run, { now, names }),
    member: {},
    event: event ?? {},
  };
}

/** The numbers that conditions and texts name. Counting takes time, and few of them ask for any. */
async function metricsAt(
  sql: Sql,
  run: RunFacts,
  { now, names }: { readonly now: Instant; readonly names: readonly unknown[] },
): Promise<Record<string, number>> {
  if (!JSON.stringify(names).includes('metrics.')) return {};
  const scope = await scopeOfRun(sql, run);
  const named = metricsIn(names);
  const values = new Map<string, Measured>();
  for (const metric of named) values.set(metric, (await measure(sql, { metric, scope, now })).measured);
  const { reported } = await countsOf(sql, scope, { from: run.startAt, to: now });
  return metricsContext(named, (name) => values.get(name) ?? { n: 0 }, reported);
}
