// Segments as they are stored, made ready to be asked: a rule is compiled against what the team has declared by now.
// Not the asking, see workers/store/segments.
import { memberSchema } from '../../engine/attributes.ts';
import { compileRule } from '../../engine/index.ts';
import type { Condition } from '../../engine/language/rule.ts';
import { attributesOf } from '../../workers/store/attributes.ts';
import type { Sql } from '../../workers/store/client.ts';
import { findings } from '../playbooks/findings.ts';
import { Refusal } from '../refusal.ts';

/** A segment that can be asked. */
export interface Ready {
  readonly id: string;
  readonly name: string;
  readonly rule: Condition;
  readonly cel: string;
  readonly community: string | undefined;
}

/**
 * Compiles a rule over members.
 * @throws {Refusal} segment-has-problems, with all of them.
 */
export async function readRule(sql: Sql, team: number, rule: unknown): Promise<string> {
  const { cel, problems } = compileRule(rule, memberSchema(await attributesOf(sql, team)));
  if (problems.length > 0) {
    throw new Refusal('segment-has-problems', {
      place: `/rule${problems[0]!.place.pointer ?? ''}`,
      values: { count: problems.length },
      extra: (language) => ({ problems: findings(problems, language) }),
    });
  }
  return cel;
}

/**
 * A stored segment, ready to be asked.
 * @throws {Refusal} not-found; segment-has-problems when an attribute that it names has changed since.
 */
export async function segmentOf(sql: Sql, team: number, id: string): Promise<Ready> {
  const { rows } = await sql.query<{ name: string; rule: Condition; community: string | null }>(
    'select name, rule, community_id as community from segment where team_id = $1 and id = $2',
    [team, id],
  );
  const [row] = rows;
  if (row === undefined) throw new Refusal('not-found');
  const { name, rule, community } = row;
  return { id, name, rule, community: community ?? undefined, cel: await readRule(sql, team, rule) };
}
