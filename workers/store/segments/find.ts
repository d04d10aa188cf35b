// Members who fit a condition: counted, listed, or walked through page by page.
// Not the freezing of them, see snapshots.ts. As much as SQL can answer is asked of it; the evaluator sees the others only.
import type { ConditionContext } from '../../../engine/language/condition.ts';
import { evaluateCondition, parseCondition } from '../../../engine/language/condition.ts';
import type { Instant } from '../../../engine/instant.ts';
import type { Sql } from '../client.ts';
import { Binder, queryOnce } from './binder.ts';
import { translate } from './condition-sql.ts';
import { valuesOfMembers } from './values.ts';

/** Whom to look at: members of a team who are active and neither staff nor test accounts. */
export interface Within {
  readonly team: number;
  /** Only those who are in one of these groups (ids) now. */
  readonly groups?: readonly string[] | undefined;
  /** Only those who are in a group of this community now. */
  readonly community?: string | undefined;
  /** Staff and test accounts as well. */
  readonly everybody?: boolean | undefined;
  /** Other than active ones. */
  readonly statuses?: readonly string[] | undefined;
}

/** What is asked about them. */
export interface Question {
  readonly within: Within;
  /** A compiled condition; without one everybody fits. */
  readonly cel?: string | undefined;
  /** What conditions know besides the member. */
  readonly context?: ConditionContext | undefined;
  readonly now: Instant;
}

/** A question as SQL: `from member m where …` up to what is left for the evaluator. */
export interface Asked {
  readonly binder: Binder;
  readonly from: string;
  readonly rest: string | undefined;
}

/** A question about everybody: `from member m where …` names them all, `fits` is true of those who fit. */
export interface AskedOfAll extends Asked {
  readonly fits: string;
}

/** Puts a question into SQL. With `rest`, those whom it finds still have to be asked. */
export function ask(question: Question): Asked {
  const { binder, from, fits, rest } = askOfAll(question);
  return { binder, from: `${from}\n  and ${fits}`, rest };
}

/** Puts a question into SQL that tells apart who fits and who does not. With `rest`, `fits` is not the whole answer. */
export function askOfAll({ within, cel, context = {}, now }: Question): AskedOfAll {
  const binder = new Binder();
  const { where, rest } =
    cel === undefined ? { where: 'true', rest: undefined } : translate(cel, { binder, now, context });
  const { team, groups, community, everybody = false, statuses } = within;
  // Asked of each member in turn ("offset 0"), and found by the member, whatever the planner thinks of the groups: of a
  // crowd that has just joined one it would go through all of them for each.
  const stays = (groups: string): string =>
    `exists (select from membership s where s.member_id = m.id and s.left_at is null
       and array_position(${groups}, s.group_id) is not null offset 0)`;
  const limits = [
    `m.team_id = ${binder.bind(team, 'int')}`,
    statuses === undefined
      ? `m.status = 'active'`
      : `m.status = any(${binder.bind(statuses, 'member_status[]')})`,
    ...(everybody ? [] : [`m.kind = 'member'`]),
    ...(groups === undefined ? [] : [stays(binder.bind(groups, 'uuid[]'))]),
    ...(community === undefined
      ? []
      : [
          stays(
            `array(select id from community_group where community_id = ${binder.bind(community, 'uuid')})`,
          ),
        ]),
  ];
  return { binder, from: `from member m where ${limits.join('\n  and ')}`, fits: where, rest };
}

/** How many are looked at together where the evaluator has to be asked. */
const PAGE = 2_000;

/** Ids of members who fit, in their order, in pages. */
export async function* fittingPages(sql: Sql, question: Question): AsyncGenerator<readonly string[]> {
  const asked = ask(question);
  const { binder, from, rest } = asked;
  const from1 = `select m.id ${from} and m.id > $${binder.values.length + 1}::uuid order by m.id limit ${PAGE}`;
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const { rows } = await queryOnce<{ id: string }>(sql, from1, { values: [...binder.values, after] });
    const ids = rows.map(({ id }) => id);
    const fitting = rest === undefined ? rows : await fittingAmong(sql, rows, { ...question, cel: rest });
    if (fitting.length > 0) yield fitting.map(({ id }) => id);
    if (ids.length < PAGE) return;
    after = ids.at(-1)!;
  }
}

/** Which of these members fit in the evaluator's eyes: what `ask` leaves over is asked here. */
export async function fittingAmong<T extends { readonly id: string }>(
  sql: Sql,
  members: readonly T[],
  { cel, context, now }: Pick<Question, 'context' | 'now'> & { readonly cel: string },
): Promise<T[]> {
  const ids = members.map(({ id }) => id);
  const values = await valuesOfMembers(sql, ids, { now, names: namesIn(cel) });
  return members.filter(
    ({ id }) => evaluateCondition(cel, { ...context, member: values.get(id) ?? {} }) === true,
  );
}

/** The fields of the member that a condition reads. */
export const namesIn = (cel: string): string[] =>
  (parseCondition(cel)?.fields ?? []).flatMap(([root, name]) => (root === 'member' ? [name] : []));

/** How many fit. */
export async function countFitting(sql: Sql, question: Question): Promise<number> {
  const { binder, from, rest } = ask(question);
  if (rest === undefined) {
    const { rows } = await queryOnce<{ n: number }>(sql, `select count(*) as n ${from}`, binder);
    return rows[0]!.n;
  }
  let count = 0;
  for await (const page of fittingPages(sql, question)) count += page.length;
  return count;
}
