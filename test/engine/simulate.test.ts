// The synthetic community: the same draws for ever, rates that come true, and independence of what they are about.
import { expect, test } from 'vitest';
import {
  answerOf,
  attributesOf,
  communityOf,
  EVENTS,
  groupName,
  groupNamed,
  groupOf,
  headsOf,
  numbersOf,
  peopleOf,
  receptionOf,
  submissionOf,
} from '../../engine/simulate.ts';

const MINUTE = 60_000;
const visit = { node: 'n1', ordinal: 0, lap: 0 };
const many = Array.from({ length: 10_000 }, (_, person) => person);

test('the same seed gives the same community, reaction by reaction', () => {
  // These values may never change: recorded runs were made with them.
  const community = communityOf({ seed: 7 });
  expect([0, 1, 2, 3, 8].map((person) => receptionOf(community, visit, person))).toMatchSnapshot();
  expect(answerOf(community, visit, ['approved', 'rejected'])).toMatchSnapshot();
  expect(numbersOf(community, visit, ['heads'])).toMatchSnapshot();
});

test('rates come true over many people', () => {
  const community = communityOf({ rates: { read: 0.5, click: 0.2, reply: 0.1, signUp: 0, fail: 0.05 } });
  const receptions = many.map((person) => receptionOf(community, visit, person));
  const share = (event: string) =>
    receptions.filter(({ reactions }) => reactions.some((it) => it.event === event)).length / many.length;
  expect(receptions.filter(({ fails }) => fails).length / many.length).toBeCloseTo(0.05, 1);
  expect(share(EVENTS.click)).toBeCloseTo(0.95 * 0.2, 1);
  expect(share(EVENTS.reply)).toBeCloseTo(0.95 * 0.1, 1);
  expect(share(EVENTS.signUp)).toBe(0);
  expect(share(EVENTS.read)).toBeGreaterThan(0.5);
});

test('whoever does anything has read the message first', () => {
  const community = communityOf({ rates: { read: 0, click: 0.5, reply: 0.5 } });
  for (const person of many.slice(0, 500)) {
    const { reactions } = receptionOf(community, visit, person);
    const readAt = reactions.find(({ event }) => event === EVENTS.read)?.delayMs;
    for (const { delayMs } of reactions) expect(delayMs).toBeGreaterThanOrEqual(readAt!);
  }
});

test('a quarter to four times the middle, half of all below it', () => {
  const community = communityOf({ rates: { reply: 1 }, delays: { reply: 'PT60M' } });
  const minutes = many.map(
    (person) =>
      receptionOf(community, visit, person).reactions.find(({ event }) => event === EVENTS.reply)!.delayMs /
      MINUTE,
  );
  expect(Math.min(...minutes)).toBeGreaterThanOrEqual(15);
  expect(Math.max(...minutes)).toBeLessThanOrEqual(240);
  expect(minutes.filter((it) => it < 60).length / many.length).toBeCloseTo(0.5, 1);
});

test('changing one rate leaves every other reaction as it was', () => {
  const before = communityOf({ rates: { click: 0.1, reply: 0.3 } });
  const after = communityOf({ rates: { click: 0.9, reply: 0.3 } });
  const replies = (community: typeof before) =>
    many
      .slice(0, 500)
      .map((person) =>
        receptionOf(community, visit, person).reactions.find(({ event }) => event === EVENTS.reply),
      );
  expect(replies(after)).toEqual(replies(before));
});

test('another lap, another node, another person: another draw', () => {
  const community = communityOf({ rates: { read: 0.5 } });
  const pattern = (about: typeof visit) =>
    many
      .slice(0, 64)
      .map((person) => receptionOf(community, about, person).reactions.length)
      .join('');
  const patterns = [visit, { ...visit, lap: 1 }, { ...visit, node: 'n2' }, { ...visit, ordinal: 1 }];
  expect(new Set(patterns.map(pattern)).size).toBe(patterns.length);
});

test('staff answer by the first outcome unless shares say otherwise, and what is left over is silence', () => {
  expect(answerOf(communityOf(), visit, ['approved', 'rejected'])?.answer).toBe('approved');
  const shares = communityOf({ answers: { n1: { rejected: 1 } } });
  expect(answerOf(shares, visit, ['approved', 'rejected'])?.answer).toBe('rejected');
  const nobody = communityOf({ answers: { n1: {} } });
  expect(answerOf(nobody, visit, ['approved'])).toBeUndefined();
  const half = communityOf({ answers: { n1: { approved: 0.5 } } });
  const answered = many.filter((lap) => answerOf(half, { ...visit, lap }, ['approved']) !== undefined);
  expect(answered.length / many.length).toBeCloseTo(0.5, 1);
});

test('names that every object has are nobody’s shares', () => {
  expect(answerOf(communityOf(), { ...visit, node: 'constructor' }, ['approved'])?.answer).toBe('approved');
});

test('attributes follow their weights and read as what they are', () => {
  const community = communityOf({
    attributes: { city: { 上海: 3, 北京: 1 }, level: { 1: 1, 2: 1 }, consent: { true: 1, false: 1 } },
  });
  const people = many.map((person) => attributesOf(community, person));
  expect(people.filter(({ city }) => city === '上海').length / many.length).toBeCloseTo(0.75, 1);
  expect(new Set(people.map(({ level }) => level))).toEqual(new Set([1, 2]));
  expect(new Set(people.map(({ consent }) => consent))).toEqual(new Set([true, false]));
  expect(attributesOf(communityOf(), 5)).toMatchObject({
    id: 'person-5',
    name: '成员 6',
    group: 2,
    consent: true,
  });
  expect(people.every(({ days }) => Number(days) >= 0 && Number(days) < 365)).toBe(true);
});

test('everybody is in one group, and heads are counted without listing them', () => {
  const community = communityOf({ members: 11, groups: 4 });
  const groups = [0, 1, 2, 3].map((group) => [...peopleOf(community, group)]);
  expect(groups.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  for (const [group, people] of groups.entries()) {
    expect(headsOf(community, group)).toBe(people.length);
    for (const person of people) expect(groupOf(community, person)).toBe(group);
    expect(groupNamed(community, groupName(group))).toBe(group);
  }
  expect(groupNamed(community, 'group-5')).toBeUndefined();
  expect(headsOf(communityOf({ members: 2, groups: 4 }), 3)).toBe(0);
});

test('a form is filled in as its questions ask', () => {
  const community = communityOf({ rates: { signUp: 1 } });
  const fields = [
    { key: 'name', label: {}, type: 'text' },
    {
      key: 'size',
      label: {},
      type: 'choice',
      options: [
        { value: 's', label: {} },
        { value: 'm', label: {} },
      ],
    },
    { key: 'score', label: {}, type: 'number' },
  ] as const;
  const { values, delayMs } = submissionOf(community, visit, 3, { fields, counts: 'sign_ups' })!;
  expect(Object.keys(values)).toEqual(['name', 'size', 'score']);
  expect(['s', 'm']).toContain(values['size']);
  expect(delayMs).toBeGreaterThan(0);
  const never = communityOf({ answers: { n1: { submitted: 0 } }, rates: { signUp: 1 } });
  expect(submissionOf(never, visit, 3, { fields, counts: 'sign_ups' })).toBeUndefined();
});
