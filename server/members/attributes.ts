// Attributes as people write them about members: only declared ones, each of its type.
// Not what may be declared: see routes/attributes.ts.
import { readAttribute, type Attribute, type AttributeValue } from '../../engine/attributes.ts';
import { nearest } from '../../engine/language/rule.ts';
import { attributesOf } from '../../workers/store/attributes.ts';
import type { Sql } from '../../workers/store/client.ts';
import { Refusal, wrongValue } from '../refusal.ts';

/** What a team says about its members' attributes. */
export interface Declared {
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** In which dates are meant. */
  readonly zone: string;
}

/** Reads what a team has declared. */
export async function declaredBy(sql: Sql, team: number): Promise<Declared> {
  const [attributes, { rows }] = [
    await attributesOf(sql, team),
    await sql.query<{ zone: string }>('select zone from team where id = $1', [team]),
  ];
  return { attributes: new Map(attributes.map((it) => [it.key, it])), zone: rows[0]!.zone };
}

/**
 * Reads attributes of a request. Null stays null: it removes the value.
 * @throws {Refusal} invalid-request or unknown-attribute, with the place.
 */
export function readAttributes(
  given: Readonly<Record<string, unknown>>,
  { attributes, zone }: Declared,
): Record<string, AttributeValue | null> {
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => {
      const place = `/attributes/${key}`;
      const declared = attributes.get(key);
      if (declared === undefined) {
        const meant = nearest(key, [...attributes.keys()]);
        const hints =
          meant === undefined ? {} : { hintZh: `是不是「${meant}」？`, hintEn: `Did you mean "${meant}"? ` };
        throw new Refusal('unknown-attribute', { place, values: { key: key.slice(0, 100), ...hints } });
      }
      if (value === null) return [key, null];
      const read = readAttribute(value, declared, { zone });
      if ('value' in read) return [key, read.value];
      throw wrongValue(place, `应该是${read.expected.zh}`, `it must be ${read.expected.en}`);
    }),
  );
}
