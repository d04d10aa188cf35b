// One subject's way through a run, visit by visit: what was asked and why it was answered so, where it stood, how it left.
// Reading only, and only from PostgreSQL: it works while Temporal is away.
import { isoOf, type Instant } from '../../engine/instant.ts';
import type { Plan } from '../../engine/plan.ts';
import { subjectName } from '../../engine/run/trace.ts';
import type { Sql } from '../../workers/store/client.ts';
import { timelineOf, type Moment } from '../../workers/store/inspect.ts';
import type { RunFacts } from '../../workers/store/run.ts';

const iso = (at: Instant | null): string | null => (at === null ? null : isoOf(at));

/** The way of a subject; undefined when it is not part of the run. */
export async function timeline(
  sql: Sql,
  run: RunFacts,
  { graph, ordinal }: { readonly graph: number; readonly ordinal: number },
) {
  const { rows } = await sql.query<{
    member: string | null;
    person: number | null;
    entered: Instant;
    ended: Instant | null;
    reason: string | null;
    event: string | null;
    heard: Instant | null;
  }>(
    `select s.member_id as member, s.person, ms_of(s.entered_at) as entered, ms_of(s.ended_at) as ended,
       s.end_reason as reason, e.name as event, ms_of(e.at) as heard
     from subject s left join event e on e.id = s.event_id
     where s.run_id = $1 and s.graph = $2 and s.ordinal = $3`,
    [run.id, graph, ordinal],
  );
  const subject = rows[0];
  if (subject === undefined) return undefined;
  const visits = new Map<string, Moment[]>();
  for (const moment of await timelineOf(sql, run, { graph, ordinal })) {
    const key = `${moment.node}/${moment.lap}`;
    visits.set(key, [...(visits.get(key) ?? []), moment]);
  }
  return {
    subject: subjectName(run.plan, graph, ordinal),
    member: subject.member,
    person: subject.person,
    entered: isoOf(subject.entered),
    ended: iso(subject.ended),
    end: subject.reason,
    /** What it has heard last: what let it in, or brought it on. */
    event: subject.event === null ? null : { name: subject.event, at: iso(subject.heard) },
    visits: inCourse(
      run.plan,
      [...visits.values()]
        .map((moments) => visitOf(run, moments))
        .toSorted((a, b) => (a.left ?? '9').localeCompare(b.left ?? '9') || a.began.localeCompare(b.began)),
    ),
  };
}

/** Visits of one instant beyond so many stay as they are: rounds without a wait, which nobody reads one by one. */
const MOST_AT_ONCE = 200;

interface Left {
  readonly node: string;
  readonly lap: number;
  readonly left: string | null;
  readonly port: string | null;
}

/** What was left at one and the same instant, in the order in which the one leads to the other. */
function inCourse<T extends Left>(plan: Plan, visits: readonly T[]): T[] {
  const ordered: T[] = [];
  for (let from = 0; from < visits.length;) {
    let to = from + 1;
    while (to < visits.length && visits[to]!.left === visits[from]!.left) to += 1;
    const group = visits.slice(from, to);
    if (group.length > MOST_AT_ONCE) ordered.push(...group);
    else {
      while (group.length > 0) {
        const isFirst = (it: T): boolean => !group.some((other) => other !== it && leadsTo(plan, other, it));
        const next = Math.max(0, group.findIndex(isFirst));
        ordered.push(...group.splice(next, 1));
      }
    }
    from = to;
  }
  return ordered;
}

function leadsTo({ nodes }: Plan, from: Left, to: Left): boolean {
  const { ports = [], block } = nodes.find(({ id }) => id === from.node) ?? {};
  const taken = block?.kind === 'fork' ? ports : ports.filter(({ name }) => name === from.port);
  return taken.some((port) => nodes[port.to]?.id === to.node) && from.lap <= to.lap;
}

// The moments of one visit; there is at least one.
function visitOf({ plan }: RunFacts, moments: readonly Moment[]) {
  const { node, lap, at: began } = moments[0]!;
  const left = moments.find((moment) => moment.kind === 'passed');
  return {
    node,
    step: plan.nodes.find(({ id }) => id === node)?.step,
    lap,
    began: isoOf(began),
    left: iso(left?.at ?? null),
    port: left?.port ?? null,
    lateMs: left?.lateMs ?? 0,
    skipped: left?.skipped ?? null,
    decisions: moments.flatMap((moment) =>
      moment.kind === 'called'
        ? [
            {
              at: isoOf(moment.at),
              effect: moment.effect,
              code: moment.code,
              state: moment.state,
              until: iso(moment.until),
              why: moment.why,
            },
          ]
        : [],
    ),
    stuck: moments.flatMap((moment) =>
      moment.kind === 'stuck'
        ? [{ at: isoOf(moment.at), reason: moment.reason, resolution: moment.resolution }]
        : [],
    ),
  };
}
