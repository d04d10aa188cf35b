// Stays of members in groups: they join and leave at an instant, and nothing of what was is lost.
// Stays of one member in one group never overlap; the database holds that.
import type { FastifyInstance } from 'fastify';
import { parseInstant, type Instant } from '../../engine/instant.ts';
import { inTransaction, type Sql } from '../../workers/store/client.ts';
import { audit } from '../audit.ts';
import type { Identity } from '../identity/identity.ts';
import { Refusal, wrongValue } from '../refusal.ts';
import { byId, route, type Deps } from '../route.ts';

const members = {
  type: 'array',
  minItems: 1,
  maxItems: 1_000,
  uniqueItems: true,
  items: { type: 'string', format: 'uuid' },
} as const;
const at = { type: 'string', format: 'date-time' } as const;
const word = { type: 'string', minLength: 1, maxLength: 100 } as const;

export function stayRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'POST /api/groups/:id/members', {
    tag: 'communities',
    says: {
      zh: '成员进群，现在或更早（at）；已在群里的不变，一次最多 1000 人。',
      en: 'Members join a group, now or earlier (`at`); those in it already stay as they are. Up to 1,000 at once.',
    },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['members'],
      properties: { members, at, source: word, role: { enum: ['member', 'admin', 'owner'] } },
    } as const,
    handle: ({ params, body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const joined = past(body.at, now);
        await checkNamed(sql, who, { group: params.id, members: body.members });
        const { rowCount } = await sql
          .query(
            `insert into membership (id, team_id, member_id, group_id, joined_at, join_source, role)
             select gen_random_uuid(), $1, m, $2, instant_of($4), $5, $6 from unnest($3::uuid[]) as m
             where not exists (select from membership o where o.member_id = m and o.group_id = $2 and o.left_at is null)
             order by m`,
            [who.team, params.id, body.members, joined, body.source ?? 'api', body.role ?? 'member'],
          )
          .catch(refuseOverlap);
        await note(sql, who, { action: 'group.join', group: params.id, count: rowCount, now });
        return { joined: rowCount ?? 0 };
      }),
  });

  route(app, deps, 'POST /api/groups/:id/leave', {
    tag: 'communities',
    says: {
      zh: '成员退群，现在或更早（at）；不在群里的不变。',
      en: 'Members leave a group, now or earlier (`at`); those who are not in it stay as they are.',
    },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['members'],
      properties: { members, at },
    } as const,
    handle: ({ params, body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const left = past(body.at, now);
        await checkNamed(sql, who, { group: params.id, members: body.members });
        const { rows } = await sql.query<{ early: number }>(
          `select count(*) filter (where joined_at >= instant_of($4)) as early from membership
           where team_id = $1 and group_id = $2 and member_id = any($3) and left_at is null`,
          [who.team, params.id, body.members, left],
        );
        if (rows[0]!.early > 0)
          throw wrongValue('/at', '有成员在那之后才进群', 'a member joined after that instant');
        const { rowCount } = await sql.query(
          `update membership set left_at = instant_of($4)
           where team_id = $1 and group_id = $2 and member_id = any($3) and left_at is null`,
          [who.team, params.id, body.members, left],
        );
        await note(sql, who, { action: 'group.leave', group: params.id, count: rowCount, now });
        return { left: rowCount ?? 0 };
      }),
  });
}

/** An instant that is not in the future. */
function past(text: string | undefined, now: Instant): Instant {
  const instant = text === undefined ? now : parseInstant(text);
  if (instant === undefined || instant > now)
    throw wrongValue('/at', '不能在将来', 'it must not be in the future');
  return instant;
}

async function checkNamed(
  sql: Sql,
  who: Identity,
  named: { readonly group: string; readonly members: readonly string[] },
): Promise<void> {
  const { rows: groups } = await sql.query('select from community_group where team_id = $1 and id = $2', [
    who.team,
    named.group,
  ]);
  if (groups.length === 0) throw new Refusal('not-found');
  // Held in the order of their ids: the trigger that keeps stays apart takes the same locks, one by one.
  const { rows } = await sql.query<{ id: string }>(
    `select id from member where team_id = $1 and id = any($2) and status <> 'erased' order by id for update`,
    [who.team, named.members],
  );
  const known = new Set(rows.map(({ id }) => id));
  const bad = named.members.findIndex((id) => !known.has(id.toLowerCase()));
  if (bad < 0) return;
  throw new Refusal('unknown-member', { place: `/members/${bad}`, values: { id: named.members[bad]! } });
}

/** What the trigger says when a stay would lie over another one. */
function refuseOverlap(error: unknown): never {
  const { code } = error as { readonly code?: unknown };
  throw code === '23P01' ? new Refusal('stays-overlap', { place: '/at' }) : error;
}

async function note(
  sql: Sql,
  who: Identity,
  {
    action,
    group,
    count,
    now,
  }: {
    readonly action: string;
    readonly group: string;
    readonly count: number | null;
    readonly now: Instant;
  },
): Promise<void> {
  await audit(sql, { who, action, subject: `group/${group}`, detail: { count: count ?? 0 }, now });
}
