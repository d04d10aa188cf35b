// Writes down who has come through a door and who was turned away, and tells the shards.
// Not the decision: see comers.ts.
import type { Sql } from './client.ts';
import type { Arrivals, Judged } from './comers.ts';
import { scopeOf } from './entrance.ts';
import { appendHeld, holdShards, type Nudge, type Recorded } from './inbox.ts';
import { shardOf } from './shard.ts';

/** Writes down who has entered and who was turned away, and tells the shards. Needs {@link makeRoom}. */
export async function letIn(sql: Sql, judged: readonly Judged[], arrivals: Arrivals): Promise<Nudge[]> {
  const nudges: Nudge[] = [];
  for (const it of judged) {
    await writeTurnedAway(sql, it);
    if (it.seated.length === 0) continue;
    await writeSeated(sql, it);
    nudges.push(...(await tellShards(sql, it, arrivals)));
  }
  return nudges;
}

// Only the last stay under a key counts, should somebody have entered twice within a batch.
async function writeSeated(
  sql: Sql,
  { door: { run, graph, rule }, entrance, seated }: Judged,
): Promise<void> {
  const last = [...new Map(seated.map((seat) => [`${seat.who}/${seat.key}`, seat])).values()];
  await sql.query(
    `insert into stay (scope, journey, who, key, team_id, run_id, graph, ordinal, at)
     select $1, $2, c.who, c.key, $3, $4, $5, c.ordinal, instant_of(c.at)
     from unnest($6::text[], $7::text[], $8::int[], $9::bigint[]) as c (who, key, ordinal, at)
     on conflict (scope, journey, who, key) do update
       set run_id = excluded.run_id, graph = excluded.graph, ordinal = excluded.ordinal, at = excluded.at`,
    [
      scopeOf(run, rule),
      run.plan.graphs[graph]!.id,
      run.team,
      run.id,
      graph,
      last.map(({ who }) => who),
      last.map(({ key }) => key),
      last.map(({ ordinal }) => ordinal),
      last.map(({ at }) => at),
    ],
  );
  await sql.query(
    `insert into subject (run_id, graph, ordinal, team_id, shard, member_id, person, event_id, launch_id, entered_at)
     select $1, $2, c.ordinal, $3, c.shard, c.member, c.person, c.event, $4, instant_of(c.at)
     from unnest($5::int[], $6::int[], $7::uuid[], $8::int[], $9::bigint[], $10::bigint[])
       as c (ordinal, shard, member, person, event, at)`,
    [
      run.id,
      graph,
      run.team,
      entrance.launch,
      seated.map(({ ordinal }) => ordinal),
      seated.map(({ ordinal }) => shardOf(ordinal)),
      seated.map(({ member }) => member),
      seated.map(({ person }) => person),
      seated.map(({ event }) => event.id),
      seated.map(({ at }) => at),
    ],
  );
  const counted = [run.id, graph, seated.length];
  await sql.query(
    'update entrance set next = next + $3, entered = entered + $3 where run_id = $1 and graph = $2',
    counted,
  );
  await sql.query('update launch set count = count + $3 where run_id = $1 and id = $2', [
    run.id,
    entrance.launch,
    seated.length,
  ]);
}

async function writeTurnedAway(sql: Sql, { door: { run, graph }, turned }: Judged): Promise<void> {
  if (turned.length === 0) return;
  const times = new Map<string, number>();
  for (const { who } of turned) times.set(who, (times.get(who) ?? 0) + 1);
  const last = [...new Map(turned.map((it) => [it.who, it])).values()];
  await sql.query(
    `insert into turned_away (run_id, graph, who, team_id, member_id, person, at, reason, event_id, times, why)
     select $1, $2, c.who, $3, c.member, c.person, instant_of(c.at), c.reason, c.event, c.times, c.why
     from unnest($4::text[], $5::uuid[], $6::int[], $7::bigint[], $8::text[], $9::bigint[], $10::int[], $11::jsonb[])
       as c (who, member, person, at, reason, event, times, why)
     on conflict (run_id, graph, who) do update set at = excluded.at, reason = excluded.reason, why = excluded.why,
       event_id = excluded.event_id, times = turned_away.times + excluded.times`,
    [
      run.id,
      graph,
      run.team,
      last.map(({ who }) => who),
      last.map(({ member }) => member),
      last.map(({ person }) => person),
      last.map(({ at }) => at),
      last.map(({ reason }) => reason),
      last.map(({ event }) => event.id),
      last.map(({ who }) => times.get(who)),
      last.map(({ reason, why }) => (reason === 'segment' ? JSON.stringify(why) : null)),
    ],
  );
}

// Their numbers follow each other, so those of one shard and one instant are one entry.
async function tellShards(
  sql: Sql,
  { door: { run, graph }, seated }: Judged,
  { now, due }: Arrivals,
): Promise<Nudge[]> {
  const byShard = new Map<number, Recorded[]>();
  for (const { ordinal, at: own } of seated) {
    const shard = shardOf(ordinal);
    const entries = byShard.get(shard) ?? [];
    byShard.set(shard, entries);
    const at = due ? own : 'soon';
    const before = entries.at(-1);
    const isMore = before?.entry.kind === 'enter' && before.at === at;
    if (isMore && before.entry.kind === 'enter') {
      const { first, count } = before.entry;
      entries[entries.length - 1] = { entry: { kind: 'enter', graph, first, count: count + 1 }, at };
    } else entries.push({ entry: { kind: 'enter', graph, first: ordinal, count: 1 }, at });
  }
  const held = await holdShards(
    sql,
    [...byShard.keys()].map((shard) => ({ run: run.id, shard })),
    now,
  );
  return appendHeld(sql, held, ({ shard }) => byShard.get(shard) ?? []);
}
