// Visits of a run: who stands on a step, who is stuck, what came late or was skipped, one subject's way, one member's story.
// Counts are in runs.ts; commands about visits are in control.ts and recovery.ts.
import type { FastifyInstance } from 'fastify';
import { isoOf, type Instant } from '../../engine/instant.ts';
import { subjectName } from '../../engine/run/trace.ts';
import type { Sql } from '../../workers/store/client.ts';
import type { RunFacts } from '../../workers/store/run.ts';
import { Refusal, wrongValue } from '../refusal.ts';
import { byId, paged, route, type Deps } from '../route.ts';
import { findRun } from '../runs/find.ts';
import { standingOn, WHY_STUCK, type Behind } from '../runs/positions.ts';
import { storyOf } from '../runs/story.ts';
import { timeline } from '../runs/timeline.ts';

const name = { type: 'string', minLength: 1, maxLength: 100 } as const;
/** A place among visits: ordinal and lap, before them the node where there are several. */
const place = { type: 'string', pattern: '^(\\d{1,4}/)?\\d{1,7}/\\d{1,15}$' } as const;

export function visitRoutes(app: FastifyInstance, deps: Deps): void {
  nodeRoute(app, deps);
  subjectRoutes(app, deps);
  listRoutes(app, deps);
}

function nodeRoute(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/runs/:id/nodes/:node', {
    tag: 'runs',
    says: {
      zh: '现在站在一个步骤上的对象：是谁、从什么时候起、在等什么。一页一页读。',
      en: 'Who stands on a step now, since when, and what they wait for; page by page.',
    },
    params: {
      type: 'object',
      required: ['id', 'node'],
      properties: { ...byId.properties, node: name },
    } as const,
    query: {
      type: 'object',
      properties: { limit: paged.properties.limit, after: place },
    } as const,
    handle: async ({ params, query, who }) => {
      const run = await findRun(store.pool, who, params.id);
      const node = run.plan.nodes.findIndex(({ id }) => id === params.node);
      if (node < 0) throw new Refusal('not-found');
      return standingOn(store, run, { node, after: behind(query.after), limit: query.limit ?? 100 });
    },
  });
}

function behind(after: string | undefined): Behind | null {
  if (after === undefined) return null;
  const numbers = after.split('/').map(Number);
  return { ordinal: numbers.at(-2)!, lap: numbers.at(-1)! };
}

function subjectRoutes(app: FastifyInstance, deps: Deps): void {
  const { pool } = deps.store;
  route(app, deps, 'GET /api/runs/:id/subjects/:graph/:ordinal', {
    tag: 'runs',
    says: {
      zh: '一个对象的经过，每个决定的原因和当时看到的值。活动本身是 campaign/0。',
      en: 'The way of one subject, with the reason of each decision and the values seen. The activity itself is campaign/0.',
    },
    params: {
      type: 'object',
      required: ['id', 'graph', 'ordinal'],
      properties: {
        ...byId.properties,
        graph: name,
        ordinal: { type: 'integer', minimum: 0, maximum: 9_999_999 },
      },
    } as const,
    handle: async ({ params, who }) => {
      const run = await findRun(pool, who, params.id);
      const graph = run.plan.graphs.findIndex(({ id }) => id === params.graph);
      const way = graph < 0 ? undefined : await timeline(pool, run, { graph, ordinal: params.ordinal });
      if (way === undefined) throw new Refusal('not-found');
      return way;
    },
  });

  route(app, deps, 'GET /api/runs/:id/members/:member', {
    tag: 'runs',
    says: {
      zh: '一位成员在这次运行里的全部经过：进入的每个旅程和其中的每个决定；没有进入的，为什么；收到的和没有收到的消息。模拟的人写 person-编号。',
      en: "One member's story in a run: the journeys they entered with every decision in them, why they did not enter the others, the messages they got and did not get. A synthetic person is person-NUMBER.",
    },
    params: {
      type: 'object',
      required: ['id', 'member'],
      properties: {
        ...byId.properties,
        member: {
          type: 'string',
          pattern: '^(person-\\d{1,7}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$',
        },
      },
    } as const,
    handle: async ({ params, who }) => {
      const run = await findRun(pool, who, params.id);
      const story = await storyOf(pool, run, params.member);
      if (story === undefined) throw new Refusal('not-found');
      return story;
    },
  });
}

interface ListedVisit {
  readonly node: number;
  readonly ordinal: number;
  readonly lap: number;
  readonly at: Instant;
  readonly member: string | null;
  readonly name: string | null;
  readonly [key: string]: unknown;
}

function listRoutes(app: FastifyInstance, deps: Deps): void {
  const { pool } = deps.store;
  const query = {
    type: 'object',
    properties: { limit: paged.properties.limit, after: place, node: name },
  } as const;

  route(app, deps, 'GET /api/runs/:id/stuck', {
    tag: 'runs',
    says: {
      zh: '停住、等人决定的到访，按步骤排列。一页一页读。',
      en: 'Visits that are parked until somebody decides, by step; page by page.',
    },
    params: byId,
    query,
    handle: async ({ params, query: asked, who }) => {
      const run = await findRun(pool, who, params.id);
      const { visits, next } = await listed(pool, run, asked, STUCK);
      return { stuck: visits, next };
    },
  });

  route(app, deps, 'GET /api/runs/:id/late', {
    tag: 'runs',
    says: {
      zh: '晚到或被跳过的到访，按步骤排列：晚了多少，为什么跳过（late、operator、off）。一页一页读。',
      en: 'Visits that came late or were skipped, by step: how late, and why skipped (late, operator, off); page by page.',
    },
    params: byId,
    query,
    handle: async ({ params, query: asked, who }) => {
      const run = await findRun(pool, who, params.id);
      const { visits, next } = await listed(pool, run, asked, LATE);
      return { late: visits, next };
    },
  });
}

// Both are found by an index that holds such visits only.
const STUCK = {
  columns: `v.reason, ${WHY_STUCK} as why`,
  from: 'stuck_visit v',
  where: 'v.resolved_at is null',
};
const LATE = {
  columns: 'v.port, v.late_ms as "lateMs", v.skipped',
  from: 'passed v',
  where: '(v.late_ms > 0 or v.skipped is not null)',
};

async function listed(
  sql: Sql,
  run: RunFacts,
  {
    limit = 200,
    after,
    node,
  }: {
    readonly limit?: number | undefined;
    readonly after?: string | undefined;
    readonly node?: string | undefined;
  },
  { columns, from, where }: { readonly columns: string; readonly from: string; readonly where: string },
) {
  const last = after?.split('/').map(Number);
  if (last !== undefined && last.length < 3)
    throw wrongValue('/querystring/after', '不是上一页给出的位置', 'it is not the `next` of a page');
  const index = node === undefined ? null : run.plan.nodes.findIndex(({ id }) => id === node);
  const { rows } = await sql.query<ListedVisit>(
    `select v.*, s.member_id as member, m.display_name as name
     from (
       select v.node, v.ordinal, v.lap, ms_of(v.at) as at, ${columns} from ${from}
       where v.run_id = $1 and ${where} and ($3::int is null or v.node = $3) and ($4::int is null or v.node >= $4)
         and ($4 is null or (v.node, v.ordinal, v.lap) > ($4, $5::int, $6::bigint))
       order by v.node, v.ordinal, v.lap limit $7) as v
     left join jsonb_to_recordset($2) as n (node int, graph int) on n.node = v.node
     left join subject s on s.run_id = $1 and s.graph = n.graph and s.ordinal = v.ordinal
     left join member m on m.id = s.member_id
     order by v.node, v.ordinal, v.lap`,
    [
      run.id,
      JSON.stringify(run.plan.nodes.map(({ graph }, no) => ({ node: no, graph }))),
      index,
      last?.[0] ?? null,
      last?.[1] ?? null,
      last?.[2] ?? null,
      limit,
    ],
  );
  const end = rows.length === limit ? rows.at(-1) : undefined;
  return {
    visits: rows.map(({ node: no, at, ...visit }) => ({
      ...visit,
      at: isoOf(at),
      node: run.plan.nodes[no]?.id,
      subject: subjectName(run.plan, run.plan.nodes[no]?.graph ?? 0, visit.ordinal),
    })),
    next: end === undefined ? null : `${end.node}/${end.ordinal}/${end.lap}`,
  };
}
