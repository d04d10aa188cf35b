// What has become due is promoted: each thing by the same public path as if a person had done it at its instant.
// Not a clock: the drain of the shard says which instant it is.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from './client.ts';
import { command } from './control.ts';
import { closeDoor, holdDoors } from './door.ts';
import type { DuePayload } from './due-rows.ts';
import { ingestIn, lockTopics } from './event.ts';
import { submitFormIn } from './form.ts';
import { append, type Nudge, type ShardAddress } from './inbox.ts';
import { runOf } from './run.ts';
import { shardOf } from './shard.ts';
import { answerTaskIn } from './task.ts';

interface DueRow {
  readonly id: number;
  readonly team: number;
  readonly at: Instant;
  readonly key: string;
  readonly payload: DuePayload;
}

/** The most rows that are promoted at a time. */
const PAGE = 2_000;

/**
 * Promotes what is due by `now` in a shard. Returns other shards to nudge; the shard itself is being drained.
 * What is due at one instant comes in the order in which it was scheduled.
 */
export async function promoteDue(sql: Sql, address: ShardAddress, now: Instant): Promise<Nudge[]> {
  const nudges: Nudge[] = [];
  for (;;) {
    const { count, nudges: more } = await promotePage(sql, address, now);
    nudges.push(...more.filter(({ run, shard }) => run !== address.run || shard !== address.shard));
    if (count < PAGE) return nudges;
  }
}

async function promotePage(
  sql: Sql,
  address: ShardAddress,
  now: Instant,
): Promise<{ readonly count: number; readonly nudges: readonly Nudge[] }> {
  const { rows } = await sql.query<DueRow>(
    `delete from due where id in (
       select id from due where run_id = $1 and shard = $2 and at <= instant_of($3) order by at, id limit $4 for update)
     returning id, team_id as team, ms_of(at) as at, key, payload`,
    [address.run, address.shard, now, PAGE],
  );
  rows.sort((a, b) => a.at - b.at || a.id - b.id);
  // Taken for all of them before any shard's row, as everywhere.
  const names = rows.flatMap(({ payload }) => (payload.kind === 'event' ? [payload.name] : []));
  if (rows[0] !== undefined) await lockTopics(sql, { team: rows[0].team, names, exclusive: false });
  if (rows.some(({ payload: { kind } }) => kind === 'event' || kind === 'close'))
    await holdDoors(sql, address.run);
  const nudges: Nudge[] = [];
  for (let from = 0; from < rows.length;) {
    const to = endOfGroup(rows, from);
    nudges.push(...(await promote(sql, address, rows.slice(from, to))));
    from = to;
  }
  return { count: rows.length, nudges };
}

// Events that follow each other go in together: a hundred thousand replies must not be a hundred thousand statements.
function endOfGroup(rows: readonly DueRow[], from: number): number {
  let to = from + 1;
  if (rows[from]!.payload.kind !== 'event') return to;
  while (to < rows.length && rows[to]!.payload.kind === 'event') to += 1;
  return to;
}

async function promote(sql: Sql, { run }: ShardAddress, rows: readonly DueRow[]): Promise<readonly Nudge[]> {
  const { team, at, payload } = rows[0]!;
  switch (payload.kind) {
    case 'event': {
      const events = rows.flatMap(({ at: own, key, payload: it }) =>
        it.kind === 'event'
          ? [
              {
                name: it.name,
                source: `run/${run}`,
                sourceId: key,
                at: own,
                run,
                ...(it.person === undefined ? {} : { person: it.person }),
                ...(it.member === undefined ? {} : { member: it.member }),
                ...(it.data === undefined ? {} : { data: it.data }),
              },
            ]
          : [],
      );
      return (await ingestIn(sql, { team, events, now: at, due: true })).nudges;
    }
    case 'answer':
      return answerOf(sql, { run, team, at }, payload);
    case 'submit':
      return submissionOf(sql, { run, team, at }, payload);
    case 'close': {
      const facts = await runOf(sql, run);
      const { graph, launch } = payload;
      return facts === undefined ? [] : closeDoor(sql, { run: facts, graph, launch, at, wall: at });
    }
    case 'control':
      return controlOf(sql, { run, at }, payload);
  }
}

// Only anchors that really move re-time anything, as when a person corrects a date to what it is already.
async function controlOf(
  sql: Sql,
  { run, at }: { readonly run: string; readonly at: Instant },
  { control, params, texts }: DuePayload & { kind: 'control' },
): Promise<readonly Nudge[]> {
  const facts = params === undefined ? undefined : await runOf(sql, run);
  const anchors = Object.keys(params ?? {}).filter((name) => facts?.params[name] !== params?.[name]);
  const moved =
    control?.do === 'retime'
      ? { ...control, anchors: control.anchors.filter((it) => anchors.includes(it)) }
      : control;
  const isVain = moved?.do === 'retime' && moved.anchors.length === 0;
  return command(
    sql,
    {
      run,
      ...(moved === undefined || isVain ? {} : { control: moved }),
      ...(params === undefined ? {} : { params }),
      ...(texts === undefined ? {} : { texts }),
      by: 'script',
      now: at,
    },
    at,
  );
}

interface Moment {
  readonly run: string;
  readonly team: number;
  readonly at: Instant;
}

// A task or form that is gone by then takes no answer, as for people.
async function answerOf(
  sql: Sql,
  { run, team, at }: Moment,
  payload: DuePayload & { kind: 'answer' },
): Promise<readonly Nudge[]> {
  const { rows } = await sql.query<{ id: string }>(
    'select id from task where run_id = $1 and node = $2 and ordinal = $3 and lap = $4',
    [run, payload.node, payload.ordinal, payload.lap],
  );
  if (rows[0] === undefined) {
    const { node, ordinal, lap, topic } = payload;
    const entry = { kind: 'arrived', node, ordinal, lap, topic } as const;
    const address = { run, shard: shardOf(ordinal) };
    return topic >= 0 && (await append(sql, address, [{ entry, at }], at)) ? [address] : [];
  }
  const { outcome, numbers, by } = payload;
  const answer = { team, task: rows[0].id, outcome, now: at, ...(numbers === undefined ? {} : { numbers }) };
  // Where several must say the same, several do.
  for (let voice = 1; ; voice += 1) {
    const answered = await answerTaskIn(sql, { ...answer, by: voice === 1 ? by : `${by}-${voice}` }, at);
    if (answered.as !== 'counted') return 'nudges' in answered ? answered.nudges : [];
  }
}

async function submissionOf(
  sql: Sql,
  { run, team, at }: Moment,
  payload: DuePayload & { kind: 'submit' },
): Promise<readonly Nudge[]> {
  const { rows } = await sql.query<{ id: string }>(
    'select id from form where run_id = $1 and node = $2 and ordinal = $3 and lap = $4',
    [run, payload.node, payload.ordinal, payload.lap],
  );
  if (rows[0] === undefined) return [];
  const { person, values } = payload;
  const submitted = await submitFormIn(sql, { team, form: rows[0].id, person, values, now: at }, at);
  return 'nudges' in submitted ? submitted.nudges : [];
}
