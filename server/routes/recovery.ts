// After a failure: one decision about many stuck visits, and runs that Temporal has lost.
// Not the finding: what is stuck is told by runs.ts; what is overdue the workers' sweeper brings back by itself.
import type { FastifyInstance } from 'fastify';
import { typed } from '../../engine/json.ts';
import { recover } from '../../workers/client.ts';
import { keepSchedule, type Timetable } from '../../workers/schedules.ts';
import { inTransaction, type Sql } from '../../workers/store/client.ts';
import { resolveAll } from '../../workers/store/control.ts';
import { isOver, type RunFacts } from '../../workers/store/run.ts';
import { audit } from '../audit.ts';
import { voiceOf, type Identity } from '../identity/identity.ts';
import { inTime } from '../in-time.ts';
import { Refusal } from '../refusal.ts';
import { byId, route, type Deps } from '../route.ts';
import { tellShards } from '../runs/control.ts';
import { findRun, nodeIndex } from '../runs/find.ts';

const REASONS = ['failed', 'doubt', 'late', 'calls'] as const;

/** One decision about many visits. */
interface Decision {
  readonly do: 'retry' | 'skip' | 'end';
  readonly node?: string;
  readonly which?: (typeof REASONS)[number];
  readonly reason?: string;
}

const decision = typed<Decision>({
  type: 'object',
  additionalProperties: false,
  required: ['do'],
  properties: {
    do: { enum: ['retry', 'skip', 'end'] },
    node: { type: 'string', minLength: 1, maxLength: 100 },
    which: { enum: REASONS },
    reason: { type: 'string', minLength: 1, maxLength: 500 },
  },
});

/** Visits that one request decides about; more are decided by another one. */
const MOST = 10_000;

export function recoveryRoutes(app: FastifyInstance, deps: Deps): void {
  route(app, deps, 'POST /api/runs/:id/stuck', {
    tag: 'runs',
    says: {
      zh: '对停住的到访一次作出决定：重试、跳过或结束；可以只对某个步骤、某种原因。重试没有应答的消息时，能问的先问对方，收到了的不再发；不能问的会再发，成员可能收到两次。一次至多 10000 个。',
      en: 'Decides about stuck visits at once: retry, skip or end; of one node or one reason where named. A retry of a message in doubt asks the receiver first where it can be asked, and what it has is not sent again; otherwise it is sent, and a member may get it twice. At most 10,000 at a time.',
    },
    params: byId,
    body: decision,
    handle: async ({ params: { id }, body, who, now }) => {
      const { visits, nudges } = await inTransaction(deps.store.pool, async (sql) => {
        await sql.query('select from run where team_id = $1 and id = $2 for update', [who.team, id]);
        const run = await findRun(sql, who, id);
        refuseOver(run);
        const found = await stuckOf(sql, run, body);
        if (found.length === 0) return { visits: found, nudges: [] };
        await auditDecision(sql, { who, run: id, decision: body, count: found.length, now });
        const resolution = { run: id, do: body.do, visits: found, by: voiceOf(who), now };
        return { visits: found, nudges: await resolveAll(sql, resolution) };
      });
      await tellShards(deps, nudges);
      return { decided: visits.length, more: visits.length === MOST };
    },
  });
  route(app, deps, 'POST /api/runs/:id/recover', {
    tag: 'runs',
    says: {
      zh: 'Temporal 丢了这次运行时，从数据库里的记录继续；还在的不受影响。',
      en: 'Goes on from the database where Temporal has lost the run; what is still there is left alone.',
    },
    params: byId,
    handle: async ({ params: { id }, who, now }) => {
      const run = await findRun(deps.store.pool, who, id);
      refuseOver(run);
      return { shards: await recoverRun(deps, { who, run: id, now }) };
    },
  });
  route(app, deps, 'POST /api/recover', {
    tag: 'runs',
    says: {
      zh: 'Temporal 的数据丢了之后：让所有进行中的运行和定时启动继续。',
      en: 'After Temporal’s data was lost: has every run that is under way, and every schedule, go on.',
    },
    handle: async ({ who, now }) => {
      const { rows } = await deps.store.pool.query<{ id: string }>(
        `select id from run where team_id = $1 and status in ('scheduled', 'running', 'paused', 'stopping') order by id`,
        [who.team],
      );
      const runs = [];
      for (const { id } of rows)
        runs.push({ run: id, shards: await recoverRun(deps, { who, run: id, now }) });
      return { runs, schedules: await recoverSchedules(deps, who) };
    },
  });
}

function refuseOver({ status }: RunFacts): void {
  if (isOver(status) && status !== 'stopping') throw new Refusal('run-over', { values: { status } });
}

async function stuckOf(sql: Sql, run: RunFacts, { do: what, node, which }: Decision) {
  if (run.status === 'stopping')
    throw new Refusal('not-now', { place: '/do', values: { command: what, status: run.status } });
  const { rows } = await sql.query<{ node: number; ordinal: number; lap: number }>(
    `select node, ordinal, lap from stuck_visit
     where run_id = $1 and resolved_at is null and ($2::int is null or node = $2) and ($3::text is null or reason = $3)
     order by node, ordinal, lap limit $4 for update`,
    [run.id, node === undefined ? null : nodeIndex(run, node), which ?? null, MOST],
  );
  return rows;
}

const auditDecision = (
  sql: Sql,
  {
    who,
    run,
    decision: { do: what, node, which, reason },
    count,
    now,
  }: { who: Identity; run: string; decision: Decision; count: number; now: number },
): Promise<void> =>
  audit(sql, {
    who,
    action: `run.${what}`,
    subject: `run/${run}`,
    reason,
    detail: {
      visits: count,
      ...(node === undefined ? {} : { node }),
      ...(which === undefined ? {} : { which }),
    },
    now,
  });

/** What became of one shard: it runs, it has ended, or it was lost and goes on. */
type ShardState = Awaited<ReturnType<typeof recover>>;

async function recoverRun(
  { store, temporal }: Deps,
  { who, run, now }: { readonly who: Identity; readonly run: string; readonly now: number },
): Promise<{ readonly shard: number; readonly state: ShardState }[]> {
  const { rows } = await store.pool.query<{ no: number }>(
    'select no from shard where run_id = $1 and not done order by no',
    [run],
  );
  const shards = [];
  for (const { no } of rows) {
    shards.push({
      shard: no,
      state: await inTime(temporal, () => recover(store, temporal, { run, shard: no })),
    });
  }
  const lost = shards.filter(({ state }) => state === 'recovered').map(({ shard }) => shard);
  if (lost.length > 0) {
    await audit(store.pool, {
      who,
      action: 'run.recover',
      subject: `run/${run}`,
      detail: { shards: lost },
      now,
    });
  }
  return shards;
}

async function recoverSchedules({ store, temporal }: Deps, { team }: Identity): Promise<number> {
  const { rows } = await store.pool.query<Timetable>(
    'select id, cron, zone from schedule where team_id = $1 and stopped_at is null',
    [team],
  );
  for (const timetable of rows) await inTime(temporal, () => keepSchedule(temporal, timetable));
  return rows.length;
}
