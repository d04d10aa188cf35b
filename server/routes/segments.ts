// Segments: rules over members with a name; who fits them now, and snapshots of who did.
// Not how a rule is answered, see workers/store/segments.
import type { FastifyInstance } from 'fastify';
import { typed, type JsonObject } from '../../engine/json.ts';
import { conditionSchema, type Condition } from '../../engine/language/rule.ts';
import { inTransaction, type Sql } from '../../workers/store/client.ts';
import { newId } from '../../workers/store/id.ts';
import { countFitting } from '../../workers/store/segments/find.ts';
import { freeze } from '../../workers/store/segments/snapshots.ts';
import { audit } from '../audit.ts';
import { listMembers } from '../members/list.ts';
import { readRule, segmentOf } from '../members/segments.ts';
import { Refusal } from '../refusal.ts';
import { byId, pagedById, route, type Deps } from '../route.ts';

const shape = {
  name: { type: 'string', minLength: 1, maxLength: 200 },
  rule: typed<Condition>(conditionSchema),
  community: byId.properties.id,
} as const;
const body = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'rule'],
  properties: shape,
} as const;

const SEGMENT = `s.id, s.name, s.rule, s.community_id as community, s.created_at as "createdAt", s.updated_at as "updatedAt"`;
const SAMPLE = 20;

export function segmentRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/segments', {
    tag: 'segments',
    says: { zh: '分群。', en: 'The segments.' },
    handle: async ({ who }) => {
      const { rows } = await store.pool.query(
        `select ${SEGMENT} from segment s where s.team_id = $1 order by s.created_at, s.id`,
        [who.team],
      );
      return { segments: rows };
    },
  });
  route(app, deps, 'POST /api/segments', {
    tag: 'segments',
    says: {
      zh: '新建分群：成员字段上的规则或表达式；community 限定在一个社群的群里。',
      en: 'Makes a segment: rules or an expression over fields of members; `community` limits it to members of its groups.',
    },
    body,
    status: 201,
    handle: ({ body: { name, rule, community }, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        await readRule(sql, who.team, rule);
        await checkCommunity(sql, who.team, community);
        const id = newId(now);
        const { rowCount } = await sql.query(
          `insert into segment (id, team_id, community_id, name, rule, created_at, updated_at)
           values ($1, $2, $3, $4, $5, instant_of($6), instant_of($6)) on conflict (team_id, name) do nothing`,
          [id, who.team, community ?? null, name, JSON.stringify(rule), now],
        );
        if (rowCount === 0) throw new Refusal('name-taken', { place: '/name', values: { name } });
        await audit(sql, { who, action: 'segment.make', subject: `segment/${id}`, now });
        return { id };
      }),
  });
  segmentRoute(app, deps);
  previewRoute(app, deps);
  snapshotRoutes(app, deps);
}

async function checkCommunity(sql: Sql, team: number, community: string | undefined): Promise<void> {
  if (community === undefined) return;
  const { rows } = await sql.query('select from community where team_id = $1 and id = $2', [team, community]);
  if (rows.length === 0)
    throw new Refusal('unknown-group', { place: '/community', values: { id: community } });
}

function segmentRoute(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/segments/:id', {
    tag: 'segments',
    says: { zh: '一个分群和它的快照。', en: 'A segment and its snapshots.' },
    params: byId,
    handle: async ({ params, who }) => {
      const { rows } = await store.pool.query<JsonObject>(
        `select ${SEGMENT} from segment s where s.team_id = $1 and s.id = $2`,
        [who.team, params.id],
      );
      if (rows[0] === undefined) throw new Refusal('not-found');
      const { rows: snapshots } = await store.pool.query(
        `select id, at, count, source from segment_snapshot where team_id = $1 and segment_id = $2
         order by at desc, id desc limit 100`,
        [who.team, params.id],
      );
      return { ...rows[0], snapshots };
    },
  });
  route(app, deps, 'PUT /api/segments/:id', {
    tag: 'segments',
    says: { zh: '改分群；已有的快照不变。', en: 'Changes a segment; its snapshots stay as they are.' },
    params: byId,
    body,
    handle: ({ params, body: { name, rule, community }, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        await readRule(sql, who.team, rule);
        await checkCommunity(sql, who.team, community);
        const { rows } = await sql.query<{ taken: boolean }>(
          'select exists (select from segment where team_id = $1 and name = $2 and id <> $3) as taken',
          [who.team, name, params.id],
        );
        if (rows[0]!.taken) throw new Refusal('name-taken', { place: '/name', values: { name } });
        const { rowCount } = await sql.query(
          `update segment set name = $3, rule = $4, community_id = $5, updated_at = instant_of($6)
           where team_id = $1 and id = $2`,
          [who.team, params.id, name, JSON.stringify(rule), community ?? null, now],
        );
        if (rowCount === 0) throw new Refusal('not-found');
        await audit(sql, { who, action: 'segment.change', subject: `segment/${params.id}`, now });
        return {};
      }),
  });
  route(app, deps, 'DELETE /api/segments/:id', {
    tag: 'segments',
    says: { zh: '删除分群；快照留下。', en: 'Removes a segment; its snapshots stay.' },
    params: byId,
    handle: ({ params, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const { rowCount } = await sql.query('delete from segment where team_id = $1 and id = $2', [
          who.team,
          params.id,
        ]);
        if (rowCount === 0) throw new Refusal('not-found');
        await audit(sql, { who, action: 'segment.remove', subject: `segment/${params.id}`, now });
        return {};
      }),
  });
}

function previewRoute(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'POST /api/segments/preview', {
    tag: 'segments',
    says: {
      zh: `一条规则现在有多少人符合，和其中的 ${SAMPLE} 位。不保存。`,
      en: `How many fit a rule now, and ${SAMPLE} of them. Nothing is stored.`,
    },
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['rule'],
      properties: { rule: shape.rule, community: shape.community },
    } as const,
    perMinute: 120,
    handle: async ({ body: { rule, community }, who, now }) => {
      const cel = await readRule(store.pool, who.team, rule);
      const count = await countFitting(store.pool, { within: { team: who.team, community }, cel, now });
      const wanted = { team: who.team, segment: { cel, community }, limit: SAMPLE, now };
      return { count, sample: (await listMembers(store.pool, wanted)).members };
    },
  });
}

function snapshotRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'POST /api/segments/:id/snapshots', {
    tag: 'segments',
    says: {
      zh: '冻结现在符合分群的成员：以后的入组和比率都用这份名单。',
      en: 'Freezes who fits the segment now: enrolments and rates count from this list.',
    },
    params: byId,
    status: 201,
    handle: ({ params, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const segment = await segmentOf(sql, who.team, params.id);
        const within = { team: who.team, community: segment.community };
        const snapshot = await freeze(
          sql,
          { within, cel: segment.cel, now },
          { source: 'api', segment, wall: now },
        );
        const detail = { snapshot: snapshot.id, count: snapshot.count };
        await audit(sql, { who, action: 'segment.freeze', subject: `segment/${params.id}`, detail, now });
        return snapshot;
      }),
  });
  route(app, deps, 'GET /api/snapshots/:id', {
    tag: 'segments',
    says: {
      zh: '一份快照和其中的成员（按编号分页）。',
      en: 'A snapshot with its members, page by page in the order of their ids.',
    },
    params: byId,
    query: pagedById,
    handle: async ({ params, query, who }) => {
      const { rows } = await store.pool.query<JsonObject>(
        `select id, segment_id as segment, name, cel, at, count, source from segment_snapshot where team_id = $1 and id = $2`,
        [who.team, params.id],
      );
      if (rows[0] === undefined) throw new Refusal('not-found');
      const limit = query.limit ?? 100;
      const { rows: members } = await store.pool.query<{ id: string }>(
        `select member_id as id from segment_snapshot_member
         where snapshot_id = $1 and ($2::uuid is null or member_id > $2) order by member_id limit $3`,
        [params.id, query.after ?? null, limit],
      );
      const ids = members.map(({ id }) => id);
      return { ...rows[0], members: ids, next: ids.length === limit ? ids.at(-1) : null };
    },
  });
}
