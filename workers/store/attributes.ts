// The attributes that a team has declared of its members.
// Not their values, which stand with each member, and not what a value may be: see engine/attributes.ts.
import type { Attribute } from '../../engine/attributes.ts';
import { productFor, type Registry } from '../../engine/index.ts';
import type { Sql } from './client.ts';

/** What a team has declared, in the order in which it did. */
export async function attributesOf(sql: Sql, team: number): Promise<readonly Attribute[]> {
  const { rows } = await sql.query<Attribute & Record<string, unknown>>(
    `select key, type::text, label, choices, personal from attribute where team_id = $1 order by created_at, key`,
    [team],
  );
  return rows;
}

/** What playbooks of a team can be made of: their conditions may name the declared attributes. */
export const productOf = async (sql: Sql, team: number): Promise<Registry> =>
  productFor(await attributesOf(sql, team));
