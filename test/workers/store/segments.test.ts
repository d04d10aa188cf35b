// Conditions answered by PostgreSQL and by the evaluator, over generated members: the same members fit, always.
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { memberSchema, type Attribute } from '../../../engine/attributes.ts';
import { BUILT_IN_FIELDS } from '../../../engine/fields.ts';
import { compileCondition, evaluateCondition } from '../../../engine/language/condition.ts';
import { OPERATORS_OF, fieldOf, pathsOf, type FieldType } from '../../../engine/language/rule.ts';
import { openStore } from '../../../workers/store/client.ts';
import { newId } from '../../../workers/store/id.ts';
import { Binder } from '../../../workers/store/segments/binder.ts';
import { translate } from '../../../workers/store/segments/condition-sql.ts';
import { countFitting, fittingPages, namesIn, type Question } from '../../../workers/store/segments/find.ts';
import { MEMBER_FIELDS } from '../../../workers/store/segments/member-fields.ts';
import { freeze } from '../../../workers/store/segments/snapshots.ts';
import { valuesOfMembers } from '../../../workers/store/segments/values.ts';
import { freshDatabase } from '../../support/database.ts';

const { url } = await freshDatabase();
const store = openStore(url, 2);
afterAll(() => store.close());
const { pool } = store;
const NOW = Date.UTC(2026, 11, 1, 4);
const DAY = 86_400_000;

const attribute = (key: string, type: Attribute['type']): Attribute => ({
  key,
  type,
  label: {},
  choices: [],
  personal: true,
});
const schema = {
  ...memberSchema([
    attribute('points', 'number'),
    attribute('age', 'number'),
    attribute('city', 'text'),
    attribute('note', 'text'),
    attribute('vip', 'boolean'),
    attribute('birthday', 'date'),
  ]),
  params: { limit: { type: 'number' }, place: { type: 'string' }, since: { type: 'instant' } },
} as const;

const WORDS = ['', 'a', 'ab', 'vip', '上海', '薪火', '🔥', '！', 'A"b\\', 'é'];
const word = fc.constantFrom(...WORDS);
const INSTANTS = [
  '1969-05-01T00:00:00.000Z',
  '2026-06-01T12:00:00.000Z',
  '2026-11-30T16:00:00Z',
  '2026-11-30T16:00:00.5+08:00',
];
// What is stored under a key need not be what was declared.
const stored = fc.option(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(-1.5, 0, 1, 3, 100, 0.1, 1e21, 5e-324, 1e300) },
    { weight: 4, arbitrary: word },
    { weight: 2, arbitrary: fc.boolean() },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        ...INSTANTS,
        '2026-02-30T00:00:00Z',
        '+010000-01-01T00:00:00Z',
        '0000-02-29T00:00:00Z',
        '-271821-04-20T00:00:00Z',
        '-271821-04-19T00:00:00Z',
      ),
    },
    { weight: 1, arbitrary: fc.array(word, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(null, { a: 1 }, [1], [['a']], 1e308, ['a', null]) },
  ),
  { nil: undefined, freq: 5 },
);
const person = fc.record({
  name: word,
  tags: fc.uniqueArray(word, { maxLength: 3 }),
  locale: fc.option(fc.constantFrom('zh-CN', 'en')),
  zone: fc.option(fc.constantFrom('Asia/Shanghai', 'UTC')),
  joined: fc.integer({ min: 0, max: 40 * DAY }).map((ago) => NOW - ago),
  active: fc.option(fc.integer({ min: 0, max: 40 * DAY }).map((ago) => NOW - ago)),
  attributes: fc.record({
    points: stored,
    age: stored,
    city: stored,
    note: stored,
    vip: stored,
    birthday: stored,
    name: stored,
  }),
  groups: fc.uniqueArray(fc.constantFrom(0, 1, 2)),
  left: fc.uniqueArray(fc.constantFrom(0, 1, 2)),
  agrees: fc.boolean(),
  optOuts: fc.uniqueArray(fc.constantFrom('all', 'marketing')),
  did: fc.uniqueArray(fc.constantFrom(0, 1, 2)),
});
type Person = typeof person extends fc.Arbitrary<infer T> ? T : never;
const EVENTS = [
  { name: 'member.replied', at: NOW - DAY },
  { name: 'member.clicked', at: NOW - 31 * DAY },
  { name: 'member.read', at: NOW + DAY },
];
const context = fc.record({
  params: fc.record({
    limit: fc.option(fc.constantFrom(0, 1, 3, 1e301), { nil: undefined }),
    place: fc.option(word, { nil: undefined }),
    since: fc.option(fc.constantFrom<string | number>(...INSTANTS, NOW - DAY), { nil: undefined }),
  }),
});

const fieldsOf = (type: FieldType): string[] =>
  pathsOf(schema).filter((path) => fieldOf(path, schema)?.type === type);
const field = (type: FieldType) => fc.constantFrom(...fieldsOf(type));
const listWords = fc.constantFrom(
  ...WORDS,
  'g0',
  'g1',
  'marketing',
  'all',
  'member.replied',
  'member.clicked',
  'sim',
);

const { cel } = fc.letrec<Record<'cel' | 'number' | 'string' | 'instant', string>>((tie) => {
  const ORDER = ['==', '!=', '<', '<=', '>', '>='];
  const text = word.map((it) => JSON.stringify(it));
  const pair = (kind: 'number' | 'string' | 'instant' | 'cel', operators: readonly string[]) =>
    fc.tuple(tie(kind), fc.constantFrom(...operators), tie(kind)).map(([a, o, b]) => `(${a} ${o} ${b})`);
  const test = fc.oneof(
    listWords.map((it) => `v == ${JSON.stringify(it)}`),
    text.map((it) => `v.startsWith(${it})`),
    field('string').map((path) => `v != ${path}`),
    field('number').map((path) => `v == "a" || ${path} > 1`),
    field('boolean').map((path) => `v == "a" && ${path}`),
    fc.constant('size(v) > 1'),
    fc.constant('like(v, "^a")'),
  );
  return {
    cel: fc.oneof(
      { maxDepth: 4 },
      field('boolean'),
      fc.constantFrom(...pathsOf(schema)).map((path) => `has(${path})`),
      pair('number', ORDER),
      pair('string', ORDER),
      pair('string', ['==', '!=']),
      pair('instant', ORDER),
      pair('cel', ['&&', '||', '==', '!=']),
      pair('cel', ['&&', '||']),
      pair('cel', ['&&', '||']),
      tie('cel').map((it) => `!(${it})`),
      fc.tuple(tie('cel'), tie('cel'), tie('cel')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      fc.tuple(listWords, field('strings')).map(([it, list]) => `${JSON.stringify(it)} in ${list}`),
      fc.tuple(field('string'), field('strings')).map(([it, list]) => `${it} in ${list}`),
      fc
        .tuple(tie('string'), fc.array(text, { minLength: 1, maxLength: 3 }))
        .map(([it, list]) => `${it} in [${list.join(', ')}]`),
      tie('number').map((it) => `${it} in [0, 1, 3]`),
      fc
        .tuple(tie('string'), fc.constantFrom('contains', 'startsWith', 'endsWith'), tie('string'))
        .map(([a, m, b]) => `${a}.${m}(${b})`),
      fc
        .tuple(field('strings'), fc.constantFrom('exists', 'all'), test)
        .map(([list, m, it]) => `${list}.${m}(v, ${it})`),
      fc
        .tuple(field('strings'), test)
        .map(([list, it]) => `member.tags.exists(u, ${list}.all(v, ${it} || u == v))`),
      field('string').map((path) => `like(${path}, "^a")`),
    ),
    number: fc.oneof(
      { maxDepth: 2 },
      fc.constantFrom('0', '1', '3', '0.1', '-1.5', '1e21', '1e301'),
      field('number'),
      field('number'),
      pair('number', ['+', '-']),
      pair('number', ['*', '/']),
      tie('number').map((it) => `-(${it})`),
      tie('string').map((it) => `size(${it})`),
      field('strings').map((it) => `${it}.size()`),
      fc.tuple(field('boolean'), tie('number'), field('number')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
    ),
    string: fc.oneof(
      { maxDepth: 2 },
      text,
      field('string'),
      field('string'),
      pair('string', ['+']),
      fc.tuple(field('boolean'), field('string'), tie('string')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
      field('string').map((it) => `${it}.lowerAscii()`),
    ),
    instant: fc.oneof(
      { maxDepth: 1 },
      field('instant'),
      fc.constantFrom(...INSTANTS.slice(0, 3)).map((it) => `timestamp("${it}")`),
      fc
        .tuple(tie('instant'), fc.constantFrom('+', '-'), fc.constantFrom('24h', '1h30m', '1ns'))
        .map(([at, o, span]) => `(${at} ${o} duration("${span}"))`),
    ),
  };
});

const rule = fc
  .constantFrom(...pathsOf(schema).map((path) => ({ path, type: fieldOf(path, schema)!.type })))
  .chain(({ path, type }) =>
    fc.record({
      field: fc.constant(path),
      operator: fc.constantFrom(...OPERATORS_OF[type]),
      value:
        type === 'number'
          ? fc.constantFrom<unknown>(1, 3, [0, 3])
          : type === 'boolean'
            ? fc.boolean()
            : type === 'instant'
              ? fc.constantFrom<unknown>(INSTANTS[0], INSTANTS[1], [INSTANTS[0], INSTANTS[1]])
              : fc.oneof<fc.Arbitrary<unknown>[]>(
                  listWords,
                  fc.constant(['a', 'vip']),
                  fc.constant(['a', 'b']),
                ),
    }),
  );
const rules = fc.record({
  combinator: fc.constantFrom('and', 'or'),
  not: fc.boolean(),
  rules: fc.array(rule, { minLength: 1, maxLength: 4 }),
});

const condition = fc.oneof(
  cel.map((it) => ({ cel: it })),
  rules,
);

let team = 0;

/** A team of its own with these members. */
async function settle(people: readonly Person[]): Promise<string[]> {
  team += 1;
  const rows = JSON.stringify(
    people.map((it, no) => ({ ...it, no, id: newId(NOW), attributes: it.attributes })),
  );
  const from = `jsonb_to_recordset($1) as p (id uuid, name text, tags text[], locale text, zone text, joined bigint,
    active bigint, attributes jsonb, groups int[], "left" int[], agrees boolean, "optOuts" text[], did int[])`;
  await pool.query(`insert into team (id, name, created_at) values ($1, 't', now())`, [team]);
  await pool.query(
    `insert into channel (id, team_id, name, kind, created_at) values (gen_random_uuid(), $1, 'sim', 'simulator', now())`,
    [team],
  );
  await pool.query(
    `insert into community (id, team_id, name, created_at) values (gen_random_uuid(), $1, 'c', now())`,
    [team],
  );
  await pool.query(
    `insert into community_group (id, team_id, community_id, name, created_at)
     select gen_random_uuid(), $1, c.id, 'g' || no, now() from community c, generate_series(0, 2) as no where c.team_id = $1`,
    [team],
  );
  await pool.query(
    `insert into member (id, team_id, display_name, tags, locale, zone, joined_at, last_active_at, attributes)
     select id, $2, name, tags, locale, zone, instant_of(joined), instant_of(active), attributes from ${from}`,
    [rows, team],
  );
  await pool.query(
    `insert into membership (id, team_id, member_id, group_id, joined_at, left_at)
     select gen_random_uuid(), $2, p.id, g.id, instant_of(p.joined) - interval '9 days', instant_of(p.joined) - interval '5 days'
     from ${from} cross join unnest("left") as no join community_group g on g.team_id = $2 and g.name = 'g' || no
     union all select gen_random_uuid(), $2, p.id, g.id, instant_of(p.joined), null
     from ${from} cross join unnest(groups) as no join community_group g on g.team_id = $2 and g.name = 'g' || no`,
    [rows, team],
  );
  await pool.query(
    `insert into consent (id, team_id, member_id, purpose, basis, text_version, granted_at)
     select gen_random_uuid(), $2, id, 'marketing', 'b', '1', instant_of(joined) from ${from} where agrees`,
    [rows, team],
  );
  await pool.query(
    `insert into opt_out (id, team_id, member_id, scope, value, at, source)
     select gen_random_uuid(), $2, id, case o when 'all' then 'all' else 'class' end, case o when 'all' then '' else o end, now(), 't'
     from ${from} cross join unnest("optOuts") as o`,
    [rows, team],
  );
  await pool.query(
    `insert into member_identity (id, team_id, member_id, channel_id, external_id)
     select gen_random_uuid(), $2, p.id, c.id, p.id::text from ${from} join channel c on c.team_id = $2 where agrees`,
    [rows, team],
  );
  await pool.query(
    `insert into event (team_id, name, source, source_id, member_id, at, recorded_at)
     select $2, e.name, 't', p.id || e.name, p.id, instant_of(e.at), now()
     from ${from} cross join unnest(did) as no join jsonb_to_recordset($3) as e (no int, name text, at bigint) on e.no = no.no`,
    [rows, team, JSON.stringify(EVENTS.map((it, no) => ({ ...it, no })))],
  );
  return (JSON.parse(rows) as { id: string }[]).map(({ id }) => id).toSorted();
}

test('every member field that conditions may name has its SQL, and no other', () => {
  expect(Object.keys(MEMBER_FIELDS)).toEqual(Object.keys(BUILT_IN_FIELDS.member!));
  for (const [name, { kind }] of Object.entries(MEMBER_FIELDS))
    expect(kind, name).toBe(BUILT_IN_FIELDS.member![name]!.type);
});

describe('SQL and the evaluator', () => {
  test('find the same members', { timeout: 240_000 }, async () => {
    const seen = { all: 0, whole: 0, some: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.array(person, { minLength: 10, maxLength: 25 }),
        fc.array(condition, { minLength: 15, maxLength: 25 }),
        context,
        async (people, conditions, values) => {
          const ids = await settle(people);
          const known = await valuesOfMembers(pool, ids, { now: NOW, names: Object.keys(MEMBER_FIELDS) });
          for (const it of conditions) {
            const compiled = compileCondition(it, schema);
            if (compiled.problems.length > 0) continue;
            const question: Question = { within: { team }, cel: compiled.cel, context: values, now: NOW };
            const found: string[] = [];
            for await (const page of fittingPages(pool, question)) found.push(...page);
            const fitting = ids.filter(
              (id) => evaluateCondition(compiled.cel, { ...values, member: known.get(id)! }) === true,
            );
            expect(found, compiled.cel).toEqual(fitting);
            const { rest } = translate(compiled.cel, { binder: new Binder(), now: NOW, context: values });
            seen.all += 1;
            if (rest === undefined) seen.whole += 1;
            if (fitting.length > 0 && fitting.length < ids.length) seen.some += 1;
          }
        },
      ),
      { numRuns: 60 },
    );
    // The comparison says something: many conditions are answered by SQL alone, and many split the members.
    expect(seen.whole / seen.all).toBeGreaterThan(0.4);
    expect(seen.some / seen.all).toBeGreaterThan(0.2);
  });

  test('count and freeze the same members, with and without the evaluator', async () => {
    const ids = await settle(fc.sample(person, { numRuns: 60, seed: 7 }));
    for (const source of ['member.days >= 10', 'member.days >= 10 && like(member.name, "a|海")']) {
      const { cel: ready } = compileCondition({ cel: source }, schema);
      const question: Question = { within: { team }, cel: ready, now: NOW };
      const known = await valuesOfMembers(pool, ids, { now: NOW, names: namesIn(ready) });
      const fitting = ids.filter((id) => evaluateCondition(ready, { member: known.get(id)! }) === true);
      expect(fitting.length).toBeGreaterThan(3);
      expect(await countFitting(pool, question)).toBe(fitting.length);
      const { id, count } = await freeze(pool, question, { source: 'api', wall: NOW });
      const { rows } = await pool.query<{ member_id: string }>(
        'select member_id from segment_snapshot_member where snapshot_id = $1 order by member_id',
        [id],
      );
      expect(rows.map((row) => row.member_id)).toEqual(fitting);
      expect(count).toBe(fitting.length);
      await expect(pool.query('update segment_snapshot set count = 0 where id = $1', [id])).rejects.toThrow(
        /append-only/,
      );
    }
  });

  test('look at active members only, and at staff and test accounts when asked', async () => {
    const ids = await settle(fc.sample(person, { numRuns: 6, seed: 1 }));
    await pool.query(`update member set kind = 'staff' where id = $1`, [ids[0]]);
    await pool.query(`update member set kind = 'test' where id = $1`, [ids[1]]);
    await pool.query(`update member set status = 'left' where id = $1`, [ids[2]]);
    expect(await countFitting(pool, { within: { team }, now: NOW })).toBe(3);
    expect(await countFitting(pool, { within: { team, everybody: true }, now: NOW })).toBe(5);
    const { rows } = await pool.query<{ id: string; n: number }>(
      `select g.id, count(*) as n from community_group g join membership s on s.group_id = g.id and s.left_at is null
       join member m on m.id = s.member_id where g.team_id = $1 and m.kind = 'member' and m.status = 'active' group by g.id`,
      [team],
    );
    for (const { id, n } of rows)
      expect(await countFitting(pool, { within: { team, groups: [id] }, now: NOW })).toBe(n);
  });

  test('nothing that is written into a condition becomes a part of the statement', async () => {
    await settle(fc.sample(person, { numRuns: 3, seed: 2 }));
    for (const text of [`'); drop table member; --`, `$1`, `\\'`, `"`, '${x}', '?', '\u2028']) {
      const { cel: ready, problems } = compileCondition(
        {
          combinator: 'or',
          rules: [
            { field: 'member.city', operator: 'contains', value: text },
            { field: 'member.groups', operator: 'contains', value: text },
          ],
        },
        schema,
      );
      expect(problems).toEqual([]);
      expect(await countFitting(pool, { within: { team }, cel: ready, now: NOW })).toBe(0);
    }
    // The database cannot hold these: the evaluator says so about everybody.
    for (const source of ['member.city == "a\\u0000"', 'member.city != "\\ud83d"'])
      expect(await countFitting(pool, { within: { team }, cel: source, now: NOW })).toBeTypeOf('number');
  });
});
