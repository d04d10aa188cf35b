// Visits of a run: who stands on a step, who is stuck, what came late or was skipped, one subject's way, one member's story.
// Counts are in runs.ts; commands about visits are in control.ts and recovery.ts.
import type { FastifyInstance } from 'fastify';
import { Refusal } from '../refusal.ts';
import { byId, paged, route, type Deps } from '../route.ts';
import { lateVisits, stuckVisits } from '../runs/exceptions.ts';
import { findRun } from '../runs/find.ts';
import { standingOn, type Behind } from '../runs/positions.ts';
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

function listRoutes(app: FastifyInstance, deps: Deps): void {
  const { pool } = deps.store;
  const query = {
    type: 'object',
    properties: { limit: paged.properties.limit, after: place, node: name },
  } as const;

  route(app, deps, 'GET /api/runs/:id/stuck', {
    tag: 'runs',
    says: {
      zh: '停住、等人决定的到访，按步骤排列。again 说明重试没有应答的会怎样：asks 先问对方，message 成员可能收到两次，request 对方系统可能收到两次。一页一页读。',
      en: 'Visits that are parked until somebody decides, by step. `again`: what trying one in doubt again does; `asks` asks the receiver first, with `message` a member may get it twice, with `request` another system. Page by page.',
    },
    params: byId,
    query,
    handle: async ({ params, query: asked, who }) => {
      const run = await findRun(pool, who, params.id);
      return stuckVisits(pool, run, asked);
    },
  });

  route(app, deps, 'GET /api/runs/:id/late', {
    tag: 'runs',
    says: {
      zh: '晚到或被跳过的到访，按步骤排列：晚了多少，为什么跳过（late、operator、off）。第一页的 total 是一共多少。一页一页读。',
      en: 'Visits that came late or were skipped, by step: how late, and why skipped (late, operator, off). `total` of the first page is how many they are. Page by page.',
    },
    params: byId,
    query,
    handle: async ({ params, query: asked, who }) => {
      const run = await findRun(pool, who, params.id);
      return lateVisits(pool, run, asked);
    },
  });
}
