// The shards of a run: which one a subject belongs to, and how more of them come.
// Not how they go: see run-end.ts. And not what moves in them: that is the workflow's.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from './client.ts';
import { append } from './inbox.ts';
import type { RunFacts } from './run.ts';

/** Subjects of one shard. */
export const SHARD_SIZE = 10_000;

/** The shard of a subject. The campaign's own, ordinal 0, is in shard 0 like the first members. */
export function shardOf(ordinal: number): number {
  return Math.floor(ordinal / SHARD_SIZE);
}

/** Subjects `first` … `first + count - 1`, shard by shard. */
export function shardsOf(
  first: number,
  count: number,
): { readonly shard: number; readonly first: number; readonly count: number }[] {
  const parts = [];
  for (let from = first; from < first + count;) {
    const shard = shardOf(from);
    const to = Math.min(first + count, (shard + 1) * SHARD_SIZE);
    parts.push({ shard, first: from, count: to - from });
    from = to;
  }
  return parts;
}

/**
 * Makes the shards up to `last` that a run does not have yet. Returns their numbers: their workflows are to be begun
 * after the commit, and whoever is killed before that leaves it to the sweeper.
 */
export async function ensureShards(
  sql: Sql,
  run: Pick<RunFacts, 'id' | 'team'>,
  { last, now }: { readonly last: number; readonly now: Instant },
): Promise<number[]> {
  const { rows } = await sql.query<{ no: number }>(
    `insert into shard (run_id, no, team_id)
     select $1, no, $2 from generate_series(1, $3) as no
     where not exists (select from shard s where s.run_id = $1 and s.no = no.no)
     on conflict do nothing returning no`,
    [run.id, run.team, last],
  );
  if (rows.length === 0) return [];
  const made = rows.map(({ no }) => no).sort((a, b) => a - b);
  // Whoever pauses the run changes its row before asking for its shards: either sees the other's.
  const { rows: runs } = await sql.query<{ paused: boolean }>(
    `select status = 'paused' as paused from run where id = $1 for share`,
    [run.id],
  );
  if (runs[0]?.paused === true) {
    const entry = { kind: 'control', do: 'pause' } as const;
    for (const shard of made) await append(sql, { run: run.id, shard }, [{ entry, at: 'soon' }], now);
  }
  return made;
}
