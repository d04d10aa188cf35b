// The attributes that a team declares of its members: key, type, labels, whether it is personal.
// Not their values: those are written with members, and checked against what stands here.
import type { FastifyInstance } from 'fastify';
import { ATTRIBUTE_TYPES, isAttributeKey } from '../../engine/attributes.ts';
import { attributesOf } from '../../workers/store/attributes.ts';
import { inTransaction, type Sql } from '../../workers/store/client.ts';
import { audit } from '../audit.ts';
import { Refusal, wrongValue } from '../refusal.ts';
import { route, type Deps } from '../route.ts';

/** The most attributes of one team. */
const MOST = 200;

const key = { type: 'string', minLength: 1, maxLength: 64 } as const;
const byKey = {
  type: 'object',
  additionalProperties: false,
  required: ['key'],
  properties: { key },
} as const;

export function attributeRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/attributes', {
    tag: 'members',
    says: { zh: '团队为成员定义的属性。', en: 'The attributes that the team has declared of its members.' },
    handle: async ({ who }) => ({ attributes: await attributesOf(store.pool, who.team) }),
  });

  route(app, deps, 'PUT /api/attributes/:key', {
    tag: 'members',
    says: {
      zh: '定义或修改一个属性。已经有值的属性不能换类型，用到的选项不能去掉。',
      en: 'Declares or changes an attribute. One that has values keeps its type, and a choice in use stays.',
    },
    params: byKey,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['type'],
      properties: {
        type: { enum: ATTRIBUTE_TYPES },
        label: {
          type: 'object',
          maxProperties: 10,
          additionalProperties: { type: 'string', minLength: 1, maxLength: 100 },
        },
        choices: {
          type: 'array',
          maxItems: 200,
          uniqueItems: true,
          items: { type: 'string', minLength: 1, maxLength: 100 },
        },
        personal: { type: 'boolean' },
      },
    } as const,
    handle: ({ params, body, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const { team } = who;
        const { type, label = {}, choices = [], personal = true } = body;
        if (!isAttributeKey(params.key))
          throw wrongValue(
            '/key',
            '应以英文字母开头，只用英文字母、数字和下划线，不能是成员已有的字段',
            'it must begin with a letter, hold letters, digits and _ only, and be no field that members have already',
          );
        if ((type === 'choice') !== choices.length > 0)
          throw wrongValue(
            '/choices',
            '类型是 choice 时要列出选项，否则不能有',
            'a choice lists what may be chosen, no other type does',
          );
        await sql.query('select from team where id = $1 for update', [team]);
        await checkValues(sql, { team, key: params.key, type, choices });
        const { rows } = await sql.query<{ count: number }>(
          `insert into attribute (team_id, key, type, label, choices, personal, created_at)
           values ($1, $2, $3::attribute_type, $4, $5, $6, instant_of($7))
           on conflict (team_id, key) do update set type = excluded.type, label = excluded.label,
             choices = excluded.choices, personal = excluded.personal
           returning (select count(*) from attribute a where a.team_id = $1) as count`,
          [team, params.key, type, JSON.stringify(label), choices, personal, now],
        );
        if (rows[0]!.count >= MOST) throw new Refusal('too-many-attributes', { values: { most: MOST } });
        await audit(sql, {
          who,
          action: 'attribute.declare',
          subject: `attribute/${params.key}`,
          detail: { type },
          now,
        });
        return {};
      }),
  });
  removeRoute(app, deps);
}

/** What members have already must stay right. */
async function checkValues(
  sql: Sql,
  declared: {
    readonly team: number;
    readonly key: string;
    readonly type: string;
    readonly choices: readonly string[];
  },
): Promise<void> {
  const { team, key: name, type, choices } = declared;
  const { rows } = await sql.query<{ wrong: number }>(
    `select count(*) as wrong from (
       select m.attributes -> $2 as value from member m where m.team_id = $1 and m.attributes ? $2
     ) as v
     where not case $3
       when 'text' then jsonb_typeof(value) = 'string'
       when 'number' then jsonb_typeof(value) = 'number'
       when 'boolean' then jsonb_typeof(value) = 'boolean'
       when 'date' then coalesce(jsonb_typeof(value) = 'string' and instant_in(value) is not null, false)
       else coalesce(text_in(value) = any($4), false)
     end`,
    [team, name, type, choices],
  );
  const { wrong } = rows[0]!;
  if (wrong > 0) throw new Refusal('attribute-has-values', { values: { key: name, count: wrong } });
}

function removeRoute(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'DELETE /api/attributes/:key', {
    tag: 'members',
    says: {
      zh: '删除一个属性和成员的值。分群、草稿或最新版本用到的不能删除。',
      en: 'Removes an attribute with its values. One that a segment, a draft or a newest version names stays.',
    },
    params: byKey,
    handle: ({ params, who, now }) =>
      inTransaction(store.pool, async (sql) => {
        const { team } = who;
        const used = await usesOf(sql, team, params.key);
        if (used !== undefined) throw new Refusal('attribute-in-use', { values: { key: params.key, used } });
        const { rowCount } = await sql.query('delete from attribute where team_id = $1 and key = $2', [
          team,
          params.key,
        ]);
        if (rowCount === 0) throw new Refusal('not-found');
        const { rowCount: values } = await sql.query(
          'update member set attributes = attributes - $2 where team_id = $1 and attributes ? $2',
          [team, params.key],
        );
        await audit(sql, {
          who,
          action: 'attribute.remove',
          subject: `attribute/${params.key}`,
          detail: { values },
          now,
        });
        return { values };
      }),
  });
}

/** The first thing that names an attribute, for people. */
async function usesOf(sql: Sql, team: number, name: string): Promise<string | undefined> {
  const { rows } = await sql.query<{ used: string }>(
    `select used from (
       select 1 as rank, s.name as used, s.rule::text as text from segment s where s.team_id = $1
       union all select 2, p.key, d.document::text from draft d join playbook p on p.id = d.playbook_id
         where d.team_id = $1 and p.archived_at is null
       union all select 3, p.key, v.document::text from playbook p
         join lateral (select document from playbook_version v where v.playbook_id = p.id order by number desc limit 1) as v on true
         where p.team_id = $1 and p.archived_at is null
     ) as it where text ~ ('member\\.' || $2 || '\\M') order by rank, used limit 1`,
    [team, name],
  );
  return rows[0]?.used;
}
