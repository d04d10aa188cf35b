// Members as a file: JSON lines or a table that an import takes again. Page by page, however many there are.
// Not who may have it, and not its audit: see routes/export.ts.
import type { Instant } from '../../engine/instant.ts';
import { wallAt } from '../../engine/calendar/zone.ts';
import { isoOf, parseInstant } from '../../engine/instant.ts';
import { attributesOf } from '../../workers/store/attributes.ts';
import type { Sql } from '../../workers/store/client.ts';
import { gather } from '../../workers/store/segments/values.ts';
import type { Attribute } from '../../engine/attributes.ts';
import { cellOf, cellOfNames, line } from './cells.ts';
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
    const members = await complete(sql, page.members, { team, now });
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
  /** By channel: the account, or all of them where there are several. */
  readonly identities: Readonly<Record<string, string | readonly string[]>>;
}

async function complete(
  sql: Sql,
  members: readonly (Readonly<Record<string, unknown>> & { readonly id: string })[],
  { team, now }: { readonly team: number; readonly now: Instant },
): Promise<Member[]> {
  const ids = members.map(({ id }) => id);
  const lists = await gather(sql, ids, { now, names: ['consents'] });
  const groups = await groupsOf(sql, team, ids);
  const accounts = await accountsOf(sql, ids);
  const { rows: refusals } = await sql.query<{ id: string; words: string[] }>(
    `select o.member_id as id, array_agg(case o.scope when 'all' then 'all' when 'class' then o.value else c.name end) as words
     from opt_out o left join channel c on o.scope = 'channel' and c.id::text = o.value
     where o.member_id = any($1) and (o.scope <> 'channel' or c.id is not null) group by o.member_id`,
    [ids],
  );
  const refused = new Map(refusals.map((row) => [row.id, row.words]));
  return members.map(({ id, joinedAt, lastActiveAt: _lastActiveAt, externalKey, tags, ...member }) => ({
    // Whom nothing else names is named by the id, so that an import knows who it is.
    externalKey: (externalKey as string | null) ?? (accounts.has(id) ? null : id),
    ...(member as unknown as Pick<Member, 'name' | 'kind' | 'status' | 'zone' | 'locale' | 'attributes'>),
    joinedAt: (joinedAt as Date).toISOString(),
    tags: (tags as string[]).toSorted(),
    groups: (groups.get(id) ?? []).toSorted(),
    consents: ((lists.get(id)?.['consents'] ?? []) as string[]).toSorted(),
    optOuts: (refused.get(id) ?? []).toSorted(),
    identities: accounts.get(id) ?? {},
  }));
}

/** The groups that members are in, by name; by id where several have the name. */
async function groupsOf(
  sql: Sql,
  team: number,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await sql.query<{ id: string; groups: string[] }>(
    `select s.member_id as id, array_agg(case when g.namesakes > 1 then g.id::text else g.name end) as groups
     from membership s
     join (select id, name, count(*) over (partition by name) as namesakes from community_group where team_id = $2) as g
       on g.id = s.group_id
     where s.member_id = any($1) and s.left_at is null group by s.member_id`,
    [ids, team],
  );
  return new Map(rows.map(({ id, groups }) => [id, groups]));
}

/** All accounts of members, by channel. */
async function accountsOf(
  sql: Sql,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Member['identities']>> {
  const { rows } = await sql.query<{ id: string; accounts: Record<string, readonly string[]> }>(
    `select id, jsonb_object_agg(channel, accounts order by channel) as accounts from (
       select i.member_id as id, c.name as channel, jsonb_agg(i.external_id order by i.external_id) as accounts
       from member_identity i join channel c on c.id = i.channel_id where i.member_id = any($1)
       group by i.member_id, c.name
     ) as by_channel group by id`,
    [ids],
  );
  // A single one stands for itself, unless it reads like a list.
  const plain = (accounts: readonly string[]) =>
    accounts.length === 1 && !accounts[0]!.startsWith('[') ? accounts[0]! : accounts;
  return new Map(
    rows.map(({ id, accounts }) => [
      id,
      Object.fromEntries(Object.entries(accounts).map(([channel, its]) => [channel, plain(its)])),
    ]),
  );
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
    cellOf(member.tags),
    cellOf(member.groups),
    cellOf(member.consents),
    cellOf(member.optOuts),
    ...attributes.map(({ key, type }) => valueOf(member.attributes[key], type === 'date' ? zone : undefined)),
    ...channels.map((name) => cellOfNames([member.identities[name] ?? []].flat())),
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
