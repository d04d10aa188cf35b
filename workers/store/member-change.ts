// Changing many members at once: named one by one, or as the subjects of a run that they are.
// Not what is changed: whoever changes it says so.
import { inOneFlight, type Sql } from './client.ts';

/** Members of a team by their ids, or those who are these subjects of a journey. Others and those without a member are left out. */
export type Whose =
  | { readonly team: number; readonly ids: readonly string[] }
  | { readonly run: string; readonly graph: number; readonly ordinals: readonly number[] };

/** Their ids as a query with one column `id`; {@link whoseValues} are its parameters from `$first` on. */
export const idsOf = (members: Whose, first: number): string =>
  'ids' in members
    ? `select id from member where team_id = $${first} and id = any($${first + 1}::uuid[])`
    : `select member_id as id from subject where run_id = $${first} and graph = $${first + 1}
         and ordinal = any($${first + 2}::int[]) and member_id is not null`;

/** What {@link idsOf} asks with. */
export const whoseValues = (members: Whose): unknown[] =>
  'ids' in members ? [members.team, members.ids] : [members.run, members.graph, members.ordinals];

/** An assignment to members `m`, made of the parameters `$1` … */
export interface MemberChange {
  readonly members: Whose;
  readonly values: readonly unknown[];
  readonly change: string;
  /** Of these alone. */
  readonly where?: string;
}

/** Changes members, and holds all of them until the transaction ends, also those who stay as they are. */
export async function changeMembers(
  sql: Sql,
  { members, values, change, where = 'true' }: MemberChange,
): Promise<void> {
  const whose = `m.id in (${idsOf(members, values.length + 1)})`;
  await inOneFlight(
    holdMembers(sql, members),
    // A statement of its own: one that waits for a row goes on with what it saw of the others before.
    sql.query(`update member m set ${change} where ${whose} and ${where}`, [
      ...values,
      ...whoseValues(members),
    ]),
  );
}

// In the order of ids, because others may be changing the same members. Whoever merely refers to them need not wait.
const holdMembers = (sql: Sql, members: Whose): Promise<unknown> =>
  sql.query(
    `select from member m where m.id in (${idsOf(members, 1)}) order by m.id for no key update`,
    whoseValues(members),
  );
