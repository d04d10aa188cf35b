// A small community to try things with: one team, one community with three groups, sixty members, the simulator.
// Only for a database without teams, and in one transaction, so that two starters make one community.
import type { Instant } from '../engine/instant.ts';
import { chance } from '../engine/chance.ts';
import { inTransaction, openStore, type Sql } from '../workers/store/client.ts';
import { newId } from '../workers/store/id.ts';

const DAY_MS = 86_400_000;
const MEMBERS = 60;
const SEED = 'kindling demo';

const FAMILY = '王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗';
const GIVEN = [
  '小雨',
  '晨',
  '子墨',
  '佳',
  '思远',
  '雪',
  '文',
  '浩然',
  '静',
  '明',
  '一诺',
  '安',
  '乐',
  '欣',
  '宁',
];
const CITIES = ['上海', '杭州', '成都', '广州', '北京'];
const GROUPS = [
  { name: '厨房收纳一群', heads: 22 },
  { name: '厨房收纳二群', heads: 20 },
  { name: '新朋友群', heads: 18 },
];

/** Makes the demo community in an empty database. False when there was something already. */
export async function seed(connectionString: string, now: Instant = Date.now()): Promise<boolean> {
  const store = openStore(connectionString, 1);
  try {
    return await inTransaction(store.pool, (sql) => seedIn(sql, now));
  } finally {
    await store.close();
  }
}

async function seedIn(sql: Sql, now: Instant): Promise<boolean> {
  // Whoever comes second waits here, and then finds a team.
  await sql.query('lock table team in share row exclusive mode');
  const { rows } = await sql.query<{ id: number }>(
    `insert into team (name, created_at) select '示例团队', instant_of($1) where not exists (select from team) returning id`,
    [now],
  );
  const team = rows[0]?.id;
  if (team === undefined) return false;
  const channel = newId(now);
  await sql.query(
    `insert into channel (id, team_id, name, kind, created_at) values
       ($2, $1, 'simulator', 'simulator', instant_of($4)), ($3, $1, 'wechat-group', 'manual', instant_of($4))`,
    [team, channel, newId(now), now],
  );
  await sql.query(
    `insert into attribute (team_id, key, type, label, personal, created_at) values
       ($1, 'city', 'text', '{"zh-CN": "城市", "en": "City"}', true, instant_of($2)),
       ($1, 'points', 'number', '{"zh-CN": "积分", "en": "Points"}', false, instant_of($2))`,
    [team, now],
  );
  const groups = await seedGroups(sql, team, channel, now);
  await seedMembers(sql, { team, channel, groups, now });
  return true;
}

async function seedGroups(sql: Sql, team: number, channel: string, now: Instant): Promise<string[]> {
  const community = newId(now);
  await sql.query(
    `insert into community (id, team_id, name, purpose, value, created_at)
     values ($1, $2, '收纳生活社', 'knowledge', $3, instant_of($4))`,
    [
      community,
      team,
      JSON.stringify({
        'zh-CN': '每周一个马上能用的收纳办法，有问题有人答。',
        en: 'One storage idea a week that works at once, and answers to your questions.',
      }),
      now,
    ],
  );
  const ids = GROUPS.map(() => newId(now));
  await sql.query(
    `insert into community_group (id, team_id, community_id, channel_id, name, head_count, capacity, created_at)
     select g.id, $1, $2, $3, g.name, g.heads, 200, instant_of($4)
     from unnest($5::uuid[], $6::text[], $7::int[]) as g (id, name, heads)`,
    [team, community, channel, now, ids, GROUPS.map(({ name }) => name), GROUPS.map(({ heads }) => heads)],
  );
  return ids;
}

interface Place {
  readonly team: number;
  readonly channel: string;
  readonly groups: readonly string[];
  readonly now: Instant;
}

async function seedMembers(sql: Sql, { team, channel, groups, now }: Place): Promise<void> {
  const members = Array.from({ length: MEMBERS }, (_, no) => memberOf(no, groups, now));
  const rows = JSON.stringify(members);
  const from = `jsonb_to_recordset($2) as m (id uuid, name text, attributes jsonb, tags text[], joined bigint,
    "group" uuid, consents boolean, external text)`;
  await sql.query(
    `insert into member (id, team_id, display_name, attributes, tags, joined_at)
     select m.id, $1, m.name, m.attributes, m.tags, instant_of(m.joined) from ${from}`,
    [team, rows],
  );
  await sql.query(
    `insert into member_identity (id, team_id, member_id, channel_id, external_id, verified_at)
     select gen_random_uuid(), $1, m.id, $3, m.external, instant_of(m.joined) from ${from}`,
    [team, rows, channel],
  );
  await sql.query(
    `insert into membership (id, team_id, member_id, group_id, joined_at, join_source)
     select gen_random_uuid(), $1, m.id, m."group", instant_of(m.joined), 'demo' from ${from}`,
    [team, rows],
  );
  await sql.query(
    `insert into consent (id, team_id, member_id, purpose, basis, text_version, granted_at)
     select gen_random_uuid(), $1, m.id, 'marketing', 'joined the demo', 'demo-1', instant_of(m.joined)
     from ${from} where m.consents`,
    [team, rows],
  );
}

function memberOf(no: number, groups: readonly string[], now: Instant) {
  const draw = (what: string): number => chance(SEED, what, no);
  const pick = <T>(list: ArrayLike<T>, what: string): T => list[Math.floor(draw(what) * list.length)]!;
  return {
    id: newId(now),
    name: pick(FAMILY, 'family') + pick(GIVEN, 'given'),
    attributes: { city: pick(CITIES, 'city'), points: Math.floor(draw('points') * 300) },
    tags: draw('tag') < 0.2 ? ['老朋友'] : [],
    joined: now - Math.ceil(draw('joined') * 200) * DAY_MS,
    group: groups[groupAt(no)]!,
    // Nine in ten agreed to hear of activities; the others still get what they asked for.
    consents: draw('consent') < 0.9,
    external: `demo-${no + 1}`,
  };
}

function groupAt(no: number): number {
  let upTo = 0;
  return GROUPS.findIndex(({ heads }) => no < (upTo += heads));
}
