// Writes down what one advance of a shard decided: what was passed, who listens, who is stuck, who is done.
// In one transaction, and once: an advance that is settled already changes nothing.
import type { Instant } from '../../engine/instant.ts';
import type { Plan } from '../../engine/plan.ts';
import type { Listen, Stuck, VisitKey } from '../../engine/run/protocol.ts';
import { inOneFlight, inTransaction, type Sql, type Store } from './client.ts';
import { closeDeliveries } from './delivery.ts';
import { lockTopics } from './event.ts';
import { lookBack } from './heard.ts';
import { lockShards, type Nudge } from './inbox.ts';
import { tellThrough } from './launches.ts';
import { keepTick } from './recall.ts';
import { leave, leaving } from './run-end.ts';
import { notify, type Notice } from './notice.ts';
import { tell } from './run-event.ts';
import { isPassedAlready, writePassed } from './passed.ts';
import { planOfRun, runOf, type RunFacts } from './run.ts';
import { settlePlainly } from './settle-plainly.ts';
import type { SettleRequest } from './settle-request.ts';
import { scheduleDeeds, scheduleScriptedEvents } from './scripted-events.ts';
import { topicsOf } from './topics.ts';
import { OF_VISIT, VISITS } from './visit.ts';

/** Settles an advance. Returns the shards to nudge after it; the own shard finds its entries when it drains. */
export async function settle(store: Store, request: SettleRequest): Promise<Nudge[]> {
  if (!(await isPlain(store.pool, request))) return settleFully(store, request);
  await settlePlainly(store.pool, request);
  return [];
}

/**
 * Whether visits were merely passed: nobody waited there, nobody waits now, nothing has ended.
 * Only the trace hears of it, so whoever does not read the trace need not wait for it.
 */
export async function isPlain(
  sql: Sql,
  { run, settlement }: Pick<SettleRequest, 'run' | 'settlement'>,
): Promise<boolean> {
  const { passed, listens, dropped, stuck, ended, done } = settlement;
  const others = listens.length + dropped.length + stuck.length + ended.length;
  if (others > 0 || done) return false;
  const plan = await planOfRun(sql, run);
  return passed.every(({ node }) => topicsOf(plan, node).length === 0);
}

async function settleFully(store: Store, request: SettleRequest): Promise<Nudge[]> {
  try {
    return await settleBy(store, request, { again: false });
  } catch (error) {
    if (!isPassedAlready(error)) throw error;
    return settleBy(store, request, { again: true });
  }
}

function settleBy(
  store: Store,
  request: SettleRequest,
  { again }: { readonly again: boolean },
): Promise<Nudge[]> {
  return inTransaction(store.pool, async (sql) => {
    const run = await runOf(sql, request.run);
    if (run === undefined) throw new Error(`There is no run ${request.run}.`);
    const { listens } = request.settlement;
    const names = listens.flatMap(({ node }) => eventTopics(run.plan, node).map(({ event }) => event));
    await lockTopics(sql, { team: run.team, names, exclusive: true });
    await lockConcerned(sql, run, request);
    const claimed = await claim(sql, request);
    if (claimed === undefined) return [];
    await inOneFlight(
      keepTold(sql, run, request),
      writePassed(sql, { ...request, team: run.team, again }, request.settlement.passed),
    );
    await closeLeft(sql, run, request);
    if (claimed.parked) await unpark(sql, run, request);
    await park(sql, run, request);
    const nudges = [
      ...(await listen(sql, run, listens, request)),
      ...(await endSubjects(sql, run, request)),
      ...(await finish(sql, run, request)),
    ];
    await announce(sql, run, request);
    return nudges.filter(({ run: other, shard }) => other !== request.run || shard !== request.shard);
  });
}

// The end of subjects is told to shard 0, and that of the last shard to the run that waits for it. The own row is
// locked by the claim.
async function lockConcerned(sql: Sql, run: RunFacts, { shard, settlement }: SettleRequest): Promise<void> {
  const { done, ended } = settlement;
  const concerned = done || (ended.length > 0 && shard > 0) ? leaving(run, shard) : [];
  // The claim locks the own row itself.
  if (concerned.some((other) => other.run !== run.id || other.shard !== shard))
    await lockShards(sql, concerned);
}

/** Undefined when the advance is settled already; otherwise whether anybody is parked in the run. */
async function claim(sql: Sql, request: SettleRequest): Promise<{ readonly parked: boolean } | undefined> {
  const { run, shard, advance, settlement, counts, drain } = request;
  const { rows } = await sql.query<{ parked: boolean }>(
    `update shard set advance = $3, wake = instant_of($4), idle = $5, counts = coalesce($6, counts),
       nudged = nudged and $8::bigint is null, patient = case when $8::bigint is null then patient end, cursor = greatest(cursor, least($7, head)),
       horizon = greatest(horizon, instant_of($8))
     where run_id = $1 and no = $2 and advance < $3
     returning exists (select from stuck_visit v where v.run_id = $1 and v.resolved_at is null) as parked`,
    [
      run,
      shard,
      advance,
      settlement.wake,
      settlement.done,
      counts === undefined ? null : JSON.stringify(counts),
      drain?.cursor ?? null,
      drain?.until ?? null,
    ],
  );
  return rows[0];
}

async function keepTold(sql: Sql, run: RunFacts, { told, ...at }: SettleRequest): Promise<void> {
  if (told !== undefined) await keepTick(sql, run.team, { ...at, told });
}

// Whoever has left a visit waits there no longer: what was opened for it is closed.
async function closeLeft(sql: Sql, run: RunFacts, { settlement, now }: SettleRequest): Promise<void> {
  const waits = (visit: VisitKey) => topicsOf(run.plan, visit.node).length > 0;
  const left = [
    ...settlement.passed.filter(waits).map((visit) => ({ ...keyOf(visit), dropped: false })),
    ...settlement.dropped.map((visit) => ({ ...keyOf(visit), dropped: true })),
  ];
  if (left.length > 0) {
    const visits = JSON.stringify(left);
    await sql.query(`delete from listener t using ${VISITS} where ${OF_VISIT}`, [run.id, visits]);
    await sql.query(
      `update task t set closed_at = instant_of($3),
         state = case when v.dropped then 'dropped'::task_state else 'expired'::task_state end
       from ${VISITS} where ${OF_VISIT} and t.state in ('open', 'accepted', 'escalated')`,
      [run.id, visits, now],
    );
    await sql.query(
      `update form t set closed_at = instant_of($3) from ${VISITS} where ${OF_VISIT} and t.closed_at is null`,
      [run.id, visits, now],
    );
    await closeDeliveries(sql, { team: run.team, run: run.id, now }, left);
  }
}

const keyOf = ({ node, ordinal, lap }: VisitKey): VisitKey => ({ node, ordinal, lap });

// Who has left a visit is not parked there any more.
async function unpark(sql: Sql, run: RunFacts, { settlement, now }: SettleRequest): Promise<void> {
  await sql.query(
    `update stuck_visit t set resolved_at = instant_of($3), resolution = 'dropped'
     from ${VISITS} where ${OF_VISIT} and t.resolved_at is null`,
    [run.id, JSON.stringify([...settlement.passed, ...settlement.dropped].map(keyOf)), now],
  );
}

async function park(sql: Sql, run: RunFacts, { settlement, now, wall }: SettleRequest): Promise<void> {
  if (settlement.stuck.length === 0) return;
  const nodes = [...new Set(settlement.stuck.map(({ node }) => node))];
  const { rows: before } = await sql.query<{ node: number; told: number; open: boolean }>(
    `select n.node,
       (select count(*) from notice o where o.run_id = $1 and o.kind = 'stuck' and o.detail ->> 'node' = n.id) as told,
       exists (select from stuck_visit v where v.run_id = $1 and v.node = n.node and v.resolved_at is null) as open
     from unnest($2::int[], $3::text[]) as n (node, id)`,
    [run.id, nodes, nodes.map((node) => run.plan.nodes[node]!.id)],
  );
  const stuck = JSON.stringify(settlement.stuck satisfies readonly Stuck[]);
  await sql.query(
    `insert into stuck_visit (run_id, node, ordinal, lap, no, team_id, at, reason)
     select $1, s.node, s.ordinal, s.lap,
       (select count(*) from stuck_visit o
        where (o.run_id, o.node, o.ordinal, o.lap) = ($1, s.node, s.ordinal, s.lap)),
       $2, instant_of(s.at), s.reason
     from jsonb_to_recordset($3) as s (node int, ordinal int, lap bigint, at bigint, reason text)
     where not exists (select from stuck_visit o where (o.run_id, o.node, o.ordinal, o.lap) =
       ($1, s.node, s.ordinal, s.lap) and o.resolved_at is null)`,
    [run.id, run.team, stuck],
  );
  // One notice for a node, however many members are parked there, until somebody has seen to all of them.
  const fresh = before.filter(({ open }) => !open);
  await notify(
    sql,
    { run, wall },
    fresh.map(({ node, told }) => stuckNotice(run, { node, told, at: now })),
  );
}

function stuckNotice(
  run: RunFacts,
  { node, told, at }: { readonly node: number; readonly told: number; readonly at: Instant },
): Notice {
  const { id, title } = run.plan.nodes[node]!;
  const name = (locale: string): string => title?.[locale] ?? id;
  return {
    kind: 'stuck',
    key: `stuck/${run.id}/${id}${told === 0 ? '' : `/${told + 1}`}`,
    at,
    role: 'operator',
    text: {
      'zh-CN': `有到访停在步骤「${name('zh-CN')}」上，需要有人决定：重试、跳过或结束。`,
      en: `Visits are parked at the step "${name('en')}" and need a decision: retry, skip or end.`,
    },
    detail: { node: id },
  };
}

function eventTopics(plan: Plan, node: number): { readonly topic: number; readonly event: string }[] {
  return topicsOf(plan, node).flatMap((topic, index) =>
    'event' in topic ? [{ topic: index, event: topic.event }] : [],
  );
}

async function listen(
  sql: Sql,
  run: RunFacts,
  listens: readonly Listen[],
  { shard, wall }: SettleRequest,
): Promise<readonly Nudge[]> {
  if (listens.length === 0) return [];
  const begun = listens.map((visit) => ({ ...visit, at: visit.since }));
  await scheduleScriptedEvents(sql, run, begun);
  await scheduleDeeds(sql, run, begun);
  // What a node listens for is the same for all of its visits.
  const topics = [...new Set(listens.map(({ node }) => node))].flatMap((node) =>
    eventTopics(run.plan, node).map((topic) => ({ ...topic, ...run.plan.nodes[node]!, node })),
  );
  await sql.query(
    `insert into listener (run_id, team_id, shard, node, ordinal, lap, topic, graph, event, heed_ms, member_id, person,
       since, until)
     select $1, $2, $3, l.node, l.ordinal, l.lap, t.topic, t.graph, t.event, t.heed, s.member_id, s.person,
       instant_of(l.since), instant_of(l.until)
     from (
       select $1::uuid as run, l.* from unnest($4::int[], $5::int[], $6::bigint[], $7::bigint[], $8::bigint[])
         as l (node, ordinal, lap, since, until) offset 0) as l
     join unnest($9::int[], $10::int[], $11::int[], $12::text[], $13::int[]) as t (node, topic, graph, event, heed)
       using (node)
     left join subject s on s.run_id = l.run and s.graph = t.graph and s.ordinal = l.ordinal
     on conflict (run_id, node, ordinal, lap, topic) do update
       set since = excluded.since, until = excluded.until, live = true`,
    [
      run.id,
      run.team,
      shard,
      listens.map(({ node }) => node),
      listens.map(({ ordinal }) => ordinal),
      listens.map(({ lap }) => lap),
      listens.map(({ since }) => since),
      listens.map(({ until }) => until),
      topics.map(({ node }) => node),
      topics.map(({ topic }) => topic),
      topics.map(({ graph }) => graph),
      topics.map(({ event }) => event),
      topics.map(({ heedMs }) => heedMs ?? 0),
    ],
  );
  return lookBack(
    sql,
    listens.map(({ node, ordinal, lap }) => ({ run: run.id, node, ordinal, lap })),
    wall,
  );
}

async function endSubjects(sql: Sql, run: RunFacts, { settlement, wall }: SettleRequest): Promise<Nudge[]> {
  const { ended } = settlement;
  if (ended.length === 0) return [];
  // Who had ended before (a shard that goes on from an older state ends them again) is not counted twice.
  const { rows } = await sql.query<VisitKey & { readonly full: boolean }>(
    `with open as materialized (
       select s.*, e.at, e.reason
       from unnest($2::int[], $3::int[], $4::bigint[], $5::text[]) as e (graph, ordinal, at, reason)
       cross join lateral (
         select run_id, graph, ordinal from subject
         where run_id = $1 and graph = e.graph and ordinal = e.ordinal and ended_at is null offset 0) as s
     ), newly as (
       update subject s set ended_at = instant_of(o.at), end_reason = o.reason
       from open o where s.run_id = o.run_id and s.graph = o.graph and s.ordinal = o.ordinal
       returning s.launch_id
     )
     update launch l set ended = l.ended + e.count
     from (select launch_id as id, count(*) as count from newly group by launch_id) as e
     where l.run_id = $1 and l.id = e.id
     returning node, ordinal, lap, l.ended >= l.count as full`,
    [
      run.id,
      ended.map(({ graph }) => graph),
      ended.map(({ ordinal }) => ordinal),
      ended.map(({ at }) => at),
      ended.map(({ reason }) => reason),
    ],
  );
  return tellThrough(
    sql,
    run,
    rows.filter(({ full }) => full),
    wall,
  );
}

// The run is over when the last of its shards is.
async function finish(
  sql: Sql,
  run: RunFacts,
  { shard, settlement, now, wall }: SettleRequest,
): Promise<Nudge[]> {
  if (settlement.done) return leave(sql, run, { shard, now, wall });
  if (run.status === 'scheduled') {
    await sql.query(`update run set status = 'running' where id = $1 and status = 'scheduled'`, [run.id]);
  }
  return [];
}

async function announce(
  sql: Sql,
  run: RunFacts,
  { settlement, now, wall, shard }: SettleRequest,
): Promise<void> {
  const { passed, stuck, ended, wake, done } = settlement;
  if (passed.length + stuck.length + ended.length === 0 && !done) return;
  await tell(sql, {
    run: run.id,
    kind: done ? 'ended' : 'advanced',
    at: now,
    wall,
    data: { shard, passed: passed.length, stuck: stuck.length, ended: ended.length, wake },
  });
}
