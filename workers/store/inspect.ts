// What a run has left behind, read again: its report in the shape that rehearsals print, and one subject's way with reasons.
// Not where its tokens stand at this moment: that is the workflow's to say.
import { UNIVERSAL } from '../../engine/effect.ts';
import type { Instant } from '../../engine/instant.ts';
import type { Plan } from '../../engine/plan.ts';
import { Recorder, type RunReport } from '../../engine/run/trace.ts';
import type { Sql } from './client.ts';
import type { RunFacts } from './run.ts';

/** The report of a run so far: traces, calendar and counts, as `run --wait --json` prints them. */
export async function reportOfRun(sql: Sql, run: RunFacts): Promise<RunReport> {
  const recorder = new Recorder(run.plan);
  const { rows: subjects } = await sql.query<{ graph: number; ordinal: number; reason: string | null }>(
    'select graph, ordinal, end_reason as reason from subject where run_id = $1 order by graph, ordinal',
    [run.id],
  );
  for (const { graph, ordinal, reason } of subjects) {
    recorder.entered(graph, ordinal, 1);
    if (reason !== null) recorder.ended({ graph, ordinal, reason });
  }
  const { rows: passed } = await sql.query<{
    node: number;
    ordinal: number;
    lap: number;
    at: Instant;
    port: string | null;
  }>('select node, ordinal, lap, ms_of(at) as at, port from passed where run_id = $1', [run.id]);
  for (const visit of passed) recorder.passed(visit);
  for (const message of await postedOf(sql, run)) recorder.posted(message);
  const { rows: ends } = await sql.query<{ ended: Instant | null }>(
    'select ms_of(ended_at) as ended from run where id = $1',
    [run.id],
  );
  return recorder.report({ seed: run.seed, started: run.startAt, ended: ends[0]?.ended ?? null });
}

async function postedOf(sql: Sql, run: RunFacts) {
  const { rows } = await sql.query<{
    node: number;
    at: Instant;
    channel: string;
    text: string;
    count: number;
  }>(
    `select m.node, ms_of(m.at) as at, m.channel, m.posted as text, count(*) as count
     from message m join delivery d on d.message_id = m.id
     where m.run_id = $1 and d.state = 'sent' group by m.id`,
    [run.id],
  );
  return rows;
}

/** Something in the way of a subject. */
export type Moment =
  | {
      readonly kind: 'passed';
      readonly at: Instant;
      readonly node: string;
      readonly lap: number;
      readonly port: string | null;
      readonly lateMs: number;
      readonly skipped: string | null;
    }
  /** An effect was asked: its answer, and the reason that it gave. */
  | {
      readonly kind: 'called';
      readonly at: Instant;
      readonly node: string;
      readonly lap: number;
      readonly call: number;
      readonly effect: string;
      readonly state: string;
      readonly code: string | null;
      readonly until: Instant | null;
      readonly why: Readonly<Record<string, unknown>> | null;
    }
  | {
      readonly kind: 'stuck';
      readonly at: Instant;
      readonly node: string;
      readonly lap: number;
      readonly reason: string;
      /** What an operator did about it: retry, skip, end. */
      readonly resolution: string | null;
    };

/** Everything that is recorded of one subject, in order of its instants. */
export async function timelineOf(
  sql: Sql,
  run: RunFacts,
  { graph, ordinal }: { readonly graph: number; readonly ordinal: number },
): Promise<Moment[]> {
  // Nodes of all graphs lie in one array, so a subject's visits are those of its graph's nodes.
  const nodes = run.plan.nodes.flatMap((node, index) => (node.graph === graph ? [index] : []));
  const { rows } = await sql.query<MomentRow>(TIMELINE, [run.id, ordinal, nodes]);
  return rows.map((row) => momentOf(run, row));
}

// What was asked at an instant comes before what was left because of it.
const TIMELINE = `
  select kind, ms_of(at) as at, node, lap, call, effect, state, code, ms_of(until) as until, why, port, late, skipped
  from (
    select 0 as kind, at, node, lap, call, effect, state::text, code, until, why, null as port, 0 as late, null as skipped
    from ledger where run_id = $1 and ordinal = $2 and node = any($3)
    union all
    select 1, at, node, lap, no, reason, resolution, null, null, null, null, 0, null
    from stuck_visit where run_id = $1 and ordinal = $2 and node = any($3)
    union all
    select 2, at, node, lap, 0, null, null, null, null, null, port, late_ms, skipped
    from passed_by($1, $2) where node = any($3)) as moments
  order by at, lap, kind, call`;

interface MomentRow {
  readonly kind: number;
  readonly at: Instant;
  readonly node: number;
  readonly lap: number;
  readonly call: number;
  /** The reason, for a visit that is stuck. */
  readonly effect: string;
  /** Of a call; for a visit that is stuck, what was done about it. */
  readonly state: string | null;
  readonly code: number | null;
  readonly until: Instant | null;
  readonly why: Readonly<Record<string, unknown>> | null;
  readonly port: string | null;
  readonly late: number;
  readonly skipped: string | null;
}

function momentOf({ plan }: RunFacts, row: MomentRow): Moment {
  const { kind, at, lap, call, effect, state, until, why, port, late, skipped } = row;
  const place = { at, node: plan.nodes[row.node]!.id, lap };
  if (kind === 2) return { kind: 'passed', ...place, port, lateMs: late, skipped };
  if (kind === 1) return { kind: 'stuck', ...place, reason: effect, resolution: state };
  const code = row.code === null ? null : codeName(plan, row.node, { effect, code: row.code });
  return { kind: 'called', ...place, call, effect, state: state ?? '', code, until, why };
}

/** A code as people and programs read it. A forced one is the port's name. */
function codeName(
  plan: Plan,
  node: number,
  { effect, code }: { readonly effect: string; readonly code: number },
): string {
  const universal = (['retry', 'failed', 'doubt'] as const).find((name) => UNIVERSAL[name] === code);
  if (universal !== undefined) return universal;
  if (code >= UNIVERSAL.port) return plan.nodes[node]?.ports[code - UNIVERSAL.port]?.name ?? String(code);
  return plan.effects[effect]?.[code] ?? String(code);
}
