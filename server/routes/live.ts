// Live progress of a run by server-sent events: what happened since the id that the reader has seen last, then on and on.
// One light question a second per reader; a reader that comes back names its last id and misses nothing.
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Sql } from '../../workers/store/client.ts';
import { eventsAfter } from '../../workers/store/run-event.ts';
import { voiceOf, type Identity } from '../identity/identity.ts';
import { Refusal } from '../refusal.ts';
import { REFUSED, byId, type Deps } from '../route.ts';
import { findRun } from '../runs/find.ts';
import { countsOf, journeysOf, type NodeCounts } from '../runs/counts.ts';
import { statusOf } from '../runs/inspect.ts';
import { runOf, type RunFacts } from '../../workers/store/run.ts';

const POLL_MS = 1_000;
/** Streams at once: of one caller, and of all together. */
const MOST = { one: 10, all: 200 } as const;
const OVER = new Set(['completed', 'cancelled', 'failed']);

export function liveRoutes(app: FastifyInstance, { store: { pool } }: Deps): void {
  let closing = false;
  const takeSeat = seats();
  app.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  app.get(
    '/api/runs/:id/live',
    {
      // 'only': without it a request that has no Accept header is answered with an error.
      sse: 'only',
      // The head of what does not end would not end either.
      exposeHeadRoute: false,
      schema: {
        summary:
          'Live progress as server-sent events: `status` and `counts` (by step and by journey) first and on each change, and what happens.',
        description:
          '运行的实时进展（server-sent events）：先是 status 和 counts（每个步骤、每个旅程），以后每次变化再发；以及发生的每件事。带 Last-Event-ID 从那里继续。\n\nPermission: team.',
        tags: ['runs'],
        params: byId,
        response: {
          200: {
            description: 'A stream of events.',
            content: { 'text/event-stream': { schema: { type: 'string' } } },
          },
          default: REFUSED,
        },
      },
    },
    async (request, reply) => {
      // The access check has let them in.
      const who = request.who!;
      const { id } = request.params as { readonly id: string };
      await findRun(pool, who, id);
      // A write to a reader that has gone may never end, so the place is given back by the connection, not here.
      reply.raw.once('close', takeSeat(who));
      let after = Number(/^\d{1,15}$/.exec(reply.sse.lastEventId ?? '')?.[0] ?? 0);
      let told = '';
      let counted = '';
      reply.sse.keepAlive();
      for (;;) {
        const events = await eventsAfter(pool, { team: who.team, run: id, after });
        for (const { id: no, kind, ...rest } of events) {
          await reply.sse.send({ id: String(no), event: kind, data: rest });
          after = no;
        }
        const now = await runOf(pool, id);
        const status = statusOf(now?.status ?? 'failed');
        if (status !== told) await reply.sse.send({ event: 'status', data: { status } });
        told = status;
        const mark = await markOf(pool, id);
        if (now !== undefined && mark !== counted) {
          const [counts, journeys] = await Promise.all([countsOf(pool, now), journeysOf(pool, now)]);
          await reply.sse.send({ event: 'counts', data: { nodes: named(now, counts), journeys } });
        }
        counted = mark;
        if (closing || !reply.sse.isConnected || (OVER.has(status) && events.length === 0)) break;
        await pause(POLL_MS);
      }
      reply.sse.close();
    },
  );
}

/** Changes whenever a count of the run may have changed. */
async function markOf(sql: Sql, run: string): Promise<string> {
  const { rows } = await sql.query<{ mark: string }>(
    `select (select sum(advance) from shard where run_id = $1) || '/' ||
       (select count(*) from stuck_visit where run_id = $1 and resolved_at is null) as mark`,
    [run],
  );
  return rows[0]?.mark ?? '';
}

/** The counts by node id; nodes that nobody has come to are left out. */
const named = ({ plan }: RunFacts, counts: readonly NodeCounts[]) =>
  counts.flatMap((it, index) =>
    it.standing === 0 && Object.keys(it.passed).length === 0 ? [] : [{ node: plan.nodes[index]!.id, ...it }],
  );

/** Hands out the places of one server process; each is given back by the function that comes with it. */
function seats(): (who: Identity) => () => void {
  const taken = new Map<string, number>();
  let all = 0;
  return (who) => {
    const voice = voiceOf(who);
    const own = taken.get(voice) ?? 0;
    if (own >= MOST.one) throw new Refusal('too-many-streams', { values: { most: MOST.one } });
    if (all >= MOST.all) throw new Refusal('busy');
    taken.set(voice, own + 1);
    all += 1;
    return () => {
      const left = (taken.get(voice) ?? 1) - 1;
      if (left === 0) taken.delete(voice);
      else taken.set(voice, left);
      all -= 1;
    };
  };
}
