// The values of one statement that is put together of parts: each part takes the next numbers.
// Not a query builder: the parts are written as SQL.
import type pg from 'pg';
import type { Sql } from '../client.ts';

/** Collects values and gives their places. */
export class Binder {
  readonly values: unknown[] = [];
  readonly #places = new Map<string, string>();

  /** The place of a value, with its type: `$3::text`. The same value has one place. */
  bind(value: string | number | readonly (string | number)[], type: string): string {
    const key = `${type} ${JSON.stringify(value)}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = `$${this.values.push(value)}::${type}`;
    this.#places.set(key, place);
    return place;
  }
}

/**
 * Runs a statement whose text depends on what somebody has written, a segment for example. It is planned each time:
 * the server would keep a prepared one for as long as the connection lives, and there is no end of such texts.
 * Values whose place the text does not mention (a part that was given up) are not sent: their type would be unknown.
 */
export function queryOnce<R extends pg.QueryResultRow>(
  sql: Sql,
  text: string,
  { values }: Pick<Binder, 'values'>,
): Promise<pg.QueryResult<R>> {
  const sent: unknown[] = [];
  const places = new Map<string, number>();
  const compact = text.replaceAll(/\$(\d+)(?=::)/g, (_whole, number: string) => {
    let place = places.get(number);
    if (place === undefined) places.set(number, (place = sent.push(values[Number(number) - 1])));
    return `$${place}`;
  });
  return sql.query<R>({ text: compact, values: sent } as never);
}
