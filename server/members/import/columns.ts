// What the columns of a table, or the keys of a line of JSON, mean: by their names, the labels of attributes, or as the caller maps them.
// Not the values in them, see rows.ts.
import type { Attribute } from '../../../engine/attributes.ts';
import { attributesOf } from '../../../workers/store/attributes.ts';
import type { Sql } from '../../../workers/store/client.ts';

/** What a column gives. `none` is left out on purpose. */
export type Target =
  | {
      readonly is:
        | 'externalKey'
        | 'name'
        | 'kind'
        | 'status'
        | 'zone'
        | 'locale'
        | 'joinedAt'
        | 'tags'
        | 'groups'
        | 'optOuts'
        | 'none';
    }
  | { readonly is: 'attributes' | 'identities' | 'consents' }
  | { readonly is: 'attribute'; readonly attribute: Attribute }
  | { readonly is: 'account'; readonly channel: string }
  | { readonly is: 'consent'; readonly purpose: string };

/** What names mean for a team. */
export interface Catalogue {
  /** In which dates are meant. */
  readonly zone: string;
  readonly attributes: readonly Attribute[];
  /** Ids by name. */
  readonly channels: ReadonlyMap<string, string>;
  /** Ids by name and by id; a name that several groups have leads nowhere. */
  readonly groups: ReadonlyMap<string, string | undefined>;
}

/** Reads what names mean for a team. */
export async function catalogueOf(sql: Sql, team: number): Promise<Catalogue> {
  const { rows } = await sql.query<{
    zone: string;
    channels: readonly { readonly id: string; readonly name: string }[];
    groups: readonly { readonly id: string; readonly name: string }[];
  }>(
    `select zone,
       coalesce((select jsonb_agg(jsonb_build_object('id', id, 'name', name)) from channel where team_id = t.id), '[]') as channels,
       coalesce((select jsonb_agg(jsonb_build_object('id', id, 'name', name)) from community_group where team_id = t.id), '[]') as groups
     from team t where id = $1`,
    [team],
  );
  const { zone, channels, groups } = rows[0]!;
  const named = new Map<string, string | undefined>();
  for (const { id, name } of groups) named.set(name, named.has(name) ? undefined : id);
  for (const { id } of groups) named.set(id, id);
  return {
    zone,
    attributes: await attributesOf(sql, team),
    channels: new Map(channels.map(({ id, name }) => [name, id])),
    groups: named,
  };
}

const NAMES: Readonly<Record<string, Target['is']>> = {
  externalkey: 'externalKey', key: 'externalKey', 编号: 'externalKey', 会员号: 'externalKey', 会员编号: 'externalKey', 成员编号: 'externalKey',
  name: 'name', 姓名: 'name', 名字: 'name', 称呼: 'name', 昵称: 'name',
  kind: 'kind', 类型: 'kind',
  status: 'status', 状态: 'status',
  zone: 'zone', timezone: 'zone', 时区: 'zone',
  locale: 'locale', language: 'locale', 语言: 'locale',
  joinedat: 'joinedAt', joined: 'joinedAt', 加入时间: 'joinedAt', 入会时间: 'joinedAt', 注册时间: 'joinedAt',
  tags: 'tags', tag: 'tags', 标签: 'tags',
  groups: 'groups', group: 'groups', 群: 'groups', 所在的群: 'groups', 群组: 'groups',
  attributes: 'attributes',
  identities: 'identities',
  consents: 'consents', 同意: 'consents', 同意的用途: 'consents',
  optouts: 'optOuts', optout: 'optOuts', unsubscribed: 'optOuts', 退订: 'optOuts', 已退订: 'optOuts',
  '-': 'none',
}; // prettier-ignore

/**
 * What a column means. `map` says what a header stands for, in the words of a target: `{ "手机": "attributes.phone" }`;
 * `-` leaves the column out. Undefined when nobody knows it.
 */
export function targetOf(
  header: string,
  { attributes, channels }: Catalogue,
  map: Readonly<Record<string, string>> = {},
): Target | undefined {
  const meant = Object.hasOwn(map, header) ? map[header]!.trim() : header.trim();
  const key = meant.toLowerCase().replaceAll(/[\s_]/g, '');
  const named = Object.hasOwn(NAMES, key) ? NAMES[key] : undefined;
  if (named !== undefined) return { is: named } as Target;
  const [root = '', ...rest] = meant.split('.');
  const last = rest.join('.');
  if (root === 'attributes') return attributeOf(last, attributes);
  if (root === 'identities' || root === 'identity') return accountOn(last, channels);
  if (root === 'consents' || root === 'consent')
    return last === '' || last.length > 100 ? undefined : { is: 'consent', purpose: last };
  return attributeOf(meant, attributes) ?? accountOn(meant, channels);
}

/** What a column gives, where a member has one of it: said twice, one of the two would be lost. Undefined for what adds up. */
export function oneOfIt(target: Target): string | undefined {
  if (target.is === 'attribute') return `attributes.${target.attribute.key}`;
  return ONE_OF.has(target.is) ? target.is : undefined;
}

const ONE_OF: ReadonlySet<Target['is']> = new Set([
  'externalKey', 'name', 'kind', 'status', 'zone', 'locale', 'joinedAt',
]); // prettier-ignore

function attributeOf(name: string, attributes: readonly Attribute[]): Target | undefined {
  const attribute =
    attributes.find(({ key }) => key === name) ??
    attributes.find(({ label }) => Object.values(label).includes(name));
  return attribute === undefined ? undefined : { is: 'attribute', attribute };
}

function accountOn(name: string, channels: ReadonlyMap<string, string>): Target | undefined {
  const channel = channels.get(name);
  return channel === undefined ? undefined : { is: 'account', channel };
}
