// Members as a file: JSON lines or a table that an import takes again. Page by page, however many there are.
// Not who may have it, and not its audit: see routes/export.ts.
import type { Instant } from '../../engine/instant.ts';
import { wallAt } from '../../engine/calendar/zone.ts';
import { isoOf, parseInstant } from '../../engine/instant.ts';
import { attributesOf } from '../../workers/store/attributes.ts';
import type { Sql } from '../../workers/store/client.ts';
import { gather } from '../../workers/store/segments/values.ts';
import type { Attribute } from '../../engine/attributes.ts';
import { listMembers, type Page, type Wanted } from './list.ts';

/** What goes into the file. */
export interface Exporting extends Omit<Wanted, 'after' | 'limit'> {
  readonly format: 'csv' | 'jsonl';
}

const PAGE = 2_000;

/** The file, in pieces of a page each. */
export async function* exported(sql: Sql, { format, ...wanted }: Exporting): AsyncGenerator<string> {
  const { team, now } = wanted;
  const attributes = await attributesOf(sql, team);
  const { rows } = await sql.query<{ zone: string; channels: string[] }>(
    `select zone, array(select name from channel where team_id = t.id order by name) as channels from team t where id = $1`,
    [team],
  );
  const { zone, channels } = rows[0]!;
  const table: Table = { attributes, zone, channels };
  // A mark, by which spreadsheets know UTF-8.
  if (format === 'csv') yield `\uFEFF${line(headerOf(table))}`;
  let after: string | null = null;
  do {
    const page: Page = await listMembers(sql, { ...wanted, limit: PAGE, after: after ?? undefined });
    const members = await complete(sql, page.members, now);
    yield members
      .map((it) => (format === 'csv' ? line(cellsOf(it, table)) : `${JSON.stringify(it)}\n`))
      .join('');
    after = page.next;
  } while (after !== null);
}

interface Table {
  readonly attributes: readonly Attribute[];
  readonly zone: string;
  readonly channels: readonly string[];
}

/** A member as a line of JSON says it: what an import takes. */
interface Member {
  readonly externalKey: string | null;
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly zone: string | null;
  readonly locale: string | null;
  readonly joinedAt: string;
  readonly tags: readonly string[];
  readonly groups: readonly string[];
  readonly consents: readonly string[];
  readonly optOuts: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly identities: Readonly<Record<string, string>>;
}

async function complete(
  sql: Sql,
  members: readonly (Readonly<Record<string, unknown>> & { readonly id: string })[],
  now: Instant,
): Promise<Member[]> {
  const ids = members.map(({ id }) => id);
  const lists = await gather(sql, ids, { now, names: ['groups', 'consents'] });
  const { rows } = await sql.query<{ id: string; accounts: Record<string, string> }>(
    `select i.member_id as id, jsonb_object_agg(c.name, i.external_id order by i.id) as accounts
     from member_identity i join channel c on c.id = i.channel_id where i.member_id = any($1) group by i.member_id`,
    [ids],
  );
  const accounts = new Map(rows.map((row) => [row.id, row.accounts]));
  const { rows: refusals } = await sql.query<{ id: string; words: string[] }>(
    `select o.member_id as id, array_agg(case o.scope when 'all' then 'all' when 'class' then o.value else c.name end order by o.scope, o.value) as words
     from opt_out o left join channel c on o.scope = 'channel' and c.id::text = o.value
     where o.member_id = any($1) and (o.scope <> 'channel' or c.id is not null) group by o.member_id`,
    [ids],
  );
  const refused = new Map(refusals.map((row) => [row.id, row.words]));
  return members.map(({ id, joinedAt, lastActiveAt: _lastActiveAt, ...member }) => ({
    ...(member as unknown as Omit<Member, 'joinedAt' | 'groups' | 'consents' | 'optOuts' | 'identities'>),
    joinedAt: (joinedAt as Date).toISOString(),
    groups: (lists.get(id)?.['groups'] ?? []) as string[],
    consents: (lists.get(id)?.['consents'] ?? []) as string[],
    optOuts: refused.get(id) ?? [],
    identities: accounts.get(id) ?? {},
  }));
}

const headerOf = ({ attributes, channels }: Table): string[] => [
  'externalKey', 'name', 'kind', 'status', 'zone', 'locale', 'joinedAt', 'tags', 'groups', 'consents', 'optOuts',
  ...attributes.map(({ key }) => `attributes.${key}`),
  ...channels.map((name) => `identities.${name}`),
]; // prettier-ignore

function cellsOf(member: Member, { attributes, channels, zone }: Table): string[] {
  return [
    member.externalKey ?? '',
    member.name,
    member.kind,
    member.status,
    member.zone ?? '',
    member.locale ?? '',
    member.joinedAt,
    member.tags.join(';'),
    member.groups.join(';'),
    member.consents.join(';'),
    member.optOuts.join(';'),
    ...attributes.map(({ key, type }) => valueOf(member.attributes[key], type === 'date' ? zone : undefined)),
    ...channels.map((name) => member.identities[name] ?? ''),
  ];
}

/** A date that is the beginning of a day is written as the day. */
function valueOf(value: unknown, zone: string | undefined): string {
  if (zone === undefined || typeof value !== 'string')
    return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
  const at = parseInstant(value);
  const wall = at === undefined ? undefined : wallAt(at, zone);
  const iso = wall === undefined ? value : isoOf(wall);
  return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : value;
}

const line = (cells: readonly string[]): string =>
  `${cells.map((cell) => quoted(neutral(cell))).join(',')}\r\n`;

/** A spreadsheet calculates what begins like a formula; with a mark before it, it shows it. The import takes the mark off. */
const neutral = (cell: string): string =>
  /^[=+\-@\t\r]/.test(cell) && !/^-?\d+(\.\d+)?$/.test(cell) ? `'${cell}` : cell;

const quoted = (cell: string): string => (/[",\r\n;]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
