// What several notices say as one message: every one of them or how many more, in the reader's language, within the channel's length.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { channelKinds } from '../../engine/channels/index.ts';
import { fits } from '../../engine/channels/kind.ts';
import { isNoticeKind, noticeKinds, sayItems, type Item } from '../../engine/notices.ts';

const reader = { locale: 'zh-CN', zone: 'Asia/Shanghai', home: 'https://k.example/' };
const task: Item = {
  kind: 'task',
  playbook: { 'zh-CN': '春季打卡', en: 'Spring check-in' },
  says: { 'zh-CN': '确认海报', en: 'Approve the poster' },
  due: Date.UTC(2026, 10, 27, 12, 0),
  link: 'https://k.example/open#abc',
};
const email = channelKinds.email.capabilities;

test('one thing is said with its title, where it comes from, when it is due, and where it is seen to', () => {
  expect(sayItems([task], reader, email)).toEqual({
    subject: '新任务：确认海报',
    text: '【薪火】新任务：确认海报\n剧本「春季打卡」，截止 11月27日 周五 20:00\nhttps://k.example/open#abc',
  });
  expect(sayItems([task], { ...reader, locale: 'en', zone: 'Europe/Berlin' }, email)).toEqual({
    subject: 'New task: Approve the poster',
    text: 'Kindling: New task: Approve the poster\nPlaybook "Spring check-in", due Fri 27 Nov, 13:00\nhttps://k.example/open#abc',
  });
});

test('several are one message, and of many the first ten are spelled out', () => {
  const { subject, text } = sayItems(Array<Item>(300).fill(task), reader, email);
  expect(subject).toBe('有 300 件事请看一下');
  expect(text.split('\n')[0]).toBe('【薪火】有 300 件事请看一下');
  expect(text).toContain('10. 新任务');
  expect(text).not.toContain('11. ');
  expect(text.split('\n').at(-1)).toBe('还有 290 件：https://k.example/');
});

test('a title that breaks its line stays one line', () => {
  const evil = { ...task, says: { en: 'a\r\nBcc: x@y.example\n\n2. fake' }, playbook: null, due: null };
  expect(sayItems([evil], { ...reader, locale: 'en' }, email).subject).toBe(
    'New task: a Bcc: x@y.example 2. fake',
  );
});

describe('within any channel’s length', () => {
  const words = fc.string({ unit: 'grapheme', maxLength: 400 });
  const item = fc.record<Item>({
    kind: fc.constantFrom(...Object.keys(noticeKinds).filter(isNoticeKind)),
    playbook: fc.option(fc.record({ 'zh-CN': words }), { nil: null }),
    says: fc.record({ 'zh-CN': words, en: words }),
    due: fc.option(fc.integer({ min: 0, max: 4_000_000_000_000 }), { nil: null }),
    link: fc.constant('https://k.example/open#token'),
  });
  test.each(Object.entries(channelKinds))('%s', (_name, { capabilities }) => {
    fc.assert(
      fc.property(
        fc.array(item, { minLength: 1, maxLength: 30 }),
        fc.constantFrom('zh-CN', 'en'),
        (items, locale) => {
          const { subject, text } = sayItems(items, { ...reader, locale }, capabilities);
          expect(fits(text, capabilities)).toBe(true);
          expect(subject).not.toMatch(/[\r\n]/);
          // Nobody is told of less than there is.
          const shown = text.split('https://k.example/open#token').length - 1;
          const more = /(?:还有 (\d+) 件|(\d+) more): ?：?https/.exec(text.replace('：http', ': http'));
          expect(shown + Number(more?.[1] ?? more?.[2] ?? 0)).toBe(items.length);
        },
      ),
      { numRuns: 60 },
    );
  });
});

test('a kind is known by its own name only', () => {
  expect([isNoticeKind('task'), isNoticeKind('constructor')]).toEqual([true, false]);
});
