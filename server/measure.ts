// What Prometheus reads at /metrics: requests by route, the process itself, and how many runs and visits stand where.
// No label holds an id, a name or anything a person wrote.
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Store } from '../workers/store/client.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly measures: Registry;
  }
}

/** Counts and times every request by its route. */
export function measureRequests(app: FastifyInstance): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'kindling_' });
  const seconds = new Histogram({
    name: 'kindling_http_request_seconds',
    help: 'Time to answer a request.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  app.decorate('measures', registry);
  app.addHook('onResponse', (request, reply, done) => {
    const { url = 'none' } = request.routeOptions;
    seconds.observe(
      { method: request.method, route: url, status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
    done();
  });
}

/** Adds what the database knows, asked at each scrape. */
export function measureRuns(registry: Registry, { pool }: Store): void {
  const runs = new Gauge({
    name: 'kindling_runs',
    help: 'Runs by status.',
    labelNames: ['status'] as const,
    registers: [registry],
    async collect() {
      const { rows } = await pool.query<{ status: string; count: number }>(
        'select status::text, count(*) from run group by status',
      );
      runs.reset();
      for (const { status, count } of rows) runs.set({ status }, count);
    },
  });
  const waiting = new Gauge({
    name: 'kindling_waiting_for_people',
    help: 'Open tasks, and visits that a person must decide about.',
    labelNames: ['what'] as const,
    registers: [registry],
    async collect() {
      const { rows } = await pool.query<{ tasks: number; stuck: number }>(
        `select (select count(*) from task where state in ('open', 'accepted', 'escalated')) as tasks,
           (select count(*) from stuck_visit where resolved_at is null) as stuck`,
      );
      waiting.set({ what: 'task' }, rows[0]?.tasks ?? 0);
      waiting.set({ what: 'stuck' }, rows[0]?.stuck ?? 0);
    },
  });
}
