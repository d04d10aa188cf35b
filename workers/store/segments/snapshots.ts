// Snapshots: who fitted a condition at one instant, kept for good. An enrolment takes its members from one, a rate its denominator.
// Not the finding, see find.ts. An erased member stays in it as a number that names nobody, so counts never change.
import type { Instant } from '../../../engine/instant.ts';
import { inSets, type Sql } from '../client.ts';
import { newId } from '../id.ts';
import { queryOnce } from './binder.ts';
import { ask, fittingPages, type Question } from './find.ts';

/** What a snapshot is for, and of which segment it is, if of one. */
export interface Purpose {
  /** api, run/<id>, metric/<name>, … */
  readonly source: string;
  readonly segment?: { readonly id: string; readonly name: string } | undefined;
  /** The time on the wall, for the id. */
  readonly wall: Instant;
}

/** A frozen list. */
export interface Snapshot {
  readonly id: string;
  readonly count: number;
}

/**
 * Freezes who fits now. In the caller's transaction; set-based as far as SQL can answer the condition.
 * The members are `select member_id from segment_snapshot_member where snapshot_id = …`, in the order of their ids.
 */
export async function freeze(sql: Sql, question: Question, purpose: Purpose): Promise<Snapshot> {
  const id = newId(purpose.wall);
  const { team } = question.within;
  const { binder, from, rest } = ask(question);
  let count = 0;
  if (rest === undefined) {
    const [snapshot, owner] = [binder.bind(id, 'uuid'), binder.bind(team, 'int')];
    const insert = `insert into segment_snapshot_member (snapshot_id, member_id, team_id)`;
    const { rowCount } = await inSets(sql, () =>
      queryOnce(sql, `${insert} select ${snapshot}, m.id, ${owner} ${from}`, binder),
    );
    count = rowCount ?? 0;
  } else {
    for await (const members of fittingPages(sql, question)) {
      await sql.query(
        `insert into segment_snapshot_member (snapshot_id, member_id, team_id) select $1, m, $2 from unnest($3::uuid[]) as m`,
        [id, team, members],
      );
      count += members.length;
    }
  }
  await sql.query(
    `insert into segment_snapshot (id, team_id, segment_id, name, cel, at, count, source)
     values ($1, $2, $3, $4, $5, instant_of($6), $7, $8)`,
    [
      id,
      team,
      purpose.segment?.id ?? null,
      purpose.segment?.name ?? null,
      question.cel ?? '',
      question.now,
      count,
      purpose.source,
    ],
  );
  return { id, count };
}
