// What a metric is asked about: a run, a group or a community of a team, over which stretch of time.
// Not the counting; whoever counts is given a scope and need not ask again.
import type { Instant } from '../../../engine/instant.ts';
import type { ScopeKind } from '../../../engine/metrics/metric.ts';
import type { Sql } from '../client.ts';
import { communityOfRun, isSynthetic } from '../community.ts';
import type { RunFacts } from '../run.ts';
import type { Binder } from '../segments/binder.ts';

/** Who and what is counted. */
export interface Scope {
  readonly kind: ScopeKind;
  readonly id: string;
  readonly team: number;
  /** Whose calendar days are. */
  readonly zone: string;
  /** The groups (ids) whose members count. */
  readonly groups: readonly string[];
  readonly run?: RunFacts;
  /** Its people are all synthetic: how many, in how many groups. */
  readonly synthetic?: { readonly people: number; readonly groups: number };
}

/** From when until when; both instants belong to it. */
export interface Window {
  readonly from: Instant;
  readonly to: Instant;
}

/** A run as a scope: its groups, or all groups of its community where it names none. */
export async function scopeOfRun(sql: Sql, run: RunFacts): Promise<Scope> {
  const own = { kind: 'run', id: run.id, team: run.team, zone: run.plan.zone, run } as const;
  if (isSynthetic(run)) {
    const { people, groups } = await communityOfRun(sql, run);
    return { ...own, groups: [], synthetic: { people, groups } };
  }
  if (run.groups.length > 0 || run.community === null) return { ...own, groups: run.groups };
  return { ...own, groups: await groupsOf(sql, run.team, run.community) };
}

/** A group or a community of a team as a scope; undefined when the team has none of this id. */
export async function scopeOfPlace(
  sql: Sql,
  { team, kind, id }: { readonly team: number; readonly kind: 'group' | 'community'; readonly id: string },
): Promise<Scope | undefined> {
  const { rows } = await sql.query<{ zone: string }>(
    `select t.zone from team t where t.id = $1 and exists (
       select from community_group where $2 = 'group' and team_id = $1 and id = $3
       union all select from community where $2 = 'community' and team_id = $1 and id = $3)`,
    [team, kind, id],
  );
  if (rows[0] === undefined) return undefined;
  const groups = kind === 'group' ? [id] : await groupsOf(sql, team, id);
  return { kind, id, team, zone: rows[0].zone, groups };
}

async function groupsOf(sql: Sql, team: number, community: string): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    'select id from community_group where team_id = $1 and community_id = $2 order by id',
    [team, community],
  );
  return rows.map(({ id }) => id);
}

/** Events `e` that belong to a scope. What is tried out in compressed time happened to nobody: it counts in its own run alone. */
export function ofScope(binder: Binder, { kind, id, run, groups, synthetic }: Scope): string {
  if (run?.mode === 'fast' || synthetic !== undefined) return `e.run_id = ${binder.bind(id, 'uuid')}`;
  const somewhere = `(e.member_id is not null or e.group_id = any(${binder.bind([...groups], 'uuid[]')})
    ${kind === 'community' ? `or e.community_id = ${binder.bind(id, 'uuid')}` : ''}
    ${kind === 'run' ? `or e.run_id = ${binder.bind(id, 'uuid')}` : ''})`;
  return `${somewhere}
    and (e.run_id is null or not exists (select from run r where r.id = e.run_id and r.mode = 'fast'))`;
}
