// Who comes to the entrance of a journey: everybody of the audience, and of whoever does not fit the segment what was seen.
// Told by SQL for all at once, it is what the evaluator and its memory say of each.
import { afterAll, expect, test } from 'vitest';
import { entranceRule } from '../../../engine/entrance.ts';
import { evaluateCondition } from '../../../engine/language/condition.ts';
import { valuesSeen } from '../../../engine/language/seen.ts';
import type { JsonObject } from '../../../engine/json.ts';
import { candidatesFor } from '../../../workers/effects/candidates.ts';
import { commonContext } from '../../../workers/effects/people.ts';
import { openStore } from '../../../workers/store/client.ts';
import { runOf } from '../../../workers/store/run.ts';
import { queryOnce } from '../../../workers/store/segments/binder.ts';
import { valuesOfMembers } from '../../../workers/store/segments/values.ts';
import { freshDatabase } from '../../support/database.ts';
import { makePeople, NOON } from '../send-stage.ts';
import { depsOf, journeyPlaybook, launchRun, VirtualRun } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url);
afterAll(() => store.close());

const FIELDS = [
  'id',
  'name',
  'tags',
  'consent',
  'joinedAt',
  'days',
  'locale',
  'zone',
  'groups',
  'formerGroups',
  'channels',
  'consents',
  'optOuts',
  'lastActiveAt',
  'idleDays',
  'recentEvents',
];

const LONG = '长'.repeat(300);
const ATTRIBUTES: readonly JsonObject[] = [
  { city: '上海', points: 120 },
  { city: '杭州', points: 3, note: LONG },
  { city: null, vip: true },
  { city: 7, points: 'many' },
  {},
];

/** A team of five, one of them staff. */
async function team() {
  const people = await makePeople(store, ATTRIBUTES.length);
  for (const [index, attributes] of ATTRIBUTES.entries()) {
    await store.pool.query(
      `update member set attributes = $2, display_name = $3, tags = $4, zone = $5,
         last_active_at = case when $6::int = 1 then instant_of($7) end,
         kind = case when $6 = 4 then 'staff'::member_kind else 'member'::member_kind end where id = $1`,
      [
        people.members[index],
        JSON.stringify(attributes),
        index === 2 ? LONG : `M${index}`,
        Array.from({ length: index * 5 }, (_, no) => `tag-${String(no).padStart(2, '0')}`),
        index === 0 ? 'Asia/Tokyo' : null,
        index,
        NOON - 1_000,
      ],
    );
  }
  return people;
}

const CONDITIONS = [
  'member.city == "上海"',
  'member.points > 100.0 || member.vip',
  'member.note == "x" && member.name == "M0"',
  `"tag-03" in member.tags && run.day > 0.0 && params.level == "high"`,
  // What SQL does not answer is left to the evaluator.
  'member.tags.exists(t, t.startsWith("tag-1")) && member.city.size() == 2',
  ...FIELDS.map((field) => `has(member.${field}) && member.city == "nowhere"`),
];

const people = await team();
const { run } = await launchRun(store, people.team, {
  document: journeyPlaybook({ in: ['enter', {}, { out: 'z' }], z: ['end', {}] }),
  startAt: NOON,
  mode: 'real',
  groups: [people.group],
});
const facts = (await runOf(store.pool, run))!;

test.each(CONDITIONS)('of everybody who does not fit %s it is known what was seen', async (cel) => {
  const rule = entranceRule({ segment: { cel } });
  const { query, binder } = await candidatesFor(store.pool, facts, rule, NOON);
  const { rows } = await queryOnce<{ member: string; kind: string; fits: boolean; why: JsonObject | null }>(
    store.pool,
    query,
    binder,
  );
  expect(rows.map(({ member }) => member).toSorted()).toEqual(people.members.toSorted());
  const common = await commonContext(store.pool, facts, { now: NOON, names: [cel] });
  const values = await valuesOfMembers(store.pool, people.members, { now: NOON, names: FIELDS });
  for (const { member, fits, why } of rows) {
    const context = { ...common, member: values.get(member)! };
    expect([member, fits]).toEqual([member, evaluateCondition(cel, context) === true]);
    expect(why).toEqual(fits ? null : { rule: cel, seen: valuesSeen([cel], context) });
  }
});

test('whoever is not let in is remembered with the first reason that holds, and what was seen', async () => {
  const cel = 'member.city == "上海"';
  const document = journeyPlaybook(
    {
      in: ['enter', { segment: { cel } }, { out: 'w' }],
      w: ['wait', { for: 'P1D' }, { done: 'z' }],
      z: ['end', {}],
    },
    { rehearsal: { attributes: { city: { 上海: 1 } } } },
  );
  const launched = await launchRun(store, people.team, { document, startAt: NOON, groups: [people.group] });
  const virtual = new VirtualRun(depsOf(store, NOON), launched.run, launched.plan, {
    startAt: NOON,
    seed: 1,
  });
  await virtual.runUntil(NOON);
  const { rows } = await store.pool.query<{ member: string; reason: string; why: JsonObject | null }>(
    'select member_id as member, reason, why from turned_away where run_id = $1 order by who',
    [launched.run],
  );
  const staff = people.members[4];
  expect(rows.map(({ member }) => member)).toEqual(people.members.slice(1).toSorted());
  for (const { member, reason, why } of rows) {
    expect([member, reason]).toEqual([member, member === staff ? 'staff' : 'segment']);
    const { city = null } = ATTRIBUTES[people.members.indexOf(member)]!;
    if (member !== staff) expect(why).toMatchObject({ seen: { 'member.city': city } });
  }
  const { rows: told } = await store.pool.query<{ why: JsonObject }>(
    `select why from ledger where run_id = $1 and effect = 'launch-journey'`,
    [launched.run],
  );
  expect(told[0]!.why).toMatchObject({ eligible: 1, refused: { staff: 1, segment: 3 } });
});
