// Where people and programs may have quoted a member, and how their words go from there: the rest of each text stays.
// Not what belongs to the member alone, which goes as a whole: see erase.ts.
import type { Json } from '../../engine/json.ts';
import type { Sql } from './client.ts';

/** What stands in the place of a word that is gone. */
export const GONE = '（已删除）';

/** A table that may quote members: the key of its rows, the columns with texts in them, and which rows are looked at. */
interface Place {
  readonly table: string;
  readonly key: readonly string[];
  readonly columns: readonly string[];
  /** `run`: those of the runs that the member took part in; otherwise all of the team. */
  readonly of?: 'run';
}

/**
 * Every one of them. What is not here holds ids, numbers and codes alone, is the member's own, or was written by staff
 * for everybody: documents, parameters and rules name nobody unless somebody puts a name into them by hand.
 */
export const PLACES: readonly Place[] = [
  { table: 'audit_log', key: ['id'], columns: ['reason', 'detail'] },
  { table: 'notice', key: ['id'], columns: ['text', 'detail'] },
  { table: 'staff_message', key: ['id'], columns: ['text'] },
  { table: 'report', key: ['id'], columns: ['data', 'markdown'] },
  { table: 'event', key: ['id'], columns: ['data'] },
  { table: 'message', key: ['id'], columns: ['text', 'posted'] },
  { table: 'counted_link', key: ['id'], columns: ['url'] },
  { table: 'task', key: ['id'], columns: ['title', 'script'] },
  { table: 'task_decision', key: ['id'], columns: ['note', 'evidence'] },
  { table: 'task_note', key: ['id'], columns: ['detail'] },
  { table: 'form', key: ['id'], columns: ['title'] },
  { table: 'run', key: ['id'], columns: ['attributes', 'tags', 'text_overrides', 'status_reason'] },
  { table: 'run_event', key: ['id'], columns: ['data'], of: 'run' },
  { table: 'membership', key: ['id'], columns: ['join_source'] },
  { table: 'opt_out', key: ['id'], columns: ['source'] },
  { table: 'import_fault', key: ['import_id', 'no'], columns: ['values'] },
  { table: 'answer', key: ['id'], columns: ['values'] },
  { table: 'turned_away', key: ['run_id', 'graph', 'who'], columns: ['why'] },
];

/** Takes words out of everything that quotes them. The transaction is one that erases. */
export async function eraseQuotations(
  sql: Sql,
  team: number,
  { words, runs }: { readonly words: readonly string[]; readonly runs: readonly string[] },
): Promise<void> {
  const removers = words
    .filter(isTelling)
    .toSorted((a, b) => b.length - a.length)
    .map(removerOf);
  if (removers.length === 0) return;
  const patterns = removers.flatMap(({ patterns: some }) => some);
  for (const place of PLACES) await eraseIn(sql, { team, runs, patterns, removers }, place);
  // The reasons of decisions: of a row that is done they may go, and never change.
  await sql.query(
    `update ledger set why = null where team_id = $1 and run_id = any($2) and why::text like any($3) and state <> 'intended'`,
    [team, runs, patterns],
  );
}

interface Search {
  readonly team: number;
  readonly runs: readonly string[];
  readonly patterns: readonly string[];
  readonly removers: readonly Remover[];
}

async function eraseIn(sql: Sql, { team, runs, patterns, removers }: Search, place: Place): Promise<void> {
  const { table, key, columns, of } = place;
  const keys = key.map((name) => `t.${name}`).join(', ');
  const read = columns.map((name) => `to_jsonb(t."${name}") as "${name}"`).join(', ');
  const quotes = columns.map((name) => `t."${name}"::text like any($2)`).join(' or ');
  const { rows } = await sql.query<Record<string, Json>>(
    `select ${key.map((name) => `t.${name}::text as "key ${name}"`).join(', ')}, ${read} from ${table} t
     where t.team_id = $1 and (${quotes}) ${of === 'run' ? 'and t.run_id = any($3)' : ''} order by ${keys}`,
    of === 'run' ? [team, patterns, runs] : [team, patterns],
  );
  const cleaned = rows.map((row) => ({
    ...row,
    ...Object.fromEntries(columns.map((name) => [name, without(row[name] ?? null, removers)])),
  }));
  if (cleaned.length === 0) return;
  // A row of the table itself gives the values their types.
  await sql.query(
    `update ${table} t set ${columns.map((name) => `"${name}" = n."${name}"`).join(', ')}
     from (select c, (jsonb_populate_record(null::${table}, c)).* from jsonb_array_elements($1::jsonb) as c) as n
     where ${key.map((name) => `t.${name}::text = n.c ->> 'key ${name}'`).join(' and ')}`,
    [JSON.stringify(cleaned)],
  );
}

/** A value without the words; names of fields stay. */
function without(value: Json, removers: readonly Remover[]): Json {
  if (typeof value === 'string')
    return removers.reduce((text, { in: words }) => text.replace(words, () => GONE), value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => without(item, removers));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, without(item, removers)]));
}

interface Remover {
  /** Where it may stand, for `like`: as JSON writes it inside of a text, plainly, and in an address. */
  readonly patterns: readonly string[];
  readonly in: RegExp;
}

/** A letter stands everywhere, and so do short numbers: they tell nobody who it was. */
const isTelling = (word: string): boolean => (IS_PLAIN.test(word) ? word.length >= 4 : word.length >= 2);
const IS_PLAIN = /^[\w.+-]*$/;

function removerOf(word: string): Remover {
  const forms = [...new Set([word, JSON.stringify(word).slice(1, -1), encodeURIComponent(word)])];
  const within = forms.map((it) => it.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)).join('|');
  // Letters and digits are a word of their own only where no others touch them; Chinese is written without gaps.
  const whole = IS_PLAIN.test(word) ? `(?<![A-Za-z0-9])(?:${within})(?![A-Za-z0-9])` : within;
  return {
    // JSON within JSON, as an audit may keep it, escapes once more.
    patterns: [...forms, JSON.stringify(forms[1] ?? word).slice(1, -1)].map(
      (it) => `%${it.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`,
    ),
    in: new RegExp(whole, 'gu'),
  };
}
