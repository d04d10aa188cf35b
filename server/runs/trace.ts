// What a run left in the database, in the shape that rehearsals print: traces, calendar, counts.
import type { Instant } from '../../engine/instant.ts';
import { Recorder, type RunReport } from '../../engine/run/trace.ts';
import type { Sql } from '../../workers/store/client.ts';
import type { RunFacts } from '../../workers/store/run.ts';

/** The report of a run, finished or under way. */
export async function traceOf(sql: Sql, run: RunFacts): Promise<RunReport> {
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
  const { rows: posted } = await sql.query<{
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
  for (const message of posted) recorder.posted(message);
  const { rows } = await sql.query<{ ended: Instant | null }>(
    'select ms_of(ended_at) as ended from run where id = $1',
    [run.id],
  );
  return recorder.report({ seed: run.seed, started: run.startAt, ended: rows[0]?.ended ?? null });
}
